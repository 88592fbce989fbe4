"""How landed text becomes values. What cannot be read is empty here; the checks of the load have named it."""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, Value

from zhike.insight.exact import MONEY, RATE

UNITS = "decimal(18,6)"


def day(text: Value) -> Value:
    """A date."""
    return text.try_cast("date")


def day_of(instant: Value) -> Value:
    """The bank's day of an instant, which is landed as it is said there."""
    return instant.substr(0, 10).try_cast("date")


def amount(text: Value) -> Value:
    """Money with two digits."""
    return text.try_cast(MONEY)


def rate(text: Value) -> Value:
    """A fraction with six digits."""
    return text.try_cast(RATE)


def units(text: Value) -> Value:
    """Units of a fund, their price."""
    return text.try_cast(UNITS)


def whole(text: Value) -> Value:
    """A whole number."""
    return text.try_cast("int64")


def flag(text: Value) -> BooleanValue:
    """Yes where it says so; empty is no."""
    return text.lower().isin(["1", "true", "t", "y", "yes"]).fill_null(False)


def keyed(source: Value, key: Value) -> Value:
    """The key of an account among those of all sources."""
    return source + ibis.literal("|") + key


def month_of(date: Value) -> Value:
    """The first day of its month."""
    return date.truncate("M")


def first(rows: ibis.Table, group: Value, *order: Value) -> ibis.Table:
    """Of each group the row that comes first."""
    place = ibis.row_number().over(ibis.window(group_by=group, order_by=list(order)))
    return rows.mutate(_place=place).filter(lambda t: t["_place"] == 0).drop("_place")
