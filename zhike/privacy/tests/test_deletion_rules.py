"""What of a customer may go, and what stays until when (PIPL 47, GDPR 17, R45)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zhike.privacy.deletion_rules import Facts, Ground, grounds_of, measure_of

TODAY = date(2026, 11, 2)
STRANGER = Facts(1, False, None, False, False, None)
days = st.dates(date(1990, 1, 1), date(2040, 1, 1))
facts = st.builds(Facts, st.just(1), st.booleans(), st.none() | days, st.booleans(), st.booleans(), st.none() | days)


def test_a_prospect_goes_wholly_and_a_running_relation_keeps_what_the_law_asks() -> None:
    assert measure_of(grounds_of(STRANGER, TODAY)) == "whole"
    assert grounds_of(replace(STRANGER, is_running=True), TODAY) == [Ground("running", None)]
    assert measure_of([Ground("running", None)]) == "part"


def test_ten_years_to_the_day() -> None:
    ended = replace(STRANGER, ended=date(2016, 11, 2))
    assert measure_of(grounds_of(ended, TODAY)) == "whole"
    assert grounds_of(ended, TODAY - timedelta(days=1)) == [Ground("law", TODAY)]


@given(facts, days)
def test_a_hold_or_a_complaint_keeps_everything_whatever_else_is_true(known: Facts, today: date) -> None:
    measure = measure_of(grounds_of(known, today))
    assert (measure == "none") == (known.has_hold or known.has_complaint)
    assert measure_of(grounds_of(replace(known, has_hold=True), today)) == "none"
    if measure == "whole":
        assert not known.is_running
