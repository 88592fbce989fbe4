"""Proves the audit's chain, or names the first entry that was changed, removed or inserted, whoever did it and whatever was recomputed after.

Every entry with its link is streamed once, in the order of the chain: its content's keyed hash, the link's keyed hash over the one before,
its stamp. Without the keys nobody makes a pair that fits. Counts come from signed seals, and from those kept outside the database.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from zhike.access import outside
from zhike.access.chain import (
    AT_OF_ENTRY,
    BEGINNING,
    CLAIMS_OF_ENTRY,
    ENTRY,
    STAMP_OF_ENTRY,
    ChainKeys,
    Seal,
    is_signed,
    public_key,
)
from zhike.access.chaining import rows_of, signed_seals
from zhike.access.sealing import keyring
from zhike.access.stamping import NULL, is_genuine, stamp_key

Kind = Literal["changed", "removed", "inserted", "chain"]
MOST_NAMED = 20


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written: the entry, its place in the chain, and how one knows. `kind` chain: the chain itself."""

    kind: Kind
    entry_id: int | None
    place: int | None
    says: str


@dataclass
class Verdict:
    """What came of it: entries sealed, entries of the tail, findings in the order of the chain (the first `MOST_NAMED`
    about entries, then as many about seals), and how many they are."""

    sealed: int = 0
    tail: int = 0
    withheld: int = 0  # without their words, since whom they were about was deleted
    days: int = 0
    seals: int = 0
    outside: int = 0
    signed_to: int = 0  # the last place that a genuine signature vouches for, inside or outside
    count_findings: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.count_findings

    def note(self, kind: Kind, entry_id: int | None, place: int | None, says: str) -> None:
        """Keep a finding."""
        self.count_findings += 1
        if len(self.findings) < MOST_NAMED:
            self.findings.append(Finding(kind, entry_id, place, says))


def verify() -> Verdict:
    """Check everything. The connection must see all entries: the job role's, or the owner's."""
    verdict, of_seals = Verdict(), Verdict()
    seals = _seals(of_seals)
    last = seals[-1] if seals else None
    _outside(of_seals, seals)
    walk = _Walk(verdict, {seal.last_place: seal for seal in seals}, last, of_seals.signed_to)
    for row in rows_of(_LINKED):
        walk.take(row)
    walk.end()
    _unlinked(verdict, last)
    _stamped_twice(verdict)
    return _together(verdict, of_seals)


def _together(entries: Verdict, seals: Verdict) -> Verdict:
    """Findings about entries come first: they name what somebody did."""
    return replace(
        entries, days=seals.days, seals=seals.seals, outside=seals.outside, findings=[*entries.findings, *seals.findings],
        count_findings=entries.count_findings + seals.count_findings,
    )  # fmt: skip


