"""Why a chance is what it is, in words that a banker can act on: what pushed it up, grouped by theme, true to the model (S107, R23).

A model adds up exact contributions of its features; those of a theme are added, and each theme that pushes the chance up is told by the feature
that pushes most. Kept are keys and numbers, never words, so that everybody reads them in her own language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypedDict

import numpy as np
from django.utils.translation import gettext as _

from zhike.core.dates import full_day, month
from zhike.core.money import money
from zhike.core.words import language
from zhike.insight.predictors.features import FEATURE, THEMES, Feature
from zhike.insight.predictors.learners import Model
from zhike.insight.predictors.table_files import FloatArray
from zhike.insight.profile_fields import BY_KEY

MOST = 3
LEAST_WEIGHT = 0.05  # of the log-odds; less is not worth a word


class Reason(TypedDict):
    """A theme that pushes the chance up: by how much of the log-odds, its strongest feature, and that feature's value (empty: none)."""

    theme: str
    weight: float
    feature: str
    value: float | None


def reasons_of(model: Model, values: FloatArray) -> list[list[Reason]]:
    """Of each row up to three themes, the weightiest first."""
    if not model.features or not len(values):
        return [[] for _row in values]
    added = model.contributions(values)
    names = [FEATURE[key].theme for key in model.features]
    themes = [theme for theme in THEMES if theme in names]
    places = {theme: np.flatnonzero(np.array(names) == theme) for theme in themes}
    sums = np.column_stack([added[:, places[theme]].sum(axis=1) for theme in themes])
    order = np.argsort(-sums, axis=1, kind="stable")[:, :MOST]
    strongest = {theme: places[theme][np.argmax(added[:, places[theme]], axis=1)] for theme in themes}
    return [
        [_reason(model, themes[place], float(sums[row, place]), int(strongest[themes[place]][row]), values[row]) for place in order[row] if sums[row, place] > LEAST_WEIGHT]
        for row in range(len(values))
    ]  # fmt: skip


def _reason(model: Model, theme: str, weight: float, place: int, row: FloatArray) -> Reason:
    value = float(row[place])
    return {"theme": theme, "weight": round(weight, 4), "feature": model.features[place], "value": None if np.isnan(value) else round(value, 6)}  # fmt: skip


def in_words(reasons: Sequence[Mapping[str, Any]], as_of: date) -> list[str]:
    """One short sentence each, in the reader's language."""
    return [_sentence(FEATURE[one["feature"]], one["value"], as_of) for one in reasons if one["feature"] in FEATURE]


def themes_in_words(reasons: Sequence[Mapping[str, Any]]) -> list[str]:
    """The themes by their names."""
    return [str(THEMES[one["theme"]]) for one in reasons]


def _sentence(feature: Feature, value: float | None, as_of: date) -> str:
    if feature.key in _SAID and value is not None:
        return _SAID[feature.key](value, as_of)
    return _("%(what)s: %(value)s") % {"what": feature.label, "value": _value(feature, value, as_of)}


def _value(feature: Feature, value: float | None, as_of: date) -> str:
    if value is None:
        return _("none")
    if feature.kind in ("money", "rate"):
        return money(Decimal(f"{value:.2f}"), language()).text if feature.kind == "money" else _percent(value)
    if feature.kind == "flag":
        return _("yes") if value else _("no")
    if feature.kind == "days":
        return full_day(as_of - timedelta(days=int(value)) if not _is_ahead(feature) else as_of + timedelta(days=int(value)), language())
    if feature.kind == "choice":
        words = BY_KEY[feature.made_of[0]].choices
        return str(words[feature.choices[int(value)]])
    return f"{value:,.0f}"


def _is_ahead(feature: Feature) -> bool:
    return feature.key.startswith("next_") or feature.key.endswith("_valid_to")


def _percent(value: float) -> str:
    return f"{abs(value) * 100:,.0f} %" if value >= 0 else f"−{abs(value) * 100:,.0f} %"


def _below(below: Callable[[], str], above: Callable[[], str]) -> Callable[[float, date], str]:
    return lambda value, _as_of: (below() if value >= 0 else above()) % {"share": _percent(abs(value))}


def _salary(value: float, as_of: date) -> str:
    last = as_of - timedelta(days=int(value))
    if value <= 45:  # a month and some days: it may still come
        return _("Last salary on %(day)s") % {"day": full_day(last, language())}
    return _("No salary since %(month)s") % {"month": month(last, language())}


def _quiet(value: float, _as_of: date) -> str:
    return _("No own transaction for %(days)s days") % {"days": f"{value:,.0f}"}


def _away(value: float, _as_of: date) -> str:
    return _("No log-in for %(days)s days") % {"days": f"{value:,.0f}"}


_SAID: Mapping[str, Callable[[float, date], str]] = {
    "aum_below_quarter": _below(lambda: _("Month's average %(share)s below that of three months"), lambda: _("Month's average %(share)s above that of three months")),
    "aum_below_month": _below(lambda: _("AUM %(share)s below the month's average"), lambda: _("AUM %(share)s above the month's average")),
    "aum_below_year": _below(lambda: _("Three months' average %(share)s below that of the year"), lambda: _("Three months' average %(share)s above that of the year")),
    "deposits_below_quarter": _below(lambda: _("Deposits %(share)s below those of three months"), lambda: _("Deposits %(share)s above those of three months")),
    "initiated_below_quarter": _below(lambda: _("%(share)s fewer own transactions than in three months"), lambda: _("%(share)s more own transactions than in three months")),
    "logins_below_quarter": _below(lambda: _("%(share)s fewer log-ins than in three months"), lambda: _("%(share)s more log-ins than in three months")),
    "aum_below_peak": _below(lambda: _("%(share)s below her highest AUM"), lambda: _("%(share)s above her highest AUM")),
    "last_salary_date": _salary, "last_initiated_date": _quiet, "last_login_date": _away,
}  # fmt: skip
