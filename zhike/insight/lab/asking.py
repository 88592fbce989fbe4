"""A question of the lab as a value: of whom, what should have happened, how many months ahead, what must not be learned from; and as a
`predictors.questions.Question`, so that it is answered by the recipes and the judging of those that are shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import ibis
from django.utils.translation import gettext as _

from zhike.core.conditions.fields import Catalogue
from zhike.core.conditions.reading import read_text
from zhike.core.conditions.trees import EVERYBODY, Node, stored
from zhike.core.conditions.wording import said
from zhike.insight.lab.fields import THEN, Catalogues, holds, keys_of
from zhike.insight.predictors.features import FEATURES, FED_BACK
from zhike.insight.predictors.questions import Question
from zhike.insight.profile_fields import BY_KEY

LONGEST, USUAL = 12, 3  # months ahead
MOST_TITLE = 80
NAME = "lab"


@dataclass(frozen=True)
class Asked:
    """What was asked, as typed: `of` and `then` are stored conditions (empty: everybody; nothing), `is_new`: only those of whom it does not hold yet."""

    title: str = ""
    of: str = ""
    then: str = ""
    months: int = USUAL
    is_new: bool = True
    without: Sequence[str] = ()

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {**asdict(self), "without": list(self.without)}

    @property
    def query(self) -> list[tuple[str, str]]:
        """As an address carries it."""
        return [
            ("title", self.title), ("of", self.of), ("then", self.then), ("months", str(self.months)), ("new", "1" if self.is_new else "0"),
            *(("without", key) for key in self.without),
        ]  # fmt: skip


def asked_in(given: Any) -> Asked:
    """What an address or a form (a QueryDict) asks; what is not there is as usual."""
    months = given.get("months", "")
    return Asked(
        given.get("title", "").strip()[:MOST_TITLE], given.get("of", ""), given.get("then", ""),
        min(max(int(months), 1), LONGEST) if months.isascii() and months.isdigit() and len(months) < 4 else USUAL,
        given.get("new", "1") == "1" if "title" not in given or "new" in given else False,
        tuple(key for key in dict.fromkeys(given.getlist("without")) if key in BY_KEY),
    )  # fmt: skip


def kept_in(plain: Mapping[str, Any]) -> Asked:
    """What a question that was kept asked."""
    return Asked(**{**plain, "without": tuple(plain["without"])})


@dataclass(frozen=True)
class Meant:
    """What was asked, read for one viewer."""

    asked: Asked
    known: Catalogues
    whom: Node
    happens: Node

    @property
    def words(self) -> tuple[str, str]:
        """Of whom and what, as sentences in the reader's language."""
        return self.words_of("of"), self.words_of("then")

    def words_of(self, part: str) -> str:
        """One of the two: `of` or `then`."""
        if part == "of":
            return said(self.whom, self.known.whom) if self.whom != EVERYBODY else _("everybody")
        return said(self.happens, self.known.happens)

    @property
    def question(self) -> Question:
        """The question to the recipes. Its plain rule is chosen from the fields later; until then it says the same of everybody."""
        return Question(
            NAME, self.asked.title, self.asked.title,
            population=lambda t, terms: self.are_asked(t, terms.as_of) & self.is_open(t, terms.as_of),
            target=lambda t, terms: ibis.ifelse(t["later_status"].notnull(), self.happened(t, terms.end), ibis.null("boolean")),
            rule=lambda t: ibis.literal(0.0), horizon_months=self.asked.months, left_out=frozenset(self.asked.without),
            at_end=keys_of(self.happens),
        )  # fmt: skip

    def are_asked(self, t: Any, as_of: date) -> Any:
        """Over the profile of an as-of day: customers who fit."""
        return (t["status"] == "customer").fill_null(False) & holds(self.whom, self.known.whom, t, as_of)

    def happened(self, t: Any, end: date) -> Any:
        """Over the same with `then_…` beside it."""
        return holds(self.happens, self.known.happens, t, end)

    def is_open(self, t: Any, as_of: date) -> Any:
        """Of whom it does not hold on the as-of day already: the same condition where nothing has moved."""
        if not self.asked.is_new or self.happens == EVERYBODY:
            return ibis.literal(True)
        return ~self.happened(_Still(t), as_of)


@dataclass(frozen=True)
class _Still:
    """A table in which everything is at the end as it was on the as-of day."""

    table: Any

    def __getitem__(self, name: str) -> Any:
        return self.table[name.removeprefix(THEN)]


def meant(asked: Asked, known: Catalogues) -> Meant:
    """What was asked, read strictly. Raises Refused."""
    return Meant(asked, known, tree_of(asked.of, known.whom), tree_of(asked.then, known.happens))


def tree_of(text: str, catalogue: Catalogue) -> Node:
    """A stored condition; empty: everybody. Raises Refused."""
    return read_text(text, catalogue) if text else EVERYBODY


def as_text(tree: Node) -> str:
    """The stored form of a condition."""
    return json.dumps(stored(tree), ensure_ascii=False, separators=(",", ":"))


def fields_left_out() -> list[tuple[str, str, str]]:
    """The fields of the profile that can be left out, each with its group and its words: what recipes learn from."""
    used = {key for one in FEATURES for key in one.made_of if key in BY_KEY} - FED_BACK
    return [(key, str(known.group), str(known.label)) for key, known in BY_KEY.items() if key in used]
