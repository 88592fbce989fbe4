"""Predictors against what the sample bank hides: who was really about to leave, and what everybody will really bring.

`state` and `hazard` of the truth file are what the simulator itself draws from; no predictor can rank better than they do but by luck. The best possible
score of a day is therefore: those who are leaving already, the longer ago they began the nearer the end, then all others by their hazard.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from zhike.insight import snapshots, warehouse
from zhike.insight.predictors import lifetime_value, outcomes, training
from zhike.insight.predictors.measuring import measured
from zhike.insight.predictors.outcomes import Ends
from zhike.insight.predictors.questions import QUESTIONS
from zhike.insight.predictors.rolling import Judged
from zhike.insight.predictors.table_files import FloatArray
from zhike.insight.warehouse import quoted

_TRUTH = """
with t as (select *, min(month) filter (state = 'leaving') over (partition by party_key) as begins from read_parquet({truth}))
select k.party_id, t.hazard, t.state, date_diff('month', t.begins, t.month) as since, date_diff('month', t.month, t.begins) as until, t.future_contribution::double as future
from t join read_parquet({keys}) k on k.external_key = t.party_key where t.month = date '{month}'
"""


def of_leaving(home: Path, truth: Path, name: str) -> dict[str, Any]:
    """A predictor of leaving: its own figures on four later days, and what of the best possible they are."""
    learned, rolled = training.learn(QUESTIONS[name], home)
    ends = outcomes.month_ends(home)
    assert ends is not None
    days = [_of_day(home, truth, ends, one, one.said[rolled.recipe]) for one in rolled.judged]
    return {"name": name, "recipe": rolled.recipe, "figures": learned.card["figures"], "intervals": learned.card["intervals"], "baseline": learned.card["baseline"],
            "compared": learned.card["compared"], "top_tenth": learned.card["top_tenth"], "seconds": learned.card["seconds"], "suspected": learned.card["suspected_leaks"],
            "days": days, **{key: float(np.mean([one[key] for one in days])) for key in ("share_of_best", "best_auc", "begins_auc", "begins_best_auc")}}  # fmt: skip


def _of_day(home: Path, truth: Path, ends: Ends, judged: Judged, said: FloatArray) -> dict[str, Any]:
    rows = _truth(home, truth, ends, judged)
    best = np.where(rows["state"] == "leaving", 1 + np.nan_to_num(rows["since"]), rows["hazard"])
    happened = judged.rows.happened
    mine, top = float(roc_auc_score(happened, said)), float(roc_auc_score(happened, best))
    stays = rows["state"] == "staying"
    begins = ((rows["until"] >= 1) & (rows["until"] <= 3)).astype(np.float64)[stays]
    return {
        "day": judged.day.isoformat(), **asdict(measured(happened, said)), "best_auc": top, "share_of_best": (mine - 0.5) / (top - 0.5),
        "begins": int(begins.sum()), "begins_auc": float(roc_auc_score(begins, said[stays])), "begins_best_auc": float(roc_auc_score(begins, rows["hazard"][stays])),
    }  # fmt: skip


def of_value(home: Path, truth: Path) -> list[dict[str, Any]]:
    """Lifetime value on the last four days against the true contribution of the next twelve months."""
    ends = outcomes.month_ends(home)
    assert ends is not None
    found = []
    with outcomes.opened() as engine:
        for month, snapshot in sorted(ends.by_month.items())[-4:]:
            people = lifetime_value.earning(engine, home, snapshot)
            said = lifetime_value.worth(lifetime_value.learn(engine, home, snapshot), people)
            with warehouse.connect() as asked:
                asked.register("said", pa.table({"party_id": people.party, "said": said}))
                rows = asked.execute(
                    f"select said, future from ({_statement(home, truth, ends, month)}) join said using (party_id)"
                ).fetchall()
            pairs = np.array(rows)
            found.append({"day": snapshot.business_date.isoformat(), "customers": len(pairs), "rank_correlation": float(spearmanr(pairs[:, 0], pairs[:, 1]).statistic)})  # fmt: skip
    return found


def _truth(home: Path, truth: Path, ends: Ends, judged: Judged) -> dict[str, np.ndarray[Any, Any]]:
    with warehouse.connect() as engine:
        engine.register("asked", pa.table({"party_id": judged.rows.party, "place": np.arange(len(judged.rows))}))
        return _arrays(engine, f"select a.place, t.* exclude (party_id) from asked a left join ({_statement(home, truth, ends, judged.day.replace(day=1))}) t using (party_id) qualify row_number() over (partition by a.place) = 1 order by a.place")  # fmt: skip


def _arrays(engine: duckdb.DuckDBPyConnection, statement: str) -> dict[str, np.ndarray[Any, Any]]:
    table = engine.sql(statement).to_arrow_table()
    return {
        "state": np.array(table.column("state").to_pylist(), dtype=object),
        **{key: np.array([0.0 if one is None and key == "hazard" else np.nan if one is None else float(one) for one in table.column(key).to_pylist()]) for key in ("hazard", "since", "until")},
    }  # fmt: skip


def _statement(home: Path, truth: Path, ends: Ends, month: Any) -> str:
    keys = snapshots.root(home) / "marts" / "keys" / f"{ends.whole.keys}.parquet"
    return _TRUTH.format(truth=quoted(truth), keys=quoted(keys), month=month)
