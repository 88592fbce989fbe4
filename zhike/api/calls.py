"""Calls that go out: an event of the outbox becomes a delivery for each subscription, and a job sends it, signed, until it is taken.

At least once: a receiver knows a repetition by `id` in the body. In order for each subscription, as long as its receiver answers.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

import httpx
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from zhike.access.sealing import open_sealed
from zhike.api.models import Delivery
from zhike.api.rules import may_reach, signature, wait_after, why_not_url
from zhike.core.events import Told
from zhike.core.jobs import is_stopping, later
from zhike.privacy.queries import may_leave

TIMEOUT = 10.0  # seconds a receiver may take
SHOWN = 500  # letters of an answer that are kept
JOB = "api.send"


class NotReached(Exception):
    """Nobody answered, or the address may not be called; `str()` says why."""


@dataclass(frozen=True)
class Answered:
    """What came of a call: the status and first letters of the answer, or `status` None and why none came."""

    status: int | None
    text: str
    milliseconds: int

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def tell_subscribers(told: Told) -> None:
    """The reaction to every event: a delivery for each subscription that asked for it, once."""
    body = {"id": told.number, "event": told.name, "version": told.version, "at": told.at, "party_id": told.party_id, "data": told.payload}
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into api_delivery (subscription_id, event_id, event, body)
               select s.id, %(number)s, %(name)s, %(body)s from api_subscription s where s.is_active and %(name)s = any(s.events)
               on conflict (subscription_id, event_id) do nothing returning subscription_id""",
            {"number": told.number, "name": told.name, "body": json.dumps(body, cls=DjangoJSONEncoder)},
        )
        for (subscription_id,) in cursor.fetchall():
            send_later(subscription_id)


def send_later(subscription_id: int, at: datetime | None = None) -> None:
    """Have what is due for a subscription sent; nothing is added while that already waits."""
    later(JOB, once=f"{JOB} {subscription_id}{f' {at:%Y%m%d%H%M%S}' if at else ''}", at=at, subscription_id=subscription_id)


@contextlib.contextmanager
def alone(subscription_id: int) -> Iterator[bool]:
    """Whether nobody else is sending for this subscription meanwhile. Not the queue's lock: there a try of tomorrow would hold up today's."""
    place = [zlib.crc32(JOB.encode()) - 2**31, subscription_id]
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", place)
        (is_alone,) = cursor.fetchone()
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("select pg_advisory_unlock(%s, %s)", place)


def send_due(subscription_id: int, now: datetime) -> datetime | None:
    """Send what is due for a subscription, one by one; when the next one is, None where nothing waits.

    A receiver that refuses one call gets the next; one that does not answer is left alone until the first call is tried again.
    """
    waiting = Delivery.objects.select_related("subscription").filter(subscription=subscription_id, state=Delivery.State.WAITING)
    for delivery in waiting.filter(next_at__lte=now, subscription__is_active=True).order_by("pk")[:1000]:
        if is_stopping():
            return now
        answered = call(delivery)
        note(delivery, answered, timezone.now())
        if answered.status is None:
            break
    return waiting.filter(subscription__is_active=True).order_by("next_at").values_list("next_at", flat=True).first()


def note(delivery: Delivery, answered: Answered, at: datetime) -> None:
    """Keep what came of a call, and when it is tried again."""
    delivery.tries += 1
    delivery.answered, delivery.answer, delivery.milliseconds = answered.status, answered.text[:SHOWN], answered.milliseconds
    wait = None if answered.is_taken else wait_after(delivery.tries)
    if answered.is_taken:
        delivery.state, delivery.done_at = Delivery.State.DONE, at
    elif wait is None:
        delivery.state = Delivery.State.GIVEN_UP
    else:
        delivery.next_at = at + wait
    delivery.save(update_fields=["tries", "answered", "answer", "milliseconds", "state", "done_at", "next_at"])


def call(delivery: Delivery) -> Answered:
    """Make one call; never raises for what the receiver or the network does. Abroad none is made without an entry of the register of sharing (R28)."""
    country = delivery.subscription.country
    if not may_leave(country, timezone.localdate()):
        return Answered(None, f"NotReached: {country}: no open entry of the register of sharing lets data go there", 0)
    body = delivery.body.encode()
    secret = open_sealed(bytes(delivery.subscription.secret_sealed))
    headers = {
        "Content-Type": "application/json", "User-Agent": "Zhike", "Zhike-Event": delivery.event, "Zhike-Delivery": str(delivery.pk),
        "Zhike-Signature": signature(secret, timezone.now(), body),
    }  # fmt: skip
    started = time.monotonic()
    try:
        answer = _post(delivery.subscription.url, body, headers)
        status, text = answer.status_code, answer.text[:SHOWN].replace("\x00", "")
    except (NotReached, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as wrong:
        status, text = None, f"{type(wrong).__name__}: {wrong}"[:SHOWN]
    return Answered(status, text, round((time.monotonic() - started) * 1000))


def _post(url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    """To the very address that was looked at: a name that changes its mind between look-up and call leads nowhere else. No proxy, no redirect."""
    if wrong := why_not_url(url, plain_allowed=settings.WEBHOOK_PLAIN):
        raise NotReached(wrong)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = reachable(host, port)
    place = f"[{address}]" if ":" in address else address
    target = urlunsplit(parts._replace(netloc=f"{place}:{port}"))
    headers = headers | {"Host": parts.netloc.rpartition("@")[2]}
    with httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
        return client.post(target, content=body, headers=headers, extensions={"sni_hostname": host})


def reachable(host: str, port: int) -> str:
    """An address of a host that may be called. Raises `NotReached`."""
    try:
        found = [ip_address(place[4][0]) for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as wrong:
        raise NotReached(f"{host}: {wrong}") from wrong
    if not may_reach(found, settings.WEBHOOK_NETWORKS):
        raise NotReached(f"{host}: ZHIKE_WEBHOOK_NETWORKS does not name the network of {found[0] if found else host}")
    return str(found[0])
