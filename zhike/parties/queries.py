"""Reads of parties: which ones a list shows, who one is, how to reach her, how she is linked. The first argument is the viewer.

Protected values leave here as stored masks and the token that reveals one; a viewer without contacts.read gets neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.db import connection
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from zhike.access.scope import Viewer, Where, require, seen_where
from zhike.core import prepared
from zhike.parties import labels
from zhike.parties.labels import Words
from zhike.parties.models import ContactPoint, GroupMember, Identifier, Party, Relationship
from zhike.parties.rules import OWN_SOURCE
from zhike.parties.validity import within_days

LONG_TERM = date(9999, 12, 31)
View = Literal["mine", "all", "pool"]


class PartyNotSeen(Http404):
    """Not there, or not within the viewer's scope; the page does not say which."""


@dataclass(frozen=True)
class Which:
    """Which parties a list shows: `mine` needs the employee whose book it is, `pool` is what nobody looks after. Empty: any.

    `also`: a further condition over the alias `p`, such as a saved view's or a list's; its values' names are its own. `is_few`: it leaves
    so few that a list begins with them, not along the index of its order.
    """

    view: View = "all"
    kind: str = ""
    status: str = ""
    employee_id: int | None = None
    also: Where | None = None
    is_few: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether nothing but the viewer's scope narrows the list."""
        return self.view == "all" and not self.kind and not self.status and self.also is None


@dataclass(frozen=True)
class Protected:
    """A protected value as it may be shown: its mask, and the token by which `actions.reveal` finds it."""

    masked: str
    token: str

    @property
    def send(self) -> str:
        """What the reveal button posts beside the purpose."""
        return json.dumps({"token": self.token})


@dataclass(frozen=True)
class Line:
    """A party in a list. `phone`: its main mobile, else any telephone; None: unknown, or not for this viewer (contacts.read)."""

    id: int
    name: str
    kind: Words
    icon: str
    status: str
    status_word: Words
    customer_no: str
    rm: str
    unit: str
    since: date | None
    phone: Protected | None
    kind_code: str = ""
    beside: Sequence[Any] = ()


@dataclass(frozen=True)
class Beside:
    """What an area above reads in the same statement of a party `p`: columns, the joins that give them (which lose and double nobody), their values."""

    columns: Sequence[str] = ()
    joins: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def more(self) -> str:
        """The columns as they go on after others."""
        return "".join(f", {column}" for column in self.columns)


NOTHING_BESIDE = Beside()


@dataclass(frozen=True)
class Identity:
    """The main identity document of a party. `expires` None: long-term or not told."""

    word: Words
    value: Protected
    expires: date | None
    code: str = ""
    id: int = 0


@dataclass(frozen=True)
class About:
    """What the head of a party's page says. `identity`: the main document, None without contacts.read; `assisting`: the RMs of that day; `is_own`: written here;
    `known_since`: the first day of which the bank's files tell of it."""

    line: Line
    kind: str
    sex: str
    birth_date: date | None
    industry: str
    is_staff: bool
    is_related_party: bool
    identity: Identity | None
    assisting: Sequence[str]
    is_own: bool = False
    known_since: date | None = None

    @property
    def industry_words(self) -> str:
        """The industry with its section in words."""
        return labels.industry(self.industry)


@dataclass(frozen=True)
class ContactLine:
    """A way to reach a party."""

    kind: str
    word: Words
    purpose: Words
    value: Protected
    region: str
    is_main: bool
    is_valid: bool
    id: int = 0


@dataclass(frozen=True)
class Relation:
    """What another party is to this one. `name` is empty where the viewer does not see that party; `own_id`: declared here, by this key."""

    party_id: int | None
    name: str
    icon: str
    word: Words
    share: Any
    since: date | None
    code: str = ""
    own_id: int | None = None


@dataclass(frozen=True)
class Member:
    """A member of a household or group."""

    party_id: int
    name: str
    role: str
    is_head: bool


@dataclass(frozen=True)
class Group:
    """A household or corporate group with those of its members that the viewer sees. `key`: source and the source's own key."""

    name: str
    kind: str
    word: Words
    members: Sequence[Member]
    key: tuple[str, str]


