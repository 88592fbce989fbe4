"""What customers are worth adds up: parts to wholes, customers to accounts, accounts to the bank's own ledger, to the cent and on every day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from zhike.insight.tests.computed import Computed, computed

__all__ = ["computed"]

# The ledger of the bank: what each account holds at the end of a day, as the files say it. A closed account holds nothing; a rate of a month is that of its last day.
_LEDGER = """
    with known as (select account_key, arg_max(product_key, filename) as product_key, arg_max(status, filename) as status, max(closed_date::date) as closed_date, arg_max(party_key, filename) as party_key
                   from landed_accounts group by 1),
    priced as (select k.*, coalesce(p.side, 'liability') as side from known k left join (select distinct product_key, side from landed_products) p using (product_key)),
    change as (select account_key, '' as line, currency, balance_date::date as date, balance::decimal(18, 2) as amount from landed_balances
               union all select account_key, product_key, currency, position_date::date, market_value::decimal(18, 2) from landed_positions),
    held as (select c.*, lead(date) over (partition by account_key, line order by date) as next_date from change c),
    rate as (select split_part(rate_key, '/', 1) as currency, last_day(rate_date::date) as month_end, arg_max(rate::decimal(12, 6), rate_date) as rate from landed_rates where kind = 'fx' group by 1, 2)
    select d.day, side, count(*), sum(round(amount * coalesce(rate, 1), 2))::decimal(18, 2) as cny
    from (select unnest(generate_series(date '{first}', date '{last}', interval 1 day))::date as day) d
    join held h on h.date <= d.day and coalesce(h.next_date, date '9999-12-31') > d.day
    join priced a on a.account_key = h.account_key and (a.status is distinct from 'closed' or a.closed_date > d.day)
    left join rate r on r.currency = h.currency and r.month_end = last_day(d.day)
    group by 1, 2
