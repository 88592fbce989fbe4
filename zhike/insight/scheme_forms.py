"""Tier schemes as JSON, as forms and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zhike.core.money import money
from zhike.insight.tier_rules import BadScheme, Rung, Scheme
from zhike.insight.tier_words import TIERS

Words = str | Promise
MOST_RUNGS = 12
MOST = Decimal(10) ** 12

MEASURES: Mapping[str, Words] = {
    "aum_month_average": gettext_lazy("AUM, month's average"), "aum_quarter_average": gettext_lazy("AUM, quarter's average"),
    "aum_year_average": gettext_lazy("AUM, year's average"), "deposits_month_average": gettext_lazy("Deposits, month's average"),
    "deposits_year_average": gettext_lazy("Deposits, year's average"), "contribution_12m": gettext_lazy("Contribution, 12 months"),
    "star_points": gettext_lazy("Points"),
}  # fmt: skip
UPS: Mapping[str, Words] = {"next_month": gettext_lazy("in the next month"), "at_once": gettext_lazy("at once")}
DOWNS: Mapping[str, Words] = {
    "last": gettext_lazy("to the tier of the last of these months"), "best": gettext_lazy("to the tier of the best of these months"),
    "one_step": gettext_lazy("one step"),
}  # fmt: skip
REVIEWS: Mapping[str, tuple[Words, tuple[int, ...]]] = {
    "monthly": (gettext_lazy("every month"), ()), "quarterly": (gettext_lazy("every quarter"), (3, 6, 9, 12)),
    "half": (gettext_lazy("at the end of June and of December"), (6, 12)), "yearly": (gettext_lazy("at the end of the year"), (12,)),
}  # fmt: skip
SOURCES: Mapping[str, Words] = {
    "default": gettext_lazy("Default of Zhike: month-average AUM"), "bohai": gettext_lazy("Bohai Bank"), "ccb": gettext_lazy("China Construction Bank"),
    "icbc": gettext_lazy("ICBC stars"), "weihai": gettext_lazy("Weihai City Commercial Bank"), "typical": gettext_lazy("Typical market"),
}  # fmt: skip
# The look of `core/_tier.html`: base, gold, platinum, diamond, private.
LOOKS: Mapping[str, str] = {
    "gold": "gold", "platinum": "platinum", "black_gold": "platinum", "diamond": "diamond", "star_5": "gold", "star_6": "platinum", "star_7": "diamond",
}  # fmt: skip


def title_of(rung: Rung) -> str:
    """What a tier is called."""
    return rung.title or str(TIERS.get(rung.key, rung.key))


def word_of(key: str, scheme: Scheme) -> str:
    """What a tier is called by its key in a scheme; the key's own word where the scheme has it no longer."""
    return next((title_of(rung) for rung in scheme.rungs if rung.key == key), str(TIERS.get(key, key)))


def look_of(key: str) -> str:
    """The colours of a tier."""
    return "private" if key.startswith("private") else LOOKS.get(key, "base")


def as_json(scheme: Scheme) -> dict[str, Any]:
    """A scheme as plain values."""
    plain = {one.name: getattr(scheme, one.name) for one in fields(scheme)}
    rungs = [
        {"key": rung.key, "least": f"{rung.least:f}", "is_private": rung.is_private, "cost": f"{rung.cost:f}", "title": rung.title}
        for rung in scheme.rungs
    ]
    return {**plain, "rungs": rungs, "review": list(scheme.review)}


def from_json(said: Mapping[str, Any]) -> Scheme:
    """The scheme again. Raises BadScheme."""
    rungs = tuple(
        Rung(one["key"], Decimal(one["least"]), bool(one["is_private"]), Decimal(one["cost"]), one["title"]) for one in said["rungs"]
    )
    return Scheme(**{**said, "rungs": rungs, "review": tuple(said["review"])})


def read_form(given: Mapping[str, str]) -> Scheme:
    """A scheme out of the editor's form: `tier-<n>-title|key|least|cost|private` for each tier, those without a title left out, the first one
    for everybody else. Raises BadScheme, `field` naming the input."""
    rungs = [rung for n in range(MOST_RUNGS) if (rung := _rung(given, n))]
    if given.get("measure") not in MEASURES:
        raise BadScheme("measure", "not_a_choice")
    if given.get("up") not in UPS or given.get("down") not in DOWNS or given.get("review") not in REVIEWS:
        raise BadScheme("up", "not_a_choice")
    return Scheme(
        tuple(rungs), measure=given["measure"], up=given["up"], down=given["down"], review=REVIEWS[given["review"]][1],  # type: ignore[arg-type]
        watch_after=_whole(given, "watch_after"), grace=_whole(given, "grace"), private_grace=_whole(given, "private_grace"),
    )  # fmt: skip


def _rung(given: Mapping[str, str], n: int) -> Rung | None:
    title = given.get(f"tier-{n}-title", "").strip()[:40]
    if not title:
        return None
    key = given.get(f"tier-{n}-key", "").strip()
    known = key in TIERS and str(TIERS[key]) == title
    return Rung(
        key if key.isidentifier() else f"tier_{n}", _amount(given, f"tier-{n}-least") if n else Decimal(0),
        bool(given.get(f"tier-{n}-private")), _amount(given, f"tier-{n}-cost"), "" if known else title,
    )  # fmt: skip


def _amount(given: Mapping[str, str], name: str) -> Decimal:
    text = given.get(name, "").replace(",", "").strip() or "0"
    try:
        found = Decimal(text)
    except InvalidOperation as wrong:
        raise BadScheme(name, "not_an_amount") from wrong
    if not found.is_finite() or not 0 <= found < MOST or -int(found.as_tuple().exponent) > 2:
        raise BadScheme(name, "not_an_amount")
    return found


def _whole(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and int(text) <= 36):
        raise BadScheme(name, "not_a_month_count")
    return int(text)


def review_of(scheme: Scheme) -> str:
    """Which choice of REVIEWS a scheme has."""
    return next((name for name, (_word, months) in REVIEWS.items() if months == scheme.review), "monthly")


def in_words(scheme: Scheme, language: str) -> Sequence[tuple[str, str]]:
    """The rules of a scheme as lines of what and how."""
    zh = "zh" if language.startswith("zh") else "en"
    ladder = " < ".join(
        title_of(rung)
        if n == 0
        else f"{money(rung.least, zh).text if scheme.measure != 'star_points' else f'{rung.least:f}'} ≤ {title_of(rung)}"  # type: ignore[arg-type]
        for n, rung in enumerate(scheme.rungs)
    )
    lines = [
        (_("Ladder"), ladder), (_("Measure"), str(MEASURES.get(scheme.measure, scheme.measure))), (_("Rated"), str(REVIEWS[review_of(scheme)][0])),
        (_("Up"), str(UPS[scheme.up])), (_("Watch"), _watch(scheme)), (_("Down"), _down(scheme, scheme.grace)),
    ]  # fmt: skip
    if scheme.private_grace != scheme.grace:
        lines.append((_("Down from private tiers"), _down(scheme, scheme.private_grace)))
    return lines


def _watch(scheme: Scheme) -> str:
    if scheme.watch_after == 0:
        return _("from the first month below")
    if scheme.watch_after >= scheme.grace:
        return _("none")
    return _("from month %(n)s below") % {"n": scheme.watch_after + 1}


def _down(scheme: Scheme, grace: int) -> str:
    after = ngettext("after %(n)s month below", "after %(n)s months below", grace) % {"n": grace}
    return f"{after}, {DOWNS[scheme.down]}"
