"""Which area takes which feed, and the merging of one prepared batch, feed by feed, inside the transaction of its switch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

import duckdb
from django.db import connection

from zhike.access import merging as access
from zhike.access.sealing import keyring
from zhike.core.merging import Cursor, Merged, Stage
from zhike.engagement import merging as engagement
from zhike.holdings import merging as holdings
from zhike.ingestion.models import Batch, Check, FeedRun
from zhike.ingestion.preparing import Prepared, PreparedFeed
from zhike.ingestion.staging import copy_rejects, copy_vault, stage_feed, unstage
from zhike.parties import merging as parties
from zhike.products import merging as products

Progress = Callable[[str, str], None]

MERGERS: Mapping[str, Callable[[Cursor, Stage], Merged]] = {
    "organisation": access.merge_organisation,
    "employees": access.merge_employees,
    "parties": parties.merge_parties,
    "identifiers": parties.merge_identifiers,
    "contact_points": parties.merge_contact_points,
    "rm_assignments": parties.merge_rm_assignments,
    "relationships": parties.merge_relationships,
    "party_groups": parties.merge_party_groups,
    "products": products.merge_products,
    "accounts": holdings.merge_accounts,
    "account_roles": holdings.merge_account_roles,
    "balances": holdings.merge_balances,
    "positions": holdings.merge_positions,
    "transactions": holdings.merge_transactions,
    "loans": holdings.merge_loans,
    "cards": holdings.merge_cards,
    "standing_orders": holdings.merge_standing_orders,
    "interactions": engagement.merge_interactions,
}

# What stands on top is taken back first.
TAKE_BACK = (engagement.take_back, holdings.take_back, parties.take_back, products.take_back, access.take_back)


def take_back(source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Put PostgreSQL back to what it was before these batches of `source`, which begin on `since` (decision 4)."""
    with connection.cursor() as cursor:
        for one in TAKE_BACK:
            one(cursor, source=source, since=since, batch_ids=batch_ids)


def merge_prepared(con: duckdb.DuckDBPyConnection, prepared: Prepared, batch: Batch, say: Progress) -> None:
    """Merge every feed of a prepared batch and write what came of it. Runs inside the transaction of the switch."""
    with connection.cursor() as cursor:
        cursor.execute("set local work_mem = '128MB'")
    copy_rejects(con, prepared.rejects, batch.pk)
    for position, (name, feed) in enumerate(prepared.feeds.items()):
        FeedRun.objects.create(**_merge_feed(con, feed, batch, position, partial(say, name)))
    Check.objects.bulk_create(
        Check(batch=batch, name=c.name, expected=c.expected, actual=c.actual, ok=c.ok, severity=c.severity) for c in prepared.checks
    )
    say("", "finish")
    with connection.cursor() as cursor:
        parties.refresh_books(cursor, at=batch.batch_date)
        holdings.finish(cursor, source=batch.source, batch_id=batch.pk, at=batch.batch_date, has_balances="balances" in prepared.feeds)


def _merge_feed(con: duckdb.DuckDBPyConnection, feed: PreparedFeed, batch: Batch, position: int, say: Callable[[str], None]) -> dict[str, object]:
    """Stage and merge one feed; gives the fields of its `FeedRun`."""
    started = time.perf_counter()
    seconds = dict(feed.seconds)
    if feed.vault:
        say("seal")
        copy_vault(con, feed.vault, keyring().version)
    name = feed.feed.name
    run: dict[str, object] = {
        "batch": batch, "feed": name, "position": position, "mode": feed.mode, "files": list(feed.files), "state": "loaded",
        "count_in": feed.count_in, "count_rejected": feed.count_rejected, "is_merged": name in MERGERS,
    }  # fmt: skip
    if name not in MERGERS:
        return {**run, "count_loaded": feed.count_good, "seconds": seconds}
    mode = "changed" if batch.kind == "correction" and feed.mode == "full" else feed.mode
    stage = Stage(f"stage_{name}", batch.source, batch.pk, batch.batch_date, mode)
    staged = stage_feed(con, feed.feed, feed.good, stage, on_missing=feed.on_missing, say=say)
    seconds["stage"] = time.perf_counter() - started
    say("merge")
    with connection.cursor() as cursor:
        merged = MERGERS[name](cursor, stage)
        unstage(cursor, feed.feed, stage)
    seconds["merge"] = time.perf_counter() - started - seconds["stage"]
    return {
        **run, "seconds": {step: round(spent, 3) for step, spent in seconds.items()},
        "count_in": feed.count_in + staged.released, "count_rejected": feed.count_rejected + staged.orphans, "count_held": staged.held,
        "count_loaded": merged.loaded, "count_unchanged": merged.unchanged,
    }  # fmt: skip
