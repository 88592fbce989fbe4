"""Turns movements into transactions and balances: splits them into pieces, dates them, adds up the balance after each."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from zhike.samplebank import outsiders
from zhike.samplebank.files import BatchFiles
from zhike.samplebank.flows import KINDS
from zhike.samplebank.plan import ACCOUNTS_PER_PARTY

LOAN_AND_CARD = "(a % 128) between 60 and 79"  # asset side: a debit makes the debt larger

_POSTINGS = f"""
create or replace temp table posting as
with piece as (
    select party, party * {ACCOUNTS_PER_PARTY} + slot as a, month, kind, amount, day, pieces, other, unnest(range(pieces)) as j,
           party * 8192 + month * 64 + kind as salt
    from flow
), cut as (
    select *, case when j = 0 then 0 else floor(amount * pow((j - 0.6 * u(salt, j)) / pieces, 1.7))::bigint end as low,
           case when j + 1 = pieces then amount else floor(amount * pow((j + 1 - 0.6 * u(salt, j + 1)) / pieces, 1.7))::bigint end as high
    from piece
), dated as (
    select party, a, month, kind, cut.other, j, salt, high - low as amount,
           case when pieces = 1 and not k.spread then on_day(month, day)
                else first_of(month) + floor(u(salt, j + 100) * (first_of(month + 1) - first_of(month)))::integer end as day,
           k.direction, k.code, k.source_code, k.channel, k.other as who, k.summary, k.own, k.initiated
    from cut join kinds k on k.no = kind
    where high > low
)
select *, 3600 * case when channel = 'system' then 1 else 8 end
       + case when channel = 'system' then kind * 60 + (h(salt, j + 200) % 60)::bigint
              when channel in ('counter', 'any') then (u(salt, j + 200) * 30000)::bigint else (u(salt, j + 200) * 51000)::bigint end as second,
       case when (direction = 'credit') <> ({LOAN_AND_CARD}) then amount else -amount end as signed
from dated
where day <= (select max(upto) from batch_days)
"""

_RUNNING = """
create or replace temp table running as
select p.*, coalesce(o.amount, 0) + sum(signed) over w as after, row_number() over w as n
from posting p left join opening o on o.a = p.a
window w as (partition by p.a order by day, second, kind, j, p.amount, p.other rows between unbounded preceding and current row)
"""

_TRANSACTIONS = f"""
create or replace temp table tx as
select 'T' || lpad(r.a::varchar, 12, '0') || lpad(n::varchar, 6, '0') as transaction_key, account_key(r.a) as account_key,
       r.day as booking_date, r.day as value_date, moment(r.day, second) as at, yuan(r.amount) as amount, 'CNY' as currency, direction, code, source_code,
       yuan(after) as balance_after,
       case who when 'employer' then f.title when 'own' then p.name when 'merchant' then pick_merchants(u(salt, j + 300))
                when 'person' then pick_surnames(u(salt, 'cp')) || given(salt, u(salt, 'cs') < 0.5) when 'social' then '清川市社会保险事业管理局'
                when 'acquirer' then '清川银行收单清算户' when 'utility' then '清川公用事业缴费' when 'developer' then '清川城投置业有限公司'
                when 'hotel' then '清川国际大酒店' when 'tax' then '国家税务总局清川市税务局' when 'bank' then '清川银行'
                when 'firm' then coalesce({outsiders.NAME}, firm_name(f2.fi)) when 'supplier' then f.title when 'buyer' then f.title end as counterparty_name,
       case when who in ('employer', 'supplier', 'buyer') then f.firm_account when o.number is not null then {outsiders.ACCOUNT}
            when {outsiders.IS_ELSEWHERE} then '62' || digits(f2.fi, 'account elsewhere', 17) when who = 'firm' then account_no(demand_of(f2.fi))
            when who = 'own' then '62' || digits(r.party, 'own account', 17) when who = 'person' then '62' || digits(salt, 'cpa', 17) end as counterparty_account,
       case when o.number is not null then {outsiders.BANK} when {outsiders.IS_ELSEWHERE} then pick_other_banks(u(f2.fi, 'bank elsewhere'))
            when who = 'own' then pick_other_banks(u(r.party, 'own bank')) when who = 'person' then pick_other_banks(u(salt, 'cpb'))
            when who in ('employer', 'supplier', 'buyer', 'firm', 'bank', 'acquirer') then '清川银行' end as counterparty_bank,
       case when channel = 'any' then case when u(salt, 'ch') < p.digital then 'mobile_app' else 'counter' end
            when channel = 'mobile_app' and u(r.party, 'no app') > p.digital + 0.3 then 'counter' else channel end as channel,
       list_extract(summary, 1 + (h(salt, j + 400) % len(summary)::ubigint)::bigint) as summary,
       own::integer as is_own_transfer, 0 as is_reversal, initiated::integer as is_customer_initiated, d.b
from running r join days d on d.day = r.day join holder p on p.i = r.party
left join firm f on f.e = case when who in ('employer', 'supplier', 'buyer') then r.other end
left join firm_pick f2 on who = 'firm' and f2.pick_no = (h(salt, 'firm') % (select count(*) from firm_pick)::ubigint)::bigint
left join outsider o on o.number = {outsiders.CHOSEN}
order by d.b, r.a, n
"""

_BALANCES = f"""
create or replace temp table bal as
with change as (
    select a, day, arg_max(after, n) as fen from running group by a, day
    union all by name
    select a, (select min(upto) from batch_days) as day, amount as fen from opening
)
select account_key(a) as account_key, case when a % {ACCOUNTS_PER_PARTY} = 1 then 'USD' else 'CNY' end as currency, c.day as balance_date, yuan(fen) as balance,
       case when {LOAN_AND_CARD} then null else yuan(fen) end as available, d.b
from change c join days d on d.day = c.day
order by d.b, a, c.day
"""


def know_kinds(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table of kinds of movement."""
    spread = {"spend", "card_spend", "firm_in", "firm_out", "business_in", "purchase_out"}
    rows = [
        (n, k.code, k.source_code, k.direction, k.channel, k.other, list(k.summary), k.own, k.initiated, name in spread)
        for n, (name, k) in enumerate(KINDS.items())
    ]
    con.execute(
        "create or replace table kinds (no bigint, code varchar, source_code varchar, direction varchar, channel varchar, other varchar, "
        "summary varchar[], own boolean, initiated boolean, spread boolean)"
    )
    con.executemany("insert into kinds values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def write_journal(con: duckdb.DuckDBPyConnection, files: BatchFiles, flow: pa.Table, opening: pa.Table) -> None:
    """Write transactions and balances of one chunk. `opening` holds account index `a` and `amount` at the opening; `holder` is a table."""
    con.register("flow", flow)
    con.register("opening", opening)
    for statement in (_POSTINGS, _RUNNING, _TRANSACTIONS, _BALANCES):
        con.execute(statement)
    files.add_table("transactions", "tx")
    files.add_table("balances", "bal")
