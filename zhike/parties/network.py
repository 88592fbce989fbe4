"""The neighbourhood of a party through relationships in force, and who stands behind it. The first argument is the viewer.

The rule is the relationships panel's: a party outside the viewer's scope is counted, never named, neither by key nor by what it is, and
nothing is read beyond it. Row security says the same: a relationship is seen where its party is seen. Names are today's, also when the
links of a past day are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from django.db import connection
from django.utils import timezone

from zhike.access.scope import Viewer, seen_where
from zhike.parties import labels
from zhike.parties.labels import Words
from zhike.parties.ownership import Guarantee, Holding, Stake, circles, concluded, longest_chain, overfull, round_trip, stakes
from zhike.parties.rules import RECIPROCAL
from zhike.parties.validity import IN_FORCE

MOST_NODES = 200
MOST_STEPS = 4  # of a neighbourhood; further away everybody knows everybody
CHAIN_STEPS = 12  # of shares or guarantees, which fan out less
MOST_OF_ONE = 300  # links of one party; some lead to the same other
MOST_WALKED = 1_000

LinkKind = Literal["family", "ownership", "guarantee", "payroll", "other"]
_KIND_TYPES: Mapping[LinkKind, tuple[str, ...]] = {
    "family": ("spouse", "parent", "child", "sibling", "relative"),
    "ownership": (
        "legal_rep", "actual_controller", "shareholder", "beneficial_owner", "executive", "parent_company", "owned_by", "branch_of",
    ),
    "guarantee": ("guarantor", "co_borrower"),
    "payroll": ("employer",),
}  # fmt: skip
KIND_OF: Mapping[str, LinkKind] = {code: kind for kind, codes in _KIND_TYPES.items() for code in codes}
# Of two words for one relationship, the one whose bearer an arrow starts at: who owns, leads, stands surety, employs.
_FIRST = {*KIND_OF, "finance_contact", "referrer", "supplier", "agent"} - {"child"}
PERSONS = ("individual", "sole_trader")


@dataclass(frozen=True)
class Node:
    """A party in the neighbourhood, `step` relationships away."""

    id: int
    name: str
    kind: str
    icon: str
    step: int


@dataclass(frozen=True)
class Edge:
    """`source` is `type` of `target`: Ann is shareholder of the company. One told from both sides is here once."""

    source: int
    target: int
    type: str
    share: Any = None

    @property
    def kind(self) -> LinkKind:
        return KIND_OF.get(self.type, "other")

    @property
    def word(self) -> Words:
        return labels.word(labels.RELATIONS, self.type)


@dataclass(frozen=True)
class Neighbourhood:
    """Nodes, nearest first, the asked party foremost. `hidden`: how many outside the viewer's scope each node is linked to; `is_cut`: there are more."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    hidden: Mapping[int, int]
    is_cut: bool

    @property
    def by_id(self) -> dict[int, Node]:
        return {node.id: node for node in self.nodes}


@dataclass(frozen=True)
class Link:
    """One party of a chain in words, and what she holds of the next one (None: she is the last)."""

    node: Node
    share: Fraction | None

    @property
    def share_of_one(self) -> Decimal | None:
        """The share as templates write it."""
        return None if self.share is None else _decimal(self.share)


@dataclass(frozen=True)
class Behind:
    """One end of the chains of shares. `declared`: the bank's files call her beneficial owner."""

    node: Node
    share: Fraction
    circling: Fraction
    chains: Sequence[Sequence[Link]]
    is_person: bool
    reaches: bool
    declared: bool

    @property
    def part(self) -> Decimal:
        """The share as templates write it."""
        return _decimal(self.share)

    @property
    def circling_part(self) -> Decimal:
        """The same of what comes through circles."""
        return _decimal(self.circling)


@dataclass(frozen=True)
class Circle:
    """A guarantee circle and the shortest way round in it from the party asked about; empty without a circle. `length`: of the longest chain."""

    members: Sequence[Node]
    way: Sequence[Node]
    length: int
    is_cut: bool


