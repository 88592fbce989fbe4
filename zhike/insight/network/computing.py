"""The act of computing the payment network: landed files in, ties and places out, in one switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
from django.conf import settings
from django.db import connection, transaction

from zhike.access import actions as access_actions
from zhike.access.scope import Viewer, entered
from zhike.insight import warehouse
from zhike.insight.build import NothingLanded
from zhike.insight.building import csv_of, whose_keys
from zhike.insight.inputs import business_dates, landed
from zhike.insight.network import dealings, facts, moved, ties
from zhike.insight.network.files import computed_on, folder
from zhike.insight.terms import HOME as CURRENCY
from zhike.insight.warehouse import quoted

MARTS = ("tie", "place", "customer", "dealing")
__all__ = ["Network", "compute", "computed_on"]
TABLES = {
    "tie": ("insight_tie", "party_id, outsider, kind", "name, banks, amount, count, months, first_date, last_date"),
    "place": (
        "insight_networkplace", "party_id", "community, community_size, influence_percentile, payers, payees, received, paid, largest_received",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Network:
    """What came of it."""

    as_of: date
    outsiders: int
    ties: int
    customers: int
    communities: int


def compute(*, as_of: date | None, actor: Viewer, at: datetime, step: Callable[[str], None] = lambda _what: None) -> Network:
    """Compute the network of the twelve months up to a business date (default: the latest) and show it. Raises NothingLanded."""
    home = settings.HOME
    as_of = as_of or max(business_dates(home), default=None)
    if as_of is None or not (files := landed(home, as_of)):
        raise NothingLanded
    with entered(actor):
        keys = whose_keys()
    since = a_year_before(as_of)
    with warehouse.connect(memory=settings.MEMORY, temp=home / "spill") as engine:
        engine.register("keys", keys)
        step("payments")
        moved.read(engine, files, since)
        moved.find(engine, since=since, until=as_of, currency=CURRENCY)
        step("ties")
        ties.tie(engine)
        ties.stand(engine)
        facts.say(engine, as_of)
        dealings.deal(engine)
        step("show")
        return _switch(engine, as_of, actor=actor, at=at)


def a_year_before(day: date) -> date:
    """The same day of the year before; of a 29 February the 28th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _switch(engine: duckdb.DuckDBPyConnection, as_of: date, *, actor: Viewer, at: datetime) -> Network:
    with transaction.atomic(), entered(actor), connection.cursor() as cursor:
        for mart, (table, keys, rest) in TABLES.items():
            columns = f"{keys}, {rest}"
            cursor.execute(f"create temp table new_{mart} on commit drop as select {columns} from {table} where false")
            with cursor.copy(f"copy new_{mart} ({columns}) from stdin (format csv)") as copy:
                for text in csv_of(engine, f"select {columns} from {mart}"):
                    copy.write(text)
            cursor.execute(f"delete from {table} where ({keys}) not in (select {keys} from new_{mart})")
            sets = ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in rest.split(","))
            cursor.execute(f"insert into {table} ({columns}) select {columns} from new_{mart} on conflict ({keys}) do update set {sets}")
        _keep(engine, as_of)
        counts = (
            "select count(distinct outsider) from tie",
            "select count(*) from tie",
            "select count(*) from place",
            "select count(distinct community) from place",
        )
        network = Network(as_of, *(engine.execute(one).fetchall()[0][0] for one in counts))
        after = {"business_date": as_of.isoformat(), "outsiders": network.outsiders, "ties": network.ties, "customers": network.customers}
        access_actions.record(actor, "insight.network_computed", after=after, at=at)
    return network


def _keep(engine: duckdb.DuckDBPyConnection, as_of: date) -> None:
    place = folder(settings.HOME) / f"{as_of:%Y%m%d}"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for mart in MARTS:
        partial = place / f".{mart}.partial"
        engine.execute(f"copy {mart} to {quoted(partial)} (format parquet, compression zstd)")
        partial.replace(place / f"{mart}.parquet")
