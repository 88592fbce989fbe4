"""Which files a report reads: the business date it stands on, as it was reported then or as corrected since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from zhike.insight import snapshots
from zhike.insight.dated import settings_on
from zhike.insight.snapshots import Snapshot
from zhike.insight.terms import month_after, months_between
from zhike.insight.warehouse import mart_files
from zhike.reports.rules import Version


@dataclass(frozen=True)
class Stand:
    """What a report is read from: the profile of a snapshot, and months of one snapshot or two. `name` tells it from every other state of the warehouse."""

    home: Path
    business_date: date
    version: Version
    profile: Snapshot
    parts: Sequence[tuple[Snapshot, date, date]]  # whose months, from the first to the last

    @property
    def name(self) -> str:
        """Which files count."""
        return " ".join(sorted({self.profile.name, *(one.name for one, _first, _last in self.parts)}))

    @property
    def last(self) -> date:
        """The month of the business date."""
        return self.business_date.replace(day=1)

    def months(self, count: int) -> list[date]:
        """The last `count` months that are known, oldest first."""
        first = max(month_after(self.last, 1 - count), self.profile.first_month)
        return months_between(first, self.last)

    def days(self, months: Sequence[date]) -> int:
        """The days of some months as averages count them (§2.4: a setting)."""
        if settings_on(self.business_date).averages.day_count == "thirty":
            return 30 * len(months)
        return sum((min(month_after(month) - timedelta(days=1), self.business_date) - month).days + 1 for month in months)

    def months_sql(self, mart: str, first: date, last: date) -> str:
        """The rows of a monthly mart as a relation."""
        selects = []
        for snapshot, begins, ends in self.parts:
            for piece in snapshot.pieces.get(mart, ()):
                low, high = max(begins, first, piece.first or first), min(ends, last, piece.last or last)
                if low <= high:
                    selects.append(
                        f"select * from read_parquet({_files(self.home, piece.path)}) where month between date '{low}' and date '{high}'"
                    )
        return " union all by name ".join(selects)

    def profile_sql(self) -> str:
        """The profiles of the business date as a relation."""
        return f"select * from read_parquet({_files(self.home, self.profile.pieces['profile'][0].path)})"

    def has_field(self, key: str) -> bool:
        """Whether the profile of that day has a field: older ones lack what came later."""
        path = snapshots.root(self.home) / self.profile.pieces["profile"][0].path
        return key in _columns(path)


def stand(home: Path, on: date | None, version: Version) -> Stand | None:
    """What counts for a business date (default: the latest); None where nothing was computed for it.

    As reported: what the date's first snapshot said. As corrected: its last one, and of months that have ended by then what the warehouse's latest
    snapshot says of them, since a posting may have come later with an earlier date."""
    numbers = snapshots.named(home)
    day = on or max((one for one, _number in numbers), default=None)
    of_day = sorted(number for one, number in numbers if one == day)
    if day is None or not of_day:
        return None
    own = snapshots.kept(home, day, of_day[0] if version == "reported" else of_day[-1])
    latest_day, latest_number = max(numbers)
    latest = snapshots.kept(home, latest_day, latest_number)
    if own is None:
        return None
    month = day.replace(day=1)
    whole = month if (day + timedelta(days=1)).day == 1 else month_after(month, -1)  # the last month that had ended
    if version == "reported" or latest is None or latest.name == own.name:
        return Stand(home, day, version, own, [(own, own.first_month, month)])
    parts = [(latest, own.first_month, whole)] + ([(own, month, month)] if whole < month else [])
    return Stand(home, day, version, own, parts)


def days(home: Path) -> list[date]:
    """Every business date that was computed, the latest first."""
    return sorted({day for day, _number in snapshots.named(home)}, reverse=True)


def _files(home: Path, path: str) -> str:
    return mart_files(snapshots.root(home) / path)


@cache
def _columns(path: Path) -> frozenset[str]:
    found = next(path.glob("*.parquet")) if path.is_dir() else path
    return frozenset(pq.read_schema(found).names)
