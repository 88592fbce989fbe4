"""Who of the bank's own customers hangs on whose payments: whom a firm pays, who pays it, whose salary it pays (S39). One row per firm, customer and tie."""

from __future__ import annotations

import duckdb

# An account or, where it is none of the bank's, a name says who the other side is. What both sides tell is one payment.
_PAID = """
create or replace temp table paid_between as
with named as (select word, min(party_id) as party_id from party where kind <> 'individual' and word <> '' group by word),
told as (
    select m.party_id, coalesce(k.party_id, n.party_id) as other_id, m.direction, m.amount
    from moved m left join known_account k using (digest) left join named n using (word)
)
select payer, payee, max(total)::decimal(20,2) as amount
from (
    select case direction when 'debit' then party_id else other_id end as payer, case direction when 'debit' then other_id else party_id end as payee,
           direction, sum(amount) as total
    from told where other_id <> party_id group by all
) group by payer, payee;
"""
_DEALINGS = """
create or replace temp table dealing as
with firm as (select party_id from party where kind <> 'individual'),
between_firms as (select p.* from paid_between p semi join firm on firm.party_id = p.payer semi join firm on firm.party_id = p.payee)
select payer as firm_id, payee as party_id, 'supplier' as kind, amount from between_firms
union all select payee, payer, 'buyer', amount from between_firms
union all
select e.firm_id, e.party_id, 'staff', coalesce(p.amount, 0)
from (select distinct substr(employer, 2)::bigint as firm_id, party_id from employed where employer[1] = 'c') e
left join paid_between p on p.payer = e.firm_id and p.payee = e.party_id;
"""


def deal(engine: duckdb.DuckDBPyConnection) -> None:
    """Make `dealing` out of `moved` and `employed`: customers alone, over the twelve months of the network; `amount` is what passed between the two."""
    engine.execute(_PAID)
    engine.execute(_DEALINGS)
