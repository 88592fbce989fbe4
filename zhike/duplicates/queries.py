"""Reads of pairs and merges; the first argument is the viewer. Who sees one of two learns nothing of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from zhike.access.scope import Viewer
from zhike.duplicates import labels
from zhike.duplicates.labels import Words
from zhike.duplicates.models import Merge, Pair
from zhike.duplicates.rules import CHOOSABLE
from zhike.holdings import queries as holdings
from zhike.parties import queries as parties
from zhike.parties import sides

PairNotSeen = Pair.DoesNotExist  # there is none, or one of the two lies outside the scope


@dataclass(frozen=True)
class Reason:
    """Why a pair is shown, in words; `weight` in bits: what speaks for it is positive. `bar`: 0 to 1, against the strongest."""

    words: Words
    weight: float
    bar: float = 0.0

    @property
    def speaks_for(self) -> bool:
        return self.weight > 0


@dataclass(frozen=True)
class Field:
    """One field of both records. Where they differ, a person may choose; `default`: the party whose value stands unless she does."""

    name: str
    label: Words
    left: Words
    right: Words
    default: str

    @property
    def differs(self) -> bool:
        return str(self.left) != str(self.right)

    @property
    def can_choose(self) -> bool:
        """Where one side says nothing there is nothing to choose: the other fills the gap."""
        return self.differs and bool(str(self.left)) and bool(str(self.right))


@dataclass(frozen=True)
class Side:
    """One of the two records, as the page lays it beside the other."""

    line: parties.Line
    contacts: Sequence[parties.ContactLine]
    identities: Sequence[parties.Identity]
    held: Any


@dataclass(frozen=True)
class Comparison:
    """Two records side by side. `survivor`: which of them is proposed to stay, the one with more on it."""

    pair: Pair
    left: Side
    right: Side
    fields: Sequence[Field]
    reasons: Sequence[Reason]
    survivor: int
    moves: Sequence[tuple[Words, int]]


def pairs(viewer: Viewer, state: str) -> QuerySet[Pair]:
    """The pairs in a state of which the viewer sees both, with both parties; unordered."""
    return Pair.objects.seen_by(viewer).filter(state=state).select_related("left__unit", "right__unit")


def undecided(viewer: Viewer, pair_id: int) -> Pair | None:
    """A pair that is still two parties, within the viewer's scope."""
    return Pair.objects.seen_by(viewer).exclude(state=Pair.State.MERGED).filter(pk=pair_id).first()


def merges(viewer: Viewer) -> QuerySet[Merge]:
    """The merges of whose survivor the viewer sees, undone ones included; unordered."""
    return Merge.objects.seen_by(viewer).select_related("survivor")


def next_pair(viewer: Viewer, after: Pair) -> Pair | None:
    """The likely pair that follows this one in the list, for who goes through them one by one."""
    likely = Pair.objects.seen_by(viewer).filter(state=Pair.State.LIKELY).exclude(pk=after.pk)
    below = likely.filter(probability__lte=after.probability).exclude(probability=after.probability, pk__gt=after.pk)
    return below.order_by("-probability", "-pk").first() or likely.order_by("-probability", "-pk").first()


def reasons(viewer: Viewer, features: Mapping[str, Sequence[Any]], left: str, right: str) -> list[Reason]:
    """What the features of a pair say: what speaks for it first, strongest first, then what speaks against. Unknown ones say nothing."""
    said = [
        Reason(_words(name, level, left, right), float(weight))
        for name, (level, weight) in features.items()
        if level != "unknown" and (viewer.may("contacts.read") or level not in labels.NEEDS_CONTACTS.get(name, ()))
    ]
    most = max((abs(one.weight) for one in said), default=1) or 1
    ordered = sorted(said, key=lambda one: (not one.speaks_for, -abs(one.weight)))
    return [Reason(one.words, one.weight, max(0.02, abs(one.weight) / most)) for one in ordered]


def _words(name: str, level: str, left: str, right: str) -> str:
    words = str(labels.REASONS.get(name, {}).get(level, level))
    return words % {"left": left, "right": right} if "%(" in words else words


def comparison(viewer: Viewer, pair_id: int) -> Comparison:
    """A pair side by side. Raises Pair.DoesNotExist unless both are seen."""
    pair = Pair.objects.seen_by(viewer).get(pk=pair_id)
    ids = [pair.left_id, pair.right_id]
    lines = {line.id: line for line in parties.lines(viewer, ids)}
    held = holdings.summaries(viewer, ids) if viewer.may("accounts.read") else {}
    left, right = (_side(viewer, lines[one], held.get(one)) for one in ids)
    facts = sides.facts(viewer, ids, CHOOSABLE)
    survivor = _survivor(pair, held)
    fields = [_field(name, label, values.get(ids[0], ""), values.get(ids[1], ""), survivor == ids[0]) for name, label, values in facts]
    moves = _moves(pair.right_id if survivor == pair.left_id else pair.left_id)
    told = reasons(viewer, pair.features, left.line.name, right.line.name)
    return Comparison(pair, left, right, [one for one in fields if str(one.left) or str(one.right)], told, survivor, moves)


def _side(viewer: Viewer, line: parties.Line, held: Any) -> Side:
    return Side(line, parties.contact_points(viewer, line.id), parties.identities(viewer, line.id), held)


def _field(name: str, label: Words, left: Words, right: Words, left_stays: bool) -> Field:
    first, second = ("left", "right") if left_stays else ("right", "left")
    return Field(name, label, left, right, first if str(left if first == "left" else right) else second)


def _survivor(pair: Pair, held: Mapping[int, Any]) -> int:
    """The one with more accounts; among equals the one that is known longer (the smaller id)."""
    counts = {party: getattr(held.get(party), "count_accounts", 0) or 0 for party in (pair.left_id, pair.right_id)}
    return pair.right_id if counts[pair.right_id] > counts[pair.left_id] else pair.left_id


def _moves(absorbed_id: int) -> list[tuple[Words, int]]:
    """What would move to the survivor, counted: the database asks whether the viewer sees that party."""
    with connection.cursor() as cursor:
        cursor.execute("select tab, rows from duplicates_what_moves(%s)", [absorbed_id])
        counted = dict(cursor.fetchall())
    known = [(words, counted.pop(table)) for table, words in labels.MOVES.items() if table in counted]
    return [*known, *([(labels.OTHER_MOVES, sum(counted.values()))] if counted else [])]
