"""What is to be made: how many of whom, which months, which batch dates, and where chance comes from."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zhike.samplebank.calendar_cn import is_working, working_day_before

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ACCOUNTS_PER_PARTY = 128
"""Account index = party index × this + slot; so every account is found without a look-up table."""


@dataclass(frozen=True)
class Plan:
    """One sample bank: everything else follows from these values.

    `customers` counts customers of all kinds (prospects come on top); `months` are calendar months, the last one being the month of
    `until`; `duplicates` is the share of customers who are planted a second time, with errors (they come on top as well). Equal plans
    give equal bytes.
    """

    customers: int
    months: int
    seed: int
    until: date
    duplicates: float = 0.015

    def __post_init__(self) -> None:
        if self.customers < 100 or not 1 <= self.months <= 120:
            raise ValueError("a sample bank has at least 100 customers and 1 to 120 months")

    @cached_property
    def start(self) -> date:
        """First day of the first simulated month."""
        return self.month_start(0)

    @property
    def opening(self) -> date:
        """Day of the opening batch: the last day before the first month."""
        return self.start - timedelta(days=1)

    def month_start(self, month: int) -> date:
        """First day of simulated month `month` (0 = first; negative = before the opening)."""
        count = self.until.year * 12 + self.until.month - 1 - (self.months - 1) + month
        return date(count // 12, count % 12 + 1, 1)

    @cached_property
    def batches(self) -> tuple[date, ...]:
        """Batch dates (decision 6): the opening, the month ends, the last five business days up to `until`."""
        ends = {self.month_start(m + 1) - timedelta(days=1) for m in range(self.months - 1)}
        days, day = set(), self.until if is_working(self.until) else working_day_before(self.until)
        for _ in range(5):
            days.add(day)
            day = working_day_before(day)
        days.add(self.until)
        return (self.opening, *sorted(d for d in ends | days if self.opening < d <= self.until))

    # How the index space is cut: persons, sole traders, companies, institutions, banks, then prospects.
    @cached_property
    def cuts(self) -> tuple[int, int, int, int, int, int]:
        """Upper index bounds of persons, sole traders, companies, institutions, financial institutions, prospects."""
        n = self.customers
        firms, institutions, banks = max(8, n * 3 // 100), max(2, n * 4 // 1000), max(2, n // 1000)
        traders = n * 4 // 100
        persons = n - traders - firms - institutions - banks
        marks = np.cumsum([persons, traders, firms, institutions, banks, max(5, n * 3 // 100)])
        return tuple(int(x) for x in marks)  # type: ignore[return-value]

    @property
    def people_end(self) -> int:
        """Persons and sole traders are simulated alike, up to here."""
        return self.cuts[1]

    @property
    def firms(self) -> range:
        """Companies, institutions and financial institutions."""
        return range(self.cuts[1], self.cuts[4])

    @cached_property
    def employers(self) -> int:
        """The first so many companies pay their salaries through the bank."""
        return max(3, (self.cuts[2] - self.cuts[1]) * 35 // 100)

    @cached_property
    def outlets(self) -> int:
        return max(3, self.customers // 1800)

    @cached_property
    def sub_branches(self) -> int:
        return max(2, (self.outlets + 2) // 3)

    @cached_property
    def branches(self) -> int:
        return max(2, (self.sub_branches + 5) // 6) if self.sub_branches > 2 else 1

    # The weather of the simulated world: when and where things happen to everybody at once.
    @cached_property
    def competitor_months(self) -> tuple[int, ...]:
        """Months in which a competitor outbids the bank's deposit rates."""
        return tuple(sorted({self.months * 2 // 5, self.months * 2 // 5 + 1, self.months * 3 // 4}))

    @cached_property
    def outage_month(self) -> int:
        """Month of the mobile bank's failure (on its 18th day)."""
        return max(1, self.months * 3 // 5) if self.months > 1 else 0


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class Chance:
    """Uniform numbers in (0, 1) that depend only on seed, purpose, index and month: no state, so any chunk can be made alone."""

    def __init__(self, seed: int) -> None:
        self._seed = np.uint64(seed & 0xFFFFFFFF)

    def __call__(self, what: str, index: Ints, month: int = 0) -> Floats:
        start = np.uint64((zlib.crc32(what.encode()) << 32) | (month & 0xFFFFFFFF))
        with np.errstate(over="ignore"):
            salt = _mix(np.array([start + self._seed * np.uint64(0x9E3779B97F4A7C15)], dtype=np.uint64))[0]
            mixed = _mix(_mix(index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + salt) + salt)
        result: Floats = ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
        return result

    def normal(self, what: str, index: Ints, month: int = 0) -> Floats:
        """Standard normal numbers (Box–Muller)."""
        radius = np.sqrt(-2.0 * np.log(self(what, index, month)))
        result: Floats = radius * np.cos(2.0 * np.pi * self(what + "'", index, month))
        return result
