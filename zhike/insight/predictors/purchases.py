"""What a table says of customers' purchases: a log of customer, date and amount, or frequency, recency and T already counted.

Columns are known by their names in English and Chinese, where there are none by what is in them. Times come in weeks, purchases of
one day are one purchase, and the first one is not a repeat (Fader, Hardie and Lee 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from zhike.insight.predictors.lifetime_rules import Histories
from zhike.insight.predictors.table_files import CannotRead, Column, FloatArray, Table

WEEK = 7
EPOCH = date(1970, 1, 1)
NAMES = {
    "customer": ("customer", "customer_id", "customerid", "cust_id", "cust", "client", "client_id", "id", "party", "客户", "客户号"),
    "date": ("date", "day", "purchase_date", "transaction_date", "order_date", "invoicedate", "日期", "交易日期", "记账日期"),
    "amount": ("amount", "amt", "value", "sum", "sales", "price", "total", "revenue", "金额", "交易金额"),
    "frequency": ("frequency", "x", "freq", "repeat_purchases", "频次", "频率"),
    "recency": ("recency", "t_x", "tx", "近度"),
    "t": ("t", "age_weeks", "tenure", "观察期"),
    "mean": ("zbar", "monetary_value", "monetary", "m_x", "mx", "mean_amount", "avg_amount", "平均金额"),
}


@dataclass(frozen=True)
class Known:
    """Repeat purchases of customers up to the end of what is learned from: one row each, times in weeks. `mean` amount of the repeat purchases, or None."""

    x: FloatArray
    t_x: FloatArray
    t: FloatArray
    mean: FloatArray | None

    def histories(self) -> Histories:
        """The same, customers alike counted once."""
        return Histories.of(self.x, self.t_x, self.t)


@dataclass(frozen=True)
class Later:
    """What really happened. `weekly`: repeat purchases of all up to the end of each week since the first day, also of the weeks learned from; `later`: of each customer afterwards."""

    begin: date
    weeks: int
    learned_weeks: int
    weekly: FloatArray
    later: FloatArray


def purchases_in(table: Table, learned_weeks: int | None) -> tuple[Known, Later | None]:
    """Histories, and for a log what came after the weeks that are learned from (default: the first half; 0: all). Raises CannotRead."""
    often, last, seen = (_named(table, what) for what in ("frequency", "recency", "t"))
    if often is not None and last is not None and seen is not None:
        mean = _named(table, "mean")
        return Known(often.values, last.values, seen.values, None if mean is None else mean.values), None
    customer, day, amount = _log_columns(table)
    return _counted(customer, _days(day), amount, learned_weeks)


def _named(table: Table, what: str) -> Column | None:
    """The column that is named for this; `T` and `t` differ from nothing else, so case does not count."""
    return next((one for name in NAMES[what] for one in table.columns if one.name.strip().casefold() == name), None)


def _log_columns(table: Table) -> tuple[FloatArray, Column, FloatArray | None]:
    customer, day, amount = (_named(table, what) for what in ("customer", "date", "amount"))
    day = day or next((one for one in table.columns if _is_day(one)), None)
    rest = [one for one in table.columns if one is not day]
    customer = customer or next((one for one in rest if len(np.unique(one.values)) < len(table)), None)
    if day is None or not _is_day(day) or customer is None:
        raise CannotRead(
            "Neither a log (customer, date, amount) nor a table of frequency, recency and T is recognised; there are the columns: "
            f"{', '.join(table.names())}. Name them so in the first line."
        )
    numbers = [one for one in rest if one is not customer and one.kind == "number"]
    whole = [one for one in numbers if not (np.mod(one.values[np.isfinite(one.values)], 1) == 0).all()]
    if amount is None and numbers:
        amount = (whole or numbers)[-1]
    return customer.values, day, None if amount is None else amount.values


def _is_day(column: Column) -> bool:
    """A column of days, or of whole numbers that all read as YYYYMMDD."""
    if column.kind == "day":
        return True
    if column.kind != "number" or not np.isfinite(column.values).all():
        return False
    year, month, day = _parts(column.values)
    return bool(((year >= 1900) & (year < 2200) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())


def _parts(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    return np.floor(values / 10000), np.floor(values / 100) % 100, values % 100


def _days(column: Column) -> FloatArray:
    """Whole days since 1970-01-01."""
    if column.kind == "day":
        return np.floor(column.values)
    distinct, place = np.unique(column.values, return_inverse=True)
    try:
        days = [(datetime.strptime(str(int(one)), "%Y%m%d").replace(tzinfo=UTC).date() - EPOCH).days for one in distinct]
    except ValueError as wrong:
        raise CannotRead(f"The column {column.name} has a day that is not in the calendar: {wrong}") from wrong
    return np.array(days, dtype=np.float64)[place]


def _counted(customer: FloatArray, day: FloatArray, amount: FloatArray | None, learned_weeks: int | None) -> tuple[Known, Later | None]:
    taken = np.isfinite(customer) & np.isfinite(day)
    pairs, place = np.unique(np.column_stack([customer[taken], day[taken]]), axis=0, return_inverse=True)
    spent = (
        None
        if amount is None
        else np.bincount(place.ravel(), weights=np.nan_to_num(amount[taken]), minlength=len(pairs)).astype(np.float64)
    )
    begin, end = pairs[:, 1].min(), pairs[:, 1].max()
    weeks = max(math.ceil((end - begin + 1) / WEEK), 1)
    learned = weeks // 2 if learned_weeks is None else learned_weeks or weeks
    until = min(begin + learned * WEEK - 1, end)
    _, who = np.unique(pairs[:, 0], return_inverse=True)
    first = np.full(who.max() + 1, np.inf)
    np.minimum.at(first, who, pairs[:, 1])
    is_repeat = pairs[:, 1] > first[who]
    in_time = first <= until  # whoever came later is nobody yet
    known = _known(who, pairs[:, 1], first, is_repeat & (pairs[:, 1] <= until), until, spent)
    kept = Known(known.x[in_time], known.t_x[in_time], known.t[in_time], None if known.mean is None else known.mean[in_time])
    if until >= end:
        return kept, None
    of_them = is_repeat & in_time[who]
    week = ((pairs[:, 1] - begin) // WEEK).astype(np.int64)
    weekly = np.cumsum(np.bincount(week[of_them], minlength=weeks)).astype(np.float64)
    afterwards = np.bincount(who[of_them & (pairs[:, 1] > until)], minlength=len(first)).astype(np.float64)
    return kept, Later(EPOCH + timedelta(days=int(begin)), weeks, learned, weekly, afterwards[in_time])


def _known(
    who: npt.NDArray[np.intp], day: FloatArray, first: FloatArray, counts: npt.NDArray[np.bool_], until: float, spent: FloatArray | None
) -> Known:
    """Frequency, recency and T of everybody out of the purchase days that count."""
    people = len(first)
    x = np.bincount(who[counts], minlength=people).astype(np.float64)
    last = first.copy()
    np.maximum.at(last, who[counts], day[counts])
    mean = None
    if spent is not None:
        mean = np.bincount(who[counts], weights=spent[counts], minlength=people) / np.maximum(x, 1)
    return Known(x, (last - first) / WEEK, (until - first) / WEEK, mean)