"""


def ledger(computed: Computed, first: date, last: date) -> dict[tuple[date, str], Decimal]:
    return {(day, side): total for day, side, _count, total in computed.ask(_LEDGER.format(first=first, last=last))}


def test_customers_hold_what_the_ledger_says_at_every_month_end(computed: Computed) -> None:
    months = computed.ask("select month, sum(aum), sum(lum) from customer_month group by 1 order by 1")
    assert len(months) == 3
    for month, aum, lum in months:
        end = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        held = ledger(computed, end, end)
        assert lum == held[end, "asset"]
        assert aum == held[end, "liability"] + held.get((end, "intermediary"), Decimal(0))


def test_the_sum_of_days_is_the_sum_of_the_ledger_on_every_day(computed: Computed) -> None:
    found = computed.ask("""select month, sum(day_sum) from holding_month h where currency = 'CNY' group by 1 order by 1""")
    daily = _LEDGER.replace("join held h on", "join (select * from held where currency = 'CNY') h on")
    for month, total in found:
        end = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        days = computed.ask(daily.format(first=month, last=end))
        assert len({row[0] for row in days}) == (end - month).days + 1
        assert total == sum(row[3] for row in days)


def test_accounts_add_up_to_customers_and_families_to_both(computed: Computed) -> None:
    names = ("aum", "aum_sum", "lum", "nnm", "mtm", "income", "fx", "margin", "commission", "expected_loss", "capital_days")
    sums = ", ".join(f"sum({name})" for name in names)
    by_customer = computed.ask(f"select month, {sums} from customer_month group by 1 order by 1")
    assert by_customer == computed.ask(f"select month, {sums} from account_value group by 1 order by 1")
    differing = computed.ask(
        "select count(*) from customer_month where aum <> demand + term + wealth + funds + insurance or lum <> mortgage + card + loan"
    )
    assert differing == [(0,)]


def test_growth_is_new_money_market_income_and_exchange_rates_for_every_account(computed: Computed) -> None:
    assert computed.ask("select count(*) from account_value where aum - aum_opening <> nnm + mtm + income + fx") == [(0,)]
    assert computed.ask("select count(*) from account_value a join account_value b on b.account = a.account and b.line = a.line and b.month = a.month + interval 1 month and b.aum_opening <> a.aum where a.currency = 'CNY'") == [(0,)]  # fmt: skip


def test_net_new_money_of_deposits_is_what_was_posted_without_interest(computed: Computed) -> None:
    differing = computed.ask(
        """with posted as (select 'zhike|' || account_key as account, date_trunc('month', booking_date::date)::date as month,
               sum(case direction when 'credit' then 1 else -1 end * amount::decimal(18, 2)) filter (where not (code = 'interest' and direction = 'credit')) as moved
               from landed_transactions group by 1, 2)
           select v.account, v.month, v.nnm, p.moved from account_value v left join posted p using (account, month)
           where v.currency = 'CNY' and v.bucket in ('demand', 'term') and v.nnm <> coalesce(p.moved, 0)"""
    )
    assert differing == []


def test_cost_value_and_loss_of_a_customer_follow_from_their_parts(computed: Computed) -> None:
    wrong = computed.ask(
        """select count(*) from customer_month where revenue <> margin + commission + fees - direct_cost
               or before_tax <> revenue - cost - expected_loss or marginal <> revenue - cost_variable - expected_loss or cost_variable > cost
               or abs(contribution - before_tax * 0.75) > 0.005 or abs(eva - (contribution - capital_days * 0.11 / 365)) > 0.006"""
    )
    assert wrong == [(0,)]


def test_profiles_are_the_customers_and_their_sums_the_banks(computed: Computed) -> None:
    (profile,) = computed.ask("select count(*), sum(aum), sum(lum), sum(contribution_12m), sum(nnm_12m) from profile")
    months = computed.ask(
        """select sum(aum) filter (where month = '2026-09-01'), sum(lum) filter (where month = '2026-09-01'), sum(contribution), sum(nnm) from customer_month"""
    )
    assert profile[1:] == months[0]
    with computed.bank.connected("job") as job:
        assert job.execute("select count(*) from parties_party where id in (select party_id from parties_partysource)").fetchone() == (
            profile[0],
        )
        same = job.execute("select count(*), sum(aum), sum(lum), sum(contribution_12m), sum(nnm_12m) from insight_profile").fetchone()
    assert same == profile


def test_pages_of_accounts_and_the_profile_say_the_same(computed: Computed) -> None:
    with computed.bank.connected("job") as job:
        differing = job.execute(
            """select p.id, p.aum, s.aum from insight_profile p join (select party_id, sum(aum) as aum, sum(loans) as loans from holdings_summary group by 1 having min(currency) = 'CNY' and max(currency) = 'CNY') s
               on s.party_id = p.id where p.aum <> s.aum or p.lum <> s.loans"""
        ).fetchall()
        compared = job.execute("select count(*) from holdings_summary").fetchone()
    assert differing == []
    assert compared is not None and compared[0] > 250


def test_every_score_has_customers_and_equal_values_have_equal_scores(computed: Computed) -> None:
    assert computed.ask("select count(distinct rfm_m) from profile where status = 'customer'") == [(5,)]
    assert computed.ask("select count(*) from (select initiated_12m from profile where status = 'customer' group by 1 having count(distinct rfm_f) > 1)") == [(0,)]  # fmt: skip
    thresholds = computed.ask("select score, lowest::decimal(18, 2), customers from rfm_threshold where letter = 'm' order by 1")
    assert [low for _score, low, _count in thresholds] == sorted(low for _score, low, _count in thresholds)


def test_who_is_below_marginal_cost_has_a_reason_and_nobody_else(computed: Computed) -> None:
    assert computed.ask("select count(*) from profile where is_below_cost <> (below_cost_reason is not null) or is_below_cost <> (marginal_12m < 0)") == [(0,)]  # fmt: skip
    assert computed.ask("select count(*) > 0 from profile where is_below_cost") == [(True,)]


def test_tiers_and_stages_of_the_profile_add_up_to_everybody_who_was_ever_in_a_month(computed: Computed) -> None:
    everybody = computed.ask("select count(distinct party_id) from customer_month")[0][0]
    last = computed.ask(
        "select count(*), count(tier_effective), count(stage), count(decline) from customer_states where month = '2026-09-01'"
    )
    assert last == [(everybody,) * 4]
    by_tier = computed.ask("select tier_effective, count(*) from profile where tier_effective is not null group by 1")
    assert sum(count for _tier, count in by_tier) == everybody
    assert {tier for tier, _count in by_tier} >= {"ordinary", "gold", "platinum"}
    assert computed.ask("select count(*) from profile p join customer_states s using (party_id) where s.month = '2026-09-01' and p.tier is distinct from s.tier") == [(0,)]  # fmt: skip