class _Walk:
    """Along the chain, link by link."""

    def __init__(self, verdict: Verdict, seals: Mapping[int, Seal], last: Seal | None, signed_to: int) -> None:
        self.verdict, self.seals, self.last = verdict, seals, last
        self.has_more_than_signed = _last_place() > signed_to
        self.keys, self.stamp_key = ChainKeys.of(keyring()), stamp_key()
        self.unstamped_to = last.unstamped_to if last else 0
        self.mac, self.place, self.entry_id = BEGINNING, 0, 0

    def take(self, row: bytes) -> None:
        """The next link with its entry."""
        told = row.split(b"\t", 5)
        place, entry_id, content, mac = int(told[0]), int(told[1]), bytes.fromhex(told[2].decode()), bytes.fromhex(told[3].decode())
        if place != self.place + 1:
            self._gap(place, entry_id)
        is_link_ours = self.keys.link_of(self.mac, place, entry_id, content) == mac or place != self.place + 1
        entry, is_withheld = told[5], _is_withheld(self.keys, told[4], told[5])
        if entry.startswith(NULL):
            self.verdict.note("removed", entry_id, place, "its link is there, the entry is not")
        elif self.keys.content_of(entry) != content and not is_withheld:
            self._differs(entry, entry_id, place, is_link_ours)
        elif not is_link_ours:
            self.verdict.note(*self._moved(entry_id, place))
        elif entry_id > self.unstamped_to and not is_withheld and not self._is_ours(entry):
            self.verdict.note("inserted", entry_id, place, f"it was not written by this program; it says {_said(entry)}")
        seal = self.seals.get(place)
        if seal is not None and seal.mac != mac.hex():
            self.verdict.note("chain", entry_id, place, f"seal {seal.number} of {seal.day} was signed over another chain")
        self.place, self.entry_id, self.mac = place, entry_id, mac
        self.verdict.sealed += 1
        self.verdict.withheld += is_withheld

    def end(self) -> None:
        """What the last seal says of the end."""
        if self.last is None:
            return
        if self.place < self.last.last_place:
            says = f"{self.last.last_place - self.place} entries at the end are gone: seal {self.last.number} of {self.last.day} had them"
            self.verdict.note("removed", None, self.place + 1, f"{says}; the last one left is entry {self.entry_id}")
        elif self.place > self.last.last_place:
            self.verdict.note("inserted", self.entry_id, self.place, "links stand after the last seal")

    def _gap(self, place: int, entry_id: int) -> None:
        missing = place - self.place - 1
        between = f"between entry {self.entry_id} and entry {entry_id}" if self.entry_id else f"before entry {entry_id}"
        self.verdict.note("removed", None, self.place + 1, f"{missing} with their links, {between}")

    def _differs(self, entry: bytes, entry_id: int, place: int, is_link_ours: bool) -> None:
        if is_link_ours or self._is_ours(entry) or not self.has_more_than_signed:
            self.verdict.note("changed", entry_id, place, f"it is not what was sealed; it now says {_said(entry)}")
        else:
            self.verdict.note("inserted", entry_id, place, f"neither entry nor link were written by this program; it says {_said(entry)}")

    def _moved(self, entry_id: int, place: int) -> tuple[Kind, int | None, int | None, str]:
        """The entry is genuine, its link does not fit the one before: what stood between them is gone, or the chain was written anew."""
        return (
            "removed",
            None,
            place,
            f"what stood between entry {self.entry_id} and entry {entry_id}; the chain was written anew from here on",
        )

    def _is_ours(self, entry: bytes) -> bool:
        parts = entry.split(b"\t", CLAIMS_OF_ENTRY)
        stamp = parts[STAMP_OF_ENTRY]
        return stamp != NULL and is_genuine(self.stamp_key, bytes.fromhex(stamp.decode()), parts[CLAIMS_OF_ENTRY])


def _seals(verdict: Verdict) -> list[Seal]:
    """The seals, whose numbers, places and signatures must fit."""
    public, found = public_key(keyring()), []
    before: Seal | None = None
    for seal, signature in signed_seals():
        number, place = (before.number, before.last_place) if before else (0, 0)
        if seal.number != number + 1 or seal.first_place != place + 1:
            verdict.note("chain", None, seal.first_place, f"seal {number + 1} is missing")
        if is_signed(public, seal, signature):
            verdict.signed_to = max(verdict.signed_to, seal.last_place)
        else:
            verdict.note("chain", None, seal.first_place, f"seal {seal.number} of {seal.day} is not signed by this installation")
        before = seal
        found.append(seal)
    verdict.seals, verdict.days = len(found), len({seal.day for seal in found})
    return found


def _unlinked(verdict: Verdict, last: Seal | None) -> None:
    """Entries without a link: the tail, and what was put where nothing could turn up any more."""
    key, keys = stamp_key(), ChainKeys.of(keyring())
    for row in rows_of(_UNLINKED):
        vouched, entry = row.split(b"\t", 1)
        parts = entry.split(b"\t", CLAIMS_OF_ENTRY)
        entry_id, stamp = int(parts[0]), parts[STAMP_OF_ENTRY]
        is_ours = stamp != NULL and is_genuine(key, bytes.fromhex(stamp.decode()), parts[CLAIMS_OF_ENTRY])
        is_ours = is_ours or _is_withheld(keys, vouched, entry)
        if last is not None and entry_id <= last.low_id:
            verdict.note("inserted", entry_id, None, f"everything up to entry {last.low_id} had been sealed; it says {_said(entry)}")
        elif not is_ours and (last is not None or stamp != NULL):
            verdict.note("inserted", entry_id, None, f"it was not written by this program; it says {_said(entry)}")
        else:
            verdict.tail += 1


