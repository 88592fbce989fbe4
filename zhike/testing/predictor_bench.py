"""What predictors cost, as ratios: scoring everybody, learning, one customer's reasons. Part of `make bench` (docs/scale.md).

| measured | held against | allowed |
|---|---|---|
| everybody scored by all shipped predictors, into Parquet and PostgreSQL, the program's start included | the profile of the same day: the build's own steps from months to profile, and a bare COPY of it into PostgreSQL | 3 |
| learning a predictor: chosen, judged and learned on rolling origins | LightGBM alone, once on each matrix that is learned from | 2 |
| one customer's reasons worked out when asked for (`bench.page_ratios`) | the empty page of the same person | 2 |

Versions are learned on the bank as it was made and become champions without a second person, which only the owner of the database may do. Below
a million customers the ratio of scoring is told and no limit is set: starting, watching and the reasons of at most 20,000 customers a predictor hardly grow with the bank.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from zhike.insight.assembling import DAILY
from zhike.testing.measured import Measured, bare_copy, measured_apart, peak_memory, timed_command
from zhike.testing.run import Run

SCORE_LIMIT, SCORE_FROM = 3.0, 1_000_000
AFTER = frozenset({"concentration"})  # rooms of the day that are no part of the profile
USED = """update insight_predictorversion v set state = 'champion', approved_name = 'bench', approved_at = now(), champion_at = now()
    where v.number = (select max(o.number) from insight_predictorversion o where o.predictor = v.predictor) and v.state = 'draft'"""


def learned(run: Run, name: str) -> None:
    """Compute every month end of a bank, learn all shipped predictors of it, and use what was learned."""
    timed_command(run, name, "insight", "backfill", ZHIKE_SCORES="0")
    timed_command(run, name, "predictor", "train")
    with psycopg.connect(run.url(name)) as connection:
        connection.execute(USED)


def score_ratio(run: Run, name: str, customers: int) -> Measured:
    """Everybody scored as of the last month end that is computed."""
    with psycopg.connect(run.url(name)) as connection:
        (steps,) = connection.execute("select seconds from insight_build order by business_date desc, version desc limit 1").fetchone() or (
            {},
        )
        (versions,) = connection.execute("select count(*) from insight_predictorversion where state = 'champion'").fetchone() or (0,)
    profile = sum(steps.get(one.name, 0.0) for one in DAILY if one.name not in AFTER)
    copying, _rows = bare_copy(run.url(name), run.home(name), ("insight_profile",))
    scoring = timed_command(run, name, "predictor", "score", "--json")
    with psycopg.connect(run.url(name)) as connection:
        (scores,) = connection.execute("select count(*) from insight_score").fetchone() or (0,)
    told = f"{versions} versions, {scores:,} scores; profile {profile:.1f} s, COPY {copying:.1f} s, whole build {sum(steps.values()):.1f} s"
    told += f"; no command took more than {peak_memory() / 2**20:,.0f} MiB"
    return Measured(
        "predictors: everybody scored", customers, scoring, profile + copying, SCORE_LIMIT if customers >= SCORE_FROM else None, told
    )


def learn_ratios(environment: Mapping[str, str]) -> list[Measured]:
    """Learning on the computed bank of these settings, in a process that works as jobs do."""
    return measured_apart("from zhike.cli import set_up; set_up('job'); from zhike.testing.learning_bench import main; main()", environment)
