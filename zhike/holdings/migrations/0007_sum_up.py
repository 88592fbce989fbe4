"""What a few parties hold, added up anew within the act that changed it: a merge, its undo."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

# The sums of holdings/summaries.py for the parties given; a test holds both together.
SUM_UP = """
create function holdings_sum_up(ids bigint[], at date) returns void language sql set search_path = public, pg_temp as $$
    delete from holdings_summary where party_id = any(ids);
    insert into holdings_summary (party_id, currency, deposits, wealth, loans, aum, count_accounts, count_families, next_maturity_date, next_maturity_amount, as_of, unit_id, place)
    with held as (
        select a.party_id, a.currency, p.side, coalesce(p.family, 'demand_deposit') as family, a.balance_date,
            coalesce(a.balance, 0) as balance, coalesce(v.value, a.balance, 0) as value, coalesce(a.balance, a.principal) as due,
            case when a.maturity_date >= at and p.side <> 'asset' then a.maturity_date end as maturity_date
        from holdings_account a
        left join products_product p on p.id = a.product_id
        left join (select x.account_id, sum(x.market_value) as value from holdings_position x join holdings_account o on o.id = x.account_id
                   where o.party_id = any(ids) and x.valid_to is null group by 1) v on v.account_id = a.id
        where a.party_id = any(ids) and a.status <> 'closed' and a.valid_to is null),
    dated as (select *, min(maturity_date) over (partition by party_id, currency) as next_date from held),
    summed as (
        select party_id, currency,
            coalesce(sum(balance) filter (where side = 'liability' or side is null), 0) as deposits,
            coalesce(sum(value) filter (where side = 'intermediary'), 0) as wealth,
            coalesce(sum(balance) filter (where side = 'asset'), 0) as loans,
            sum(case side when 'asset' then 0 when 'intermediary' then value else balance end) as aum,
            count(*) as count_accounts, count(distinct family) as count_families,
            min(next_date) as next_maturity_date, sum(due) filter (where maturity_date = next_date) as next_maturity_amount,
            max(balance_date) as as_of
        from dated group by 1, 2)
    select s.*, p.unit_id, case row_number() over (partition by s.party_id order by s.aum desc, s.currency)
                               when 1 then greatest(least(s.aum * 100, 9e18), -9e18)::bigint end
    from summed s join parties_party p on p.id = s.party_id;
$$;
comment on function holdings_sum_up(bigint[], date) is 'adds up anew what these parties hold on a day';
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0006_counterparties"), ("parties", "0012_merged"), ("products", "0001_ground")]

    operations = [
        migrations.RunSQL(
            [
                SUM_UP,
                "revoke all on function holdings_sum_up(bigint[], date) from public",
                f"grant execute on function holdings_sum_up(bigint[], date) to {role('job')}",
            ],
            "drop function holdings_sum_up(bigint[], date)",
        )
    ]
