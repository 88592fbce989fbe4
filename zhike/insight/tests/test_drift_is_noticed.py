"""When the world changes, watching says which facts moved and whether what was said came true."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest

from zhike.access.scope import entered, system_viewer
from zhike.insight.models import PredictorFinding, PredictorVersion
from zhike.insight.predictors.cards import usual_of
from zhike.insight.predictors.watching import psi
from zhike.insight.tests import foretold
from zhike.testing.databases import Bank

NAME = "leaving_closing"


@pytest.mark.parametrize("moved", [0.0, 1.0])
def test_psi_is_small_for_the_same_and_large_for_what_moved(moved: float) -> None:
    chance = np.random.default_rng(1)
    usual = usual_of(chance.normal(0, 1, 20_000))
    found = psi(usual, chance.normal(moved, 1, 20_000))
    assert (found < 0.01) if not moved else (found > 0.5)


def test_psi_of_values_that_many_share_and_of_none() -> None:
    chance = np.random.default_rng(1)
    some = np.where(chance.random(10_000) < 0.7, 0.0, chance.random(10_000))
    assert psi(usual_of(some), some) < 0.001
    assert psi(usual_of(some), np.where(chance.random(10_000) < 0.5, np.nan, some)) > 0.25
    assert psi(usual_of(np.full(100, np.nan)), np.full(100, np.nan)) == pytest.approx(0, abs=1e-6)


def used(bank: Bank) -> int:
    """The version is approved by hand of the job: who approves is another test's."""
    with bank.connected("job") as job:
        job.execute("update insight_predictorversion set state = 'champion', approved_name = '高远', approved_at = now(), champion_at = now() where number = 1")  # fmt: skip
        (key,) = job.execute("select id from insight_predictorversion where number = 1").fetchone() or (0,)
    return int(key)


def test_a_world_that_changes_is_noticed(fresh_bank: Bank) -> None:
    def another_world(day: date, columns: dict[str, Any]) -> None:
        if day >= date(2026, 8, 31):
            columns["initiated_month"] = columns["initiated_month"] * 0.2
            columns["logins_month"] = columns["logins_month"] * 4

    foretold.write(fresh_bank.home, [], 1200, changed=another_world)
    fresh_bank.zhike("predictor", "train", NAME)
    version = used(fresh_bank)
    told = json.loads(fresh_bank.zhike("predictor", "score", NAME, "--as-of", "2026-05-31", "--json"))
    assert (told[0]["as_of"], told[0]["version"]) == ("2026-05-31", 1)
    with fresh_bank.connected("job") as job:
        quiet = job.execute(
            "select subject from insight_predictorfinding where version_id = %s and kind = 'feature' and is_alert", [version]
        ).fetchall()
        came = job.execute("select kind, value, is_alert from insight_predictorfinding where version_id = %s and kind in ('ranking', 'calibration')", [version]).fetchall()  # fmt: skip
    assert quiet == [], "nothing had moved yet"
    assert {row[0] for row in came} == {"ranking", "calibration"}, "its three months are over: what came is told"
    assert all(not row[2] for row in came)
    said = fresh_bank.zhike("predictor", "score", NAME)
    assert "initiated_month" in said and "logins_month" in said
    with fresh_bank.acting_as("job"), entered(system_viewer("test")):
        alerts = set(
            PredictorFinding.objects.filter(version=version, is_alert=True, as_of=date(2026, 8, 31)).values_list("subject", flat=True)
        )
        assert PredictorVersion.objects.get(pk=version).state == "champion", "people decide what follows"
    assert {"initiated_month", "logins_month"} <= alerts
    assert "complaints_12m" not in alerts and "families_held" not in alerts
