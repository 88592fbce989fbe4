"""Writes of subscriptions and deliveries: an administrator's acts, each with its entry. `actor` must be entered."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.access.sealing import seal_one
from zhike.api.calls import send_later
from zhike.api.catalogue import EVENTS, TRIAL
from zhike.api.models import Delivery, Subscription
from zhike.api.rules import why_not_url
from zhike.privacy.queries import may_leave
from zhike.privacy.rules import COUNTRY

RIGHT = "webhooks.manage"


class SubscriptionRefused(Exception):
    """A subscription cannot be made like this; `field` is at fault, `reason` one of missing, unknown, address, password, https, country, abroad."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class MadeSubscription:
    """A new subscription and the secret that signs its calls, which nobody can read again."""

    subscription: Subscription
    secret: str


@transaction.atomic
def subscribe(*, actor: Viewer, at: datetime, name: str, url: str, country: str, events: Sequence[str]) -> MadeSubscription:
    """Have events told to an address in a country (ISO 3166-1). Raises `SubscriptionRefused`."""
    require(actor, RIGHT)
    if not name.strip():
        raise SubscriptionRefused("name", "missing")
    if not events or not set(events) <= set(EVENTS):
        raise SubscriptionRefused("events", "unknown" if events else "missing")
    if wrong := why_not_url(url, plain_allowed=settings.WEBHOOK_PLAIN):
        raise SubscriptionRefused("url", wrong)
    country = country.strip().upper()
    if COUNTRY.fullmatch(country) is None:
        raise SubscriptionRefused("country", "country")
    _check_leaving(country, at)
    secret = secrets.token_urlsafe(32)
    made = Subscription.objects.create(
        name=name.strip(), url=url, country=country, events=sorted(set(events)), secret_sealed=seal_one("row", secret)["sealed"], made_by=actor.login, created_at=at
    )  # fmt: skip
    record(
        actor,
        "api.subscribed",
        subject=("subscription", made.pk),
        after={"name": made.name, "url": url, "country": country, "events": made.events},
        at=at,
    )
    return MadeSubscription(made, secret)


@transaction.atomic
def switch(*, actor: Viewer, at: datetime, subscription: Subscription, on: bool) -> None:
    """Pause a subscription, or go on with what waited meanwhile. Raises `SubscriptionRefused`: its receiver is abroad and nothing allows it any more."""
    require(actor, RIGHT)
    if on:
        _check_leaving(subscription.country, at)
    subscription.is_active = on
    subscription.save(update_fields=["is_active"])
    record(actor, "api.subscription_resumed" if on else "api.subscription_paused", subject=("subscription", subscription.pk), at=at)
    if on:
        send_later(subscription.pk)


@transaction.atomic
def unsubscribe(*, actor: Viewer, at: datetime, subscription: Subscription) -> None:
    """Take a subscription away, with its deliveries."""
    require(actor, RIGHT)
    before = {"name": subscription.name, "url": subscription.url, "events": subscription.events}
    record(actor, "api.unsubscribed", subject=("subscription", subscription.pk), before=before, at=at)
    subscription.delete()


@transaction.atomic
def try_out(*, actor: Viewer, at: datetime, subscription: Subscription) -> None:
    """Send a trial, so that a receiver can be tested before anything happens."""
    require(actor, RIGHT)
    body: dict[str, Any] = {"id": None, "event": TRIAL, "version": 1, "at": at.isoformat(), "party_id": None, "data": {}}
    Delivery.objects.create(subscription=subscription, event=TRIAL, body=json.dumps(body), next_at=at, created_at=at)
    record(actor, "api.subscription_tried", subject=("subscription", subscription.pk), at=at)
    send_later(subscription.pk)


@transaction.atomic
def send_again(*, actor: Viewer, at: datetime, delivery: Delivery) -> None:
    """Send a delivery once more, whatever came of it; its tries begin anew."""
    require(actor, RIGHT)
    delivery.state, delivery.tries, delivery.next_at, delivery.done_at = Delivery.State.WAITING, 0, at, None
    delivery.save(update_fields=["state", "tries", "next_at", "done_at"])
    record(actor, "api.sent_again", subject=("delivery", delivery.pk), at=at)
    send_later(delivery.subscription_id)


def _check_leaving(country: str, at: datetime) -> None:
    """Data leave the country under an entry of the register of sharing, or not at all (R28). Raises `SubscriptionRefused`."""
    if not may_leave(country, timezone.localdate(at)):
        raise SubscriptionRefused("country", "abroad")