@dataclass(frozen=True)
class Owners:
    """Who is behind a company. `is_whole` False: a chain leads out of the viewer's scope or goes on beyond what is read."""

    representatives: Sequence[Node]
    controllers: Sequence[Node]
    shareholders: Sequence[tuple[Node, Any]]
    ends: Sequence[Behind]
    basis: str
    concluded: Sequence[Node]
    declared_only: Sequence[Node]
    overfull: Sequence[Node]
    circle: Circle
    is_whole: bool

    @property
    def is_empty(self) -> bool:
        return not (self.representatives or self.controllers or self.shareholders or self.declared_only)


def _decimal(share: Fraction) -> Decimal:
    return Decimal(share.numerator) / Decimal(share.denominator)


# Breadth first, and only as far as the outer limit reads. A company's staff come last, so that they cannot crowd out its owners.
_WALK = f"""
with recursive walk(id, step) as (
    select %(party)s::bigint, 0
    union
    select found.id, walk.step + 1
    from walk join parties_party p on p.id = walk.id and {{seen}}
    cross join lateral (
        select r.to_party_id as id from parties_relationship r
        where r.party_id = walk.id and {IN_FORCE} and (%(types)s::text[] is null or r.type = any(%(types)s::text[]))
        order by r.type = 'employee', r.share desc nulls last, r.id limit %(most_of_one)s) found
    where walk.step < %(steps)s),
reached as (select id, min(step) as step from (select id, step from walk limit %(most_walked)s) w group by id)
select reached.id, reached.step, p.name, p.kind
from reached left join parties_party p on p.id = reached.id and {{seen}} order by reached.step, reached.id
"""  # noqa: S608 - the scope and the condition are written in this program
_BETWEEN = f"""
select r.party_id, r.to_party_id, r.type, max(r.share)
from parties_relationship r join parties_party p on p.id = r.party_id and {{seen}}
where r.party_id = any(%(from)s::bigint[]) and r.to_party_id = any(%(to)s::bigint[]) and {IN_FORCE}
    and (%(types)s::text[] is null or r.type = any(%(types)s::text[]))
group by 1, 2, 3 order by 1, 2, 3
"""  # noqa: S608 - the same


def neighbourhood(
    viewer: Viewer, party_id: int, *, steps: int = 2, types: Sequence[str] | None = None, at: date | None = None
) -> Neighbourhood:
    """Whom a party is linked to over at most `steps` relationships in force today, or as they were on the day `at`.

    `types`: only relationships whose other end is one of these; None: all. At most 200 parties, the nearest.
    """
    where = seen_where(viewer)
    today = timezone.localdate()
    asked = {
        **where.values, "party": party_id, "steps": steps, "types": list(types) if types is not None else None, "at": at or today,
        "known": at or date.max, "most_of_one": MOST_OF_ONE, "most_walked": MOST_WALKED,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WALK.format(seen=where.sql), asked)
        reached = cursor.fetchall()
        seen = [Node(key, name, kind, labels.KIND_ICONS[kind], step) for key, step, name, kind in reached if name is not None]
        nodes = seen[:MOST_NODES]
        masked = {key for key, _step, name, _kind in reached if name is None}
        inside = [node.id for node in nodes]
        cursor.execute(_BETWEEN.format(seen=where.sql), {**asked, "from": inside, "to": [*inside, *masked]})
        rows = cursor.fetchall()
    hidden = Counter(source for source, _other in {(source, other) for source, other, _code, _share in rows if other in masked})
    return Neighbourhood(nodes, _edges(rows, set(inside)), hidden, len(seen) > MOST_NODES or len(reached) >= MOST_WALKED)


def held_between(viewer: Viewer, ids: Sequence[int], at: date | None = None) -> list[Edge]:
    """Who of these parties holds shares in, or is parent company of, whom of them; in force today or on the day `at`. One statement."""
    where = seen_where(viewer)
    asked: dict[str, Any] = {"from": list(ids), "to": list(ids), "types": ["shareholder", "parent_company"]}
    with connection.cursor() as cursor:
        cursor.execute(
            _BETWEEN.format(seen=where.sql), {**where.values, **asked, "at": at or timezone.localdate(), "known": at or date.max}
        )  # fmt: skip
        return _edges(cursor.fetchall(), set(ids))


