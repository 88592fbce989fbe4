"""Writes of notes about customers, their mentions and files. One act is one function, one transaction, one audit entry; `actor` is entered.

What is written passes `screening` first: class C3 never reaches the database, full ID and card numbers only masked (R30, R31).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from zhike.access.actions import record
from zhike.access.queries import Colleague, colleagues
from zhike.access.scope import Viewer, require
from zhike.access.screening import Found, Screened, screened
from zhike.core.events import publish
from zhike.engagement.events import NoteChanged, NoteWritten
from zhike.engagement.keeping import keep, kept, older_than
from zhike.engagement.media import TEXT, FileRefused, encoding_of, media_type_of, safe_name
from zhike.engagement.mentioning import mentioned
from zhike.engagement.models import Mention, Note, NoteFile
from zhike.engagement.queries import FileNotSeen, MentionNotSeen, NoteNotSeen
from zhike.engagement.writing import LONGEST_NOTE
from zhike.parties import queries as parties

MOST_FILES = 5
ORPHAN_AFTER = timedelta(days=2)  # no write of a note takes as long


class NoteRefused(Exception):
    """A note that cannot be kept like this: `reason` is empty, long or files (more than five)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class NewFile:
    """A file that somebody attaches."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Written:
    """What came of writing: the note, what was masked in it, whom it mentions."""

    note_id: int
    masked: tuple[Found, ...]
    mentioned: tuple[Colleague, ...]


@transaction.atomic
def write_note(*, actor: Viewer, at: datetime, party_id: int, text: str, files: Sequence[NewFile] = ()) -> Written:
    """Note something down about a customer. Raises PartyNotSeen, PermissionDenied, NoteRefused, MentionRefused, FileRefused."""
    party = parties.party(actor, party_id)
    require(actor, "notes.write")
    if len(files) > MOST_FILES:
        raise NoteRefused("files")
    kept_text = _fit(text, has_files=bool(files))
    named = _mentioned(actor, party_id, party.unit_id, party.rm_ids, kept_text.text)
    typed, masked_in_files = _fit_files(files)
    note = Note(party_id=party_id, author_id=actor.person_id or 0, text=kept_text.text, written_at=at)
    note.save(force_insert=True)
    _mention(note, named, at)
    names = [_attach(note, file, media_type, at) for file, media_type in typed]
    after = {"text": note.text, "mentions": [one.login for one in named], "files": names}
    record(actor, "notes.written", subject=("note", note.pk), party_id=party_id, after=after, at=at)
    publish(NoteWritten(note.pk, party_id, [one.person_id for one in named]), party_id=party_id)
    found = [*kept_text.found, *masked_in_files]
    return Written(note.pk, tuple(dict.fromkeys(found)), tuple(named))


@transaction.atomic
def edit_note(*, actor: Viewer, at: datetime, party_id: int, note_id: int, text: str) -> Written:
    """Change the words of one's own note; who is newly mentioned finds it, who no longer is does not.

    Raises as `write_note`, NoteNotSeen, and PermissionDenied for somebody else's note.
    """
    note = _own_note(actor, party_id, note_id)
    kept_text = _fit(text, has_files=NoteFile.objects.seen_by(actor).filter(note=note).exists())
    party = parties.party(actor, party_id)
    named = _mentioned(actor, party_id, party.unit_id, party.rm_ids, kept_text.text)
    before, note.text, note.edited_at = note.text, kept_text.text, at
    note.save(update_fields=["text", "edited_at"])
    there = set(Mention.objects.seen_by(actor).filter(note=note).values_list("person_id", flat=True))
    Mention.objects.seen_by(actor).filter(note=note).exclude(person__in=[one.person_id for one in named]).delete()
    _mention(note, [one for one in named if one.person_id not in there], at)
    record(actor, "notes.edited", subject=("note", note_id), party_id=party_id, before={"text": before}, after={"text": note.text}, at=at)
    publish(NoteChanged(note_id, party_id, "edited"), party_id=party_id)
    return Written(note_id, kept_text.found, tuple(named))


@transaction.atomic
def delete_note(*, actor: Viewer, at: datetime, party_id: int, note_id: int, deleted: bool) -> None:
    """Take one's own note away, or (`deleted` False) bring it back. Raises PartyNotSeen, NoteNotSeen, PermissionDenied."""
    note = _own_note(actor, party_id, note_id, deleted_too=True)
    note.deleted_at = at if deleted else None
    note.save(update_fields=["deleted_at"])
    record(actor, "notes.deleted" if deleted else "notes.restored", subject=("note", note_id), party_id=party_id, at=at)
    publish(NoteChanged(note_id, party_id, "deleted" if deleted else "restored"), party_id=party_id)


@transaction.atomic
def pin_note(*, actor: Viewer, at: datetime, party_id: int, note_id: int, pinned: bool) -> None:
    """Keep a note above the others for everybody, or no longer. Raises PartyNotSeen, PermissionDenied, NoteNotSeen."""
    note = _note(actor, party_id, note_id)
    note.pinned_at = at if pinned else None
    note.save(update_fields=["pinned_at"])
    record(actor, "notes.pinned" if pinned else "notes.unpinned", subject=("note", note_id), party_id=party_id, at=at)


