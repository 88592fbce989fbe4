"""What was not known on the as-of day is never learned from: it is refused by name, or left out and told on the card."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zhike.insight.predictors import matrices, outcomes, rolling, training
from zhike.insight.predictors.features import FEATURE, FEATURES, SENSITIVE, Feature, of_question
from zhike.insight.predictors.outcomes import FromTheFuture
from zhike.insight.predictors.questions import QUESTIONS, Terms
from zhike.insight.predictors.rolling import over_by
from zhike.insight.terms import month_after
from zhike.insight.tests import foretold

TERMS = Terms(tiers=("ordinary", "gold"))
CLOSING = QUESTIONS["leaving_closing"]
FEW = tuple(
    FEATURE[key] for key in ("aum_below_quarter", "initiated_below_quarter", "complaints_12m", "last_initiated_date", "families_held")
)


def rows_of(home: Path, features: tuple[Feature, ...] = FEW, days: int = 6) -> matrices.Matrix:
    ends = outcomes.month_ends(home)
    assert ends is not None
    return matrices.learned_from(home, ends, CLOSING, features, ends.origins(3)[-days:], TERMS)


def test_a_column_made_of_the_months_after_is_refused_by_name(tmp_path: Path) -> None:
    foretold.write(tmp_path, [], 300)
    planted = Feature(
        "planted",
        "number",
        "money",
        ("later_accounts_open",),
        lambda t: t["later_accounts_open"].cast("float64"),
        lambda row, _day: row["later_accounts_open"],
        "planted",
    )
    with pytest.raises(FromTheFuture, match="planted") as refused:
        rows_of(tmp_path, (*FEW, planted))
    assert refused.value.fields == ("planted",)
    assert len(rows_of(tmp_path)) > 0


def test_a_day_that_had_not_come_is_refused_by_name(tmp_path: Path) -> None:
    def tomorrow(day: date, columns: dict[str, Any]) -> None:
        if day == date(2026, 3, 31):
            columns["last_initiated_date"] = foretold.either(
                columns["status"] == "customer", day + timedelta(days=1), columns["last_initiated_date"]
            )

    foretold.write(tmp_path, [], 300, changed=tomorrow)
    with pytest.raises(FromTheFuture, match="last_initiated_date"):
        rows_of(tmp_path)


def test_a_profile_of_a_later_day_is_refused(tmp_path: Path) -> None:
    foretold.write(tmp_path, [], 300)
    ends = outcomes.month_ends(tmp_path)
    assert ends is not None
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    swapped = replace(ends, by_month={**ends.by_month, february: ends.by_month[march]})
    with pytest.raises(FromTheFuture, match="families_held"):
        matrices.learned_from(tmp_path, swapped, CLOSING, FEW, [date(2026, 2, 28)], TERMS)


def test_an_answer_hidden_in_an_ordinary_field_is_left_out_and_told(tmp_path: Path) -> None:
    """Somebody writes into the past what was known only afterwards, under a field's own name."""
    profiles: dict[date, np.ndarray[Any, Any]] = {}

    def gather(day: date, columns: dict[str, Any]) -> None:
        profiles[day] = columns["status"] == "former"

    days = foretold.write(tmp_path / "first", [], 600, changed=gather)

    def plant(day: date, columns: dict[str, Any]) -> None:
        place = days.index(day) if days else 0
        later = profiles[days[min(place + 3, len(days) - 1)]]
        columns["complaints_12m"] = later.astype(np.int64)

    foretold.write(tmp_path / "second", [], 600, changed=plant)
    honest, told = training.without_leaks(rows_of(tmp_path / "first"))
    assert told == [] and len(honest.features) == len(FEW)
    clean, suspects = training.without_leaks(rows_of(tmp_path / "second"))
    assert [one.column for one in suspects] == ["complaints_12m"] and suspects[0].by == "too good"
    assert "complaints_12m" not in {one.key for one in clean.features}


def test_learned_are_only_days_whose_horizon_was_over_on_the_judged_day(tmp_path: Path) -> None:
    foretold.write(tmp_path, [], 600)
    rows = rows_of(tmp_path, days=12)
    for day in rows.origins:
        for place in over_by(rows.origins, day, 3):
            assert foretold.end_of(month_after(rows.origins[place].replace(day=1), 3)) <= day
    rolled = rolling.rolled(rows, 3)
    assert [one.day for one in rolled.judged] == list(rows.origins[-4:])


def test_a_customer_who_was_merged_since_teaches_nothing(tmp_path: Path) -> None:
    def without(day: date, columns: dict[str, Any]) -> None:
        if day >= date(2026, 6, 1):
            columns["party_id"] = np.where(columns["party_id"] == foretold.NOBODY, foretold.NOBODY + 5_000_000, columns["party_id"])

    foretold.write(tmp_path, [], 300, changed=without)
    rows = rows_of(tmp_path, days=1)
    assert rows.origins == (date(2026, 5, 31),)
    assert (foretold.NOBODY not in rows.party and foretold.NOBODY + 1 in rows.party) or len(rows) > 0


def test_no_score_rests_on_sex_age_family_or_region() -> None:
    made_of = {key for one in FEATURES for key in one.made_of}
    assert not made_of & SENSITIVE
    assert not made_of & {"unit_key", "staff_no", "left_date", "status"}
    held = {key for one in of_question(QUESTIONS["next_product_fund"]) for key in one.made_of}
    assert "holds_fund" not in held and "holds_term" in held
