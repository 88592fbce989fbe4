"""What a predictor said of some customers, kept as scoring keeps it: a Parquet file and its row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow.parquet as pq

from zhike.insight import snapshots
from zhike.insight.predictors import scoring
from zhike.testing.databases import Bank


def say(
    bank: Bank,
    name: str,
    as_of: date,
    told: Mapping[int, float],
    *,
    is_used: bool = True,
    is_shown: bool = False,
    learned: date | None = None,
) -> str:
    """Keep it; where its file lies. `learned`: the last day that taught it, as a rule the day itself."""
    party, values = np.array(sorted(told), dtype=np.int64), np.array([told[key] for key in sorted(told)])
    kind = {"amount": values} if name == "lifetime_value" else {"chance": values}
    table = scoring.rows_of(name, 0, as_of, party, above=np.zeros(len(party), dtype=bool), told={}, **kind)
    path = scoring.new_path(bank.home, name, as_of, 0)
    pq.write_table(table, path)
    kept = str(path.relative_to(snapshots.root(bank.home)))
    with bank.connected("job") as job:
        if is_shown:
            job.execute("update insight_scorerun set is_shown = false where predictor = %s", [name])
        job.execute(
            "insert into insight_scorerun (predictor, as_of, customers, refused, path, is_shown, is_used, learned_until, scored_at, seconds)"
            " values (%s, %s, %s, 0, %s, %s, %s, %s, now(), 0)", [name, as_of, len(party), kept, is_shown, is_used, learned or as_of],
        )  # fmt: skip
    return kept
