"""Who is outside and whom of the viewer's customers each leads to. The first argument is the viewer; every sum is over customers whom she sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.db.models import Count, Max, Q, Sum
from django.db.models.query import QuerySet

from zhike.access.scope import Viewer, require
from zhike.insight.network.models import NetworkPlace, Tie
from zhike.parties import queries as parties

READ = ("customers.read", "transactions.read")
MOST = 200  # rows of a list; who looks for more narrows it
Sort = Literal["amount", "customers", "last"]
SORTS: tuple[Sort, ...] = ("amount", "customers", "last")


@dataclass(frozen=True)
class Outsider:
    """Somebody outside the bank over twelve months: `paid` by and `received` from the viewer's customers, how many of them are its buyers,
    suppliers and employees. `suppliers`: customers who pay it, `buyers`: whom it pays."""

    key: str
    name: str
    banks: str
    customers: int
    paying: int
    paid: int
    employees: int
    amount: Decimal
    last: date | None


@dataclass(frozen=True)
class Path:
    """A customer of the viewer's who leads to an outsider."""

    party_id: int
    name: str
    kind: str
    amount: Decimal
    count: int
    months: int
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Community:
    """Customers who deal more with each other than with others: those whom the viewer sees, and through whom most passes."""

    number: int
    customers: int
    received: Decimal
    hub_id: int
    hub: str


def narrowed(viewer: Viewer, *, kind: str = "", words: str = "") -> QuerySet[Tie]:
    """What leads from the viewer's customers outside. `kind`: only to those who are it to somebody; `words`: part of the name. Raises PermissionDenied without `READ`."""
    _may(viewer)
    rows = Tie.objects.seen_by(viewer)
    if kind:
        rows = rows.filter(outsider__in=Tie.objects.seen_by(viewer).filter(kind=kind).values("outsider"))
    return rows.filter(name__icontains=words) if words else rows


def outsiders(viewer: Viewer, *, kind: str = "", words: str = "", sort: Sort = "amount", most: int | None = MOST) -> Sequence[Outsider]:
    """The first `most` (None: all), narrowed as `narrowed` does. Raises PermissionDenied without `READ`."""
    found = narrowed(viewer, kind=kind, words=words).values("outsider").annotate(
        title=Max("name"), where=Max("banks"), customers=Count("party", distinct=True), paying=Count("pk", filter=Q(kind="supplier")),
        paid=Count("pk", filter=Q(kind="buyer")), employees=Count("pk", filter=Q(kind="employer")), sum=Sum("amount"), last=Max("last_date"),
    )  # fmt: skip
    order = {"amount": "-sum", "customers": "-customers", "last": "-last"}[sort]
    return [
        Outsider(row["outsider"], row["title"], row["where"], row["customers"], row["paying"], row["paid"], row["employees"], row["sum"], row["last"])
        for row in found.order_by(order, "-sum", "-customers", "outsider")[:most]
    ]  # fmt: skip


def paths_of(viewer: Viewer, keys: Sequence[str]) -> Mapping[str, Sequence[Path]]:
    """The same as `paths` of several outsiders at once, none left out. Raises PermissionDenied without `READ`."""
    _may(viewer)
    rows = list(Tie.objects.seen_by(viewer).filter(outsider__in=keys).order_by("-amount", "-count", "party_id"))
    names, found = parties.names(viewer, {row.party_id for row in rows}), dict[str, list[Path]]()
    for row in rows:
        if row.party_id in names:
            found.setdefault(row.outsider, []).append(_path(row, names))
    return found


def paths(viewer: Viewer, key: str) -> Sequence[Path]:
    """The viewer's customers who lead to an outsider, those with most first; empty where none does. Raises PermissionDenied without `READ`."""
    _may(viewer)
    rows = list(Tie.objects.seen_by(viewer).filter(outsider=key).order_by("-amount", "-count", "party_id")[:MOST])
    names = parties.names(viewer, [row.party_id for row in rows])
    return [_path(row, names) for row in rows if row.party_id in names]


def _path(row: Tie, names: Mapping[int, str]) -> Path:
    return Path(row.party_id, names[row.party_id], row.kind, row.amount, row.count, row.months, row.first_date, row.last_date)


def name_of(viewer: Viewer, key: str) -> tuple[str, str] | None:
    """Name and banks of an outsider to whom a customer of the viewer's leads; None where none does."""
    _may(viewer)
    found: tuple[str, str] | None = Tie.objects.seen_by(viewer).filter(outsider=key).values_list("name", "banks").first()
    return found


def communities(viewer: Viewer) -> Sequence[Community]:
    """The largest communities among the viewer's customers. Raises PermissionDenied without `READ`."""
    _may(viewer)
    seen = NetworkPlace.objects.seen_by(viewer).filter(community__gte=0)
    rows = list(seen.values("community").annotate(n=Count("pk"), sum=Sum("received")).filter(n__gt=1).order_by("-n", "community")[:MOST])
    hubs = dict(
        seen.filter(community__in=[row["community"] for row in rows])
        .order_by("community", "-influence_percentile", "-received", "party_id")
        .distinct("community")
        .values_list("community", "party_id")
    )
    names = parties.names(viewer, hubs.values())
    return [
        Community(row["community"], row["n"], row["sum"], hubs[row["community"]], names.get(hubs[row["community"]], ""))
        for row in rows
        if row["community"] in hubs
    ]


def members(viewer: Viewer, community: int) -> Sequence[tuple[NetworkPlace, str]]:
    """The viewer's customers in a community, those through whom most passes first. Raises PermissionDenied without `READ`."""
    _may(viewer)
    rows = list(
        NetworkPlace.objects.seen_by(viewer).filter(community=community).order_by("-influence_percentile", "-received", "party_id")[:MOST]
    )
    names = parties.names(viewer, [row.party_id for row in rows])
    return [(row, names[row.party_id]) for row in rows if row.party_id in names]


def _may(viewer: Viewer) -> None:
    for right in READ:
        require(viewer, right)
