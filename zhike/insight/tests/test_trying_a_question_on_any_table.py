"""Honest figures out of any table: what reaches how far, what is called a leak, and that nothing is judged on what it was learned from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.commands.predictor import predictor
from zhike.insight.predictors.choosing import columns_of_periods, origins_in
from zhike.insight.predictors.measuring import calibration_error, measured
from zhike.insight.predictors.table_files import Column, read


def told(path: Path, *arguments: str) -> dict[str, Any]:
    ran = CliRunner().invoke(predictor, ["try", str(path), *arguments, "--json"])
    assert ran.exit_code == 0, ran.output
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def customers(rows: int = 1500) -> dict[str, list[Any]]:
    chance = np.random.default_rng(4)
    balance, age = chance.gamma(2, 5000, rows), chance.integers(18, 80, rows)
    left = chance.random(rows) < 1 / (1 + np.exp(-(age - 55) / 6 + balance / 9000))
    return {
        "客户号": [f"C{n:05}" for n in range(rows)],
        "年龄": age.tolist(),
        "balance": [f"{one:.2f}" for one in balance],
        "city": chance.choice(["上海", "北京", "广州"], rows).tolist(),
        "流失": np.where(left, "是", "否").tolist(),
    }


def written(path: Path, columns: dict[str, list[Any]], *, encoding: str = "utf-8", separator: str = ",") -> Path:
    lines = [separator.join(columns), *(separator.join(str(cell) for cell in row) for row in zip(*columns.values(), strict=True))]
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_a_chinese_file_is_tried_and_a_parquet_says_the_same(tmp_path: Path) -> None:
    columns = customers()
    chinese = told(written(tmp_path / "a.csv", columns, encoding="gb18030", separator=";"), "--target", "流失", "--folds", "3")
    pq.write_table(pa.table({**columns, "balance": [float(one) for one in columns["balance"]]}), tmp_path / "a.parquet")
    assert told(tmp_path / "a.parquet", "--target", "流失", "--folds", "3")["auc"] == chinese["auc"]
    assert chinese["auc"] > 0.8 and len(chinese["folds"]) == 3
    assert chinese["intervals"]["auc"][0] < chinese["auc"] < chinese["intervals"]["auc"][1]
    assert [one["column"] for one in chinese["left_out"]] == ["客户号"] and chinese["suspected_leaks"] == []
    assert chinese["baseline"]["rule"]["column"] == "年龄"


def test_leaks_are_suspected_by_name_by_timing_and_by_being_too_good(tmp_path: Path) -> None:
    columns = customers()
    left = [one == "是" for one in columns["流失"]]
    columns["closing_fee"] = [n % 7 for n in range(1500)]
    columns["visits"] = [1 if one else "" for one in left]
    columns["mood"] = [2 * one + n % 2 for n, one in enumerate(left)]
    said = told(written(tmp_path / "a.csv", columns), "--target", "流失", "--folds", "2")
    assert {one["column"]: one["by"] for one in said["suspected_leaks"]} == {"closing_fee": "name", "visits": "timing", "mood": "too good"}
    assert said["auc"] < 0.96, "it is judged without them"
    kept = told(tmp_path / "a.csv", "--target", "流失", "--folds", "2", "--keep", "mood")
    assert kept["auc"] > 0.99 and len(kept["suspected_leaks"]) == 3, "who keeps one is still told"


def test_noise_cannot_be_foreseen(tmp_path: Path) -> None:
    columns = customers()
    columns["流失"] = np.random.default_rng(9).permutation(columns["流失"]).tolist()
    assert abs(told(written(tmp_path / "a.csv", columns), "--target", "流失", "--folds", "3")["auc"] - 0.5) < 0.06


def test_with_time_only_what_is_later_is_judged(tmp_path: Path) -> None:
    columns = customers(2000)
    columns["day"] = [f"2026-{1 + n // 200:02}-{1 + n % 28:02}" for n in range(2000)]
    columns["rate"] = [3.0 - n // 200 / 10 for n in range(2000)]
    said = told(written(tmp_path / "a.csv", columns), "--target", "流失", "--time", "day", "--drop", "city")
    assert (said["rows_judged"], len(said["folds"])) == (400, 4)
    assert said["same_within_a_period"] == ["rate"]


def test_another_file_is_judged_by_what_was_learned_from_the_first(tmp_path: Path) -> None:
    columns = customers(2000)
    first = written(tmp_path / "a.csv", {name: values[:1500] for name, values in columns.items()})
    second = written(tmp_path / "b.csv", {name: values[1500:] for name, values in columns.items()})
    assert told(first, "--target", "流失", "--test", str(second))["rows_judged"] == 500


def test_a_question_that_does_not_fit_says_what_to_do(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", customers(100))
    for arguments, said in ((["--target", "left"], "there are: 客户号"), (["--target", "city"], "--positive"), (["--target", "流失", "--time", "city"], "order of time")):  # fmt: skip
        ran = CliRunner().invoke(predictor, ["try", str(path), *arguments])
        assert ran.exit_code == 1 and said in ran.output


def test_columns_of_a_period_are_told_from_facts_about_customers() -> None:
    months, own = np.repeat(np.arange(12.0), 100), np.tile([1.0, 2.0, 3.0], 400)
    found = columns_of_periods([Column("rate", "number", months), Column("own", "number", own)])
    assert list(found) == ["rate"] and origins_in(1200, list(found.values())) == [600, 700, 800, 900, 1000, 1100]


def test_a_large_file_is_taken_evenly(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", {"n": list(range(1000)), "m": [1] * 1000})
    taken = read(path, 300)
    assert (len(taken), taken.rows_in_file, taken.column("n").values[1]) == (250, 1000, 4)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=20, max_size=60).filter(
        lambda rows: 0 < sum(yes for yes, _ in rows) < len(rows)
    )
)
def test_measures_stay_within_their_bounds_and_turn_with_the_ranking(rows: list[tuple[bool, float]]) -> None:
    happened, said = (np.array(one, dtype=np.float64) for one in zip(*rows, strict=True))
    there = measured(happened, said)
    assert 0 <= there.auc <= 1 and 0 <= there.brier <= 1 and 0 <= there.ece <= 1 and there.lift_10 <= 1 / happened.mean() + 1e-9
    assert measured(happened, -said).auc == pytest.approx(1 - there.auc)
    assert calibration_error(happened, np.full(len(said), happened.mean())) >= 0


@pytest.mark.realdata
def test_a_table_of_leavers_reaches_what_others_reach(real_data: Path) -> None:
    said = told(real_data / "bank_churn" / "Churn_Modelling.csv", "--target", "Exited")
    assert said["auc"] >= 0.866 and said["ece"] < 0.02
    assert {one["column"] for one in said["left_out"]} == {"RowNumber", "CustomerId", "Surname"}


@pytest.mark.soak
@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "arguments", "least"),
    [
        ("credit_default/UCI_Credit_Card.csv", ["--target", "default.payment.next.month"], 0.783),
        ("bank_marketing/bank-additional-full.csv.gz", ["--target", "y"], 0.80),
        ("bank_marketing/bank-additional-full.csv.gz", ["--target", "y", "--time", "rows"], 0.75),
    ],
)
def test_the_large_tables_reach_what_others_reach(real_data: Path, file: str, arguments: list[str], least: float) -> None:
    said = told(real_data / file, *arguments)
    assert said["auc"] >= least
    assert [one["column"] for one in said["suspected_leaks"]] == (["duration"] if "marketing" in file else [])
