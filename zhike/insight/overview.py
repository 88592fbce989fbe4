"""The home of insight: the whole as the viewer sees it, out of marts and today's profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, Sum

from zhike.access.scope import Viewer, require
from zhike.insight import snapshots, warehouse
from zhike.insight.fields import right_to
from zhike.insight.models import Profile
from zhike.insight.profile_fields import BY_KEY, FIELDS
from zhike.insight.snapshots import Snapshot
from zhike.insight.warehouse import mart_files

READ = "accounts.read"
BANDS = (0, 10_000, 50_000, 200_000, 1_000_000, 6_000_000)  # lower edges in CNY (§2.5)
MONTHS = 13


@dataclass(frozen=True)
class Share:
    """So many of a hundred customers, the most valuable first, and what they bring (S29)."""

    percent: int
    customers: int
    contribution: Decimal
    aum: Decimal


@dataclass(frozen=True)
class BankMonth:
    """A month of the whole bank: §3.6 retention by head and by AUM is made of it."""

    month: date
    aum: Decimal
    aum_opening: Decimal
    nnm: Decimal
    mtm: Decimal
    income: Decimal
    fx: Decimal
    contribution: Decimal
    count_customers: int
    count_opening: int
    count_retained: int
    aum_retained: Decimal


@dataclass(frozen=True)
class Band:
    """Customers with AUM from an edge on."""

    edge: int
    customers: int
    aum: Decimal
    contribution: Decimal
    below_cost: int


def sees_the_bank(viewer: Viewer) -> bool:
    """Whether the bank's own sums are hers: all customers are, and no special list is closed to her."""
    return viewer.sees_all and not viewer.is_barred


def concentration(viewer: Viewer) -> list[Share]:
    """What share of contribution and AUM the most valuable bring, among the customers whom the viewer sees."""
    require(viewer, READ)
    rows = Profile.objects.seen_by(viewer).filter(status="customer", value_percentile__isnull=False)
    snapshot = snapshots.latest(settings.HOME)
    if sees_the_bank(viewer) and snapshot is not None:
        found = _mart(snapshot, "concentration", "value_percentile, count_customers, contribution, aum")
    else:
        found = list(
            rows.values("value_percentile")
            .annotate(n=Count("pk"), c=Sum("contribution_12m"), a=Sum("aum"))
            .values_list("value_percentile", "n", "c", "a")
        )
    return [Share(*row) for row in sorted(found, key=lambda row: -row[0])]


def bands(viewer: Viewer) -> list[Band]:
    """Customers by AUM, among those whom the viewer sees."""
    require(viewer, READ)
    rows = Profile.objects.seen_by(viewer).filter(status="customer")
    found = []
    for place, edge in enumerate(BANDS):
        inside = Q(aum__gte=edge) if edge else Q(aum__isnull=False)
        if place + 1 < len(BANDS):
            inside &= Q(aum__lt=BANDS[place + 1])
        found.append((edge, inside))
    asked: dict[str, Any] = {}
    for place, (_edge, inside) in enumerate(found):
        asked |= {
            f"n{place}": Count("pk", filter=inside), f"a{place}": Sum("aum", filter=inside), f"c{place}": Sum("contribution_12m", filter=inside),
            f"b{place}": Count("pk", filter=inside & Q(is_below_cost=True)),
        }  # fmt: skip
    said = rows.aggregate(**asked)
    nothing = Decimal(0)
    return [
        Band(edge, said[f"n{p}"], said[f"a{p}"] or nothing, said[f"c{p}"] or nothing, said[f"b{p}"])
        for p, (edge, _inside) in enumerate(found)
    ]


