"""A customer who is forgotten stands in no profile of any day, and the next build says of everybody else what it said before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings

from zhike.core.forgetting import Gone, Key
from zhike.insight import snapshots
from zhike.insight.forgetting import clean_marts
from zhike.insight.tests.test_days_build_on_days import AUGUST, LAST, built, home, rows

__all__ = ["home"]


def test_profiles_of_every_day_lose_her_and_sums_stay(home: Path, settings: LazySettings) -> None:
    settings.HOME = home
    august, _running = built(home, AUGUST)
    last, _running = built(home, LAST)
    (key, *_), *_others = rows(home, last, "profile", "party_id", "accounts_open > 0")
    (months,) = rows(home, last, "bank_month", "sum(aum)")
    gone = Gone([Key(key, "zhike", "C1", "alias")], [], frozenset({key}), datetime(2026, 11, 20, tzinfo=UTC), ["C1"])

    assert clean_marts(gone) == 2
    assert [rows(home, one, "profile", "party_id", f"party_id = {key}") for one in (august, last)] == [[], []]
    assert rows(home, last, "bank_month", "sum(aum)") == [months]
    assert not (home / "warehouse" / "staged").exists()
    assert clean_marts(gone) == 0, "it bears being asked again"

    again, running = built(home, LAST, version=2)
    assert rows(home, again, "bank_month", "sum(aum)") == [months]
    assert running.new["balance"], "what was staged is made again from what landed"
    assert all((snapshots.root(home) / piece.path).exists() for pieces in again.pieces.values() for piece in pieces)


@pytest.mark.parametrize("folder", ["staged", "marts/keys"])
def test_nothing_is_there_where_nothing_was_computed(tmp_path: Path, settings: LazySettings, folder: str) -> None:
    settings.HOME = tmp_path
    assert clean_marts(Gone([], [], frozenset(), datetime(2026, 11, 20, tzinfo=UTC), [])) == 0
    assert not (tmp_path / "warehouse" / folder).exists()
