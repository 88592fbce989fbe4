"""Lifetime value out of purchases: the published figures on the published data, and what must hold on any (S30; domain §3.4)."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.commands.predictor import predictor
from zhike.insight.predictors.lifetime_rules import BgNbd, CannotFit, GammaGamma, Histories, fit_purchases, fit_spending


def told(*arguments: str) -> dict[str, Any]:
    ran = CliRunner().invoke(predictor, ["clv", *arguments, "--json"])
    assert ran.exit_code == 0, ran.output
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


def refused(path: Path) -> str:
    ran = CliRunner().invoke(predictor, ["clv", str(path)])
    assert ran.exit_code == 1
    return ran.output


@pytest.mark.realdata
@pytest.mark.parametrize("file", ["CDNOW_sample.txt", "cdnow_customers_summary_with_transactions.csv"])
def test_the_published_parameters_come_out_of_the_published_data(real_data: Path, file: str) -> None:
    said = told(str(real_data / "cdnow" / file))
    model, spending = said["bg_nbd"], said["gamma_gamma"]
    assert [round(model[name], 3) for name in ("r", "alpha", "a", "b")] == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.0011)
    assert round(model["log_likelihood"], 1) == -9582.4
    assert [spending[name] for name in ("p", "q", "v")] == pytest.approx([6.25, 3.74, 15.45], abs=0.008)
    assert (said["customers"], said["repeat_customers"], spending["customers"]) == (2357, 946, 946)


@pytest.mark.realdata
def test_purchases_of_weeks_40_to_78_are_foreseen_and_drawn(real_data: Path, tmp_path: Path) -> None:
    plot = tmp_path / "tracking.svg"
    said = told(str(real_data / "cdnow" / "CDNOW_sample.txt"), "--plot", str(plot))
    weekly = {row["week"]: row for row in said["weekly"]}
    assert (said["begin"], said["learned_weeks"], len(weekly)) == ("1997-01-01", 39, 78)
    assert weekly[78]["happened"] - weekly[39]["happened"] == said["later"]["happened"] == 1882
    assert said["later"]["largest_weekly_error"] < 0.05, "the curve of all repeat purchases is never further off than 5 %"
    groups = said["later"]["by_repeat_purchases"]
    assert [g["customers"] for g in groups][:2] == [1411, 439]
    expected, happened = zip(*((g["expected"], g["happened"]) for g in groups), strict=True)
    assert np.corrcoef(expected, happened)[0, 1] > 0.97
    assert plot.read_text("utf-8").count("<polyline") == 2


def bought(
    path: Path, rows: list[tuple[str, date, str]], *, encoding: str = "utf-8", separator: str = ",", names: str = "customer,date,amount"
) -> Path:
    lines = [names.replace(",", separator), *(separator.join((who, day.isoformat(), amount)) for who, day, amount in rows)]
    content = ("\r\n".join(lines) + "\r\n").encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def some_purchases() -> list[tuple[str, date, str]]:
    chance = np.random.default_rng(5)
    rows = []
    for who in range(40):
        day = date(2026, 1, 1) + timedelta(days=int(chance.integers(0, 30)))
        for _ in range(int(chance.integers(1, 9))):
            rows.append((f"客{who:03}", day, f"{chance.gamma(5, 20):.2f}"))
            day += timedelta(days=int(chance.integers(0, 40)))
    return rows


def test_a_log_says_the_same_in_any_order_encoding_separator_and_packing(tmp_path: Path) -> None:
    rows = some_purchases()
    plain = told(str(bought(tmp_path / "plain.csv", rows)))
    chinese = bought(tmp_path / "chinese.csv", rows[::-1], encoding="gb18030", separator=";", names="客户号,交易日期,交易金额")
    packed = bought(tmp_path / "packed.csv.gz", rows, separator="|", names="party_no,when,paid")
    for other in (told(str(chinese)), told(str(packed))):
        assert other["bg_nbd"] == pytest.approx(plain["bg_nbd"]) and other["gamma_gamma"] == pytest.approx(plain["gamma_gamma"])


def test_two_purchases_of_one_day_are_one_and_the_first_is_no_repeat(tmp_path: Path) -> None:
    rows = some_purchases()
    doubled = told(str(bought(tmp_path / "doubled.csv", [*rows, *rows])), "--weeks", "0")
    once = told(str(bought(tmp_path / "once.csv", rows)), "--weeks", "0")
    assert doubled["bg_nbd"] == pytest.approx(once["bg_nbd"])
    assert mean_spending(doubled) == pytest.approx(2 * mean_spending(once), rel=0.01), "twice the amount a day"


def mean_spending(told: dict[str, Any]) -> float:
    """Of a customer as Gamma-Gamma sees her, p v / (q - 1): known well where few purchases leave p, q and v themselves loose."""
    shape, heavy, scale = (float(told["gamma_gamma"][name]) for name in ("p", "q", "v"))
    return shape * scale / (heavy - 1)


def test_a_table_that_is_neither_says_what_to_name_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([["colour", "size"], ["red", "1"], ["blue", "2"]])
    assert "customer, date, amount" in refused(path) and "colour" in refused(path)


def test_where_nobody_came_again_nothing_is_claimed(tmp_path: Path) -> None:
    rows = [(f"c{n}", date(2026, 1, 1) + timedelta(days=n), "10") for n in range(20)]
    assert "second time" in refused(bought(tmp_path / "once.csv", rows))


def simulated(model: BgNbd, customers: int, weeks: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(11)
    x, last = np.zeros(customers), np.zeros(customers)
    rate = chance.gamma(model.r, 1 / model.alpha, customers)
    leaving = chance.beta(model.a, model.b, customers)
    t = np.full(customers, weeks)
    for who in range(customers):
        now = chance.exponential(1 / rate[who])
        while now < weeks:
            x[who], last[who] = x[who] + 1, now
            if chance.random() < leaving[who]:
                break
            now += chance.exponential(1 / rate[who])
    return x, last, t


def test_customers_made_by_the_model_give_its_parameters_back() -> None:
    true = BgNbd(0.8, 6.0, 0.9, 2.5, 0.0)
    x, last, t = simulated(true, 3000, 60)
    found = fit_purchases(Histories.of(x, last, t))
    assert (found.r, found.alpha) == pytest.approx((true.r, true.alpha), rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(true.a / (true.a + true.b), rel=0.15)


def test_days_instead_of_weeks_change_alpha_alone() -> None:
    x, last, t = simulated(BgNbd(0.8, 6.0, 0.9, 2.5, 0.0), 400, 60)
    weeks, days = fit_purchases(Histories.of(x, last, t)), fit_purchases(Histories.of(x, last * 7, t * 7))
    assert (days.r, days.alpha / 7, days.a, days.b) == pytest.approx((weeks.r, weeks.alpha, weeks.a, weeks.b), rel=1e-2)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - x.sum() * np.log(7), rel=1e-6)


positive = st.floats(0.05, 20)


@settings(max_examples=60, deadline=None)
@given(
    r=positive,
    alpha=positive,
    a=positive,
    b=positive,
    x=st.integers(0, 40),
    seen=st.floats(1, 300),
    part=st.floats(0, 1),
    ahead=st.floats(0.1, 200),
)
def test_chances_are_chances_and_more_time_brings_more(
    r: float, alpha: float, a: float, b: float, x: int, seen: float, part: float, ahead: float
) -> None:
    model = BgNbd(r, alpha, a, b, 0.0)
    often, last, t = np.array([float(x)]), np.array([seen * part if x else 0.0]), np.array([seen])
    alive = model.alive(often, last, t)[0]
    assert 0 <= alive <= 1 and (x or alive == 1)
    soon, later = (model.expected_after(often, last, t, np.array([time]))[0] for time in (ahead, ahead * 2))
    assert -1e-6 <= soon <= later * (1 + 1e-6) + 1e-6


def test_a_customer_of_no_purchases_is_expected_to_spend_what_all_do_and_one_of_many_what_she_does() -> None:
    spending = GammaGamma(6.25, 3.74, 15.45, 0.0, 946)
    everybody, own = spending.expected(np.array([0.0, 10_000.0]), np.array([0.0, 80.0]))
    assert everybody == pytest.approx(6.25 * 15.45 / 2.74) and own == pytest.approx(80, rel=0.01)


def test_too_few_who_spent_are_not_learned_from() -> None:
    with pytest.raises(CannotFit, match="ten customers"):
        fit_spending(np.ones(9), np.full(9, 20.0))


@pytest.mark.parametrize(("x", "t_x", "t"), [(1.0, 5.0, 4.0), (-1.0, 0.0, 4.0), (float("nan"), 0.0, 4.0)])
def test_an_impossible_history_is_refused(x: float, t_x: float, t: float) -> None:
    with pytest.raises(CannotFit, match="impossible"):
        Histories.of(np.array([x]), np.array([t_x]), np.array([t]))
