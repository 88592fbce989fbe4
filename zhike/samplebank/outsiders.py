"""Firms that are no customers of the bank, with whom its companies and traders deal: who they are, and how a payment names them.

Each payer has three of them, most of them a few that many share. A payment names a firm in full or in short, and reaches either of its two
accounts. Now and then a firm that is a customer is paid on an account at another bank: by its number alone it looks like an outsider.
Amounts are those of the simulation whoever the other side is, so that nobody's balance depends on this.
"""

from __future__ import annotations

from zhike.samplebank.plan import Plan

SHARE = 0.42  # of the payments between firms that go to or come from outside
ELSEWHERE = 0.47  # up to here: a customer's account at another bank
TOWNS = ("江州", "临海", "云阳", "南浦", "东陵")

# Whom a payment between firms names: `number` of the outsider, and whether in short; null where it stays in the bank.
CHOSEN = (
    f"case when who = 'firm' and u(salt, 'outside') < {SHARE} then "
    "floor((select count(*) from outsider) * pow(u(r.party, 'partner ' || (h(salt, 'which') % 3)), 1.8))::bigint end"
)
IS_ELSEWHERE = f"who = 'firm' and u(salt, 'outside') between {SHARE} and {ELSEWHERE}"
NAME = "case when u(salt, 'in short') < 0.15 then o.short_name else o.name end"
ACCOUNT = "'62' || digits(o.number, 'outside account ' || (h(salt, 'their account') % 2), 17)"
BANK = "pick_other_banks(u(o.number, 'outside bank'))"


def table(plan: Plan) -> str:
    """One row per firm outside: `number`, `name`, `short_name`. A name is nobody else's."""
    count = max(6, (plan.cuts[2] - plan.firms.start) // 2)
    towns = "[" + ", ".join(f"'{town}'" for town in TOWNS) + "]"
    return f"""
create or replace table outsider as
with named as (
    select n as number, list_extract({towns}, 1 + n % {len(TOWNS)}) as town,
           pick_firm_words(u(n, 'outside 1')) || pick_firm_tails(u(n, 'outside 2')) as word, pick_industry_names(u(n, 'outside trade')) as trade
    from range({count}) t(n)
), told as (select *, row_number() over (partition by town, word, trade order by number) as same from named)
select number, town || word || case when same > 1 then '第' || same else '' end || trade || '有限公司' as name,
       town || word || case when same > 1 then '第' || same else '' end || trade as short_name
from told order by number"""


TRUTH = "select name, 'firm' as kind from outsider union all select '清川城投置业有限公司', 'other' union all select unnest({employers}::varchar[]) as name, 'employer' as kind order by kind, name"
