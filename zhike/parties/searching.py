"""Finding parties by what somebody types; public to other areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from zhike.access.scope import Viewer
from zhike.access.sealing import digest_of, last4_digest_of
from zhike.core.conditions.meaning import folded
from zhike.parties.models import Party, PartySource
from zhike.parties.rules import asked_name, part_of_name

MOST_FOUND = 50
MOST_NAMED = 2_000  # more than these, and a list finds its first page sooner without them


@dataclass(frozen=True)
class Found:
    """A party that was found. `matched`: customer_no, id_no, the kind of a contact point, name, `begins` (its beginning) or `near` (one slip).
    `is_hers`: by name, in the viewer's own book."""

    party_id: int
    matched: str
    is_hers: bool = False


def find(viewer: Viewer, text: str, *, most: int = MOST_FOUND) -> list[Found]:
    """Parties by name (characters, pinyin, initials, half typed, with one slip), customer number or its beginning, or a phone or ID
    number: whole, or its last four. Numbers first, then her own book; at most `most`. The database function applies the scope itself
    and asks for contacts.read before digests."""
    plain = text.strip()
    if not plain:
        return []
    name = asked_name(plain)
    with connection.cursor() as cursor:
        cursor.execute(
            "select party_id, rank, matched from parties_find(%s::text[], %s::text[], %s, %s, %s::text[], %s::text[], %s::bytea[], %s) "
            "order by rank, party_id",
            [name.tokens, name.before, name.last, name.joined, name.near, [plain, plain.upper()], digests_of(plain, ("phone", "id_no", "email")), most],
        )  # fmt: skip
        found: dict[int, Found] = {}
        for key, rank, matched in cursor.fetchall():
            found.setdefault(key, Found(key, matched, rank in (1, 3, 5)))
    if len(found) < most and len(plain) >= 3 and plain.isalnum() and plain.isascii() and not plain.isalpha():
        begins = Party.objects.seen_by(viewer).filter(customer_no__gte=plain, customer_no__lt=plain + "\U0010ffff").order_by("customer_no")
        for key in begins.values_list("pk", flat=True)[:most]:
            found.setdefault(key, Found(key, "customer_no"))
    return list(found.values())[:most]


def names_with(viewer: Viewer, text: str) -> list[int] | None:
    """The parties the viewer sees in whose name a text stands as it is (but for small and capital ASCII letters); None: they are many.
    The viewer must have been announced. One statement: a few milliseconds where the words of names tell, a reading of all names where not."""
    part = part_of_name(text)
    with connection.cursor() as cursor:
        cursor.execute("select parties_names_with(%s, %s::text[], %s::text[], %s)", [folded(text), part.tokens, part.inside, MOST_NAMED])
        found: list[int] | None = cursor.fetchone()[0]
    return found


def search(viewer: Viewer, text: str, *, most: int = MOST_FOUND) -> list[int]:
    """The keys of what `find` finds, best first."""
    return [found.party_id for found in find(viewer, text, most=most)]


def digests_of(text: str, kinds: Sequence[str]) -> list[bytes]:
    """The digests by which a typed value may be found: as a whole, and as the last four where it is four characters long."""
    if not any(character.isdigit() for character in text) and "@" not in text:
        return []
    found = [digest_of(kind, text) for kind in kinds] if len(text) > 4 else [last4_digest_of(kind, text) for kind in kinds]
    return [digest for digest in found if digest]


@dataclass(frozen=True)
class Alike:
    """A party the viewer sees that a draft may be: `matched` says by what (a phone, an ID number, or her whole name)."""

    party_id: int
    name: str
    customer_no: str
    matched: str


def looks_like(viewer: Viewer, *, name: str = "", mobile: str = "", id_no: str = "", most: int = 5) -> list[Alike]:
    """Whom a draft may be, surest first: the same phone or ID number, else the same name. Only parties she sees: another's customer is not
    told of. A seam: what finds likely duplicates in batches refines it."""
    matched: dict[int, str] = {}
    for text in (id_no, mobile):
        if text.strip():
            matched |= {one.party_id: one.matched for one in find(viewer, text.strip(), most=most) if one.matched != "name"}
    plain = name.strip()
    named = [one.party_id for one in find(viewer, plain, most=MOST_FOUND) if one.matched == "name"] if len(plain) > 1 else []
    rows = Party.objects.seen_by(viewer).filter(pk__in=[*matched, *named]).values_list("pk", "name", "customer_no")
    found = [Alike(key, called, number, matched.get(key, "name")) for key, called, number in rows if key in matched or called == plain]
    return sorted(found, key=lambda one: (one.matched == "name", one.party_id))[:most]


def survivor_of(viewer: Viewer, party_id: int) -> int | None:
    """Into whom a party that is gone was merged, where the viewer sees her."""
    keys = PartySource.objects.seen_by(viewer).filter(home_id=party_id).exclude(party_id=party_id)
    return keys.values_list("party_id", flat=True).first()
