"""A person's tokens: what they are good for, when they were used, how they end. Who manages people sees everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from zhike.access.scope import Viewer, ViewerRequest
from zhike.api import queries
from zhike.api.actions import MadeToken, TokenRefused, make_token, revoke_token
from zhike.api.models import Token
from zhike.api.rules import SCOPES
from zhike.core.pages import answer

SCOPE_WORDS: dict[str, str | Promise] = {
    "customers.read": gettext_lazy("read customers and their relationships"), "contacts.read": gettext_lazy("read how to reach them, masked"),
    "accounts.read": gettext_lazy("read what they hold"), "transactions.read": gettext_lazy("read transactions"),
    "interactions.read": gettext_lazy("read contacts with them"), "interactions.write": gettext_lazy("keep contacts"),
    "batches.read": gettext_lazy("read deliveries of the bank's systems"), "duplicates.decide": gettext_lazy("say that two are not the same"),
    "audit.read": gettext_lazy("read the audit"),
}  # fmt: skip
DAYS = (("30", gettext_lazy("30 days")), ("90", gettext_lazy("90 days")), ("366", gettext_lazy("a year")))
WHY = {
    "missing": gettext_lazy("This must not be empty."), "unknown": gettext_lazy("There is no such right."),
    "beyond": gettext_lazy("You do not hold this right yourself."), "too_long": gettext_lazy("A year at most."), "past": gettext_lazy("A day at least."),
}  # fmt: skip


class TokenForm(forms.Form):
    """A token that is to be made: what for, what it opens, how long."""

    name = forms.CharField(label=gettext_lazy("What is it for?"), max_length=80)
    scopes = forms.MultipleChoiceField(label=gettext_lazy("It may"), widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(label=gettext_lazy("It lasts"), choices=DAYS, initial="90")

    def __init__(self, viewer: Viewer, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        held = [(scope, SCOPE_WORDS[scope]) for scope in SCOPES if viewer.may(scope)]
        self.fields["scopes"].choices = held  # type: ignore[attr-defined]


@dataclass(frozen=True)
class TokenRow:
    """A token in the list, with what can be said about it now."""

    token: Token
    whose: str
    state: str
    scopes: Sequence[str | Promise]
    is_good: bool


@dataclass(frozen=True)
class TokensPage:
    """api/tokens.html: her tokens, everybody's where she manages people; `made`: the new one, shown this once."""

    rows: Sequence[TokenRow]
    others: Sequence[TokenRow]
    form: TokenForm
    made: MadeToken | None


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: ViewerRequest) -> HttpResponse:
    """My tokens; a new one is shown once, in the answer that makes it."""
    form = TokenForm(request.viewer, request.POST or None)
    made = _made(request, form) if request.method == "POST" and form.is_valid() else None
    if made:
        form = TokenForm(request.viewer)
    own = _rows(list(queries.tokens(request.viewer)[:50]))
    others = (
        queries.all_tokens(request.viewer).exclude(person=request.viewer.person_id)[:100] if request.viewer.may("people.manage") else ()
    )
    page = TokensPage(own, _rows(list(others), named=True), form, made)
    return answer(request, "api/tokens.html", vars(page), status=422 if form.errors else 200)


def _made(request: ViewerRequest, form: TokenForm) -> MadeToken | None:
    given, at, viewer = form.cleaned_data, timezone.now(), request.viewer
    try:
        return make_token(
            actor=viewer, at=at, holder=viewer, name=given["name"], scopes=given["scopes"], expires_at=at + timedelta(days=int(given["days"]))
        )  # fmt: skip
    except TokenRefused as wrong:
        form.add_error(wrong.field if wrong.field in form.fields else None, WHY[wrong.reason])
        return None


def _rows(found: Sequence[Token], *, named: bool = False) -> list[TokenRow]:
    at = timezone.now()
    rows = []
    for token in found:
        state = _("revoked") if token.revoked_at else _("expired") if token.expires_at <= at else ""
        rows.append(
            TokenRow(token, token.person.name if named else "", state, [SCOPE_WORDS.get(scope, scope) for scope in token.scopes], not state)
        )
    return rows


@require_POST
def revoke(request: ViewerRequest, token_id: int) -> HttpResponse:
    """End a token: one's own, or anybody's by who manages people. Others' read like those that are not there."""
    found = queries.all_tokens(request.viewer) if request.viewer.may("people.manage") else queries.tokens(request.viewer)
    token = found.filter(pk=token_id).first()
    if token is None:
        raise Http404
    revoke_token(actor=request.viewer, at=timezone.now(), token=token)
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("my-tokens")