def _is_withheld(keys: ChainKeys, vouched: bytes, entry: bytes) -> bool:
    """Whether this program vouches for an entry that stands without its words; `vouched`: in hex, or NULL."""
    return vouched != NULL and hmac.compare_digest(keys.withheld_of(entry), bytes.fromhex(vouched.decode()))


def _last_place() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(place), 0) from access_auditlink")
        return int(cursor.fetchone()[0])


def _stamped_twice(verdict: Verdict) -> None:
    """A stamp that stands twice was copied, with its entry."""
    with connection.cursor() as cursor:
        cursor.execute(_TWICE, [MOST_NAMED])
        for entry_id, first in cursor.fetchall():
            verdict.note("inserted", entry_id, None, f"it carries the stamp of entry {first}: a copy of it")


def _outside(verdict: Verdict, seals: list[Seal]) -> None:
    """What is kept outside must be what stands inside."""
    inside, public = {seal.number: seal for seal in seals}, public_key(keyring())
    try:
        for seal, signature in outside.kept():
            verdict.outside += 1
            if not is_signed(public, seal, signature):
                verdict.note("chain", None, None, f"outside: seal {seal.number} of {seal.day} is not signed by this installation")
                continue
            verdict.signed_to = max(verdict.signed_to, seal.last_place)
            if seal.number not in inside:
                says = f"outside, seal {seal.number} of {seal.day} reaches to place {seal.last_place}: it is gone here, or an older copy was restored"
                verdict.note("removed", None, seal.first_place, says)
            elif inside[seal.number] != seal:
                verdict.note("chain", None, seal.first_place, f"outside, seal {seal.number} of {seal.day} is another one")
    except ValueError as wrong:
        verdict.note("chain", None, None, f"outside: {wrong} is no seal")


def key_in_words(public: Ed25519PublicKey) -> str:
    """The public key in hex, as an auditor keeps it."""
    return public.public_bytes_raw().hex()


def _said(entry: bytes) -> str:
    """Who, what and when, of an entry as COPY writes it."""
    parts = [part.decode() for part in entry.split(b"\t")]
    at = datetime.fromtimestamp(int(parts[AT_OF_ENTRY]) / 1_000_000, UTC)
    _person, login, act = parts[CLAIMS_OF_ENTRY : CLAIMS_OF_ENTRY + 3]
    return f"{login or '—'} {act} {at:%Y-%m-%d %H:%M:%S}Z"


def heads() -> Iterator[Seal]:
    """The last seal of each day."""
    head: Seal | None = None
    for seal, _signature in signed_seals():
        if head is not None and head.day != seal.day:
            yield head
        head = seal
    if head is not None:
        yield head


_LINKED = f"""
select l.place, l.entry_id, encode(l.content, 'hex'), encode(l.mac, 'hex'), encode(w.mac, 'hex'), {ENTRY}
from access_auditlink l left join access_auditentry e on e.id = l.entry_id left join access_auditwithheld w on w.entry_id = l.entry_id order by l.place
"""
_UNLINKED = f"""
select encode(w.mac, 'hex'), {ENTRY} from access_auditentry e left join access_auditwithheld w on w.entry_id = e.id
where not exists (select from access_auditlink l where l.entry_id = e.id) order by e.id
"""
_TWICE = """
select e.id, twice.first from access_auditentry e
join (select stamp, min(id) as first from access_auditentry where stamp is not null group by stamp having count(*) > 1) twice
  on twice.stamp = e.stamp and e.id <> twice.first order by e.id limit %s
"""
