"""Deleting customers: a dry run of what would go, and the deletion itself, set-based, for one request or for all whom the schedule names.

What is done with which table and file the areas declare (`core.forgetting`). Everything happens in the caller's transaction, while loads of her
sources wait; files are changed before the database, and a run that is broken off is simply begun again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from zhike.access.scope import Viewer
from zhike.access.sealing import CannotOpen, open_sealed
from zhike.core import forgetting
from zhike.core.forgetting import After, Gone, Key, Values
from zhike.core.pages import Words
from zhike.parties import forgotten
from zhike.parties.queries import require_seen
from zhike.privacy import buried
from zhike.privacy.deletion_rules import Facts, Ground, Measure, grounds_of, measure_of

# Whether a relation goes on, and when it ended; a customer whom nothing says that of is one until the source says otherwise.
_FACTS = """
    select p.id, h.kind is not null, h.ends_date, c.id is not null,
        coalesce(a.is_open, false) or coalesce(l.is_open, false) or (p.status = 'customer' and a.last_date is null and l.last_date is null and p.left_date is null),
        greatest(a.last_date, l.last_date, p.left_date, case when p.status = 'former' and a.last_date is null and p.left_date is null then p.valid_from end)
    from parties_party p
    left join lateral (select r.kind, case when bool_or(r.ends_date is null) then null else max(r.ends_date) end as ends_date from parties_contactrestriction r
        where r.party_id = p.id and r.kind = 'hold' and r.lifted_at is null and (r.ends_date is null or r.ends_date > %(today)s) group by r.kind) h on true
    left join lateral (select r.id from parties_contactrestriction r
        where r.party_id = p.id and r.kind = 'complaint' and r.lifted_at is null and (r.ends_date is null or r.ends_date > %(today)s) limit 1) c on true
    left join lateral (select bool_or(t.status <> 'closed') as is_open, max(coalesce(t.closed_date, t.balance_date, t.valid_from)) as last_date
        from holdings_account t where t.id in (select id from holdings_account where party_id = p.id union select account_id from holdings_accountrole
            where party_id = p.id and (to_date is null or to_date > %(today)s))) a on true
    left join lateral (select bool_or(t.state in ('running', 'running_overdue', 'finished_unpaid')) as is_open, max(coalesce(t.maturity_date, t.valid_from)) as last_date
        from holdings_loan t where t.party_id = p.id) l on true
    where p.id = any(%(ids)s)
"""


@dataclass(frozen=True)
class Line:
    """One kind of data in a dry run: how much of it there is, whether it goes."""

    what: Words
    rows: int
    goes: bool


@dataclass(frozen=True)
class Plan:
    """What a deletion would do."""

    measure: Measure
    grounds: Sequence[Ground]
    lines: Sequence[Line]


@dataclass(frozen=True)
class Deleted:
    """What a deletion did: the measure and the grounds of each customer, rows by table, files changed."""

    measures: Mapping[int, Measure]
    grounds: Mapping[int, Sequence[Ground]]
    rows: Mapping[str, int]


def facts_of(party_ids: Sequence[int], today: date) -> list[Facts]:
    """What decides about these customers; of those only whom the connection's role sees."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"ids": list(party_ids), "today": today})
        return [Facts(*row) for row in cursor.fetchall()]


def plan(viewer: Viewer, party_id: int, *, at: datetime) -> Plan:
    """The dry run for one customer: what would go, what stays and why; nothing is changed. Raises PartyNotSeen."""
    require_seen(viewer, party_id)
    today = timezone.localdate(at)
    grounds = grounds_of(facts_of([party_id], today)[0], today)
    measure = measure_of(grounds)
    counts: dict[Words, list[int]] = {}
    with connection.cursor() as cursor:
        for told in (one for one in forgetting.rows() if one.what):
            cursor.execute(
                f"select count(*) from {told.table} t where t.{told.column} = %s {f'and ({told.only})' if told.only else ''}", [party_id]
            )
            goes = measure == "whole" or (measure == "part" and not told.is_law)
            line = counts.setdefault(told.what, [0, int(goes)])
            line[0] += cursor.fetchone()[0]
    return Plan(measure, grounds, [Line(what, rows, bool(goes)) for what, (rows, goes) in counts.items() if rows])


