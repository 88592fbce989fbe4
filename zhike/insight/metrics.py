"""Every measure once: what it is, over columns, for every mart, page and report (§3).

Amounts are CNY. A `day_sum` is Σ over days of a balance; what is divided is divided by `exact`, so that engines agree to the cent.
"""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, Value

from zhike.insight import exact

YEAR = 365


def margin(side: Value, day_sum: Value, ftp: Value, rate: Value, base: Value) -> Value:
    """FTP net interest: a deposit earns FTP − rate, a loan rate − FTP; nothing else earns any (§3.3)."""
    spread = ibis.cases((side == "liability", ftp - rate), (side == "asset", rate - ftp), else_=(ftp - ftp))
    return exact.of_year(day_sum, spread, base)


def commission(side: Value, day_sum: Value, yearly: Value) -> Value:
    """What the bank earns on what it sells for others or manages."""
    return ibis.ifelse(side == "intermediary", exact.of_year(day_sum, yearly, YEAR), exact.ZERO)


def expected_loss(side: Value, day_sum: Value, loss_rate: Value) -> Value:
    """Exposure × PD × LGD for the days of the period."""
    return ibis.ifelse(side == "asset", exact.of_year(exact.positive(day_sum), loss_rate, YEAR), exact.ZERO)


def capital_days(day_sum: Value, rate: Value) -> Value:
    """Σ over days of economic capital."""
    return exact.times(exact.positive(day_sum), rate)


def for_days(monthly: Value, days: Value, days_of_month: Value) -> Value:
    """A month's cost for the days of it that have passed."""
    return exact.money(exact.zk_divided(exact.fen(monthly) * days, days_of_month))


def revenue(margin_: Value, commission_: Value, fees: Value, direct: Value) -> Value:
    """Margin, commission and fees, less what of the fees goes straight out again."""
    return margin_ + commission_ + fees - direct


def before_tax(revenue_: Value, cost: Value, loss: Value) -> Value:
    """Revenue less cost to serve and expected loss."""
    return revenue_ - cost - loss


def contribution(before: Value, tax: Value) -> Value:
    """(income − cost − EL) × (1 − tax): the numerator of RAROC (§3.3)."""
    return before - exact.times(before, tax)


def marginal(revenue_: Value, variable_cost: Value, loss: Value) -> Value:
    """Contribution before allocated fixed cost: below zero is below marginal cost (S27)."""
    return revenue_ - variable_cost - loss


def eva(contribution_: Value, capital_days_: Value, hurdle: Value) -> Value:
    """Contribution − economic capital × hurdle (§3.3)."""
    return contribution_ - exact.of_year(capital_days_, hurdle, YEAR)


def raroc(contribution_: Value, capital_days_: Value) -> Value:
    """Contribution of a period ÷ average capital, as a yearly rate; empty without capital: Σ contribution × 365 ÷ Σ capital days."""
    whole = ibis.ifelse(capital_days_ > 0, exact.fen(capital_days_), ibis.null("int64"))
    return exact.rate(exact.zk_divided(exact.fen(contribution_) * YEAR * 1_000_000, whole))


def market_effect(value_change: Value, moved: Value) -> Value:
    """What of a change in value is price: the change less units bought and sold at the day's price (§3.1)."""
    return value_change - moved


def net_new_money(change: Value, fx: Value, income: Value, market: Value) -> Value:
    """ΔAUM − FX − income − market: so the four always add up (§3.1)."""
    return change - fx - income - market


def is_effective(aum: Value, initiated: Value, threshold: Value) -> BooleanValue:
    """Whether a customer counts as one: holds something or does something (§3.8)."""
    return (aum >= threshold) | (initiated > 0)


def score(place: Value, count: Value, groups: Value) -> Value:
    """A score from 1 to `groups` by a place from 0 (lowest); equal places have equal scores (§3.2)."""
    return exact.zk_floor(place * groups, count) + 1
