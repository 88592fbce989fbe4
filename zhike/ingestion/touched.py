"""What a batch changed, down to the rows: reads of other areas' tables by the batch that each row names, within the viewer's scope.

A row names the batch that brought it as it stands. Of what a later batch changed again, the later one is named; a batch that was
superseded or failed names nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer
from zhike.ingestion.models import Batch
from zhike.ingestion.queries import READ

# Past so many new and changed rows the customers behind them are not counted while somebody waits for the page.
MOST_COUNTED = 200_000


@dataclass(frozen=True)
class Facts:
    """The rows of a feed. `model` by its string, since no area's models are another's; `party` and `account`: how a row reaches them
    ("": it is the party itself; None: the row is about no customer).

    `since`: the day from which a row holds; `amount`: what it is about, in the row's currency; `shown`: the pages that show it.
    """

    model: str
    shown: str | Promise
    party: str | None = "party"
    account: str = ""
    since: str = "valid_from"
    amount: str = ""


_HOLD = _("customer page: holdings")
FACTS: Mapping[str, Facts] = {
    "organisation": Facts("access.Unit", _("organisation, everybody's scope"), None),
    "employees": Facts("access.Employee", _("organisation, managers' names"), None),
    "products": Facts("products.Product", _("names of products"), None),
    "parties": Facts("parties.Party", _("customer list, head and profile of a customer"), ""),
    "identifiers": Facts("parties.Identifier", _("head of a customer, ways to reach")),
    "contact_points": Facts("parties.ContactPoint", _("head of a customer, ways to reach")),
    "rm_assignments": Facts("parties.Assignment", _("own books, public pool")),
    "relationships": Facts("parties.Relationship", _("customer page: family and companies")),
    "party_groups": Facts("parties.GroupMember", _("customer page: family and companies")),
    "consents": Facts("parties.Consent", _("customer page: consents")),
    "accounts": Facts("holdings.Account", _("customer page: holdings; account page")),
    "account_roles": Facts("holdings.AccountRole", _("customer page: holdings; account page"), account="account"),
    "balances": Facts("holdings.Balance", _("AUM, deposits, balances by month"), account="account", amount="balance"),
    "positions": Facts("holdings.Position", _("AUM, investments"), account="account", amount="market_value"),
    "loans": Facts("holdings.Loan", _("loans, balances by month"), account="account", amount="balance"),
    "cards": Facts("holdings.Card", _HOLD),
    "standing_orders": Facts("holdings.StandingOrder", _HOLD, account="account", amount="amount"),
    "transactions": Facts(
        "holdings.Transaction", _("transactions, money in and out"), account="account", since="booking_date", amount="amount"
    ),
    "interactions": Facts("engagement.Interaction", _("contacts, last contact"), since="at"),
    "channel_events": Facts("engagement.ChannelDay", _("customer page: timeline"), since="day"),
}


@dataclass(frozen=True)
class Changed:
    """What came of one feed: its new and changed rows, and where they show."""

    feed: str
    rows: int
    shown: str | Promise


def changed_feeds(viewer: Viewer, batch: Batch) -> list[Changed]:
    """The feeds of a batch that changed something, in the order of loading; of one that is not in force, none."""
    if not viewer.may(READ) or batch.state != Batch.State.LOADED:
        return []
    runs = batch.feeds.filter(is_merged=True, count_loaded__gt=0).order_by("position")
    return [Changed(run.feed, run.count_loaded, FACTS[run.feed].shown) for run in runs if run.feed in FACTS]


def columns_of(feed: str) -> set[str]:
    """Which columns the list of a feed's rows has; without a feed it is a list of customers."""
    facts = FACTS.get(feed)
    if facts is None or facts.party is None:
        return {"id"}
    more = {"account": facts.account or feed == "accounts", "amount": facts.amount}
    return {"id", "since", *(name for name, there in more.items() if there)}


