"""Subscriptions and their deliveries: who is told of what, what they answered, and sending it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.api import subscribing
from zhike.api.catalogue import EVENTS
from zhike.api.models import Delivery, Subscription
from zhike.api.subscribing import RIGHT, MadeSubscription, SubscriptionRefused
from zhike.core.pages import answer
from zhike.core.tables import Column, Page, page_of

WHY = {
    "missing": gettext_lazy("This must not be empty."), "unknown": gettext_lazy("There is no such event."),
    "address": gettext_lazy("Write a whole address, such as https://core.bank.example/zhike."),
    "password": gettext_lazy("An address must not hold a password; the signature proves who calls."),
    "https": gettext_lazy("The address must begin with https://."),
    "country": gettext_lazy("Write a country by its two letters, such as CN or SG."),
    "abroad": gettext_lazy("Nothing lets data go to this country. Whoever answers for privacy enters in the register of sharing what allows it and until when."),
}  # fmt: skip
COLUMNS = (
    Column("id", gettext_lazy("When")), Column("event", gettext_lazy("Event")), Column("state", gettext_lazy("State")),
    Column("tries", gettext_lazy("Tries"), right=True), Column("answer", gettext_lazy("Answer")), Column("act", ""),
)  # fmt: skip


class SubscriptionForm(forms.Form):
    """A subscription that is to be made."""

    name = forms.CharField(label=gettext_lazy("Who is told?"), max_length=80)
    url = forms.CharField(label=gettext_lazy("Address"), max_length=500, widget=forms.URLInput(attrs={"placeholder": "https://"}))
    country = forms.CharField(label=gettext_lazy("In which country is the receiver?"), max_length=2, initial=lambda: settings.ZHIKE_COUNTRY)
    events = forms.MultipleChoiceField(label=gettext_lazy("Events"), choices=list(EVENTS.items()), widget=forms.CheckboxSelectMultiple)


@dataclass(frozen=True)
class SubscriptionsPage:
    """api/webhooks.html: `made` is the new one with its secret, shown this once."""

    rows: Sequence[tuple[Subscription, Sequence[str | Promise]]]
    form: SubscriptionForm
    made: MadeSubscription | None


@dataclass(frozen=True)
class SubscriptionPage:
    """api/webhook.html: one subscription with its deliveries, newest first."""

    subscription: Subscription
    events: Sequence[str | Promise]
    page: Page[Delivery]


@never_cache
@require_http_methods(["GET", "POST"])
def subscriptions(request: ViewerRequest) -> HttpResponse:
    """Everybody who is told, and a form for one more."""
    require(request.viewer, RIGHT)
    form = SubscriptionForm(request.POST or None)
    made = _made(request, form) if request.method == "POST" and form.is_valid() else None
    if made:
        form = SubscriptionForm()
    rows = [(row, [EVENTS.get(name, name) for name in row.events]) for row in Subscription.objects.order_by("pk")[:100]]
    return answer(request, "api/webhooks.html", vars(SubscriptionsPage(rows, form, made)), status=422 if form.errors else 200)


def _made(request: ViewerRequest, form: SubscriptionForm) -> MadeSubscription | None:
    try:
        return subscribing.subscribe(actor=request.viewer, at=timezone.now(), **form.cleaned_data)
    except SubscriptionRefused as wrong:
        form.add_error(wrong.field, WHY[wrong.reason])
        return None


def _act(request: ViewerRequest, row: Subscription) -> str:
    """What a button of the page asks for, done; what to say about it."""
    at, actor = timezone.now(), request.viewer
    acts: Mapping[str, tuple[Callable[[], None], str]] = {
        "pause": (
            lambda: subscribing.switch(actor=actor, at=at, subscription=row, on=False),
            _("Paused. What happens meanwhile is not told."),
        ),
        "resume": (lambda: subscribing.switch(actor=actor, at=at, subscription=row, on=True), _("It goes on.")),
        "trial": (lambda: subscribing.try_out(actor=actor, at=at, subscription=row), _("A trial is on its way.")),
        "remove": (lambda: subscribing.unsubscribe(actor=actor, at=at, subscription=row), _("Removed.")),
    }
    chosen = acts.get(request.POST.get("act", ""))
    if chosen is None:
        raise Http404
    chosen[0]()
    return chosen[1]


@require_http_methods(["GET", "POST"])
def subscription(request: ViewerRequest, subscription_id: int) -> HttpResponse:
    """One subscription: pause, resume, try out, remove; what was sent and what came back."""
    require(request.viewer, RIGHT)
    row = Subscription.objects.filter(pk=subscription_id).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        try:
            messages.success(request, _act(request, row))
        except SubscriptionRefused as wrong:
            messages.error(request, WHY[wrong.reason])
        return redirect("webhooks") if request.POST.get("act") == "remove" else redirect("webhook", subscription_id)
    found = page_of(Delivery.objects.filter(subscription=row), COLUMNS, request.GET.dict(), sort="id", by="pk", descending=True)
    page = SubscriptionPage(row, [EVENTS.get(name, name) for name in row.events], found)
    return answer(request, "api/webhook.html", vars(page))


@require_POST
def again(request: ViewerRequest, delivery_id: int) -> HttpResponse:
    """Send a delivery once more."""
    require(request.viewer, RIGHT)
    delivery = Delivery.objects.select_related("subscription").filter(pk=delivery_id).first()
    if delivery is None:
        raise Http404
    subscribing.send_again(actor=request.viewer, at=timezone.now(), delivery=delivery)
    messages.success(request, _("It is sent again."))
    return redirect("webhook", delivery.subscription_id)
