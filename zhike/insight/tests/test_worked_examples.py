"""The worked examples of domain.md §3, through the very expressions that the build runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.insight import exact, metrics
from zhike.insight.assembling import MONTHLY, OPENING, everything, made
from zhike.insight.engines import DuckEngine
from zhike.insight.settings_rules import Averages, Settings
from zhike.insight.terms import SCHEMAS, Quote, Terms, interpolated, loss_rate

D = Decimal


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    made = DuckEngine(threads=1)
    yield made
    made.close()


def money(amount: str) -> Any:
    return ibis.literal(D(amount), type=exact.MONEY)


def rate(fraction: str) -> Any:
    return ibis.literal(D(fraction), type=exact.RATE)


def said(engine: DuckEngine, value: Any) -> Any:
    return engine.ask(value.name("said").as_table())[0][0]


ASSET, LIABILITY = ibis.literal("asset"), ibis.literal("liability")


def test_a_deposit_of_half_a_million_earns_250_in_thirty_days(engine: DuckEngine) -> None:
    assert said(engine, metrics.margin(LIABILITY, money("15000000"), rate("0.016"), rate("0.010"), ibis.literal(360))) == D("250.00")


def test_a_loan_of_a_million_earns_1583_33_in_thirty_days(engine: DuckEngine) -> None:
    assert said(engine, metrics.margin(ASSET, money("30000000"), rate("0.020"), rate("0.039"), ibis.literal(360))) == D("1583.33")


def test_raroc_and_eva_of_the_example(engine: DuckEngine) -> None:
    before = metrics.before_tax(money("12000"), money("3000"), money("1500"))
    numerator = metrics.contribution(before, rate("0.25"))
    capital_days = money(str(40000 * 365))
    assert said(engine, numerator) == D("5625.00")
    assert said(engine, metrics.raroc(numerator, capital_days)).quantize(D("0.0001")) == D("0.1406")
    assert said(engine, metrics.eva(numerator, capital_days, rate("0.11"))) == D("1225.00")


def test_below_marginal_cost_is_contribution_before_allocated_fixed_cost_below_nothing(engine: DuckEngine) -> None:
    assert said(engine, metrics.marginal(money("20"), money("18"), money("3"))) == D("-1.00")
    assert said(engine, metrics.marginal(money("20"), money("18"), money("1"))) == D("1.00")


def _months_of_an_account(
    engine: DuckEngine, changes: list[tuple[date, str]], *, as_of: date, first: date, closed: date | None = None,
    units: Mapping[date, tuple[str, str]] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The months of one account with these balances (or units and prices), through the changes of balances and `holding_month`."""
    line = "F1" if units else ""
    rows = [
        ("a", line, "CNY", day, D(amount), D(units[day][0]) if units else None, D(units[day][1]) if units else None, 1)
        for day, amount in changes
    ]
    nobody: list[tuple[object, ...]] = []
    engine.fill("balance", OPENING, nobody if units else rows)
    engine.fill("posted_balance", OPENING, nobody)
    engine.fill("position", OPENING, rows if units else nobody)
    engine.fill("opening", OPENING, [])
    account = everything()["account"].schema()
    values = {"account": "a", "party_id": 1, "is_closed": closed is not None, "closed_date": closed}
    engine.fill("account", account, [tuple(values.get(name) for name in account.names)])
    base = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
    terms = Terms(as_of, first, lambda _day: Settings(), [])
    months = [base, *(date(first.year, month, 1) for month in range(first.month, as_of.month + 1))]
    engine.fill("months", SCHEMAS["months"], terms.rows(months, base)["months"])
    known = {name: ibis.table(schema, name=name) for name, schema in {"balance": OPENING, "posted_balance": OPENING, "position": OPENING, "opening": OPENING, "account": account, "months": SCHEMAS["months"]}.items()}  # fmt: skip
    for name in ("numbered", "balance_change", "position_change", "holding_month"):
        known[name] = made(next(one for one in MONTHLY if one.name == name), known)
    result = known["holding_month"].order_by("month")
    return [dict(zip(result.columns, row, strict=True)) for row in engine.ask(result)]


def test_a_hundred_thousand_for_ten_days_and_forty_for_twenty_average_sixty(engine: DuckEngine) -> None:
    changes = [(date(2026, 6, 1), "100000"), (date(2026, 6, 11), "40000")]
    (june,) = _months_of_an_account(engine, changes, as_of=date(2026, 6, 30), first=date(2026, 6, 1))
    assert june["day_sum"] == D("1800000")
    assert said(engine, exact.average(money(str(june["day_sum"])), ibis.literal(30))) == D("60000.00")


