"""What learning a predictor costs, against LightGBM alone once on each matrix that is learned from (`predictor_bench`)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from unittest.mock import patch

import click
import lightgbm
from django.conf import settings

from zhike.insight.predictors import features, learners, matrices, outcomes, rolling, training
from zhike.insight.predictors.matrices import Matrix
from zhike.insight.predictors.questions import QUESTIONS
from zhike.testing.measured import Measured

LEARN_LIMIT = 2.0
LEARNED = "leaving_decline"  # whose learning is measured


def learning() -> Iterator[Measured]:
    """What learning costs beside LightGBM alone on the same matrices."""
    question, home = QUESTIONS[LEARNED], settings.HOME
    ends = outcomes.month_ends(home)
    origins = ends.origins(question.horizon_months) if ends else []
    if ends is None or not origins:
        return
    began = time.perf_counter()
    rows = matrices.learned_from(
        home, ends, question, features.of_question(question), origins, training.terms_on(ends.latest.business_date), settings.MEMORY
    )
    rows, _suspects = training.without_leaks(rows)
    reading = time.perf_counter() - began
    known: dict[int, Matrix] = {}

    def noted(recipe: learners.Recipe, some: Matrix) -> learners.Fitted:
        known[id(some)] = some
        return learners.learn(recipe, some)

    with patch.object(rolling, "learn", noted):
        began = time.perf_counter()
        found = rolling.rolled(rows, question.horizon_months)
        taken = time.perf_counter() - began
    began = time.perf_counter()
    for some in known.values():
        lightgbm.train(learners.TREES, lightgbm.Dataset(some.values, some.happened), learners.ROUNDS)
    bare = time.perf_counter() - began
    told = f"{found.recipe}; {len(known)} matrices of up to {max(map(len, known.values())):,} rows and {len(rows.features)} features; reading {reading:.1f} s"
    yield Measured("predictors: learning", len(rows), taken, bare, LEARN_LIMIT, told)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each ratio.")
def main(as_json: bool) -> None:
    """Measure learning on the bank of ZHIKE_HOME, whose server runs meanwhile."""
    if settings.INSTALLATION.is_embedded:
        with settings.INSTALLATION.server.running():
            _tell(as_json)
    else:
        _tell(as_json)


def _tell(as_json: bool) -> None:
    for one in learning():
        click.echo(
            json.dumps(asdict(one)) if as_json else f"{one.what}: {one.seconds:.2f} s, {one.ratio:.2f} × {one.yardstick:.2f} s, {one.note}"
        )
