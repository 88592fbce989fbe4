"""The catalogue as JSON for the editor: which fields there are, how each may be compared, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhike.core.conditions.days import UNITS, Span
from zhike.core.conditions.fields import Catalogue, Field, Relation
from zhike.core.conditions.kinds import OPERATORS
from zhike.core.conditions.wording import PERIOD_WORDS, span
from zhike.core.words import language

ROOT = "c0"
Spelled = Callable[[str], Sequence[str]]  # further ways to type a title: pinyin, initials


def described(catalogue: Catalogue, spelled: Spelled = lambda _title: ()) -> dict[str, Any]:
    """Everything the editor asks: catalogues by name (`c0` is the row's own), operators by kind, words of units and periods."""
    catalogues: dict[str, Any] = {}
    _describe(catalogue, spelled, {}, catalogues)
    return {
        "catalogues": catalogues,
        "operators": {kind: [{"name": way.name, "title": str(way.title), "shape": way.shape} for way in ways] for kind, ways in OPERATORS.items()},
        "units": [{"name": unit, "title": span(Span(2, unit)).replace("2", "").strip()} for unit in UNITS],
        "periods": [{"name": name, "title": str(title)} for name, title in PERIOD_WORDS.items()],
        "scales": _scales(),
        "words": _words(),
    }  # fmt: skip


def _words() -> dict[str, str]:
    """What the editor itself says; it has no text of its own."""
    return {
        "when": pgettext("condition", "Where"), "and": pgettext("condition", "and"), "or": pgettext("condition", "or"), "nor": pgettext("condition", "nor"),
        "all": _("all of these hold"), "any": _("any of these holds"), "none": _("none of these holds"), "joined": _("How they are joined"),
        "add": _("Condition"), "addGroup": _("Group"), "remove": _("Remove"), "field": _("Choose a field"), "fields": _("Fields"),
        "search": _("Name of a field, or its pinyin"), "nothing": _("Nothing is called that"), "op": _("How it is compared"), "value": _("Value"),
        "from": _("from"), "to": _("to"), "unit": _("Unit"), "choose": _("Choose"), "searchChoices": _("Type to narrow"),
        "more": _("There are more; type to narrow"), "yes": _("yes"), "no": _("no"), "some": _("has one or more"), "without": _("has none"),
        "least": _("has at least"), "most": _("has at most"), "between": pgettext("condition", "between"), "where": _("where all this holds:"), "count": _("How many"),
        "everybody": _("everybody"), "of": pgettext("of so many customers", "of %s"), "found": _("%s found"),
        "noAnswer": _("No answer. What you made here is kept; try again, or log in again in another tab."), "uncounted": _("not counted in time"),
    }  # fmt: skip


def _scales() -> list[dict[str, Any]]:
    """Units in which an amount of money is typed: the power of ten that each stands for."""
    chinese = (("元", 0), ("万", 4), ("亿", 8))
    return [{"title": title, "power": power} for title, power in (chinese if language() == "zh" else ((_("units"), 0), ("K", 3), ("M", 6)))]


def _describe(catalogue: Catalogue, spelled: Spelled, known: dict[tuple[str, ...], str], into: dict[str, Any]) -> str:
    """Puts a catalogue and those of its relations into `into`, each once, though relations lead back to customers; its name there."""
    key = (*catalogue.fields, "|", *catalogue.relations)
    if key not in known:
        name = known[key] = f"c{len(known)}"
        into[name] = {"fields": [_field(one, spelled) for one in catalogue.fields.values()], "relations": []}
        into[name]["relations"] = [
            {**_relation(one, spelled), "catalogue": _describe(one.catalogue(), spelled, known, into)}
            for one in catalogue.relations.values()
        ]
    return known[key]


def _field(field: Field, spelled: Spelled) -> dict[str, Any]:
    title = str(field.title)
    choices = None if field.choices is None or field.has_many_choices else [[choice.key, str(choice.title)] for choice in field.choices()]
    return {
        "name": field.name, "title": title, "kind": field.kind, "group": str(field.group), "unit": str(field.unit),
        "note": str(field.description), "choices": choices, "typed": " ".join(spelled(title)),
    }  # fmt: skip


def _relation(relation: Relation, spelled: Spelled) -> dict[str, Any]:
    title = str(relation.title)
    return {
        "name": relation.name,
        "title": title,
        "group": str(relation.group),
        "note": str(relation.description),
        "typed": " ".join(spelled(title)),
    }
