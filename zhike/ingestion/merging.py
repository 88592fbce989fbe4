"""Which area takes which feed, and the merging of one prepared batch, feed by feed, inside the transaction of its switch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import duckdb
from django.db import connection

from zhike.access import merging as access
from zhike.core.merging import Cursor, Merged, Stage
from zhike.engagement import merging as engagement
from zhike.holdings import merging as holdings
from zhike.ingestion.models import Batch, Check, FeedRun
from zhike.ingestion.months import copy_new_months
from zhike.ingestion.preparing import Prepared, PreparedFeed
from zhike.ingestion.staging import copy_rejects, copy_vault, feeds_waiting, stage_feed, unstage
from zhike.ingestion.texts import Text, texts_of, vault_texts
from zhike.parties import merging as parties
from zhike.products import merging as products
from zhike.risk import merging as risk

Progress = Callable[[str, str], None]


@dataclass(frozen=True)
class Taker:
    """The function of an area that takes a feed, and the table it fills of which statistics are wanted at once (a partition has its own)."""

    merge: Callable[[Cursor, Stage], Merged]
    table: str | None


TAKERS: Mapping[str, Taker] = {
    "organisation": Taker(access.merge_organisation, "access_unit"),
    "employees": Taker(access.merge_employees, "access_employee"),
    "parties": Taker(parties.merge_parties, "parties_party"),
    "identifiers": Taker(parties.merge_identifiers, "parties_identifier"),
    "contact_points": Taker(parties.merge_contact_points, "parties_contactpoint"),
    "rm_assignments": Taker(parties.merge_rm_assignments, "parties_assignment"),
    "relationships": Taker(parties.merge_relationships, "parties_relationship"),
    "party_groups": Taker(parties.merge_party_groups, "parties_groupmember"),
    "consents": Taker(parties.merge_consents, "parties_consent"),
    "products": Taker(products.merge_products, "products_product"),
    "accounts": Taker(holdings.merge_accounts, "holdings_account"),
    "account_roles": Taker(holdings.merge_account_roles, "holdings_accountrole"),
    "balances": Taker(holdings.merge_balances, "holdings_balance"),
    "positions": Taker(holdings.merge_positions, "holdings_position"),
    "transactions": Taker(holdings.merge_transactions, None),
    "loans": Taker(holdings.merge_loans, "holdings_loan"),
    "cards": Taker(holdings.merge_cards, "holdings_card"),
    "standing_orders": Taker(holdings.merge_standing_orders, "holdings_standingorder"),
    "guarantees": Taker(holdings.merge_guarantees, "parties_relationship"),
    "payroll_agreements": Taker(holdings.merge_payrolls, "holdings_payroll"),
    "payroll_details": Taker(holdings.merge_salaries, "holdings_salary"),
    "interactions": Taker(engagement.merge_interactions, "engagement_interaction"),
    "channel_events": Taker(engagement.merge_channel_events, "engagement_channelday"),
    "risk_profiles": Taker(risk.merge_risk_profiles, "risk_profile"),
    "calendar": Taker(access.merge_calendar, "access_calendarday"),
}

# What stands on top is taken back first.
TAKE_BACK = (risk.take_back, engagement.take_back, holdings.take_back, parties.take_back, products.take_back, access.take_back)


def take_back(source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Put PostgreSQL back to what it was before these batches of `source`, which begin on `since` (decision 4)."""
    with connection.cursor() as cursor:
        for one in TAKE_BACK:
            one(cursor, source=source, since=since, batch_ids=batch_ids)
        cursor.execute("delete from ingestion_held where batch_id = any(%s)", (list(batch_ids),))
        cursor.execute("update ingestion_held set released_by_id = null where released_by_id = any(%s)", (list(batch_ids),))


def merge_prepared(con: duckdb.DuckDBPyConnection, prepared: Prepared, batch: Batch, say: Progress) -> None:
    """Merge every feed of a prepared batch and write what came of it. Runs inside the transaction of the switch."""
    with connection.cursor() as cursor:
        cursor.execute("set local work_mem = '128MB'")
    copy_rejects(con, prepared.rejects, batch.pk)
    say("", "seal")
    copy_vault(_sealed_texts(con, prepared.feeds.values()))
    waiting = feeds_waiting(batch.source)
    runs = [
        _merge_feed(con, feed, batch, position, partial(say, name), may_let_in=name in waiting)
        for position, (name, feed) in enumerate(prepared.feeds.items())
    ]
    FeedRun.objects.bulk_create(FeedRun(**run) for run in runs)
    write_checks(batch, prepared)
    say("", "finish")
    with connection.cursor() as cursor:
        parties.refresh_books(cursor, at=batch.batch_date)
        parties.confirm_corrections(cursor)
        holdings.finish(cursor, source=batch.source, batch_id=batch.pk, at=batch.batch_date, has_balances="balances" in prepared.feeds)


def write_checks(batch: Batch, prepared: Prepared) -> None:
    """Keep the check figures of a batch, also of one that they stop."""
    Check.objects.bulk_create(
        Check(batch=batch, name=c.name, expected=c.expected, actual=c.actual, ok=c.ok, severity=c.severity) for c in prepared.checks
    )


def _sealed_texts(con: duckdb.DuckDBPyConnection, feeds: Iterable[PreparedFeed]) -> Iterator[Text]:
    for feed in feeds:
        if feed.vault:
            yield from feed.vault_texts or vault_texts(con, feed.vault)


def _merge_feed(
    con: duckdb.DuckDBPyConnection, feed: PreparedFeed, batch: Batch, position: int, say: Callable[[str], None], *, may_let_in: bool
) -> dict[str, object]:
    """Stage and merge one feed; gives the fields of its `FeedRun`."""
    started = time.perf_counter()
    seconds = dict(feed.seconds)
    name = feed.feed.name
    run: dict[str, object] = {
        "batch": batch, "feed": name, "position": position, "mode": feed.mode, "files": list(feed.files), "state": "loaded",
        "count_in": feed.count_in, "count_rejected": feed.count_rejected, "is_merged": name in TAKERS,
    }  # fmt: skip
    if name not in TAKERS:
        return {**run, "count_loaded": feed.count_good - feed.count_left_out, "count_unchanged": feed.count_left_out, "seconds": seconds}
    mode = "changed" if batch.kind == "correction" and feed.mode == "full" else feed.mode
    stage = Stage(f"stage_{name}", batch.source, batch.pk, batch.batch_date, mode)
    copied, good = copy_new_months(con, feed.good, stage) if name == "transactions" else (0, feed.good)
    rows = feed.texts if feed.texts is not None and good == feed.good else texts_of(con, feed.feed, good)
    staged = stage_feed(con, feed.feed, good, rows, stage, on_missing=feed.on_missing, may_let_in=may_let_in, say=say)
    seconds["stage"] = time.perf_counter() - started
    say("merge")
    with connection.cursor() as cursor:
        merged = TAKERS[name].merge(cursor, stage)
        unstage(cursor, feed.feed, stage)
        if TAKERS[name].table and merged.loaded:
            cursor.execute("select ingestion_learn(%s)", (TAKERS[name].table,))
    seconds["merge"] = time.perf_counter() - started - seconds["stage"]
    return {
        **run, "seconds": {step: round(spent, 3) for step, spent in seconds.items()},
        "count_in": feed.count_in + staged.released, "count_rejected": feed.count_rejected + staged.orphans, "count_held": staged.held,
        "count_loaded": copied + merged.loaded, "count_unchanged": merged.unchanged + feed.count_left_out,
    }  # fmt: skip
