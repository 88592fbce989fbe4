"""What customers will buy again of the bank's own products: BG/NBD and Gamma-Gamma on repeat purchases of funds, wealth products and insurance (S30; domain §3.4).

A purchase is a month in which money came newly into a family; several of one month are one, and the first known month, in which everything would look newly
bought, is none. Times are months. What a purchase is worth is what a yuan of the family earned a month, for as long as such a holding is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import duckdb
import numpy as np

from zhike.insight.predictors.lifetime_rules import BgNbd, CannotFit, GammaGamma, Histories, fit_purchases, fit_spending
from zhike.insight.predictors.matrices import Ints
from zhike.insight.predictors.table_files import FloatArray

BOUGHT: tuple[str, ...] = ("wealth", "funds", "insurance")  # families that one buys again and again
LEAST_AMOUNT = 100  # CNY; less is interest and rounding
LEAST_REPEATS = 30  # customers who came again, below which a family learns nothing
LONGEST = 36  # months ahead for which a family's series must be finite
SHRINK = 1.0  # how strongly parameters are drawn to where nothing is extreme: without it a family bought at one rate by all has none that can be told


@dataclass(frozen=True)
class Bought:
    """Purchases so far of one family, a row for each customer who has bought: repeat purchases, the last one after so many months, seen for so many, their mean amount."""

    party: Ints
    x: FloatArray
    t_x: FloatArray
    t: FloatArray
    mean: FloatArray


@dataclass(frozen=True)
class Buying:
    """What was learned of one family; `unit`: CNY that one CNY of it earns a month."""

    purchases: BgNbd
    spending: GammaGamma
    unit: float

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"bg_nbd": asdict(self.purchases), "gamma_gamma": asdict(self.spending), "unit": self.unit}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Buying:
        """From JSON."""
        return cls(BgNbd(**said["bg_nbd"]), GammaGamma(**said["gamma_gamma"]), float(said["unit"]))

    def expected(self, known: Bought, months: int) -> FloatArray:
        """Purchases of each customer (rows) in each of the months to come (columns)."""
        rows, place = np.unique(np.column_stack([known.x, known.t_x, known.t]), axis=0, return_inverse=True)
        until = np.arange(1, months + 1, dtype=np.float64)
        x, t_x, t = (np.repeat(rows[:, at], months) for at in range(3))
        sums = self.purchases.expected_after(x, t_x, t, np.tile(until, len(rows))).reshape(len(rows), months)
        return np.asarray(np.diff(np.maximum(sums, 0.0), prepend=0.0, axis=1)[place.reshape(-1)], dtype=np.float64)

    def worth(self, known: Bought, months: int, kept: FloatArray, discount: FloatArray) -> FloatArray:
        """CNY that each customer's purchases to come earn. `kept`: the chance that a new holding is there after 0, 1 … months; `discount` of month 1, 2 …"""
        each = np.array([float((kept[: months - month] * discount[month:]).sum()) for month in range(months)])
        return np.asarray((self.expected(known, months) @ each) * self.spending.expected(known.x, known.mean) * self.unit, dtype=np.float64)


NOTHING: Mapping[str, Any] = MappingProxyType({})
_BOUGHT = f"""
with bought as (
    select party_id, month, sum(nnm)::double as amount from account_value
    where bucket = $1 and month <= $2 and month > (select min(month) from account_value) group by all having sum(nnm) >= {LEAST_AMOUNT}
)
select party_id, (count(*) - 1)::double as x, date_diff('month', min(month), max(month))::double as t_x, date_diff('month', min(month), $2)::double as t,
    coalesce((sum(amount) - arg_min(amount, month)) / nullif(count(*) - 1, 0), 0) as mean
from bought group by party_id order by party_id
"""
_UNIT = "select coalesce(sum(commission + margin - expected_loss)::double / nullif(sum(aum)::double, 0), 0) from account_value where bucket = $1 and month between $2 and $3"


def bought(engine: duckdb.DuckDBPyConnection, family: str, month: date) -> Bought:
    """Who has bought of a family up to a month."""
    found = engine.execute(_BOUGHT, [family, month]).fetchnumpy()
    columns = (np.asarray(found[name], dtype=np.float64) for name in ("x", "t_x", "t", "mean"))
    return Bought(np.asarray(found["party_id"], dtype=np.int64), *columns)


def learn(engine: duckdb.DuckDBPyConnection, first: date, month: date) -> dict[str, Buying]:
    """The families that can be learned, from purchases up to a month and from what a yuan earned between `first` and it."""
    found = {}
    for family in BOUGHT:
        known = bought(engine, family, month)
        if (known.x > 0).sum() < LEAST_REPEATS:
            continue
        try:
            purchases = fit_purchases(Histories.of(known.x, known.t_x, known.t), SHRINK)
            spending = fit_spending(known.x, known.mean)
        except CannotFit:
            continue
        (unit,) = engine.execute(_UNIT, [family, first, month]).fetchall()[0]
        buying = Buying(purchases, spending, float(unit))
        if spending.q > 1 and np.isfinite(buying.expected(known, LONGEST)).all():
            found[family] = buying
    return found
