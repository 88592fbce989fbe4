"""What the panels of a batch show, put together from what was read: what it changed, and how long batches like it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from zhike.access.scope import Viewer
from zhike.core.charts import Chart, Series
from zhike.core.dates import clock, day, duration
from zhike.core.pages import address
from zhike.core.words import language
from zhike.ingestion import touched
from zhike.ingestion.models import Batch
from zhike.ingestion.words import FEED_NAMES

Words = str | Promise


@dataclass(frozen=True)
class ChangedFeed:
    """One line of what a batch changed: how many rows, where they show, and the way to them."""

    name: Words
    rows: int
    shown: Words
    url: str


@dataclass(frozen=True)
class OtherBatch:
    """A batch named by another one's page."""

    batch_date: date
    attempt: int
    url: str


@dataclass(frozen=True)
class Changes:
    """ingestion/_changes.html. `customers` None: not counted, the batch is too large; `broken`: check figures that differ."""

    feeds: Sequence[ChangedFeed]
    customers: int | None
    customers_url: str
    replayed: Sequence[OtherBatch]
    origin: OtherBatch | None
    instead: OtherBatch | None
    broken: int
    batch_url: str
    is_in_force: bool


@dataclass(frozen=True)
class History:
    """ingestion/_history.html: the chart of durations and the one in the middle; no chart of a single batch."""

    chart: Chart | None
    middle: float


@dataclass(frozen=True)
class ChangedRow:
    """A row that a batch brought, as its list shows it: whose it is or its own name, on which account, since when, how much."""

    name: str
    url: str = ""
    number: str = ""
    account: str = ""
    account_url: str = ""
    since: date | datetime | None = None
    amount: Decimal | None = None
    currency: str = ""


def changes(viewer: Viewer, batch: Batch, *, loaded: int) -> Changes:
    """What a batch changed, what was replayed on it, which of its check figures differ."""
    feeds = touched.changed_feeds(viewer, batch)
    listed = reverse("batch-rows", args=[batch.pk])
    shown = [
        ChangedFeed(FEED_NAMES.get(one.feed, one.feed), one.rows, one.shown, f"{listed}?{urlencode({'feed': one.feed})}") for one in feeds
    ]
    origin, instead = touched.origin_of(batch), touched.in_force_instead(batch)
    return Changes(
        shown, touched.count_customers(viewer, batch, loaded=loaded), listed,
        [_other(one) for one in touched.replayed_on(batch)], _other(origin) if origin else None, _other(instead) if instead else None,
        batch.checks.filter(ok=False).count(), address("batch", batch.pk), is_in_force=batch.state == Batch.State.LOADED,
    )  # fmt: skip


def _other(batch: Batch) -> OtherBatch:
    return OtherBatch(batch.batch_date, batch.attempt, address("batch", batch.pk))


def history(batch: Batch) -> History:
    """How long the batches of this source took: bars that lead to each of them, this one marked."""
    found = touched.neighbours(batch)
    took = [(one.finished_at - one.started_at).total_seconds() for one in found if one.finished_at]
    if len(took) < 2:
        return History(None, 0.0)
    middle, at = median(took), [one.pk for one in found].index(batch.pk) if batch in found else None
    sentence = _("How long the last %(count)s batches of %(source)s took: the middle one %(middle)s.") % {
        "count": len(took), "source": batch.source, "middle": duration(middle),
    }  # fmt: skip
    if at is not None:
        sentence += (" " if language() == "en" else "") + _("This one took %(took)s.") % {"took": duration(took[at])}
    chart = Chart(
        "bars", sentence, [day(one.batch_date, language(), timezone.localdate()) for one in found], [Series(_("Took"), took, "c6")],
        unit="duration", height=140, links=[address("batch", one.pk) for one in found], notes=[_ready(one) for one in found], marked=at,
    )  # fmt: skip
    return History(chart, middle)


def _ready(batch: Batch) -> str:
    """When a batch was ready, and that it failed or no longer counts."""
    state = "" if batch.state == Batch.State.LOADED else f" · {batch.get_state_display()}"
    at = timezone.localtime(batch.finished_at)
    return _("ready %(day)s %(time)s") % {"day": day(at.date(), language(), timezone.localdate()), "time": clock(at)} + state


def changed_row(row: Any, feed: str) -> ChangedRow:
    """One row of `touched.rows_of` or, without a feed, of `touched.customers_of`."""
    facts = touched.FACTS.get(feed, touched.Facts("parties.Party", "", ""))
    if facts.party is None:
        return ChangedRow(row.name)
    party = getattr(row, facts.party) if facts.party else row
    account = row if feed == "accounts" else getattr(row, facts.account) if facts.account else None
    amount = getattr(row, facts.amount) if facts.amount else None
    if amount is not None and getattr(row, "direction", "") == "debit":
        amount = -amount
    return ChangedRow(
        party.name if party else "", address("customer", party.pk) if party else "", "" if feed else party.customer_no,
        account.account_no_masked or "••••" if account else "", address("account", account.pk) if account else "",
        getattr(row, facts.since) if feed else None, amount, row.currency if amount is not None else "",
    )  # fmt: skip
