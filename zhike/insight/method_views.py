"""The method library: every method with its worked example, and where its settings, fields and pages are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Words, address, answer
from zhike.insight.method_examples import Figure, example
from zhike.insight.methods import METHODS, Method
from zhike.insight.profile_fields import BY_KEY
from zhike.insight.profile_needs import HOUSING, RETIREMENT
from zhike.insight.profile_sides import SIDES
from zhike.insight.profile_standing import DECLINES, STAGES
from zhike.insight.settings_labels import GROUPS
from zhike.insight.tier_words import TIERS

RIGHT = "insight.read"
PAGES: Mapping[str, Words] = {
    "reports": gettext_lazy("Reports"),
    "insight": gettext_lazy("Insight"),
    "insight-tiers": gettext_lazy("Customer tiers"),
}
CELLS: Mapping[str, Words] = {"symbiotic": gettext_lazy("Symbiotic"), "nurturing": gettext_lazy("Nurturing"), "standardised": gettext_lazy("Standardised"), "sustaining": gettext_lazy("Retain and harvest")}  # fmt: skip
CODES: Mapping[str, Words] = {**TIERS, **STAGES, **DECLINES, **CELLS, **SIDES, **RETIREMENT, "salary": HOUSING["salary"]}


@dataclass(frozen=True)
class MethodShown:
    """A method with its example and its ways on: title and address."""

    method: Method
    given: Sequence[Figure]
    found: Sequence[Figure]
    note: Words
    settings: Sequence[tuple[Words, str]]
    fields: Sequence[tuple[Words, str]]
    pages: Sequence[tuple[Words, str]]


@dataclass(frozen=True)
class MethodsPage:
    """insight/methods.html."""

    title: str
    crumbs: Sequence[Crumb]
    groups: Sequence[tuple[Words, Sequence[MethodShown]]]


@require_GET
def methods(request: ViewerRequest) -> HttpResponse:
    """All methods, by group."""
    require(request.viewer, RIGHT)
    groups: dict[str, tuple[Words, list[MethodShown]]] = {}
    for method in METHODS.values():
        groups.setdefault(str(method.group), (method.group, []))[1].append(shown(method))
    title = _("How it is computed")
    page = MethodsPage(title, [Crumb(_("Insight"), reverse("insight")), Crumb(title)], list(groups.values()))
    return answer(request, "insight/methods.html", vars(page))


def shown(method: Method) -> MethodShown:
    """A method as its page shows it; what this installation lacks is left out."""
    worked = example(method.key)
    return MethodShown(
        method, worked.given, [in_words(one) for one in worked.found], worked.note, [(GROUPS[name][0], reverse("insight-setting-group", args=[name])) for name in method.settings],
        [(BY_KEY[name].label, f"{reverse('insight-dictionary')}#{name}") for name in method.fields if name in BY_KEY],
        [(PAGES[name], url) for name in method.pages if (url := address(name))],
    )  # fmt: skip


def in_words(figure: Figure) -> Figure:
    """A figure whose value is a code, with what the code is called."""
    return replace(figure, value=CODES.get(figure.value, figure.value)) if figure.shape == "word" else figure
