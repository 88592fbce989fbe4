"""What the lab says, in the reader's language: why there is no answer, what moves chances which way, how good an answer is in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.core.pages import Words
from zhike.insight.predictors.features import AHEAD, FEATURE
from zhike.insight.predictors.suspecting import Suspect

_REFUSALS: Mapping[str, Words] = {
    "no_months": gettext_lazy("Looking %(months)s months ahead needs %(needed)s month ends; there are %(there)s. Ask for fewer months, or have earlier ones computed with zhike insight backfill."),
    "nobody": gettext_lazy("Nobody is asked about: no customer fits, or it holds of all of them already."),
    "few_cases": gettext_lazy("It happened to only %(cases)s of %(rows)s customers on all days together; at least %(least)s are needed for a figure that means something. Ask about more customers, or about something milder."),
    "nearly_all": gettext_lazy("It happened to %(cases)s of %(rows)s customers: to nearly everybody. There is nothing to tell apart; ask about something rarer."),
    "few_judged": gettext_lazy("It happened %(cases)s times, but not on both sides of a later day: nothing can be judged on time that was not learned from."),
    "closed": gettext_lazy("A field of the question is not there any more, or is closed to you. Ask anew with what you see now."),
}  # fmt: skip
_LEAKS: Mapping[str, Words] = {
    "name": gettext_lazy("its name says that it is known only afterwards"),
    "timing": gettext_lazy("it is filled in for one answer and hardly for the other"),
    "too good": gettext_lazy("alone it says nearly all of the answer"),
}
_RECIPES: Mapping[str, Words] = {
    "rule": gettext_lazy("a plain rule"),
    "logistic": gettext_lazy("lines (logistic regression)"),
    "trees": gettext_lazy("small boosted trees"),
}


def refusal_words(refusal: Mapping[str, Any]) -> str:
    """Why there is no answer and what to do."""
    return str(_REFUSALS[refusal["reason"]]) % {name: f"{value:,}" for name, value in refusal.items() if name != "reason"}


def result_words(answer: Mapping[str, Any]) -> str:
    """An answer in half a sentence, for the list."""
    figures = answer["figures"]
    return _("AUC %(auc)s, best tenth %(lift)s times the usual rate") % {
        "auc": f"{figures['auc']:.3f}",
        "lift": f"{figures['lift_10']:.1f}",
    }


def recipe_words(recipe: str) -> str:
    """How it learned."""
    return str(_RECIPES[recipe])


def verdict(answer: Mapping[str, Any]) -> str:
    """How far it can be trusted, from the AUC's interval and what one field alone reaches."""
    low, _high = answer["intervals"].get("auc", (0.5, 0.5))
    alone = answer["baseline"]["rule"]["auc"] or 0.5
    if low <= 0.55:
        return _("Hardly better than a coin: what is known today does not tell it.")
    if low <= alone:
        return _("Not surely better than one field alone: use that field instead.")
    if low < 0.7:
        return _("It sorts customers, but roughly: good for the order of calls, not for decisions about one customer.")
    return _("It sorts customers well on later time.")


def movers(answer: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """The fields that move chances most: field, which way in words, share of all that moves it."""
    return [
        (str(FEATURE[one["feature"]].label), _way(one["feature"], one["way"]), one["share"])
        for one in answer["movers"]
        if one["feature"] in FEATURE
    ]


def _way(key: str, way: int) -> str:
    if not way:
        return _("not in one direction")
    feature, is_more = FEATURE[key], way > 0
    if feature.kind == "flag":
        return _("likelier if so") if is_more else _("likelier if not")
    if feature.kind == "days" and set(feature.made_of) & AHEAD:
        return _("the further ahead, the likelier") if is_more else _("the nearer, the likelier")
    if feature.kind == "days":
        return _("the longer ago, the likelier") if is_more else _("the more recent, the likelier")
    return _("the more, the likelier") if is_more else _("the less, the likelier")


def leaks(answer: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Fields that were left out because they know too much of the answer, and why."""
    found = [Suspect(**one) for one in answer["suspected_leaks"]]
    return [(str(FEATURE[one.column].label), str(_LEAKS[one.by])) for one in found if one.column in FEATURE]


def rule_words(answer: Mapping[str, Any]) -> str:
    """The one field that alone ranks best, the baseline."""
    return str(FEATURE[answer["rule"]].label) if answer["rule"] in FEATURE else _("none")