def require_seen(viewer: Viewer, party_id: int) -> None:
    """Raises PartyNotSeen unless the viewer sees this party: asked before any right, so that a stranger learns nothing."""
    if not Party.objects.seen_by(viewer).filter(pk=party_id).exists():
        raise PartyNotSeen


def party(viewer: Viewer, party_id: int) -> Party:
    """One party with its unit and main RM. Raises PartyNotSeen."""
    found = Party.objects.seen_by(viewer).select_related("unit", "opening_unit", "main_rm").filter(pk=party_id).first()
    if found is None:
        raise PartyNotSeen
    return found


def listed(viewer: Viewer, which: Which) -> Where:
    """The parties of a list within the viewer's scope, over the alias `p`; a page of them is a keyset's business.

    Where somebody sees only what she or her team looks after, it begins at that book, which an index gives. Where she sees units besides,
    the book comes as an array of keys: under a wall PostgreSQL does not look for managers along their index (`&&` might tell what
    it compares), and reads the whole bank.
    """
    if viewer.is_mixed:
        reached = "(p.unit_id = any(%(seen_units)s::bigint[]) or p.id = any(array(select parties_book())))"
        closed = _UNLISTED if viewer.is_barred else "true"
        values = {"seen_units": list(viewer.unit_ids), "seen_lists": list(viewer.list_ids)}
        return Where(f"{reached} and {closed}", values) & narrowed(viewer, which)
    book = Where("p.id in (select parties_book())", {}) if viewer.by_book else Where("true", {})
    return seen_where(viewer) & book & narrowed(viewer, which)


_UNLISTED = "(p.barrier_ids is null or p.barrier_ids <@ %(seen_lists)s::bigint[])"


def narrowed(viewer: Viewer, which: Which) -> Where:
    """What narrows a list more than the viewer's scope does, over the alias `p`; "true": nothing."""
    wanted = []
    if which.view == "mine" and not (viewer.scope == "own" and viewer.employee_ids == (which.employee_id,) and not viewer.opened):
        wanted.append("p.rm_ids @> array[%(book_of)s::bigint]")
    elif which.view == "pool":
        wanted.append("p.main_rm_id is null and p.unit_id is not null")
    if which.kind:
        wanted.append("p.kind = %(kind)s")
    if which.status:
        wanted.append("p.status = %(status)s")
    if which.also is not None:
        wanted.append(which.also.sql)
    values = {"book_of": which.employee_id, "kind": which.kind, "status": which.status}
    return Where(" and ".join(wanted) or "true", {**(which.also.values if which.also else {}), **values})


def fitting(viewer: Viewer, which: Which, ids: Sequence[int], also: Where | None = None) -> set[int]:
    """Those of these parties that a list shows; `also`: a further condition over `p`."""
    where = listed(viewer, which) & also if also else listed(viewer, which)
    with connection.cursor() as cursor:
        cursor.execute(f"select p.id from parties_party p where p.id = any(%(ids)s) and {where.sql}", {**where.values, "ids": list(ids)})  # noqa: S608 - conditions are written here
        return {row[0] for row in cursor.fetchall()}


def lines(viewer: Viewer, ids: Sequence[int], beside: Beside = NOTHING_BESIDE) -> list[Line]:
    """These parties in this order; what the viewer does not see is left out."""
    where = seen_where(viewer)
    asked = {**where.values, **beside.values, "ids": list(ids)}
    with prepared.cursor() as cursor:
        cursor.execute(_LINES.format(seen=where.sql, beside=beside.more, joins=beside.joins), asked)
        found = {row[0]: row for row in cursor.fetchall()}
    return [_line(*found[key][:_WIDTH], beside=found[key][_WIDTH:]) for key in ids if key in found]


def about(viewer: Viewer, party_id: int, at: date, beside: Beside = NOTHING_BESIDE) -> About:
    """The head of one party as of a day; for the rest of the transaction the second wall lets her rows pass at once. Raises PartyNotSeen."""
    where = seen_where(viewer)
    asked = {**where.values, **beside.values, "id": party_id, "at": at}
    with prepared.cursor() as cursor:
        cursor.execute(_ABOUT.format(seen=where.sql, beside=beside.more, joins=beside.joins), asked)
        row = cursor.fetchone()
    if row is None:
        raise PartyNotSeen
    place = len(row) - len(beside.columns)
    return read_about(row[:place], row[place:])