@transaction.atomic
def open_file(*, actor: Viewer, at: datetime, party_id: int, file_id: int) -> tuple[NoteFile, bytes]:
    """A file with its content; that it was opened is recorded. Raises PartyNotSeen, FileNotSeen, FileMissing, CannotOpen."""
    parties.require_seen(actor, party_id)
    file = NoteFile.objects.seen_by(actor).filter(pk=file_id, party=party_id, note__deleted_at=None).first()
    if file is None:
        raise FileNotSeen
    content = kept(bytes(file.digest))
    record(actor, "notes.file_opened", subject=("note_file", file_id), party_id=party_id, after={"name": file.name}, at=at)
    return file, content


def read_mention(*, actor: Viewer, at: datetime, mention_id: int) -> Mention:
    """Mark a mention of oneself as read, by following it: no entry, nothing was done to anybody. Raises MentionNotSeen."""
    mention = Mention.objects.seen_by(actor).filter(pk=mention_id, person=actor.person_id, note__deleted_at=None).first()
    if mention is None:
        raise MentionNotSeen
    if mention.read_at is None:
        mention.read_at = at
        mention.save(update_fields=["read_at"])
    return mention


@transaction.atomic
def read_all_mentions(*, actor: Viewer, at: datetime) -> int:
    """Mark all mentions of oneself as read; how many they were."""
    count: int = Mention.objects.seen_by(actor).filter(person=actor.person_id, read_at=None).update(read_at=at)
    record(actor, "notes.mentions_read", subject=("person", actor.person_id), after={"count": count}, at=at)
    return count


def _fit(text: str, *, has_files: bool) -> Screened:
    if not text.strip() and not has_files:
        raise NoteRefused("empty")
    if len(text) > LONGEST_NOTE:
        raise NoteRefused("long")
    return screened(text.strip())


def _mentioned(actor: Viewer, party_id: int, unit_id: int | None, rm_ids: Sequence[int], text: str) -> list[Colleague]:
    if "@" not in text:
        return []
    known = colleagues(actor, party_id, unit_id=unit_id, rm_ids=rm_ids, called_in=text)
    return [one for one in mentioned(text, known) if one.person_id != actor.person_id]


def _mention(note: Note, named: Sequence[Colleague], at: datetime) -> None:
    for one in named:
        Mention(note=note, party_id=note.party_id, person_id=one.person_id, mentioned_at=at).save(force_insert=True)


def _fit_files(files: Sequence[NewFile]) -> tuple[list[tuple[NewFile, str]], list[Found]]:
    """The files as they may be kept, with their types, and what was masked: names and plain texts are screened as notes are. Raises FileRefused."""
    typed: list[tuple[NewFile, str]] = []
    found: list[Found] = []
    for file in files:
        media_type = _type_of(file)
        name = screened(file.name)
        found += name.found
        content = file.content
        if media_type == TEXT:
            encoding = encoding_of(content)
            text = screened(content.decode(encoding))
            found += text.found
            content = text.text.encode(encoding) if text.found else content
        typed.append((NewFile(name.text, content), media_type))
    return typed, found


def forget_orphans(*, at: datetime) -> int:
    """Remove contents from the disk that no note has: of writes that failed. How many. Housekeeping of the worker, who sees every row: nobody's act."""
    old = older_than(at - ORPHAN_AFTER)
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        if cursor.fetchone()[0] != settings.INSTALLATION.parameters("job")["user"]:
            raise PermissionDenied  # under row security a file of somebody else's customer would look like nobody's
        cursor.execute("select digest from engagement_notefile where digest = any(%s)", [list(old.values())])
        needed = {bytes(digest) for (digest,) in cursor.fetchall()}
    gone = [place for place, digest in old.items() if digest not in needed]
    for place in gone:
        place.unlink(missing_ok=True)
    return len(gone)


def _type_of(file: NewFile) -> str:
    try:
        return media_type_of(file.content)
    except FileRefused as wrong:
        raise FileRefused(wrong.reason, file.name) from wrong


def _attach(note: Note, file: NewFile, media_type: str, at: datetime) -> str:
    name = safe_name(file.name, media_type)
    NoteFile(
        note=note, party_id=note.party_id, name=name, media_type=media_type, size=len(file.content), digest=keep(file.content), added_at=at
    ).save(force_insert=True)  # fmt: skip
    return name


def _note(actor: Viewer, party_id: int, note_id: int, *, deleted_too: bool = False) -> Note:
    parties.require_seen(actor, party_id)
    require(actor, "notes.write")
    found = Note.objects.seen_by(actor).select_for_update(of=("self",)).filter(pk=note_id, party=party_id).first()
    if found is None or (found.deleted_at is not None and not deleted_too):
        raise NoteNotSeen
    return found


def _own_note(actor: Viewer, party_id: int, note_id: int, *, deleted_too: bool = False) -> Note:
    note = _note(actor, party_id, note_id, deleted_too=deleted_too)
    if note.author_id != actor.person_id:
        raise PermissionDenied(_("Only who wrote a note changes it"))
    return note
