"""The panel of notes about a customer: write, edit, delete, bring back, pin; the files attached; whom one may mention."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.access.screening import Found
from zhike.core.asof import asked_day, end_of
from zhike.core.pages import Words, is_fragment
from zhike.core.tables import Column, Page, page_of
from zhike.engagement import note_actions as actions
from zhike.engagement import queries
from zhike.engagement.media import FileRefused
from zhike.engagement.mentioning import MentionRefused
from zhike.engagement.models import Note
from zhike.engagement.writing import LONGEST_NOTE
from zhike.parties import queries as parties

COLUMNS = (Column("at", gettext_lazy("When"), "written_at"),)
SHOWN = 10
MASKED: Mapping[Found, Words] = {
    "id_no": gettext_lazy("an ID number"),
    "card_no": gettext_lazy("a card number"),
    "secret": gettext_lazy("a password, code or card expiry"),
}


@dataclass(frozen=True)
class NotesPanel:
    """engagement/_notes.html: pinned notes, then a keyset page of the others. `called` is the note an address asks for, shown first;
    `undo` one that was deleted just now; `said` what a person must know about what she wrote."""

    called: Sequence[queries.NoteLine]
    pinned: Sequence[queries.NoteLine]
    lines: Sequence[queries.NoteLine]
    page: Page[Note]
    party_id: int
    url: str
    may_write: bool
    longest: int
    most_mb: int
    undo: int | None
    said: Words


@dataclass(frozen=True)
class EditForm:
    """engagement/_note_form.html as it replaces a note that is changed."""

    note: Note
    party_id: int
    longest: int


@require_http_methods(["GET", "POST"])
def notes(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The notes, ten at a time; POST writes one (`text`, `files`)."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    if request.method == "GET":
        return panel(request, party_id)
    try:
        files = [_read(file) for file in request.FILES.getlist("files")]
        written = actions.write_note(
            actor=request.viewer, at=timezone.now(), party_id=party_id, text=request.POST.get("text", ""), files=files
        )
    except (actions.NoteRefused, MentionRefused, FileRefused) as wrong:
        return _refused(request, party_id, wrong)
    return _kept(request, party_id, written)


@require_http_methods(["GET", "POST"])
def note(request: ViewerRequest, party_id: int, note_id: int) -> HttpResponse:
    """The form of one's own note; POST changes its words (`text`)."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    if request.method == "GET":
        found = queries.own_note(request.viewer, party_id, note_id)
        if found is None:
            raise PermissionDenied(_("Only who wrote a note changes it"))
        return render(request, "engagement/_note_form.html", vars(EditForm(found, party_id, LONGEST_NOTE)))
    try:
        written = actions.edit_note(
            actor=request.viewer, at=timezone.now(), party_id=party_id, note_id=note_id, text=request.POST.get("text", "")
        )
    except (actions.NoteRefused, MentionRefused) as wrong:
        return _refused(request, party_id, wrong, note_id)
    return _kept(request, party_id, written)


@require_POST
def delete(request: ViewerRequest, party_id: int, note_id: int) -> HttpResponse:
    """Take a note away (`deleted`), or bring it back."""
    deleted = bool(request.POST.get("deleted"))
    actions.delete_note(actor=request.viewer, at=timezone.now(), party_id=party_id, note_id=note_id, deleted=deleted)
    return _done(request, party_id, undo=note_id if deleted else None)


@require_POST
def pin(request: ViewerRequest, party_id: int, note_id: int) -> HttpResponse:
    """Keep a note above the others (`pinned`), or no longer."""
    actions.pin_note(actor=request.viewer, at=timezone.now(), party_id=party_id, note_id=note_id, pinned=bool(request.POST.get("pinned")))
    return _done(request, party_id)


@require_GET
def file(request: ViewerRequest, party_id: int, file_id: int) -> HttpResponse:
    """The content of an attached file, always as a download; recorded."""
    found, content = actions.open_file(actor=request.viewer, at=timezone.now(), party_id=party_id, file_id=file_id)
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=found.name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=found.media_type, headers=headers)