def reasons(viewer: Viewer) -> list[tuple[str, int, Decimal]]:
    """Why customers are below marginal cost, how many, how much they cost in twelve months (S27)."""
    require(viewer, READ)
    rows = Profile.objects.seen_by(viewer).filter(status="customer", is_below_cost=True)
    found = rows.values("below_cost_reason").annotate(n=Count("pk"), lost=Sum("marginal_12m")).values_list("below_cost_reason", "n", "lost")
    return sorted(((reason or "", n, lost) for reason, n, lost in found), key=lambda one: one[2])


def months(viewer: Viewer) -> list[BankMonth]:
    """The whole bank month by month, oldest first, without the customers of special lists that do not admit her; empty for whoever's scope is less."""
    snapshot = snapshots.latest(settings.HOME)
    if not viewer.sees_all or snapshot is None:
        return []
    if viewer.is_barred:
        keys = list(Profile.objects.seen_by(viewer).values_list("pk", flat=True))
        rows = _mart(snapshot, "customer_month", _ADDED_UP, "semi join hers using (party_id) group by month order by month", hers=keys)
    else:
        rows = _mart(snapshot, "bank_month", ", ".join(BankMonth.__dataclass_fields__), "order by month")
    return [BankMonth(*row) for row in rows][-MONTHS:]


# What `marts.rollups` adds up of the whole bank, of some customers.
_ADDED_UP = f"""month, {", ".join(f"sum({name})" for name in ("aum", "aum_opening", "nnm", "mtm", "income", "fx", "contribution"))}, count(*),
    count(*) filter (where aum_opening > 0), count(*) filter (where aum_opening > 0 and aum > 0), sum(greatest(least(aum, aum_opening), 0))"""


@dataclass(frozen=True)
class Spread:
    """How the values of a field are spread over the viewer's customers: how many have one, lowest, middle, highest; of codes the most frequent."""

    known: int
    of: int
    lowest: Any = None
    middle: Any = None
    highest: Any = None
    most: Sequence[tuple[str, int]] = ()


def spread(viewer: Viewer, key: str) -> Spread:
    """The distribution of a field. Raises KeyError for a field that is not in the catalogue, PermissionDenied without the field's own right."""
    require(viewer, READ)
    field = BY_KEY[key]
    if right := right_to(field):
        require(viewer, right)
    rows = Profile.objects.seen_by(viewer)
    if field.type in ("money", "rate", "number", "date"):
        with connection.cursor() as cursor:  # a percentile is no aggregate of the ORM; row security is the scope
            cursor.execute(
                f"select count({key}), count(*), min({key}), percentile_disc(0.5) within group (order by {key}), max({key}) from insight_profile"
            )
            known, whole, low, middle, high = cursor.fetchone()
        return Spread(known, whole, low, middle, high)
    counted = list(rows.values(key).annotate(n=Count("pk")).order_by("-n").values_list(key, "n")[:6])
    whole = rows.count()
    none = sum(n for value, n in counted if value is None)
    return Spread(whole - none, whole, most=[(str(value), n) for value, n in counted if value is not None])


def fields_by_group() -> dict[Any, list[Any]]:
    """The catalogue as its page shows it."""
    groups: dict[Any, list[Any]] = {}
    for field in FIELDS:
        groups.setdefault(field.group, []).append(field)
    return groups


def _mart(snapshot: Snapshot, mart: str, columns: str, more: str = "", hers: Sequence[int] = ()) -> list[tuple[Any, ...]]:
    """Rows of a mart; `hers`: the keys that stand in a table of that name."""
    parts = []
    for piece in snapshot.pieces.get(mart, ()):
        files = mart_files(snapshots.root(settings.HOME) / piece.path)
        parts.append(
            f"select * from read_parquet({files})"
            + (f" where month between date '{piece.first}' and date '{piece.last}'" if piece.first else "")
        )
    if not parts:
        return []
    with warehouse.connect(threads=1) as engine:
        engine.register("hers", pa.table({"party_id": pa.array(hers, pa.int64())}))
        return engine.execute(f"select {columns} from ({' union all '.join(parts)}) {more}").fetchall()
