"""Reads of what came of earlier lists: by band of chance, by relationship manager, and the rows behind each number. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Case, Count, IntegerField, Max, Q, Sum, Value, When
from django.db.models.query import QuerySet

from zhike.access.scope import Viewer, require
from zhike.insight.models import ScoreOutcome
from zhike.insight.predictors.chances import READ

BANDS = (Decimal("0.5"), Decimal("0.2"), Decimal("0.1"), Decimal("0"))  # where bands of chance begin
Came = Literal["listed", "yes", "no", "open", "untold", "missed"]
CAME: tuple[Came, ...] = ("listed", "yes", "no", "open", "untold", "missed")
NOBODY = 0  # the key under which customers stand whom nobody looked after
MOST_DAYS = 24


@dataclass(frozen=True)
class Day:
    """A day of which a list is kept. `is_late`: it was scored when its months were over already, and so is no foresight."""

    as_of: date
    known_date: date
    version: int
    is_late: bool


@dataclass
class Tally:
    """So many stood on the list; it happened, it did not, it is not known yet, it cannot be told; `missed`: it happened to who was not on it. `said`: the sum of
    the chances of those of whom it is known."""

    listed: int = 0
    yes: int = 0
    no: int = 0
    open: int = 0
    untold: int = 0
    missed: int = 0
    said: Decimal = Decimal(0)

    @property
    def known(self) -> int:
        """Of how many it is known."""
        return self.yes + self.no

    @property
    def hit_rate(self) -> float | None:
        """To how many of those of whom it is known it happened; None where it is known of nobody."""
        return self.yes / self.known if self.known else None

    @property
    def mean_said(self) -> float | None:
        """The mean chance that was said of them."""
        return float(self.said) / self.known if self.known else None

    @property
    def found(self) -> float | None:
        """Of all to whom it happened, the share that stood on the list."""
        return self.yes / (self.yes + self.missed) if self.yes + self.missed else None

    def add(self, other: Tally) -> None:
        """Count another part as well."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True)
class Tallied:
    """All of a day, by band (the place in `BANDS`) and by manager (key and name; `NOBODY`), those with most customers first."""

    whole: Tally
    bands: Sequence[tuple[int, Tally]]
    managers: Sequence[tuple[int, str, Tally]]


def days(viewer: Viewer, predictor: str) -> list[Day]:
    """The days of which the viewer's customers stand on a kept list, the latest first. Needs scores.read and customers.read."""
    found = (
        _seen(viewer, predictor)
        .values("as_of")
        .annotate(known=Max("known_date"), number=Max("version"), said=Max("said_date"))
        .order_by("-as_of")
    )
    return [Day(row["as_of"], row["known"], row["number"], row["said"] > row["known"]) for row in found[:MOST_DAYS]]


def tallied(viewer: Viewer, predictor: str, day: date) -> Tallied:
    """What came of a day's list, of the viewer's customers alone. Needs scores.read and customers.read."""
    band = Case(*(When(chance__gte=least, then=Value(place)) for place, least in enumerate(BANDS)), output_field=IntegerField())
    counts = {name: Count("pk", filter=_is(name)) for name in CAME}
    rows = _seen(viewer, predictor).filter(as_of=day).annotate(band=band).values("band", "rm_id", "rm__name")
    whole, bands, managers = Tally(), {place: Tally() for place in range(len(BANDS))}, dict[tuple[int, str], Tally]()
    found: Iterable[Mapping[str, Any]] = rows.annotate(**counts, said=Sum("chance", filter=_is("yes") | _is("no"))).order_by()
    for row in found:
        part = Tally(row["listed"], row["yes"], row["no"], row["open"], row["untold"], row["missed"], row["said"] or Decimal(0))
        own = managers.setdefault((row["rm_id"] or NOBODY, row["rm__name"] or ""), Tally())
        for one in (whole, bands[row["band"]], own):
            one.add(part)
    ordered = sorted(managers.items(), key=lambda one: (-one[1].listed, one[0][1], one[0][0]))
    return Tallied(whole, list(bands.items()), [(key, name, one) for (key, name), one in ordered])


def rows(
    viewer: Viewer, predictor: str, day: date, *, band: int | None = None, manager: int | None = None, came: Came = "listed"
) -> QuerySet[ScoreOutcome]:
    """The customers behind a number, unordered, for a keyset. Needs scores.read and customers.read."""
    found = _seen(viewer, predictor).filter(_is(came), as_of=day)
    if band is not None:
        found = found.filter(chance__gte=BANDS[band], **({"chance__lt": BANDS[band - 1]} if band else {}))
    if manager is not None:
        found = found.filter(rm=manager or None)
    return found


def _is(came: Came) -> Q:
    if came == "missed":
        return Q(is_above=False)
    return Q(is_above=True) & {
        "listed": Q(), "yes": Q(came=True), "no": Q(came=False), "open": Q(told_at=None), "untold": Q(told_at__isnull=False, came=None),
    }[came]  # fmt: skip


def _seen(viewer: Viewer, predictor: str) -> QuerySet[ScoreOutcome]:
    require(viewer, READ)
    require(viewer, "customers.read")
    return ScoreOutcome.objects.seen_by(viewer).filter(predictor=predictor)
