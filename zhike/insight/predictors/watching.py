"""Look after what versions say: have features or chances drifted since they learned, and what came of what they said (domain §4.6).

PSI compares the tenths of what was learned from with a day's: Σ (share now − share then) × ln(share now ÷ share then). Below 0.1 nothing has moved,
from 0.25 on somebody should look. What came is told once the horizon is over: chances said against the rate seen, and the AUC against the card's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from sklearn.metrics import roc_auc_score

from zhike.access.scope import Viewer, entered
from zhike.insight import snapshots
from zhike.insight.models import PredictorFinding, PredictorVersion, ScoreRun
from zhike.insight.predictors import everybody, matrices, outcomes
from zhike.insight.predictors.features import FEATURE
from zhike.insight.predictors.measuring import calibration_error
from zhike.insight.predictors.outcomes import Ends
from zhike.insight.predictors.questions import QUESTIONS
from zhike.insight.predictors.table_files import FloatArray
from zhike.insight.predictors.training import terms_on

DRIFT = 0.25  # a PSI from which somebody should look
TOLD = 0.1  # a PSI below which nothing is kept of a feature
WEAKER = 0.05  # an AUC that is so much below the card's
OFF = 0.5  # rates that are so far from the chances said, as a share of them, and
LEAST_CASES = 20  # at so many cases at least
Kind = PredictorFinding.Kind
State = PredictorVersion.State
_LEAST_SHARE = 1e-4


def psi(usual: Sequence[float], values: FloatArray) -> float:
    """How far values stand from what was usual: `usual` as `cards.usual_of` gives it."""
    empty, edges, shares = usual[0], np.asarray(usual[1:10]), np.asarray(usual[10:] or np.linspace(0.1, 0.9, 9))
    there = values[~np.isnan(values)]
    distinct, place = np.unique(edges, return_index=True)
    upto = np.append(shares[place], 1.0)
    then = np.append(np.diff(np.append(0.0, upto)) * (1 - empty), empty)
    count = np.bincount(np.searchsorted(distinct, there, side="left"), minlength=len(distinct) + 1)
    now = np.append(count, len(values) - len(there)) / max(len(values), 1)
    then, now = np.maximum(then, _LEAST_SHARE), np.maximum(now, _LEAST_SHARE)
    return float(np.sum((now - then) * np.log(now / then)))


def watch(*, actor: Viewer, at: datetime, names: Sequence[str] = ()) -> list[PredictorFinding]:
    """Look at the versions in use, as of the last day they scored; what was found before is not told twice."""
    home, ends = settings.HOME, outcomes.month_ends(settings.HOME)
    if ends is None:
        return []
    with entered(actor):
        rows = PredictorVersion.objects.filter(
            state__in=[State.CHAMPION, State.CHALLENGER, State.SHADOW], predictor__in=names or list(QUESTIONS)
        )
        found = [finding for row in rows for finding in _of_version(home, ends, row, at)]
    with transaction.atomic(), entered(actor):
        known = {(one.version_id, one.as_of, one.kind, one.subject) for one in PredictorFinding.objects.filter(version__in=[one.version_id for one in found])}  # fmt: skip
        new = [one for one in found if (one.version_id, one.as_of, one.kind, one.subject) not in known]
        PredictorFinding.objects.bulk_create(new)
    return new


def _of_version(home: Path, ends: Ends, row: PredictorVersion, at: datetime) -> list[PredictorFinding]:
    runs = {run.as_of: run for run in ScoreRun.objects.filter(version=row).order_by("as_of", "pk")}
    if not runs or row.predictor not in QUESTIONS:
        return []
    last = runs[max(runs)]
    found = _drift(home, ends, row, last, at)
    for day, run in runs.items():
        if ends.after(day, QUESTIONS[row.predictor].horizon_months) is not None:
            found += _realised(home, ends, row, run, at)
    return found


def _drift(home: Path, ends: Ends, row: PredictorVersion, run: ScoreRun, at: datetime) -> list[PredictorFinding]:
    question, snapshot = QUESTIONS[row.predictor], ends.by_month[run.as_of.replace(day=1)]
    keys = [key for key in row.features if key in FEATURE and key in row.card["usual"]]
    with outcomes.opened(settings.MEMORY) as engine:
        rows = everybody.people(engine, home, snapshot, [question], keys, terms_on(run.as_of), _some(engine, home, ends, run))
    asked = rows.asked[question.name]
    found = []
    for place, key in enumerate(keys):
        moved = psi(row.card["usual"][key], rows.values[asked, place])
        if moved >= TOLD:
            found.append(_finding(row, run, Kind.FEATURE, at, moved, moved >= DRIFT, key))
    said = _said(home, run)
    moved = psi(row.card["said"], said) if "said" in row.card else 0.0
    found.append(_finding(row, run, Kind.CHANCE, at, moved, moved >= DRIFT, told={"customers": len(said), "mean": float(said.mean()) if len(said) else 0.0}))  # fmt: skip
    return found


def _some(engine: duckdb.DuckDBPyConnection, home: Path, ends: Ends, run: ScoreRun) -> str:
    return matrices.part_of(engine, home, ends.by_month[run.as_of.replace(day=1)])


def _said(home: Path, run: ScoreRun) -> FloatArray:
    return np.asarray(pq.read_table(snapshots.root(home) / run.path, columns=["chance"]).column("chance").to_numpy(zero_copy_only=False), dtype=np.float64)  # fmt: skip


def _realised(home: Path, ends: Ends, row: PredictorVersion, run: ScoreRun, at: datetime) -> list[PredictorFinding]:
    question = QUESTIONS[row.predictor]
    rows = matrices.learned_from(home, ends, question, (), [run.as_of], terms_on(run.as_of), settings.MEMORY)
    table = pq.read_table(snapshots.root(home) / run.path, columns=["party_id", "chance"])
    said = dict(zip(table.column("party_id").to_pylist(), table.column("chance").to_pylist(), strict=True))
    own = np.array([key in said for key in rows.party.tolist()], dtype=bool) & rows.teaches
    if not own.any():
        return []
    happened = rows.happened[own]
    chances = np.array([said[key] for key in rows.party[own].tolist()])
    rate, mean = float(happened.mean()), float(chances.mean())
    told: dict[str, Any] = {"customers": len(happened), "cases": int(happened.sum()), "said": mean, "seen": rate, "ece": calibration_error(happened, chances)}  # fmt: skip
    is_off = abs(rate - mean) > OFF * mean and max(happened.sum(), chances.sum()) >= LEAST_CASES
    found = [_finding(row, run, Kind.CALIBRATION, at, rate - mean, bool(is_off), told=told)]
    if LEAST_CASES <= happened.sum() < len(happened):
        auc, usual = float(roc_auc_score(happened, chances)), row.card["figures"]["auc"]
        found.append(_finding(row, run, Kind.RANKING, at, auc, usual is not None and auc < usual - WEAKER, told=told | {"card": usual}))
    return found


def _finding(row: PredictorVersion, run: ScoreRun, kind: str, at: datetime, value: float, is_alert: bool, subject: str = "", told: dict[str, Any] | None = None) -> PredictorFinding:  # fmt: skip
    return PredictorFinding(
        version=row, as_of=run.as_of, kind=kind, subject=subject, value=value, is_alert=is_alert, told=told or {}, found_at=at
    )
