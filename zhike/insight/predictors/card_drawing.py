"""A card as figures, charts and lines of a page: of a version in the register, and of a question that was tried in the lab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.core import dates
from zhike.core.charts import Chart, Series
from zhike.core.pages import Words
from zhike.core.words import language
from zhike.insight.predictors.features import FEATURE
from zhike.insight.predictors.matrices import AGES

FIGURES: Mapping[str, Words] = {
    "auc": gettext_lazy("AUC"), "average_precision": gettext_lazy("Average precision"), "lift_10": gettext_lazy("Best tenth, times the usual rate"),
    "brier": gettext_lazy("Brier"), "ece": gettext_lazy("Calibration error"), "rank_correlation": gettext_lazy("Rank correlation with what came"),
    "said_to_seen": gettext_lazy("Said, as a share of what came"),
}  # fmt: skip
GROUPS: Mapping[str, Words] = {"sex": gettext_lazy("Sex"), "age": gettext_lazy("Age"), "region": gettext_lazy("Region")}
SEXES: Mapping[str, Words] = {"female": gettext_lazy("Female"), "male": gettext_lazy("Male")}


@dataclass(frozen=True)
class FigureLine:
    """A figure of the card beside its interval and the baselines'."""

    word: Words
    value: float | None
    low: float | None
    high: float | None
    rule: float | None
    logistic: float | None


def feature(key: str) -> Words:
    """What a feature is called."""
    return FEATURE[key].label if key in FEATURE else key


def figures(said: Mapping[str, Any]) -> list[FigureLine]:
    """The figures of a card, each beside its interval and what the baselines reach."""
    intervals, plain = said.get("intervals", {}), said.get("baseline", {})
    return [
        FigureLine(
            word,
            said["figures"][key],
            *(intervals.get(key) or (None, None)),
            *(plain.get(one, {}).get(key) for one in ("rule", "logistic")),
        )
        for key, word in FIGURES.items()
        if key in said.get("figures", {})
    ]


def lift(said: Mapping[str, Any]) -> Chart | None:
    """How many times the usual rate the first tenth, two tenths … have."""
    points = said.get("curves", {}).get("lift", [])
    if not points:
        return None
    tenths = [one for place, one in enumerate(points) if place % 4 == 3]
    names = [f"{round(share * 100)} %" for share, _lift in tenths]
    sentence = _("Among the likeliest customers it happens so many times as often as on average")
    return Chart("bars", sentence, names, (Series(_("Lift"), [lift for _share, lift in tenths], "c1"),), unit="count", height=180)


def calibration(said: Mapping[str, Any]) -> Chart | None:
    """Chances said beside rates seen, from the lowest group to the highest."""
    points = said.get("curves", {}).get("calibration", [])
    if not points:
        return None
    names = [_("group %(n)s") % {"n": place} for place in range(1, len(points) + 1)]
    drawn = (
        Series(_("Chance said"), [one[0] for one in points], "c1", "line"),
        Series(_("Rate seen"), [one[1] for one in points], "c2", "line"),
    )
    return Chart("line", _("Chances said beside what came, from the lowest to the highest"), names, drawn, unit="percent", height=180)


def stability(said: Mapping[str, Any]) -> Chart | None:
    """The same by the day on which it was said."""
    days = said.get("by_day", [])
    if not days:
        return None
    drawn = (
        Series(_("Chance said"), [one["said"] for one in days], "c1", "line"),
        Series(_("Rate seen"), [one["seen"] for one in days], "c2", "line"),
    )
    return Chart(
        "line",
        _("Chances said and what came, by the day they were said on"),
        [dates.full_day(date.fromisoformat(one["day"]), language()) for one in days],
        drawn,
        unit="percent",
        height=180,
    )


def fairness(said: Mapping[str, Any]) -> list[tuple[Words, list[Mapping[str, Any]]]]:
    """By sex, age and region: how each group fares."""
    parts = said.get("fairness", {})
    return [
        (GROUPS[key], [{**one, "word": _group(key, one["group"])} for one in sorted(rows, key=_order)])
        for key, rows in parts.items()
        if rows
    ]


def _order(one: Mapping[str, Any]) -> tuple[bool, str]:
    """Bands of age as they follow each other: what is below a border before what lies above the last."""
    return one["group"].endswith("+"), one["group"]


def _group(key: str, group: str) -> Words:
    if key == "age":
        return _band_of_age(group)
    return SEXES.get(group, group)


def _band_of_age(group: str) -> Words:
    """`<30`, `<45` and `60+` of a card as years from and to."""
    if group.endswith("+"):
        return _("%(years)s and older") % {"years": group[:-1]}
    below = int(group[1:])
    begins = max((age for age in AGES if age < below), default=0)
    return _("%(begins)s to %(ends)s") % {"begins": begins, "ends": below - 1} if begins else _("younger than %(years)s") % {"years": below}


def days(said: Mapping[str, Any]) -> str:
    """The days that a card was judged on, as people write them."""
    return _(", ").join(dates.full_day(date.fromisoformat(one), language()) for one in said.get("judged_days", ()))