def _edges(rows: Iterable[tuple[int, int, str, Any]], inside: set[int]) -> list[Edge]:
    """Each relationship once: its first word, and of two equals the one that starts at the smaller key."""
    found: dict[tuple[int, int, str], Edge] = {}
    for party, other, code, share in rows:
        if other in inside and party != other:
            edge = _told_from_first(party, other, code, share)
            found.setdefault((edge.source, edge.target, edge.type), edge)
    return [found[key] for key in sorted(found)]


def _told_from_first(party: int, other: int, code: str, share: Any) -> Edge:
    reverse = RECIPROCAL.get(code, code)
    if code == reverse:
        return Edge(min(party, other), max(party, other), code, share)
    if code in _FIRST or reverse not in _FIRST:
        return Edge(other, party, code, share)
    return Edge(party, other, reverse, share)


def owners(viewer: Viewer, party_id: int, *, at: date | None = None) -> Owners:
    """Who represents, controls and owns a party, through chains of shares, and whether it is part of a guarantee circle."""
    above = neighbourhood(viewer, party_id, steps=CHAIN_STEPS, types=("shareholder",), at=at)
    near = neighbourhood(viewer, party_id, steps=1, types=("legal_rep", "actual_controller", "beneficial_owner"), at=at)
    known = above.by_id | near.by_id
    persons = {node.id for node in known.values() if node.kind in PERSONS}
    holdings = [
        Holding(edge.target, edge.source, Fraction(edge.share)) for edge in above.edges if edge.type == "shareholder" and edge.share
    ]
    found = stakes(party_id, holdings, persons)
    declared = _direct(near, party_id, "beneficial_owner")
    is_whole = not (above.hidden or near.hidden or above.is_cut)
    representatives, controllers = (_direct(near, party_id, code) for code in ("legal_rep", "actual_controller"))
    verdict = concluded(found, persons, controllers & persons, representatives, is_whole=is_whole)
    direct = [edge for edge in above.edges if edge.target == party_id and edge.type == "shareholder"]
    return Owners(
        _named(known, representatives), _named(known, controllers),
        [(known[edge.source], edge.share) for edge in sorted(direct, key=lambda edge: (-(edge.share or 0), edge.source))],
        [_behind(stake, known, persons, declared) for stake in found], verdict.basis, _named(known, verdict.parties),
        _named(known, declared - {stake.party for stake in found if stake.reaches}), _named(known, overfull(holdings)),
        _circle(neighbourhood(viewer, party_id, steps=CHAIN_STEPS, types=("guarantor", "guaranteed"), at=at), party_id), is_whole,
    )  # fmt: skip


def _direct(near: Neighbourhood, party_id: int, code: str) -> set[int]:
    return {edge.source for edge in near.edges if edge.target == party_id and edge.type == code}


def _named(known: Mapping[int, Node], ids: Iterable[int]) -> list[Node]:
    return [known[key] for key in (ids if isinstance(ids, tuple) else sorted(ids))]


def _behind(stake: Stake, known: Mapping[int, Node], persons: set[int], declared: set[int]) -> Behind:
    chains = [
        [Link(known[party], share) for party, share in zip(path.parties, [*path.shares, None], strict=True)] for path in stake.paths
    ]  # fmt: skip
    is_person = stake.party in persons
    return Behind(
        known[stake.party], stake.share, stake.circling, chains, is_person, is_person and stake.reaches, stake.party in declared
    )  # fmt: skip


def _circle(around: Neighbourhood, party_id: int) -> Circle:
    known = around.by_id
    told = [Guarantee(edge.source, edge.target) for edge in around.edges if edge.type == "guarantor"]
    members = next((circle for circle in circles(told) if party_id in circle), frozenset[int]())
    return Circle(
        _named(known, set(members)), _named(known, round_trip(party_id, told)), longest_chain(told), around.is_cut or bool(around.hidden)
    )
