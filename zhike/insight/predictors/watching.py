"""Look after what versions say: have features or chances drifted since they learned, and what came of what they said (domain §4.6).

PSI compares the tenths of what was learned from with a day's: Σ (share now − share then) × ln(share now ÷ share then). Below 0.1 nothing has moved,
from 0.25 on somebody should look. What came is told once the horizon is over: chances said against the rate seen, and the AUC against the card's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from sklearn.metrics import roc_auc_score

from zhike.access.scope import Viewer, entered
from zhike.insight import snapshots
from zhike.insight.models import PredictorFinding, PredictorVersion, ScoreRun
from zhike.insight.predictors import aftermath, everybody, matrices, outcomes
from zhike.insight.predictors.everybody import People
from zhike.insight.predictors.features import FEATURE
from zhike.insight.predictors.matrices import Ints
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
    return psi_of_sorted(usual, np.sort(values[~np.isnan(values)]), len(values))


def psi_of_sorted(usual: Sequence[float], there: FloatArray, whole: int) -> float:
    """The same of those of `whole` values that are there, in their order."""
    empty, edges, shares = usual[0], np.asarray(usual[1:10]), np.asarray(usual[10:] or np.linspace(0.1, 0.9, 9))
    distinct, place = np.unique(edges, return_index=True)
    upto = np.append(shares[place], 1.0)
    then = np.append(np.diff(np.append(0.0, upto)) * (1 - empty), empty)
    count = np.diff(np.concatenate([[0], np.searchsorted(there, distinct, side="right"), [len(there)]]))
    now = np.append(count, whole - len(there)) / max(whole, 1)
    then, now = np.maximum(then, _LEAST_SHARE), np.maximum(now, _LEAST_SHARE)
    return float(np.sum((now - then) * np.log(now / then)))


@dataclass(frozen=True)
class Watched:
    """A version, the last run of its last day where its drift is not known yet, and the runs whose months are over and of which nobody has told what came."""

    row: PredictorVersion
    last: ScoreRun | None
    over: Sequence[ScoreRun]


def watch(*, actor: Viewer, at: datetime, names: Sequence[str] = ()) -> list[PredictorFinding]:
    """Look up what came of lists whose months are over, and look at the versions in use, as of the last day they scored. What was looked at before is not
    looked at again: a day without a new month end costs next to nothing."""
    home, ends = settings.HOME, outcomes.month_ends(settings.HOME)
    if ends is None:
        return []
    aftermath.settle(actor=actor, at=at, ends=ends)
    with entered(actor):
        rows = PredictorVersion.objects.filter(
            state__in=[State.CHAMPION, State.CHALLENGER, State.SHADOW], predictor__in=names or list(QUESTIONS)
        )
        watched = [_watched(ends, row) for row in rows if row.predictor in QUESTIONS]
        new = _drifts(home, ends, [one for one in watched if one.last], at)
        new += [finding for one in watched for run in one.over for finding in _realised(home, ends, one.row, run, at)]
    with transaction.atomic(), entered(actor):
        PredictorFinding.objects.bulk_create(new)
    return new


def _watched(ends: Ends, row: PredictorVersion) -> Watched:
    runs = {run.as_of: run for run in ScoreRun.objects.filter(version=row).order_by("as_of", "pk")}
    known = set(PredictorFinding.objects.filter(version=row, kind__in=[Kind.CHANCE, Kind.CALIBRATION]).values_list("as_of", "kind"))
    last = runs[max(runs)] if runs and (max(runs), Kind.CHANCE) not in known else None
    horizon = QUESTIONS[row.predictor].horizon_months
    over = [run for day, run in runs.items() if (day, Kind.CALIBRATION) not in known and ends.after(day, horizon) is not None]
    return Watched(row, last if last and last.as_of.replace(day=1) in ends.by_month else None, over)


def _drifts(home: Path, ends: Ends, watched: Sequence[Watched], at: datetime) -> list[PredictorFinding]:
    """Of all versions that scored a day, each feature read and put in order once."""
    found = []
    for day in sorted({one.last.as_of for one in watched if one.last}):
        those = [(one.row, one.last) for one in watched if one.last and one.last.as_of == day]
        keys = sorted({key for row, _run in those for key in row.features if key in FEATURE and key in row.card["usual"]})
        questions = list({row.predictor: QUESTIONS[row.predictor] for row, _run in those}.values())
        snapshot = ends.by_month[day.replace(day=1)]
        with outcomes.opened(settings.MEMORY) as engine:
            people = everybody.people(engine, home, snapshot, questions, keys, terms_on(day), matrices.part_of(engine, home, snapshot))
        orders = {
            key: np.argsort(people.values[:, place], kind="stable") for place, key in enumerate(keys)
        }  # those who have none come last
        for row, run in those:
            found += _drift(home, row, run, people, orders, at)
    return found


def _drift(
    home: Path, row: PredictorVersion, run: ScoreRun, people: People, orders: Mapping[str, Ints], at: datetime
) -> list[PredictorFinding]:
    asked, found = people.asked[row.predictor], []
    whole = int(asked.sum())
    for place, key in enumerate(people.keys):
        if key in row.features and key in row.card["usual"]:
            order = orders[key][asked[orders[key]]]
            values = people.values[order, place]
            moved = psi_of_sorted(row.card["usual"][key], values[: whole - int(np.isnan(values).sum())], whole)
            if moved >= TOLD:
                found.append(_finding(row, run, Kind.FEATURE, at, moved, moved >= DRIFT, key))
    said = _said(home, run)
    moved = psi(row.card["said"], said) if "said" in row.card else 0.0
    found.append(_finding(row, run, Kind.CHANCE, at, moved, moved >= DRIFT, told={"customers": len(said), "mean": float(said.mean()) if len(said) else 0.0}))  # fmt: skip
    return found


def _said(home: Path, run: ScoreRun) -> FloatArray:
    return np.asarray(pq.read_table(snapshots.root(home) / run.path, columns=["chance"]).column("chance").to_numpy(zero_copy_only=False), dtype=np.float64)  # fmt: skip


def _realised(home: Path, ends: Ends, row: PredictorVersion, run: ScoreRun, at: datetime) -> list[PredictorFinding]:
    question = QUESTIONS[row.predictor]
    rows = matrices.learned_from(home, ends, question, (), [run.as_of], terms_on(run.as_of), settings.MEMORY)
    table = pq.read_table(snapshots.root(home) / run.path, columns=["party_id", "chance"]).sort_by("party_id")
    party, said = table.column("party_id").to_numpy(), table.column("chance").to_numpy()
    place = np.minimum(np.searchsorted(party, rows.party), max(len(party) - 1, 0))
    own = ((party[place] == rows.party) if len(party) else np.zeros(len(rows), dtype=bool)) & rows.teaches
    if not own.any():
        return []
    happened, chances = rows.happened[own], said[place[own]]
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