def carry_out(party_ids: Sequence[int], *, at: datetime, step: Callable[[str], None] = lambda _what: None) -> Deleted:
    """Delete what may go of these customers. Needs the job role and an open transaction; writes no entry, which is the caller's act."""
    today = timezone.localdate(at)
    grounds = {one.party_id: grounds_of(one, today) for one in facts_of(party_ids, today)}
    measures = {party: measure_of(found) for party, found in grounds.items()}
    going = {party: measure == "whole" for party, measure in measures.items() if measure != "none"}
    counted: Counter[str] = Counter()
    if going:
        with connection.cursor() as cursor:
            gone = _gather(cursor, going, at, step)
            for name, clean in forgetting.cleanings().items():
                counted[name] += clean(gone)
            counted += _in_tables(cursor, step)
            forgotten.bury(gone.keys, gone.accounts, whole=gone.whole, at=at)
            buried.keep(gone.keys, at, whole=gone.whole)
            cursor.execute("drop table going, going_key, going_value, going_word")
    return Deleted(measures, grounds, dict(counted))


def _gather(cursor: Any, going: Mapping[int, bool], at: datetime, step: Callable[[str], None]) -> Gone:
    """Who goes, her keys and values, into temporary tables; loads of her sources wait from here on."""
    cursor.execute("create temp table going (party_id bigint primary key, is_whole boolean not null) on commit drop")
    cursor.execute("insert into going select * from unnest(%s::bigint[], %s::boolean[])", [list(going), list(going.values())])
    cursor.execute("select s.party_id, s.source, s.external_key from parties_partysource s join going using (party_id) order by 2, 3")
    keys = [Key(party, source, key, forgotten.alias_of(source, key)) for party, source, key in cursor.fetchall()]
    for source in sorted({key.source for key in keys}):
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [forgetting.lock_of_loads(source)])
    cursor.execute("create temp table going_key (party_id bigint, source text, external_key text, alias text) on commit drop")
    cursor.execute(
        "insert into going_key select * from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])",
        [[one.party_id for one in keys], [one.source for one in keys], [one.external_key for one in keys], [one.alias for one in keys]],
    )
    cursor.execute("select a.source, a.external_key from holdings_account a join going g on g.party_id = a.party_id and g.is_whole")
    accounts = cursor.fetchall()
    cursor.execute(
        """create temp table going_word on commit drop as select distinct w.word from parties_party p join going g on g.party_id = p.id and g.is_whole,
           unnest(p.name_tokens) w(word)"""
    )
    whole = frozenset(party for party, is_whole in going.items() if is_whole)
    return Gone(keys, accounts, whole, at, _needles(cursor, keys, whole), step)


def _needles(cursor: Any, keys: Sequence[Key], whole: frozenset[int]) -> list[str]:
    """What tells that a sealed line is hers: her keys, her number, and the protected values that she alone has."""
    _collect_values(cursor)
    cursor.execute("select customer_no from parties_party p join going g on g.party_id = p.id and g.is_whole where customer_no <> ''")
    needles = [number for (number,) in cursor.fetchall()] + [key.external_key for key in keys if key.party_id in whole]
    cursor.execute("select v.sealed from access_vault v join going_value g on g.digest = v.digest")
    for (sealed,) in cursor.fetchall():
        try:
            needles.append(open_sealed(bytes(sealed)))
        except CannotOpen:  # of another installation's backup: nothing here was sealed with it
            continue
    return needles


def _collect_values(cursor: Any) -> None:
    """`going_value`: digests of protected values that go, and that nobody else has."""
    values = [one for one in forgetting.declared() if isinstance(one, Values)]
    hers = " union ".join(
        f"select t.{one.column} as digest from {one.table} t join going g on g.party_id = t.party_id {'and g.is_whole' if one.is_law else ''}"
        for one in values
    )
    others = " and ".join(
        f"not exists (select from {one.table} o where o.{one.column} = h.digest and not exists (select from going g where g.party_id = o.party_id"
        f" {'and g.is_whole' if one.is_law else ''}))" for one in values
    )  # fmt: skip
    cursor.execute(
        f"create temp table going_value on commit drop as select h.digest from ({hers}) h where h.digest is not null and {others}"
    )


def _in_tables(cursor: Any, step: Callable[[str], None]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for one in forgetting.rows():
        step(one.table)
        cursor.execute(one.statement)
        counted[one.table] += cursor.rowcount
    for after in forgetting.declared():
        if isinstance(after, After):
            cursor.execute(after.statement)
    cursor.execute("delete from access_vault v using going_value g where v.digest = g.digest")
    counted["access_vault"] += cursor.rowcount
    return counted
