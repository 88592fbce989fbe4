"""An answer of the lab as CSV: one line per figure, with what was asked on top. No customer stands in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from zhike.insight.lab import wording
from zhike.insight.predictors.card_drawing import figures

RISKY = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet may take for a formula


def as_csv(title: str, words: tuple[str, str], answer: Mapping[str, Any]) -> str:
    """The file's text, for spreadsheets: with a byte-order mark."""
    out = io.StringIO()
    writer = csv.writer(out)
    for line in _lines(title, words, answer):
        writer.writerow([safe(one) for one in line])
    return "\ufeff" + out.getvalue()


def _lines(title: str, words: tuple[str, str], answer: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    yield (_("Part"), _("Name"), _("Value"), _("from"), _("to"), _("Rule"), _("Logistic"))
    asked, said = _("Question"), _("Figure")
    yield asked, _("Title"), title
    yield asked, _("Of whom"), words[0]
    yield asked, _("What should happen"), words[1]
    yield asked, _("Months ahead"), answer["horizon_months"]
    yield asked, _("Days it was judged on"), " ".join(answer["judged_days"])
    yield said, _("Rate"), answer["rate"]
    yield said, _("Recipe"), wording.recipe_words(answer["recipe"])
    yield said, _("The best field alone"), wording.rule_words(answer)
    for one in figures(answer):
        yield said, one.word, one.value, one.low, one.high, one.rule, one.logistic
    for share, lift in answer["curves"].get("lift", ()):
        yield _("Lift"), share, lift
    for chance, rate, rows in answer["curves"].get("calibration", ()):
        yield _("Calibration"), chance, rate, rows
    for day in answer["by_day"]:
        yield _("By day"), day["day"], day["auc"], day["said"], day["seen"]
    for word, way, share in wording.movers(answer):
        yield _("What moves it"), word, share, way
    for word, why in wording.leaks(answer):
        yield _("Suspected leaks"), word, why


def safe(value: Any) -> Any:
    """A value as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else value if isinstance(value, (int, float)) else str(value)
    return f"'{text}" if isinstance(text, str) and text.startswith(RISKY) else text