def read_about(row: tuple[Any, ...], beside: Sequence[Any] = ()) -> About:
    """A row of the statement of a head as what it says."""
    line, (id_type, masked, digest, expires), rest = row[:_WIDTH], row[_WIDTH : _WIDTH + 4], row[_WIDTH + 4 :]
    kind, sex, born, industry, is_staff, is_related, source, since, assisting = rest
    identity = _identity(id_type, masked, digest, expires) if id_type is not None else None
    return About(
        _line(*line, beside=beside), kind, sex, born, industry, is_staff, is_related, identity, assisting, source == OWN_SOURCE, since
    )


# Written out: through the ORM a page would be two statements and a head four, and making them costs more than answering them.
_LINE = ("p.id", "p.name", "p.kind", "p.status", "p.customer_no", "p.rm", "p.unit", "p.since_date", "p.value_masked", "p.value_digest")
_WIDTH = len(_LINE)
_LINES = f"select {', '.join(_LINE)}{{beside}} from parties_line p {{joins}} where p.id = any(%(ids)s::bigint[]) and {{seen}}"  # noqa: S608 - written here
# Its earlier rows lie in the history, this one beside it.
KNOWN_SINCE = "least(p.valid_from, (select min(h.valid_from) from parties_partyhistory h where h.party_id = p.id and h.kind = 'party'))"
# The head is read after she is opened: it hangs on what that answers.
_ABOUT = f"""
select {", ".join(_LINE)}, p.id_type, p.id_no_masked, p.id_no_digest, p.expires_date,
    p.kind, p.sex, p.birth_date, p.industry, p.is_staff, p.is_related_party, p.source, p.known_since,
    case when p.assisted is null then '{{{{}}}}' else array(select a ->> 0 from jsonb_array_elements(p.assisted) a
        where (a ->> 1)::date <= %(at)s and ((a ->> 2) is null or (a ->> 2)::date > %(at)s)) end{{beside}}
from (select access.open(%(id)s::bigint) as id) asked
cross join lateral (select * from parties_head_opened where id = asked.id limit 1) p
{{joins}} where {{seen}}
"""  # noqa: S608 - the same
_KINDS: Mapping[str, Words] = dict(Party.Kind.choices)
_STATUSES: Mapping[str, Words] = dict(Party.Status.choices)


def _line(
    key: int, name: str, kind: str, status: str, number: str, rm: str | None, unit: str | None, since: date | None, masked: str | None,
    digest: bytes | None, *, beside: Sequence[Any] = (),
) -> Line:  # fmt: skip
    phone = Protected(masked, bytes(digest).hex()) if masked is not None and digest is not None else None
    return Line(
        key, name, _KINDS[kind], labels.KIND_ICONS[kind], status, _STATUSES[status], number, rm or "", unit or "", since, phone, kind, beside
    )  # fmt: skip


def names(viewer: Viewer, ids: Iterable[int]) -> dict[int, str]:
    """The names of those of these parties that the viewer sees: the one place where pages take them from. Empty without customers.read, whatever else she may
    do: a page shows no name and no link of whom it has none. Work in the name of the whole bank has that right (`access.scope.system_viewer`)."""
    if not viewer.may("customers.read"):
        return {}
    return dict(Party.objects.seen_by(viewer).filter(pk__in=set(ids)).values_list("pk", "name"))


def within(viewer: Viewer, ids: Iterable[int]) -> set[int]:
    """Which of these parties lie within the viewer's scope: for decisions, not for pages, and without any right."""
    return set(Party.objects.seen_by(viewer).filter(pk__in=set(ids)).values_list("pk", flat=True))


def prospects_named(viewer: Viewer, names: Iterable[str]) -> dict[str, int]:
    """Which of these names are prospects whom the viewer sees, and their keys. Raises PermissionDenied without customers.read."""
    require(viewer, "customers.read")
    rows = Party.objects.seen_by(viewer).filter(status=Party.Status.PROSPECT, name__in=set(names))
    return dict(rows.values_list("name", "pk"))