def rows_of(viewer: Viewer, batch: Batch, feed: str) -> QuerySet[Any]:
    """The rows that stand as this batch brought them, with customer and account and without any protected column. Raises KeyError."""
    facts = FACTS[feed]
    model: Any = apps.get_model(facts.model)
    if facts.party is None:
        return model.objects.filter(batch_id=batch.pk).only("name")  # type: ignore[no-any-return]
    related = [one for one in (facts.party, facts.account) if one]
    names = [
        "batch_id",
        facts.since,
        *([facts.amount, "currency"] if facts.amount else []),
        f"{facts.party}__name" if facts.party else "name",
    ]
    names += ["direction"] if feed == "transactions" else []
    names += ["account_no_masked"] if feed == "accounts" else [f"{facts.account}__account_no_masked"] if facts.account else []
    rows = model.objects.seen_by(viewer).filter(batch_id=batch.pk).only(*names)
    if feed == "relationships":
        rows = rows.filter(is_reciprocal=False)  # each is kept from both sides and counted once
    return rows.select_related(*related) if related else rows  # type: ignore[no-any-return]


def customers_of(viewer: Viewer, batch: Batch) -> QuerySet[Any]:
    """The customers of whom this batch changed anything that still stands so."""
    party: Any = apps.get_model("parties.Party")
    feeds = [one.feed for one in changed_feeds(viewer, batch) if FACTS[one.feed].party is not None]
    ids = [_parties(viewer, batch, feed) for feed in feeds]
    seen = party.objects.seen_by(viewer).only("name", "customer_no")
    return seen.filter(pk__in=ids[0].union(*ids[1:])) if ids else seen.none()  # type: ignore[no-any-return]


def _parties(viewer: Viewer, batch: Batch, feed: str) -> QuerySet[Any]:
    facts = FACTS[feed]
    model: Any = apps.get_model(facts.model)
    rows = model.objects.seen_by(viewer).filter(batch_id=batch.pk)
    return rows.values_list(f"{facts.party}_id" if facts.party else "id")  # type: ignore[no-any-return]


def count_customers(viewer: Viewer, batch: Batch, *, loaded: int) -> int | None:
    """How many those are; None for a batch so large that counting would keep the page waiting."""
    return customers_of(viewer, batch).count() if loaded <= MOST_COUNTED else None


def replayed_on(batch: Batch) -> list[Batch]:
    """The later dates that were replayed when this batch was switched: in the same transaction, so between this finish and the next."""
    if batch.finished_at is None or batch.landing_attempt != batch.attempt:
        return []
    mine = Batch.objects.filter(source=batch.source)
    after = mine.filter(landing_attempt=F("attempt"), finished_at__gt=batch.finished_at).order_by("finished_at").first()
    found = mine.filter(landing_attempt__lt=F("attempt"), started_at__gte=batch.finished_at)
    if after is not None and after.finished_at is not None:
        found = found.filter(started_at__lt=after.finished_at)
    return list(found.order_by("batch_date", "pk"))


def origin_of(batch: Batch) -> Batch | None:
    """The attempt that read the files of this one: another one where this is a replay of what had landed."""
    if batch.landing_attempt == batch.attempt:
        return None
    return Batch.objects.filter(source=batch.source, batch_date=batch.batch_date, attempt=batch.landing_attempt).first()


def in_force_instead(batch: Batch) -> Batch | None:
    """The attempt at the same date that counts, where this one does not."""
    if batch.state not in (Batch.State.SUPERSEDED, Batch.State.FAILED):
        return None
    counts = Batch.objects.filter(source=batch.source, batch_date=batch.batch_date, kind="load", state=Batch.State.LOADED)
    return counts.order_by("-attempt").first()


def neighbours(batch: Batch, *, most: int = 20) -> Sequence[Batch]:
    """The last `most` attempts of the source up to this one, oldest first; where this one is recent, the newest ones as well."""
    mine = Batch.objects.filter(source=batch.source, finished_at__isnull=False)
    later = list(mine.filter(pk__gt=batch.pk).order_by("pk")[: most // 2])
    earlier = list(mine.filter(pk__lte=batch.pk).order_by("-pk")[: most - len(later)])
    return [*reversed(earlier), *later]
