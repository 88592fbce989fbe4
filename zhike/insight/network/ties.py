"""From what moved to ties: outsiders under one key, who of our customers leads to them, and where customers stand in the network."""

from __future__ import annotations

import hashlib

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.insight.network import clusters

SHARED_BY = 3  # an account that more names use is a platform's and makes nobody one with another

_OUTSIDE = """
create or replace temp table beyond as
select m.*, p.kind, p.word as own_word from moved m join party p using (party_id)
where (m.digest is null or m.digest not in (select digest from known_account))
  and m.word <> p.word and m.word <> '' and m.word not in (select word from known_word) and is_firm(m.name)
  and (m.is_salary and m.direction = 'credit' or p.kind <> 'individual');
"""
# Numbers for what is to be joined: words first, then accounts that few names share.
_NUMBERED = f"""
create or replace temp table numbered as
with word as (select word, row_number() over (order by word) - 1 as number from (select distinct word from beyond union select distinct word from declared)),
shared as (select digest, row_number() over (order by digest) - 1 as number from beyond where digest is not null group by digest having count(distinct word) <= {SHARED_BY})
select word.word, word.number as word_no, shared.number + (select count(*) from word) as account_no
from word left join (select distinct word, digest from beyond) b using (word) left join shared using (digest);
"""
_DECLARED = """
create or replace temp table declared as
select party_id, trim(employer_name) as name, word_of(employer_name) as word from party
where kind = 'individual' and status = 'customer' and coalesce(employer_name, '') <> '' and word_of(employer_name) not in (select word from known_word)
  and word_of(employer_name) <> '';
"""
_TIES = """
create or replace temp table tie as
with said as (
    select n.outsider, b.party_id, b.name, b.bank, b.amount, b.count, b.months, b.first_date, b.last_date,
           case when b.is_salary and b.direction = 'credit' then 'employer' when b.direction = 'debit' then 'supplier' else 'buyer' end as kind
    from beyond b join node n using (word)
    union all
    select n.outsider, d.party_id, d.name, null, 0, 0, 0, null, null, 'employer' from declared d join node n using (word)
), title as (
    select outsider, arg_max(name, (times, length(name), name)) as title, any_value(banks) as banks
    from (select outsider, name, sum(count) + count(*) as times, string_agg(distinct bank, '、' order by bank) as banks from said group by outsider, name)
    group by outsider
)
select s.party_id, n.key as outsider, s.kind, t.title as name, coalesce(t.banks, '') as banks, sum(s.amount)::decimal(20,2) as amount, sum(s.count)::bigint as count,
       max(s.months)::bigint as months, min(s.first_date) as first_date, max(s.last_date) as last_date
from said s join title t using (outsider) join named n using (outsider) group by all;
"""
_EDGES = """
create or replace temp table edge as
with other as (
    select m.party_id, 'c' || k.party_id as other, m.direction, m.amount from moved m join known_account k using (digest) where k.party_id <> m.party_id
    union all
    select party_id, 'o' || outsider, case kind when 'supplier' then 'debit' else 'credit' end, amount from tie where amount > 0
)
select case direction when 'debit' then 'c' || party_id else other end as payer, case direction when 'debit' then other else 'c' || party_id end as payee,
       -- told from both sides it is one payment
       max(total)::decimal(20,2) as amount
from (select party_id, other, direction, sum(amount) as total from other group by all) group by all;
"""
_PLACES = """
create or replace temp table place as
with mine as (select substr(node, 2)::bigint as party_id, community, rank from standing where node[1] = 'c'),
ways as (
    select substr(payee, 2)::bigint as party_id, count(*) as payers, 0 as payees, sum(amount) as received, max(amount) as largest, 0 as paid from edge where payee[1] = 'c' group by all
    union all select substr(payer, 2)::bigint, 0, count(*), 0, 0, sum(amount) from edge where payer[1] = 'c' group by all
)
select party_id, any_value(community) as community, any_value(size) as community_size, any_value(percentile) as influence_percentile, sum(payers)::bigint as payers,
       sum(payees)::bigint as payees, sum(received)::decimal(20,2) as received, sum(paid)::decimal(20,2) as paid, max(largest)::decimal(20,2) as largest_received
from (select *, count(*) over (partition by community) as size, ntile(100) over (order by rank, party_id) as percentile from mine) join ways using (party_id) group by party_id;
"""


def tie(engine: duckdb.DuckDBPyConnection) -> None:
    """Make `tie` (one row per customer, outsider and kind) out of `moved` and what customers declared."""
    for statement in (_OUTSIDE, _DECLARED, _NUMBERED):
        engine.execute(statement)
    rows = engine.sql("select word, word_no, account_no from numbered order by word_no").to_arrow_table()
    words = rows["word_no"].to_numpy()
    linked = rows.filter(pc.is_valid(rows["account_no"]))
    count = 1 + max(words.max(initial=-1), pc.max(rows["account_no"]).as_py() or -1)
    component = clusters.joined(linked["word_no"].to_numpy(), linked["account_no"].to_numpy(), int(count))
    node = pa.table({"word": rows["word"], "outsider": component[words] if len(words) else np.empty(0, dtype=np.int64)})
    engine.register("nodes", node)
    engine.execute("create or replace temp table node as select distinct word, outsider from nodes")
    named = engine.sql("select outsider, min(word) as word from node group by outsider").fetchall()
    keys = pa.table(
        {"outsider": [row[0] for row in named], "key": [_key(row[1]) for row in named]},
        schema=pa.schema({"outsider": pa.int64(), "key": pa.string()}),
    )
    engine.register("keyed", keys)
    engine.execute("create or replace temp table named as select * from keyed")
    engine.execute(_TIES)


def stand(engine: duckdb.DuckDBPyConnection) -> None:
    """Make `edge` (who pays whom) and `place` (one row per customer in it)."""
    engine.execute(_EDGES)
    rows = engine.sql(
        """with node as (select node, row_number() over (order by node) - 1 as number from (select payer as node from edge union select payee from edge))
           select p.number as payer, q.number as payee, ln(1 + e.amount::double) as weight from edge e join node p on p.node = e.payer join node q on q.node = e.payee
           order by 1, 2"""
    ).fetchnumpy()
    names = [
        row[0]
        for row in engine.sql("select node from (select payer as node from edge union select payee from edge) order by node").fetchall()
    ]
    payer, payee, weight = rows["payer"].astype(np.int64), rows["payee"].astype(np.int64), rows["weight"]
    found = {
        "node": pa.array(names, pa.string()),
        "community": clusters.communities(payer, payee, weight, len(names)),
        "rank": clusters.influence(payer, payee, weight, len(names)),
    }
    engine.register("standings", pa.table(found))
    engine.execute("create or replace temp table standing as select * from standings")
    engine.execute(_PLACES)


def _key(word: str) -> str:
    """A key that stays the same as long as the name does."""
    return hashlib.sha256(word.encode()).hexdigest()[:16]
