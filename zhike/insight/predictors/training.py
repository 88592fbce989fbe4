"""Train a predictor: rows of as-of days, a recipe, a card, and a draft in the register that nobody uses until a second person has approved it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Max

from zhike.access.actions import record
from zhike.access.scope import Viewer
from zhike.insight.dated import settings_on
from zhike.insight.models import PredictorVersion
from zhike.insight.predictors import cards, features, lifetime_value, matrices, model_files, outcomes, rolling
from zhike.insight.predictors.learners import Recipe
from zhike.insight.predictors.matrices import Matrix
from zhike.insight.predictors.questions import QUESTIONS, Question, Terms
from zhike.insight.predictors.rolling import Rolled, TooLittle
from zhike.insight.predictors.suspecting import Suspect, suspected
from zhike.insight.predictors.table_files import Column, FloatArray
from zhike.insight.schemes import scheme_on

LOOKED_AT = 20_000  # rows by which leaks are suspected
TOO_GOOD = 0.98  # the AUC of one feature alone that is not believed; of reviewed fields more is believed than of any table's
Told = Callable[[str], None]


@dataclass(frozen=True)
class Learned:
    """What came of learning: the card, the model's text, what it learned from and when."""

    question: str
    recipe: str
    features: list[str]
    first: date
    last: date
    card: Mapping[str, Any]
    text: str


def terms_on(day: date) -> Terms:
    """What the bank has set for a day."""
    return Terms(settings_on(day).churn, tuple(rung.key for rung in scheme_on(day).rungs))


def learn(question: Question, home: Path, told: Told = lambda _step: None, recipe: Recipe | None = None) -> tuple[Learned, Rolled]:
    """Learn a question from what is computed, and judge it on later days. Raises TooLittle, FromTheFuture."""
    ends = outcomes.month_ends(home)
    origins = ends.origins(question.horizon_months) if ends else []
    if ends is None or not origins:
        raise TooLittle("no_days")
    began = time.perf_counter()
    told("read")
    needed = origins[-(rolling.JUDGED + rolling.CHOSEN_ON + rolling.LEARNED + 2 * question.horizon_months) :]
    rows = matrices.learned_from(
        home, ends, question, features.of_question(question), needed, terms_on(ends.latest.business_date), settings.MEMORY
    )
    rows, suspects = without_leaks(rows)
    read = round(time.perf_counter() - began, 2)
    rolled = rolling.rolled(rows, question.horizon_months, told, recipe)
    card = cards.card(question, rolled) | {"suspected_leaks": [vars(one) for one in suspects]}
    card["seconds"] = {"read": read, **card["seconds"]}
    days = [date.fromisoformat(day) for day in card["learned_days"]]
    model = rolled.fitted.model
    return Learned(question.name, rolled.recipe, list(model.features), days[0], days[-1], card, model_files.text_of(rolled.fitted)), rolled


def without_leaks(rows: Matrix) -> tuple[Matrix, list[Suspect]]:
    """The rows without columns that know too much of the answer, and which those are: a feature that alone says nearly all was not known then."""
    drawn = np.random.default_rng(17).permutation(np.flatnonzero(rows.teaches))[:LOOKED_AT]
    happened = rows.happened[drawn]
    if not 0 < happened.sum() < len(happened):
        return rows, []
    looked = [_looked_at(one.key, rows.values[drawn, place], happened) for place, one in enumerate(rows.features)]
    kept = [place for place, one in enumerate(looked) if one is None]
    features = tuple(rows.features[place] for place in kept)
    return replace(rows, features=features, values=np.ascontiguousarray(rows.values[:, kept])), [one for one in looked if one]


def _looked_at(key: str, values: FloatArray, happened: FloatArray) -> Suspect | None:
    """Whether a feature is suspected by timing or for being too good; not by its name, which people have looked at."""
    found = suspected(Column("", "number", values), happened, None, TOO_GOOD)
    return replace(found, column=key) if found else None


def train(*, name: str, actor: Viewer, at: datetime, told: Told = lambda _step: None, recipe: Recipe | None = None) -> PredictorVersion:
    """Learn a shipped question and keep it as a draft. Raises KeyError, TooLittle, FromTheFuture."""
    learned = value_learned(settings.HOME) if name == lifetime_value.NAME else learn(QUESTIONS[name], settings.HOME, told, recipe)[0]
    return keep(learned, actor=actor, at=at)


def value_learned(home: Path) -> Learned:
    """Lifetime value. Raises TooLittle."""
    ends = outcomes.month_ends(home)
    if ends is None:
        raise TooLittle("no_days")
    value, card = lifetime_value.judged(home, ends, settings.MEMORY)
    days = [date.fromisoformat(day) for day in card["learned_days"]]
    return Learned(lifetime_value.NAME, "survival", [], days[0], days[-1], card, value.text())


@transaction.atomic
def keep(learned: Learned, *, actor: Viewer, at: datetime) -> PredictorVersion:
    """Keep what was learned as the next version of its predictor, a draft."""
    name = learned.question
    number = (PredictorVersion.objects.filter(predictor=name).aggregate(last=Max("number"))["last"] or 0) + 1
    while model_files.path_of(settings.HOME, name, number).exists():  # of a training that was killed before it was registered
        number += 1
    digest = model_files.write(settings.HOME, name, number, learned.text)
    row = PredictorVersion(
        predictor=name, number=number, recipe=learned.recipe, features=learned.features, first_date=learned.first, last_date=learned.last,
        card=dict(learned.card), threshold=learned.card["threshold"], digest=digest, owner_name=actor.name, trained_at=at,
    )  # fmt: skip
    row.save(force_insert=True)
    after = {"predictor": name, "number": number, "recipe": learned.recipe, **learned.card["figures"]}
    record(actor, "insight.predictor_trained", subject=("predictor-version", row.pk), after=after, at=at)
    return row
