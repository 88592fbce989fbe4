"""Keeps forgotten customers out of what lands: their keys become aliases, their words nothing, before anything is written (`parties.forgotten`).

Every line is still counted, so that control figures hold: what would tell who she was is left out of the line, and lines of feeds that are
about a person only (documents, contact points …) are staged by nobody. Accounts, balances and postings land under the alias: sums stay.
The same replacements are made in what had landed before (`forgetting`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from zhike.ingestion.feeds import Feed, Field
from zhike.ingestion.mapping import name
from zhike.parties.forgotten import MARK, NO_NAME, Stones, Tombstone, alias_of, met, tombstones

# Feeds whose lines are about a person and nothing else: of a forgotten one they are not staged.
LEFT_OUT = frozenset(
    {"identifiers", "contact_points", "rm_assignments", "relationships", "party_groups", "consents", "channel_events", "guarantees"}
)
# Of the line of the customer herself these stay: sums by unit and kind.
STAYS = frozenset({"party_key", "kind", "status", "unit_key", "opening_unit_key"})
# Words that stay out where only what no law asks for was deleted: those from before that moment.
SOFT: Mapping[str, tuple[str, ...]] = {"interactions": ("subject", "text"), "channel_events": ("detail",), "cases": ("text",)}
CHUNK = 100_000


@dataclass(frozen=True)
class Gone:
    """The tombstones of a source, as a load needs them. Where there is none nothing is looked at and nothing costs anything."""

    source: str = ""
    stones: Stones = field(default_factory=dict)


def gone_of(source: str) -> Gone:
    """Who of a source was forgotten; asked once a load, under its lock."""
    return Gone(source, tombstones(source))


def party_fields(feed: Feed) -> list[Field]:
    """The fields of a feed that name a customer."""
    return [one for one in feed.fields if one.refers == "parties" or (feed.name == "parties" and one.name == "party_key")]


def account_fields(feed: Feed) -> list[Field]:
    """The fields of a feed that name an account, where its rows hold words that belong to whose account it is."""
    if not any(_goes(feed, one) for one in feed.fields) or feed.name in LEFT_OUT:
        return []
    return [one for one in feed.fields if one.refers == "accounts" or (feed.name == "accounts" and one.name == "account_key")]


def is_hers(feed: Feed, alias: str = "") -> str:
    """SQL over a row of a landed or checked feed: it belongs to somebody forgotten. "false" where a feed names nobody."""
    return " or ".join(f"coalesce(starts_with({alias}{name(one.name)}, '{MARK}'), false)" for one in party_fields(feed)) or "false"


def hidden(con: duckdb.DuckDBPyConnection, feed: Feed, select: str, gone: Gone) -> str:
    """The rows of `select` (canonical text) without whoever was forgotten; as it is where the feed holds nothing of them."""
    if not gone.stones:
        return select
    found = list(_found(con, feed, select, gone))
    if not found:
        return select
    keep_gone(con, f"gone_{feed.name}", gone.source, found)
    return replaced(feed, f"({select})", f"gone_{feed.name}", landed=False)


def keep_gone(con: duckdb.DuckDBPyConnection, table: str, source: str, found: Sequence[tuple[str, str, Tombstone]]) -> None:
    """Make the table of keys that `replaced` reads: what, key, alias, is_whole, until."""
    rows = pa.table({
        "what": pa.array([what for what, _key, _stone in found], pa.string()), "key": pa.array([key for _what, key, _stone in found], pa.string()),
        "alias": pa.array([alias_of(source, key) for _what, key, _stone in found], pa.string()),
        "is_whole": pa.array([stone.is_whole for *_said, stone in found], pa.bool_()),
        "until": pa.array([stone.at for *_said, stone in found], pa.timestamp("us", "UTC")),
    })  # fmt: skip
    con.register(f"{table}_rows", rows)
    con.execute(f"create or replace temp table {table} as select * from {table}_rows")
    con.unregister(f"{table}_rows")


def _found(con: duckdb.DuckDBPyConnection, feed: Feed, select: str, gone: Gone) -> Iterator[tuple[str, str, Tombstone]]:
    """The keys of forgotten customers and of their accounts among the rows; every key is looked at once."""
    for what, fields in (("party", party_fields(feed)), ("account", account_fields(feed))):
        if not fields:
            continue
        keys = " union ".join(f"select {name(one.name)} as key from ({select})" for one in fields)
        rows = con.execute(f"select key from ({keys}) where key is not null")
        while some := rows.fetchmany(CHUNK):
            yield from ((what, key, stone) for key, stone in met(gone.source, what, (key for (key,) in some), gone.stones).items())


def replaced(feed: Feed, source: str, table: str, *, landed: bool) -> str:
    """SQL: the rows of `source` with aliases and without words, for the keys in `table` (`keep_gone`).

    `landed`: protected fields stand there as their parts, not as the value.
    """
    people, accounts = party_fields(feed), account_fields(feed)
    joins = [f"left join {table} g{n} on g{n}.what = 'party' and g{n}.key = m.{name(one.name)}" for n, one in enumerate(people)]
    joins += [f"left join {table} a{n} on a{n}.what = 'account' and a{n}.key = m.{name(one.name)}" for n, one in enumerate(accounts)]
    met_as = [*(f"g{n}" for n in range(len(people))), *(f"a{n}" for n in range(len(accounts)))]
    is_whole = "(" + " or ".join(f"coalesce({one}.is_whole, false)" for one in met_as) + ")"
    parts = [f"case when g{n}.is_whole then g{n}.alias else m.{name(one.name)} end as {name(one.name)}" for n, one in enumerate(people)]
    parts += [f"case when {is_whole} then {_instead(one)} else m.{name(column)} end as {name(column)}"
              for one in feed.fields if _goes(feed, one) for column in _columns(one, landed=landed)]  # fmt: skip
    until, at = f"coalesce({', '.join(f'{one}.until' for one in met_as)}, null)", "m.opened_at" if feed.name == "cases" else "m.at"
    parts += [f"case when {is_whole} or try_cast({at} as timestamptz) < {until} then null else m.{name(column)} end as {name(column)}"
              for column in SOFT.get(feed.name, ())]  # fmt: skip
    return f"select m.* replace ({', '.join(parts)}) from {source} m {' '.join(joins)}"


def _goes(feed: Feed, one: Field) -> bool:
    """Whether a field of a forgotten customer's row is left out."""
    if one in party_fields(feed) or one.name in SOFT.get(feed.name, ()):
        return False
    if feed.name == "parties":
        return one.name not in STAYS
    if feed.name in LEFT_OUT:
        return bool(one.seal) or (one.type in ("text", "key") and one.refers is None and one.name != "group_key")
    return bool(one.seal) or (one.c == 2 and one.type == "text")


def _instead(one: Field) -> str:
    """What stands for a value: nothing; a name where there must be one; a key that says only where the line stood."""
    if one.type == "key":
        return f"'{MARK}' || md5(concat_ws('|', m._file, m._line))"
    return f"'{NO_NAME}'" if one.required and not one.seal else "null"


def _columns(one: Field, *, landed: bool) -> list[str]:
    return [f"{one.name}_{part}" for part in ("digest", "last4", "masked", "sealed", "fault")] if one.seal and landed else [one.name]