def in_force(on: date | None) -> Q:
    """The versions that hold today (None), or did at the end of a past day."""
    return Q(valid_to=None) if on is None else Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))


def identities(viewer: Viewer, party_id: int, on: date | None = None) -> list[Identity]:
    """All identity documents in force. Empty without contacts.read."""
    if not viewer.may("contacts.read"):
        return []
    rows = Identifier.objects.seen_by(viewer).filter(in_force(on), party=party_id).order_by("-is_main", "pk")
    return [_identity(*row) for row in rows.values_list("id_type", "id_no_masked", "id_no_digest", "expires_date", "pk")]


def _identity(id_type: str, masked: str, digest: bytes | memoryview, expires: date | None, key: int = 0) -> Identity:
    word = labels.word(labels.ID_TYPES, id_type)
    return Identity(word, Protected(masked, bytes(digest).hex()), expires if expires != LONG_TERM else None, id_type, key)


def contact_points(viewer: Viewer, party_id: int, on: date | None = None) -> list[ContactLine]:
    """How to reach a party, best first. Empty without contacts.read."""
    if not viewer.may("contacts.read"):
        return []
    rows = ContactPoint.objects.seen_by(viewer).filter(in_force(on), party=party_id).order_by("-is_valid", "-is_main", "kind", "pk")
    return [
        ContactLine(
            row.kind, row.get_kind_display(), labels.word(labels.CONTACT_PURPOSES, row.purpose), Protected(row.value_masked, bytes(row.value_digest).hex()), row.region,
            row.is_main, row.is_valid, row.pk,
        )
        for row in rows
    ]  # fmt: skip


def relations(viewer: Viewer, party_id: int, on: date | None = None) -> list[Relation]:
    """Who is what to this party today; one told from both sides is listed once. Others outside the scope carry no name."""
    rows = Relationship.objects.seen_by(viewer).filter(in_force(on), within_days(on or timezone.localdate()), party=party_id)
    told = list(rows.order_by("is_reciprocal", "type", "pk"))
    seen = {
        row.pk: row for row in Party.objects.seen_by(viewer).filter(pk__in={r.to_party_id for r in told}).only("pk", "name", "kind")
    }  # fmt: skip
    once = {(row.to_party_id, row.type): row for row in reversed(told)}
    ordered = sorted(once.values(), key=lambda row: (_distance(row.type), -(row.share or 0), row.pk))
    return [_relation(row, seen.get(row.to_party_id)) for row in ordered]


def _distance(relation: str) -> int:
    if relation == labels.FAREST:
        return len(labels.NEAREST) + 1
    return labels.NEAREST.index(relation) if relation in labels.NEAREST else len(labels.NEAREST)


def _relation(row: Relationship, other: Party | None) -> Relation:
    icon = labels.KIND_ICONS[other.kind] if other else "lock"
    name = other.name if other else ""
    own_id = row.pk if row.source == OWN_SOURCE else None
    return Relation(
        other.pk if other else None, name, icon, labels.word(labels.RELATIONS, row.type), row.share, row.from_date, row.type, own_id
    )


def groups(viewer: Viewer, party_id: int, on: date | None = None) -> list[Group]:
    """The households and corporate groups of a party, each with its members."""
    own = list(GroupMember.objects.seen_by(viewer).filter(in_force(on), party=party_id).order_by("kind", "name"))
    keys = Q(pk__in=[])
    for membership in own:
        keys |= Q(source=membership.source, group_key=membership.group_key)
    members: dict[tuple[str, str], list[Member]] = {}
    together = GroupMember.objects.seen_by(viewer).filter(keys & in_force(on)).select_related("party").order_by("-is_head", "pk")
    for row in together if own else ():
        members.setdefault((row.source, row.group_key), []).append(Member(row.party_id, row.party.name, row.member_role, row.is_head))
    return [
        Group(row.name, row.kind, row.get_kind_display(), members[row.source, row.group_key], (row.source, row.group_key)) for row in own
    ]  # fmt: skip
