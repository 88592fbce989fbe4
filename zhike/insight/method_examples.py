"""Worked examples of the method library, computed by the very expressions and rules that builds run. None of their results is typed in anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

import ibis
from django.utils.translation import gettext_lazy as _

from zhike.core.pages import Words
from zhike.insight import exact, metrics, stage_rules, tier_rules
from zhike.insight.engines import DuckEngine
from zhike.insight.marts.profile_sides import needs, told
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.settings_needs import LifeNeeds, born, years_before
from zhike.insight.settings_rules import Churn, Matrix, Stages
from zhike.insight.terms import month_after

D = Decimal
Shape = Literal["money", "rate", "count", "word"]


@dataclass(frozen=True)
class Figure:
    """One number of an example: what it is, what it is worth, how it is read; of a `word` the key of a code."""

    title: Words
    value: Any
    shape: Shape = "money"


@dataclass(frozen=True)
class Example:
    """What goes in and what comes out."""

    given: tuple[Figure, ...]
    found: tuple[Figure, ...]
    note: Words = field(default="")


def _money(amount: int | str) -> Any:
    return ibis.literal(D(amount), type=exact.MONEY)


def _rate(fraction: str) -> Any:
    return ibis.literal(D(fraction), type=exact.RATE)


def _said(*values: Any) -> list[Any]:
    """What the engine of the builds says of some expressions."""
    with closing(DuckEngine(threads=1)) as engine:
        return [engine.ask(value.name("said").as_table())[0][0] for value in values]


def _average() -> Example:
    held = ((10, 100_000), (20, 40_000))
    day_sum = sum(days * amount for days, amount in held)
    [average] = _said(exact.average(_money(day_sum), ibis.literal(30)))
    return Example(
        (Figure(_("Balance on days 1 to 10"), D(100_000)), Figure(_("Balance on days 11 to 30"), D(40_000))),
        (Figure(_("At the end of the month"), D(held[-1][1])), Figure(_("Sum of days"), D(day_sum)), Figure(_("Daily average"), average)),
    )


def _growth() -> Example:
    change, fx, income, market = _money(60_000), _money(0), _money(1_200), _money(-3_500)
    [nnm] = _said(metrics.net_new_money(change, fx, income, market))
    return Example(
        (Figure(_("AUM at the start"), D(500_000)), Figure(_("AUM at the end"), D(560_000)), Figure(_("Interest"), D(1_200)), Figure(_("Market effect"), D(-3_500))),
        (Figure(_("Growth of AUM"), D(60_000)), Figure(_("Net new money"), nnm)),
    )  # fmt: skip


def _ftp() -> Example:
    base = ibis.literal(360)
    deposit = metrics.margin(ibis.literal("liability"), _money(500_000 * 30), _rate("0.016"), _rate("0.010"), base)
    loan = metrics.margin(ibis.literal("asset"), _money(1_000_000 * 30), _rate("0.020"), _rate("0.039"), base)
    earned, lent = _said(deposit, loan)
    return Example(
        (Figure(_("Deposit, 30 days"), D(500_000)), Figure(_("Transfer price less rate paid"), D("0.006"), "rate"),
         Figure(_("Loan, 30 days"), D(1_000_000)), Figure(_("Rate taken less transfer price"), D("0.019"), "rate")),
        (Figure(_("FTP margin of the deposit"), earned), Figure(_("FTP margin of the loan"), lent)),
    )  # fmt: skip


def _cost() -> Example:
    [part] = _said(metrics.for_days(_money(30), ibis.literal(10), ibis.literal(30)))
    return Example(
        (Figure(_("Cost of a customer a month"), D(30)), Figure(_("Days of the month that have passed"), 10, "count"), Figure(_("At the counter"), 2, "count"), Figure(_("Cost of one act"), D(18))),
        (Figure(_("Fixed part so far"), part), Figure(_("Cost to serve"), part + 2 * D(18))),
    )  # fmt: skip


def _loss() -> Example:
    [loss] = _said(metrics.expected_loss(ibis.literal("asset"), _money(1_000_000 * 30), _rate("0.0035")))
    return Example(
        (Figure(_("Exposure for 30 days"), D(1_000_000)), Figure(_("Probability of default"), D("0.01"), "rate"), Figure(_("Loss given default"), D("0.35"), "rate")),
        (Figure(_("Expected loss"), loss),),
    )  # fmt: skip


def _value() -> Example:
    numerator = metrics.contribution(metrics.before_tax(_money(12_000), _money(3_000), _money(1_500)), _rate("0.25"))
    capital = _money(40_000 * metrics.YEAR)
    contribution, raroc, eva = _said(numerator, metrics.raroc(numerator, capital), metrics.eva(numerator, capital, _rate("0.11")))
    return Example(
        (Figure(_("Revenue"), D(12_000)), Figure(_("Cost to serve"), D(3_000)), Figure(_("Expected loss"), D(1_500)), Figure(_("Tax on profit"), D("0.25"), "rate"),
         Figure(_("Economic capital"), D(40_000)), Figure(_("Hurdle a year"), D("0.11"), "rate")),
        (Figure(_("Contribution"), contribution), Figure("RAROC", raroc, "rate"), Figure("EVA", eva)),
    )  # fmt: skip


def _marginal() -> Example:
    [left] = _said(metrics.marginal(_money(20), _money(18), _money(3)))
    return Example(
        (Figure(_("Revenue"), D(20)), Figure(_("Variable cost"), D(18)), Figure(_("Expected loss"), D(3))),
        (Figure(_("Contribution before fixed cost"), left),),
    )


def _rfm() -> Example:
    low, middle, high = _said(*(metrics.score(ibis.literal(place), ibis.literal(10), ibis.literal(5)) for place in (0, 5, 9)))
    return Example(
        (Figure(_("Customers"), 10, "count"), Figure(_("Groups of equal size"), 5, "count")),
        (Figure(_("Score of the lowest"), low, "count"), Figure(_("Score of the sixth"), middle, "count"), Figure(_("Score of the highest"), high, "count")),
    )  # fmt: skip


def _share() -> Example:
    [share] = _said(exact.share(_money(300_000), _money(300_000 + 500_000)))
    return Example(
        (Figure(_("Assets here"), D(300_000)), Figure(_("Estimated assets elsewhere"), D(500_000))),
        (Figure(_("Estimated share here"), share, "rate"),),
    )


def _concentration() -> Example:
    [share] = _said(exact.share(_money(640_000), _money(1_000_000)))
    return Example(
        (Figure(_("Contribution of the first 20 % of customers"), D(640_000)), Figure(_("Contribution of all"), D(1_000_000))),
        (Figure(_("Share of contribution"), share, "rate"),),
    )


def _tier() -> Example:
    scheme, first = PUBLISHED["default"].scheme, date(2026, 1, 1)
    values = [D(amount) for amount in (250_000, 80_000, 80_000, 80_000, 80_000)]
    states = tier_rules.over_months([(month_after(first, at), value) for at, value in enumerate(values)], scheme)
    return Example(
        tuple(Figure(f"{month_after(first, at):%Y-%m}", value) for at, value in enumerate(values)),
        tuple(Figure(f"{month_after(first, at):%Y-%m}", scheme.rungs[state.effective].key, "word") for at, state in enumerate(states)),
        _("What is below the tier three months in a row falls in the next month; before that it is watched."),
    )


def _stage() -> Example:
    rules = Stages()
    shrunk = stage_rules.Month(D(60_000), D(100_000), 2, 2, 40)
    first = stage_rules.live(stage_rules.Life("mature", "mature", 0), shrunk, rules)
    second = stage_rules.live(first, shrunk, rules)
    return Example(
        (Figure(_("AUM before"), D(100_000)), Figure(_("AUM now"), D(60_000))),
        (Figure(_("After one month"), first.stage, "word"), Figure(_("After two months"), second.stage, "word")),
    )


def _matrix() -> Example:
    found = stage_rules.cells([D(amount) for amount in (1, 2, 3, 90)], [D(amount) for amount in (80, 1, 2, 90)], [None] * 4, Matrix())
    return Example(
        (Figure(_("Value of four customers"), "1 · 2 · 3 · 90", "word"), Figure(_("Their potential"), "80 · 1 · 2 · 90", "word")),
        (Figure(_("The first"), found[0], "word"), Figure(_("The last"), found[-1], "word")),
    )


def _decline() -> Example:
    lately = stage_rules.Lately([D(200_000)] * 3 + [D(120_000)], D(200_000), acts=5, acts_before=5)
    return Example(
        (Figure(_("AUM, average of 3 months"), D(200_000)), Figure(_("AUM, month's average"), D(120_000))),
        (Figure(_("State"), stage_rules.states_of(lately, Churn())[0], "word"),),
    )


def _retention() -> Example:
    kept = stage_rules.retention([
        stage_rules.Between(True, True, D(100_000), D(150_000)), stage_rules.Between(True, True, D(300_000), D(200_000)),
        stage_rules.Between(True, False, D(100_000), D(0)), stage_rules.Between(False, True, D(0), D(900_000)),
    ])  # fmt: skip
    return Example(
        (Figure(_("Customers at the start"), kept.start, "count"), Figure(_("of them at the end"), kept.both, "count"), Figure(_("Their AUM at the start"), kept.aum_start), Figure(_("of it at the end"), kept.aum_kept)),
        (Figure(_("Retention by head"), kept.by_head, "rate"), Figure(_("Retention by AUM"), kept.by_aum, "rate")),
    )  # fmt: skip


def _sides() -> Example:
    deposits, loans, invested = D(80_000), D(350_000), D(120_000)
    found = told(_money(80_000), _money(350_000), _money(120_000), ibis.literal(False), ibis.literal(False))
    [main] = _said(found["main_side"])
    return Example(
        (Figure(_("Deposits, average of 12 months"), deposits), Figure(_("Loans, average of 12 months"), loans), Figure(_("Investments, average of 12 months"), invested)),
        (Figure(_("Main side"), main, "word"),),
    )  # fmt: skip


def _needs() -> Example:
    day, ages, months = date(2026, 9, 30), (30, 52), 12
    limits = born(day, LifeNeeds())
    facts = {"kind": "string", "status": "string", "birth_date": "date", "household_size": "int32", "holds_mortgage": "boolean", "mortgage_now": exact.MONEY,
             "months_salary": "int64", "housing_salary_months": "int64", "is_near_young": "boolean"}  # fmt: skip
    schema = ibis.schema({**facts, **dict.fromkeys(limits, "date")})
    rows = [
        (
            "individual",
            "customer",
            years_before(day, age),
            None,
            False,
            D(0),
            months,
            LifeNeeds().housing_salary_months,
            None,
            *limits.values(),
        )
        for age in ages
    ]
    with closing(DuckEngine(threads=1)) as engine:
        engine.fill("people", schema, rows)
        t = ibis.table(schema, name="people")
        (younger, older) = engine.ask(
            t.select("birth_date", **needs(t)).order_by(ibis.desc("birth_date")).select("needs_housing_why", "needs_retirement_why")
        )
    return Example(
        (Figure(_("Age of the one"), ages[0], "count"), Figure(_("Months with salary, 12 months"), months, "count"), Figure(_("Age of the other"), ages[1], "count")),
        (Figure(_("Need: housing"), younger[0], "word"), Figure(_("Need: retirement"), older[1], "word")),
    )  # fmt: skip


EXAMPLES: Mapping[str, Callable[[], Example]] = {
    "averages": _average, "growth": _growth, "ftp": _ftp, "cost": _cost, "loss": _loss, "value": _value, "marginal": _marginal, "rfm": _rfm,
    "wallet": _share, "concentration": _concentration, "tiers": _tier, "stages": _stage, "matrix": _matrix, "decline": _decline,
    "retention": _retention, "sides": _sides, "needs": _needs,
}  # fmt: skip


@cache
def example(key: str) -> Example:
    """The example of a method, computed once by this process. Raises KeyError."""
    return EXAMPLES[key]()
