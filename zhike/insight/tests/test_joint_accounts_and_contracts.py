"""A joint account counts for its main holder or by parts, and either way customers add up to accounts; what has a term keeps the curve of its first day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zhike.insight.assembling import BY_MONTH
from zhike.insight.build import Build
from zhike.insight.engines import opened
from zhike.insight.inputs import Inputs, landed
from zhike.insight.settings_rules import Averages, Settings, Transfer
from zhike.insight.snapshots import Snapshot
from zhike.insight.terms import Quote, Terms
from zhike.insight.tests.test_days_build_on_days import LAST, home, keys_of, land, rows

__all__ = ["home"]
D = Decimal
SHARED = Settings(averages=Averages(joint="share"))
AMOUNTS = (
    "aum_opening",
    "aum",
    "aum_sum",
    "lum",
    "nnm",
    "mtm",
    "income",
    "fx",
    "margin",
    "commission",
    "account_cost",
    "expected_loss",
    "capital_days",
)
SUMS = ", ".join(f"sum({name})" for name in AMOUNTS)


def computed(home: Path, settings: Settings, engine: str = "duckdb", version: int = 1) -> Snapshot:
    """The last day from nothing."""
    with opened(engine) as made:
        return Build(made, Inputs(home, LAST, landed(home, LAST), keys_of(home), lambda _day: settings), None, version).run()


def together(home: Path) -> tuple[str, str, list[str]]:
    """Two accounts get joint holders: one in delivered parts (a half, three tenths, a fifth), one without any. The accounts, and the three people."""
    found = rows(
        home,
        computed(home, Settings(), version=9),
        "account_value",
        "account, party_id",
        "month = '2026-09-01' and aum > 1000 and line = ''",
    )
    (first, main), (second, _other) = found[0], next(one for one in found if one[1] != found[0][1])
    keys = {row["party_id"]: row["external_key"] for row in keys_of(home).to_pylist()}
    others = [key for party, key in sorted(keys.items()) if party not in (main, _other)][:2]
    people = [keys[main], *others]
    accounts = [first.partition("|")[2]] * 3 + [second.partition("|")[2]] * 2
    land(home, LAST, "account_roles", {
        "role_key": [f"J{n}" for n in range(5)], "account_key": accounts, "party_key": [*people, *others],
        "role": ["owner", "joint_holder", "joint_holder", "joint_holder", "joint_holder"], "share": ["0.5", "0.3", "0.2", None, None],  # type: ignore[list-item]
        "from_date": ["2020-01-01"] * 5,
    })  # fmt: skip
    return first, second, people


def test_parts_of_joint_accounts_add_up_to_the_account_and_customers_to_the_bank(home: Path) -> None:
    first, second, people = together(home)
    keys = {row["external_key"]: row["party_id"] for row in keys_of(home).to_pylist()}
    main, shared = computed(home, Settings()), computed(home, SHARED, version=2)
    (whole,) = rows(home, main, "account_value", "party_id, aum, margin", f"account = '{first}' and month = '2026-09-01' and line = ''")
    parts = {row[0]: row[1:] for row in rows(home, shared, "account_value", "party_id, aum, margin", f"account = '{first}' and month = '2026-09-01' and line = ''")}  # fmt: skip
    assert set(parts) == {keys[one] for one in people} and whole[0] == keys[people[0]]
    assert sum(part[0] for part in parts.values()) == whole[1] and sum(part[1] for part in parts.values()) == whole[2]
    for person, share in zip(people, ("0.5", "0.3", "0.2"), strict=True):
        assert abs(parts[keys[person]][0] - whole[1] * D(share)) <= D("0.01")
    (one,) = rows(home, main, "account_value", "aum", f"account = '{second}' and month = '2026-09-01' and line = ''")
    thirds = [row[0] for row in rows(home, shared, "account_value", "aum", f"account = '{second}' and month = '2026-09-01' and line = ''")]
    assert len(thirds) == 3 and sum(thirds) == one[0] and max(thirds) - min(thirds) <= D("0.02"), "equal parts, the main holder's too"
    for snapshot in (main, shared):
        assert rows(home, snapshot, "customer_month", f"month, {SUMS}", "true group by month") == rows(home, snapshot, "account_value", f"month, {SUMS}", "true group by month")  # fmt: skip
        assert rows(home, snapshot, "bank_month", "month, aum, lum, margin, account_cost") == rows(home, main, "bank_month", "month, aum, lum, margin, account_cost")  # fmt: skip
    accounts = {snapshot.version: dict(rows(home, snapshot, "profile", "party_id, accounts_open")) for snapshot in (main, shared)}
    assert accounts[2][keys[people[1]]] == accounts[1][keys[people[1]]] + 2, "she holds both now"


@pytest.mark.soak
def test_parts_are_equal_on_spark(home: Path) -> None:
    together(home)
    duck, spark = computed(home, SHARED), computed(home, SHARED, "spark", 2)
    for mart in ("account_value", "customer_month", "profile", *BY_MONTH):
        assert rows(home, duck, mart) == rows(home, spark, mart), mart


def test_a_deposit_for_a_term_keeps_the_curve_of_the_day_on_which_it_began(home: Path) -> None:
    """§3.3: 500,000 for a year at 1.2 %, begun when a year cost 1.8 %: (1.8 % − 1.2 %) × 500,000 × 30 ÷ 360 = 250.00 a month of 30 days, though money
    costs 1.6 % by then."""
    quotes = [Quote("ftp", "CNY-12M", date(2026, 1, 15), D("0.018")), Quote("ftp", "CNY-12M", date(2026, 6, 10), D("0.016"))]
    terms = Terms(date(2026, 6, 30), date(2026, 1, 1), lambda _day: Settings(), quotes)
    small = terms.rows([date(2026, 6, 1)], None)
    number: dict[Any, Any] = {row[0]: row[1] for row in small["contract_days"]}
    curve: dict[Any, Any] = {(row[0], row[1]): row[2] for row in small["contract_curve"]}
    price = {day: curve[number[day], 12] for day in (date(2026, 1, 15), date(2026, 6, 9), date(2026, 6, 10), date(2026, 6, 30))}
    assert list(price.values()) == [D("0.018"), D("0.018"), D("0.016"), D("0.016")]
    assert (price[date(2026, 6, 9)] - D("0.012")) * 500_000 * 30 / 360 == D("250.00")
    assert min(number) == date(2026, 1, 15), "what began before the first curve has that one"
    by_setting = Terms(date(2026, 6, 30), date(2026, 5, 1), lambda _day: Settings(transfer=Transfer(source="setting")), quotes).rows(
        [date(2026, 6, 1)], None
    )
    assert {row[2] for row in by_setting["contract_curve"] if row[1] == 12} == {D("0.0176")}


def test_by_month_or_by_contract_is_a_setting(home: Path) -> None:
    by_contract, by_month = computed(home, Settings()), computed(home, Settings(transfer=Transfer(day="month")), version=2)
    demand, term = "bucket = 'demand'", "bucket in ('term', 'mortgage', 'loan')"
    assert rows(home, by_contract, "account_value", "*", demand) == rows(home, by_month, "account_value", "*", demand)
    margins = [rows(home, one, "account_value", "account, month, margin", term) for one in (by_contract, by_month)]
    assert len(margins[0]) > 50 and margins[0] != margins[1]
