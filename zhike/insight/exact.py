"""Arithmetic that gives the same cent on every engine (decision 9).

DuckDB divides decimals as floating point, Spark does not; both agree on whole numbers. So amounts become whole fen, rates whole millionths,
a product of them a whole number, and the one division is done on whole numbers: half a fen and more counts as one, away from zero.
A product of decimals both engines keep whole, and both round it so. Each brings `zk_divided`, `zk_times` and `zk_money` in its own words (`engines`,
`spark`).
"""

from __future__ import annotations

from decimal import Decimal

import ibis
from ibis.expr.types import Value

MONEY = "decimal(18,2)"
RATE = "decimal(12,6)"
ZERO = ibis.literal(Decimal(0), type=MONEY)
_MILLIONTH = ibis.literal(Decimal("0.000001"), type="decimal(18,6)")


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def zk_divided(number: int, by: int) -> int:  # type: ignore[empty-body]
    """A whole number divided by a positive one, rounded to the nearest, half away from zero; empty where `by` is empty, and never 0: DuckDB refuses that."""


@ibis.udf.scalar.builtin(signature=((MONEY, RATE), MONEY))  # type: ignore[untyped-decorator]
def zk_times(amount: Decimal, factor: Decimal) -> Decimal:  # type: ignore[empty-body]
    """An amount times a rate, rounded to the cent, half away from zero."""


@ibis.udf.scalar.builtin(signature=(("decimal(18,0)",), MONEY))  # type: ignore[untyped-decorator]
def zk_money(whole: Decimal) -> Decimal:  # type: ignore[empty-body]
    """Whole fen as an amount."""


def fen(amount: Value) -> Value:
    """An amount with two digits as whole fen."""
    return (amount * 100).cast("int64")


def millionths(rate: Value) -> Value:
    """A rate with six digits as a whole number."""
    return (rate * 1_000_000).cast("int64")


def money(whole: Value) -> Value:
    """Whole fen as an amount."""
    amount: Value = zk_money(whole.cast("decimal(18,0)"))
    return amount


def rate(whole: Value) -> Value:
    """Whole millionths as a rate."""
    return (whole.cast("decimal(12,0)") * _MILLIONTH).cast(RATE)


def of_year(day_sum: Value, yearly: Value, base: Value | int) -> Value:
    """Σ over days of an amount × a yearly rate ÷ the days of a year: interest, margin, expected loss, the charge for capital (§3.3)."""
    days = base.cast("int64") if isinstance(base, Value) else ibis.literal(base, type="int64")
    return money(zk_divided(fen(day_sum) * millionths(yearly), days * 1_000_000))


def average(day_sum: Value, days: Value) -> Value:
    """Σ over days of an amount ÷ the days (§3.1); empty without days."""
    return money(zk_divided(fen(day_sum), ibis.ifelse(days > 0, days.cast("int64"), ibis.null("int64"))))


def times(amount: Value, factor: Value) -> Value:
    """An amount × a rate, to the cent."""
    product: Value = zk_times(amount.cast(MONEY), factor.cast(RATE))
    return product


def share(part: Value, whole: Value) -> Value:
    """A part of a whole as a fraction with six digits; empty where the whole is nothing or less."""
    return rate(zk_divided(fen(part) * 1_000_000, ibis.ifelse(whole > 0, fen(whole), ibis.null("int64"))))


def filled(amount: Value) -> Value:
    """An empty amount as nothing."""
    return amount.fill_null(ZERO)


def positive(amount: Value) -> Value:
    """An amount where it is above nothing, else nothing."""
    return ibis.ifelse(amount > 0, amount, ZERO)


def zk_floor(number: Value, by: Value) -> Value:
    """A whole number that is not negative, divided by a positive one, the rest dropped."""
    return ((number - number % by) / by).round().cast("int64")
