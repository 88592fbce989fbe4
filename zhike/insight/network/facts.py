"""What the network says of each customer, one row for everybody (`files.FACTS`): where she stands, whom outside she pays, who employs her, for whom she vouches."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from zhike.insight.network import clusters
from zhike.insight.network.files import FACTS

# An employer is a customer ("c" and her number) by the account that pays or by name, as the salary says it or as she declared it; or somebody outside ("o").
_EMPLOYERS = """
create or replace temp table employed as
with named as (select word, min(party_id) as party_id from party where kind <> 'individual' and word <> '' group by word),
paid as (
    select m.party_id, coalesce(k.party_id, n.party_id) as employer_id from moved m left join known_account k using (digest) left join named n using (word)
    where m.is_salary and m.direction = 'credit'
), said as (select p.party_id, n.party_id as employer_id from party p join named n on n.word = word_of(p.employer_name) where coalesce(p.employer_name, '') <> '')
select e.party_id, e.employer from (
    select party_id, 'c' || employer_id as employer from (select * from paid union select * from said) where employer_id <> party_id
    union select party_id, 'o' || outsider from tie where kind = 'employer'
) e join party p using (party_id) where p.kind = 'individual' and p.status = 'customer';
"""
# Loans of whoever holds the account they stand on or are repaid from, and who vouches for them on the day.
_SURETIES = """
create or replace temp table surety as
with loan as (
    select l.source, l.loan_key, coalesce(k.party_id, a.party_id) as party_id
    from (select *, row_number() over (partition by source, loan_key order by ord desc, _line) as place from raw_loans) l
    left join keys k on k.source = l.source and k.external_key = l.party_key
    left join account a on a.source = l.source and a.account_key = l.account_key where l.place = 1
)
select distinct k.party_id as guarantor, l.party_id as borrower
from (select *, row_number() over (partition by source, guarantee_key order by ord desc, _line) as place from raw_guarantees) g
join keys k on k.source = g.source and k.external_key = g.guarantor_key join loan l on l.source = g.source and l.loan_key = g.loan_key
where g.place = 1 and k.party_id <> l.party_id and coalesce(try_cast(g.from_date as date), date '{day}') <= date '{day}'
  and coalesce(try_cast(g.to_date as date) > date '{day}', true);
"""
_FACTS = """
create or replace temp table customer as
with outside as (
    select party_id, count(*) filter (kind = 'supplier') as payees, sum(amount) filter (kind = 'supplier') as paid, max(amount) filter (kind = 'supplier') as most,
           sum(amount) filter (kind <> 'supplier') as received
    from tie where amount > 0 group by party_id
), staff as (select employer, count(distinct party_id) as staff from employed group by employer),
hers as (select party_id, bool_or(employer[1] = 'c') as is_customer, max(staff) as staff from employed join staff using (employer) group by party_id)
select p.party_id, date '{day}' as network_date,
       case when c.community >= 0 then '{day:%Y%m%d}-' || c.community end as network_community,
       case when c.community >= 0 then c.community_size end as network_community_size, c.influence_percentile as network_influence,
       coalesce(c.payers, 0) as network_payers, coalesce(c.payees, 0) as network_payees, coalesce(c.received, 0) as network_received_12m,
       coalesce(c.paid, 0) as network_paid_12m, coalesce(o.payees, 0) as outside_payees, coalesce(o.paid, 0) as outside_paid_12m,
       coalesce(o.most, 0) as outside_paid_most_12m, coalesce(o.received, 0) as outside_received_12m, h.is_customer as employer_is_customer,
       h.staff as employer_staff_here, case when p.kind <> 'individual' then coalesce(s.staff, 0) end as staff_here,
       coalesce(g.size, 0) as guarantee_group_size, coalesce(g.is_circle, false) as is_in_guarantee_circle
from party p left join place c using (party_id) left join outside o using (party_id) left join hers h using (party_id)
left join staff s on s.employer = 'c' || p.party_id left join vouching g using (party_id);
"""


def say(engine: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Make `customer` out of `moved`, `tie` and `place`, and of the landed guarantees that hold on the day."""
    engine.execute(_EMPLOYERS)
    engine.execute(_SURETIES.format(day=as_of))
    _vouch(engine)
    engine.execute(_FACTS.format(day=as_of))
    typed = ", ".join(f"{name}::{_sql(kind)} as {name}" for name, kind in FACTS.items())
    engine.execute(f"create or replace temp table customer as select {typed} from customer")


def _vouch(engine: duckdb.DuckDBPyConnection) -> None:
    """Make `vouching`: who is linked through guarantees, how many they are, and whether guarantees lead from her back to her."""
    rows = engine.execute("select guarantor, borrower from surety where borrower is not null").fetchnumpy()
    parties, places = np.unique(np.concatenate([rows["guarantor"], rows["borrower"]]).astype(np.int64), return_inverse=True)
    guarantor, borrower = places[: len(rows["guarantor"])].astype(np.int64), places[len(rows["guarantor"]) :].astype(np.int64)
    group, circle = clusters.joined(guarantor, borrower, len(parties)), clusters.circled(guarantor, borrower, len(parties))
    size = np.bincount(group, minlength=1)[group] if len(parties) else group
    engine.register("vouchers", pa.table({"party_id": parties, "size": size.astype(np.int64), "is_circle": circle}))
    engine.execute("create or replace temp table vouching as select * from vouchers")


def _sql(kind: object) -> str:
    names = {"int64": "bigint", "int32": "int", "string": "varchar", "boolean": "boolean", "date": "date"}
    return names.get(str(kind), "decimal(18,2)")
