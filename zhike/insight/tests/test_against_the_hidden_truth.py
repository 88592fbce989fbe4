"""Ten thousand customers over two years: how much of what the sample bank hides the predictors find, on four days that they did not learn from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from zhike.access.scope import entered, system_viewer
from zhike.testing import hidden_truth
from zhike.testing.databases import Bank

pytestmark = pytest.mark.soak
TRUTH = Path("truth") / "truth.parquet"


@pytest.fixture
def large(empty_bank: Bank) -> Iterator[Bank]:
    """Loaded and computed month by month."""
    files = empty_bank.home / "files" / "large"
    empty_bank.zhike(
        "samplebank", str(files), "--customers", "10000", "--months", "24", "--seed", "7", "--until", "2026-09-30", seconds=1800
    )
    empty_bank.zhike("load", str(files), "--layout", "zhike", seconds=3600)
    empty_bank.zhike("insight", "backfill", seconds=3600, ZHIKE_SCORES="0")
    with empty_bank.acting_as("job"), entered(system_viewer("test")):
        yield empty_bank


def test_leavers_and_their_worth_are_found(large: Bank) -> None:
    truth = large.home / "files" / "large" / TRUTH
    closing = hidden_truth.of_leaving(large.home, truth, "leaving_closing")
    assert closing["figures"]["auc"] > 0.94 and closing["share_of_best"] > 0.88
    assert closing["figures"]["lift_10"] > 8 and closing["figures"]["ece"] < 0.01
    assert closing["top_tenth"]["money_of_cases_found"] > 0.8
    assert closing["figures"]["auc"] > closing["baseline"]["rule"]["auc"] + 0.05
    declining = hidden_truth.of_leaving(large.home, truth, "leaving_decline")
    assert declining["figures"]["auc"] > 0.89 and declining["figures"]["lift_10"] > 6 and declining["figures"]["ece"] < 0.01
    for found in (closing, declining):
        assert found["begins_auc"] <= found["begins_best_auc"] + 0.05, "nobody foresees better than who draws the lots"
        assert found["suspected"] == []
    assert min(one["rank_correlation"] for one in hidden_truth.of_value(large.home, truth)) > 0.8