@require_GET
def colleagues(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Whom one may mention, as options (`q`: what stands behind the @)."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "notes.write")
    found = queries.colleagues_to_mention(request.viewer, party_id, request.GET.get("q", "")[:40])
    names = [one.name for one in found]
    return render(
        request, "engagement/_colleagues.html", {"options": [(one, one.name if names.count(one.name) == 1 else f"{one.name}({one.login})") for one in found]}
    )  # fmt: skip


def panel(request: ViewerRequest, party_id: int, *, undo: int | None = None, said: Words = "") -> HttpResponse:
    """The panel as it stands."""
    viewer, asked = request.viewer, request.GET
    on = asked_day(request)
    every = queries.notes(viewer, party_id)
    if on:
        every = every.filter(written_at__lt=end_of(on))
    wanted = int(asked["note"]) if asked.get("note", "").isdigit() else 0
    is_first = not asked.get("after") and not asked.get("before")
    called = list(every.filter(pk=wanted)) if wanted and is_first else []
    pinned = list(every.filter(pinned_at__isnull=False).exclude(pk=wanted).order_by("-pinned_at", "-pk")) if is_first else []
    page = page_of(every.filter(pinned_at=None).exclude(pk=wanted), COLUMNS, asked.dict(), sort="at", descending=True, size=SHOWN)
    lines = queries.note_lines(viewer, [*called, *pinned, *page.rows])
    first, second = len(called), len(called) + len(pinned)
    shown = NotesPanel(
        lines[:first], lines[first:second], lines[second:], page, party_id, reverse("customer-notes", args=[party_id]), viewer.may("notes.write") and on is None,
        LONGEST_NOTE, settings.FILE_MB, undo, said,
    )  # fmt: skip
    return render(request, "engagement/_notes.html", vars(shown))


def _read(upload: UploadedFile[bytes]) -> actions.NewFile:
    name = upload.name or ""
    if (upload.size or 0) > settings.FILE_MB * 1_000_000:
        raise FileRefused("large", name)
    return actions.NewFile(name, upload.read())


def _done(request: ViewerRequest, party_id: int, *, undo: int | None = None, said: Words = "") -> HttpResponse:
    if is_fragment(request):
        return panel(request, party_id, undo=undo, said=said)
    if said:
        messages.warning(request, str(said))
    return redirect(f"{reverse('customer', args=[party_id])}#panel-notes")


def _kept(request: ViewerRequest, party_id: int, written: actions.Written) -> HttpResponse:
    """As `_done`, after words were written: the browser need not keep its draft of them any longer."""
    response = _done(request, party_id, said=_said(written))
    response["HX-Trigger"] = json.dumps({"zk-kept": {"target": "body"}})
    return response


def _refused(request: ViewerRequest, party_id: int, wrong: Exception, note_id: int | None = None) -> HttpResponse:
    """What is wrong, put beside the form: what was typed and the chosen files stay where they are."""
    words = why(wrong)
    if not is_fragment(request):
        messages.error(request, words)
        return redirect(f"{reverse('customer', args=[party_id])}#panel-notes")
    place = f"#note-{note_id}-said" if note_id else "#note-new-said"
    return HttpResponse(render(request, "engagement/_note_said.html", {"words": words}).content, status=422, headers={"HX-Retarget": place, "HX-Reswap": "innerHTML"})  # fmt: skip


def why(wrong: Exception) -> str:
    """A refusal in words: what is so, then what to do."""
    if isinstance(wrong, MentionRefused):
        said = {"name": wrong.who.name, "login": wrong.who.login}
        if wrong.reason == "twice":
            return _("Two colleagues are called %(name)s: write @%(name)s(log-in), such as @%(name)s(%(login)s)") % said
        return _("%(name)s does not see this customer and cannot be mentioned here") % said
    if isinstance(wrong, FileRefused):
        return _file_words(wrong.reason) % {"name": wrong.name, "mb": settings.FILE_MB}
    return {
        "empty": _("The note is empty: write a word or attach a file"),
        "long": _("The note is longer than %(most)s characters: attach the text as a file") % {"most": f"{LONGEST_NOTE:,}"},
        "files": _("At most %(most)s files go with one note") % {"most": actions.MOST_FILES},
    }[getattr(wrong, "reason", "empty")]


def _file_words(reason: str) -> str:
    return {
        "empty": _("%(name)s is empty"),
        "large": _("%(name)s is larger than %(mb)s MB"),
        "macro": _("%(name)s carries a program (macros); save it without and attach it again"),
        "kind": _("%(name)s is of a kind that is not kept: PDF, pictures, Word, Excel, PowerPoint and plain text are"),
    }[reason]


def _said(written: actions.Written) -> str:
    """What was masked, as a sentence; empty: nothing was."""
    if not written.masked:
        return ""
    return _("Kept, but masked in it: %(what)s. Such data is never kept in notes.") % {
        "what": ", ".join(str(MASKED[kind]) for kind in written.masked)
    }
