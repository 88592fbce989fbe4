"""An act turned out to need a second person: the page that says so, asks why, and sends the same form again with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access.approvals import NotProposed, kinds
from zhike.access.scope import ViewerRequest
from zhike.core.pages import Crumb, Words, answer

REASONS: Mapping[str, Words] = {
    "no_reason": gettext_lazy("Somebody else has to approve this. Say why you need it."),
    "waits_already": gettext_lazy("Somebody proposed this already; it waits for a decision."),
    "nobody": gettext_lazy("Nobody else here may approve this. An administrator can add somebody who may."),
}


@dataclass(frozen=True)
class AskWhyPage:
    """access/ask_why.html: `given` is the form as it was sent."""

    title: str
    crumbs: Sequence[Crumb]
    kind: Words
    given: Sequence[tuple[str, str]]
    back: str
    can_be: bool
    error: Words = ""


def ask_why(request: ViewerRequest, *, name: str, wrong: NotProposed, back: str) -> HttpResponse:
    """Ask for the reason, at the address that was asked; 422 because nothing is done yet."""
    given = [(field, value) for field, values in request.POST.lists() if field not in ("csrfmiddlewaretoken", "why") for value in values]
    title = _("This needs a second person")
    error = "" if wrong.reason == "no_reason" else REASONS[wrong.reason]
    page = AskWhyPage(title, [Crumb(title)], kinds()[name].title, given, back, wrong.reason == "no_reason", error)
    return answer(request, "access/ask_why.html", vars(page), status=422)