def test_days_without_a_file_carry_the_last_balance_and_an_account_opened_late_divides_by_all_days(engine: DuckEngine) -> None:
    july, august = _months_of_an_account(engine, [(date(2026, 7, 22), "310")], as_of=date(2026, 8, 31), first=date(2026, 7, 1))
    assert (july["day_sum"], august["day_sum"]) == (D("3100"), D("9610"))
    assert said(engine, exact.average(money("3100"), ibis.literal(31))) == D("100.00")
    assert (july["opening"], july["closing"], august["opening"]) == (D(0), D(310), D(310))


def test_an_account_holds_nothing_from_its_closing_on(engine: DuckEngine) -> None:
    (june,) = _months_of_an_account(
        engine, [(date(2026, 6, 1), "100")], as_of=date(2026, 6, 30), first=date(2026, 6, 1), closed=date(2026, 6, 11)
    )
    assert (june["day_sum"], june["closing"]) == (D("1000"), D(0))


def test_what_a_fund_gained_is_market_and_what_was_bought_is_new_money(engine: DuckEngine) -> None:
    units = {date(2026, 6, 1): ("1000", "1.00"), date(2026, 6, 15): ("1500", "1.10"), date(2026, 6, 30): ("1500", "1.20")}
    values = [(date(2026, 6, 1), "1000"), (date(2026, 6, 15), "1650"), (date(2026, 6, 30), "1800")]
    (june,) = _months_of_an_account(engine, values, as_of=date(2026, 6, 30), first=date(2026, 6, 1), units=units)
    assert june["moved"] == D("1550.00")  # 1,000 units at 1.00 and 500 at 1.10
    assert june["closing"] - june["opening"] - june["moved"] == D("250.00")  # 1,000 × 0.10 and 1,500 × 0.10


def test_thirty_days_a_month_are_a_setting() -> None:
    thirty = Settings(averages=Averages(day_count="thirty"))
    clock = dict(zip(SCHEMAS["clock"].names, Terms(date(2026, 8, 31), date(2026, 1, 1), lambda _day: thirty, []).rows([date(2026, 8, 1)], None)["clock"][0], strict=True))  # fmt: skip
    assert (clock["month_days"], clock["quarter_days"], clock["year_days"]) == (30, 60, 240)
    clock = dict(zip(SCHEMAS["clock"].names, Terms(date(2026, 8, 10), date(2026, 1, 1), lambda _day: Settings(), []).rows([date(2026, 8, 1)], None)["clock"][0], strict=True))  # fmt: skip
    assert (clock["month_days"], clock["quarter_days"], clock["year_days"]) == (10, 41, 222)


def test_a_rate_of_a_day_is_the_last_that_was_delivered_else_the_setting() -> None:
    quotes = [Quote("fx", "USD/CNY", date(2026, 6, 29), D("7.10")), Quote("fx", "USD/CNY", date(2026, 7, 30), D("7.20"))]
    terms = Terms(date(2026, 7, 31), date(2026, 7, 1), lambda _day: Settings(), quotes)
    exchange = {row[1]: row[2:] for row in terms.rows([date(2026, 7, 1)], None)["exchange"]}
    assert exchange["USD"] == (D("7.10"), D("7.20"))
    assert exchange["CNY"] == (1, 1)
    assert exchange["HKD"] == (D("0.914"), D("0.914"))


def test_the_curve_is_straight_between_its_points_and_level_outside() -> None:
    points = {1: D("0.012"), 3: D("0.016"), 12: D("0.018")}
    assert [interpolated(points, term) for term in (1, 2, 3, 60)] == [D("0.012"), D("0.014"), D("0.016"), D("0.018")]


def test_a_loan_overdue_is_likelier_to_be_lost() -> None:
    settings = Settings()
    assert loss_rate(settings, "mortgage", 0) == D("0.005") * D("0.20")
    assert loss_rate(settings, "mortgage", 45) == D("0.25") * D("0.20")
    assert loss_rate(settings, "consumer_loan", 120) == D("0.65")


@given(number=st.integers(-(10**18) * 9, 10**18 * 9), by=st.integers(1, 10**9))
def test_what_is_divided_is_rounded_to_the_nearest_half_away_from_nothing(engine: DuckEngine, number: int, by: int) -> None:
    size = (2 * abs(number) + by) // (2 * by)
    wanted = size if number >= 0 else -size
    assert said(engine, exact.zk_divided(ibis.literal(number, type="int64"), ibis.literal(by, type="int64"))) == wanted


@given(fen=st.integers(-(10**15), 10**15), millionths=st.integers(-(10**8), 10**8))
def test_a_product_is_rounded_to_the_cent_half_away_from_nothing(engine: DuckEngine, fen: int, millionths: int) -> None:
    amount, factor = D(fen).scaleb(-2), D(millionths).scaleb(-6)
    wanted = (amount * factor).quantize(D("0.01"), ROUND_HALF_UP)
    assert said(engine, exact.times(money(str(amount)), rate(str(factor)))) == wanted
