"""Arithmetic that gives the same cent on every engine (decision 9).

DuckDB divides decimals as floating point, Spark does not; both agree on whole numbers. So amounts become whole fen, rates whole millionths,
a product of them a whole number, and the one division is done on whole numbers: half a fen and more counts as one, away from zero.
"""

from __future__ import annotations

from decimal import Decimal

import ibis
from ibis.expr.types import Column, Value

MONEY = "decimal(18,2)"
RATE = "decimal(12,6)"
_CENT = Decimal("0.01")
_MILLIONTH = Decimal("0.000001")


def fen(amount: Value) -> Value:
    """An amount with two digits as whole fen."""
    return (amount * 100).cast("int64")


def millionths(rate: Value) -> Value:
    """A rate with six digits as a whole number."""
    return (rate * 1_000_000).cast("int64")


def money(whole: Value) -> Value:
    """Whole fen as an amount."""
    return (whole.cast("decimal(18,0)") * ibis.literal(_CENT, type="decimal(20,2)")).cast(MONEY)


def rate(whole: Value) -> Value:
    """Whole millionths as a rate."""
    return (whole.cast("decimal(12,0)") * ibis.literal(_MILLIONTH, type="decimal(18,6)")).cast(RATE)


def divided(number: Value, by: Value | int) -> Value:
    """A whole number divided by a positive one, rounded to the nearest, half away from zero. Exact while the result stays below 2^51.

    What is left over is taken off before dividing, so that even a division as floating point gives a whole number."""
    size = number.abs()
    left = size % by
    whole = ((size - left) / by).round().cast("int64") + (left * 2 >= by).cast("int64")
    return ibis.ifelse(number < 0, -whole, whole)


def of_year(day_sum: Value, yearly: Value, days: Value | int) -> Value:
    """Σ over days of an amount × a yearly rate ÷ the days of a year: interest, margin, expected loss, the charge for capital (§3.3)."""
    base = days.cast("int64") if isinstance(days, Value) else ibis.literal(days, type="int64")
    return money(divided(fen(day_sum) * millionths(yearly), base * 1_000_000))


def average(day_sum: Value, days: Value) -> Value:
    """Σ over days of an amount ÷ the days (§3.1); empty without days."""
    return money(divided(fen(day_sum), days.cast("int64").nullif(0)))


def times(amount: Value, factor: Value) -> Value:
    """An amount × a rate, to the cent."""
    return money(divided(fen(amount) * millionths(factor), 1_000_000))


def share(part: Value, whole: Value) -> Value:
    """A part of a whole as a fraction with six digits; empty where the whole is nothing."""
    return rate(divided(fen(part) * 1_000_000, fen(whole).nullif(0)))


def none_as_zero(column: Column) -> Column:
    """An empty amount as nothing."""
    return column.fill_null(ibis.literal(Decimal(0), type=MONEY))
