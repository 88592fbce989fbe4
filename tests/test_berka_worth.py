"""A real bank through the whole build: what its customers hold, move and are worth is what plain SQL says of the very files.

The files are loaded twice, as of two days. On 31 March 1994 the last posting is booked, and the checks refuse what the files know of later days; a
month later some accounts more stand there, and no posting is taken a second time. Crowns count 0.30 yuan, which leaves no fraction of a fen.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zhike.insight import snapshots
from zhike.insight.snapshots import Snapshot
from zhike.insight.tests.computed import Computed
from zhike.testing.databases import Bank
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run

pytestmark = [pytest.mark.realdata, pytest.mark.xdist_group("berka_worth")]

THEN, LATER = date(1994, 3, 31), date(1994, 4, 30)

# The files themselves, and of each client who owns an account: which one.
FILES = ("client", "account", "disp", "order", "loan", "card", "trans")
OWNED = "create view owned as select client_id, account_id from disp where type = 'OWNER'"
# Postings as the bank wrote them, in CNY; `began`: cash and cards, but not what the bank charges.
POSTED = """
    create table posted as
    select client_id, account_id, strptime(date, '%y%m%d')::date as day, row_number() over () as line, operation, trim(coalesce(k_symbol, '')) as sort,
        amount::decimal(18, 2) as crowns, balance::decimal(18, 2) as balance, type = 'PRIJEM' as is_in,
        operation in ('VKLAD', 'VYBER', 'VYBER KARTOU') and sort not in ('SLUZBY', 'SANKC. UROK') as began
    from trans join owned using (account_id)
"""
# What each account holds at the end of each of its days: the balance after the last line of the day, until the next day with one.
DAILY = """
    create table daily as
    with last as (select client_id, day, arg_max(balance, line) as balance, lead(day) over (partition by client_id order by day) as next_day
                  from posted group by client_id, day)
    select client_id, d.day, balance from (select unnest(generate_series(date '1993-01-01', date '1994-03-31', interval 1 day))::date as day) d
    join last on last.day <= d.day and coalesce(last.next_day, date '9999-12-31') > d.day
"""


class Berka(Computed):
    """The two business dates, the files beside them."""

    source: Path

    def ask(self, sql: str, snapshot: Snapshot | None = None) -> list[tuple[Any, ...]]:
        snapshot = snapshot or self.snapshot(THEN)
        with self.open(snapshot) as engine:
            keys = snapshots.root(self.home) / "marts" / "keys" / f"{snapshot.keys}.parquet"
            engine.execute(f"create view keys as select external_key as client_id, party_id from read_parquet('{keys}')")
            for name in FILES:
                engine.execute(
                    f"""create view "{name}" as select * from read_csv('{self.source / name}.asc', delim = ';', quote = '"', all_varchar = true)"""
                )
            for more in (OWNED, POSTED, DAILY):
                engine.execute(more)
            return engine.execute(sql).fetchall()


@pytest.fixture(scope="module")
def berka(run: Run, empty_template: str, real_data: Path) -> Iterator[Berka]:
    """The Czech bank, loaded and computed as of both days."""
    name = f"{WORKER}_berka_worth"
    run.create(name, like=empty_template)
    bank = Bank(run, name)
    for day in (THEN, LATER):
        bank.load(real_data / "berka", "berka", "--batch-date", day.isoformat(), "--again")
        bank.zhike("insight", "build")
    made = Berka(bank)
    made.source = real_data / "berka"
    yield made
    run.drop(name)


def test_every_client_has_a_profile_and_who_owns_an_account_holds_its_balance(berka: Berka) -> None:
    assert berka.ask("select count(*), count(*) filter (accounts_open = 1), sum(aum) from profile") == [
        (5369, 1229, sum((row[0] for row in berka.ask("select balance * 0.3 from daily where day = '1994-03-31'")), Decimal(0)))
    ]
    differing = """select keys.client_id, p.aum, d.balance from profile p join keys using (party_id) left join daily d on d.client_id = keys.client_id
        and d.day = '1994-03-31' where p.aum <> coalesce(d.balance, 0) * 0.3"""
    assert berka.ask(differing) == []
    with berka.bank.connected("job") as job:
        held = job.execute("select sum(balance) * 0.3 from holdings_account").fetchone()
    assert berka.ask("select sum(aum) from profile") == [held], "pages of accounts say the same"


def test_days_of_fifteen_months_add_up_as_plain_sql_adds_them(berka: Berka) -> None:
    months = """select m.month, count(*), sum(m.aum_sum), sum(m.aum) from customer_month m where m.aum_sum <> 0 group by 1 order by 1"""
    plain = """select date_trunc('month', day)::date, count(distinct client_id) filter (balance <> 0), sum(balance * 0.3),
        sum(balance * 0.3) filter (day = last_day(day)) from daily group by 1 order by 1"""
    found = berka.ask(months)
    assert len(found) == 15
    assert found == berka.ask(plain)
    differing = """select p.party_id from profile p join keys using (party_id)
        left join (select client_id, sum(balance) * 0.3 as days from daily where day >= '1994-03-01' group by 1) d using (client_id)
        where p.aum_month_average <> round(coalesce(days, 0) / 31, 2)"""
    assert berka.ask(differing) == []


def test_money_in_and_out_interest_pensions_and_fees_are_those_of_the_postings(berka: Berka) -> None:
    columns = "sum(inflow), sum(outflow), sum(income), sum(salary), sum(fees)"
    plain = """sum(crowns * 0.3) filter (is_in), sum(crowns * 0.3) filter (not is_in), sum(crowns * 0.3) filter (sort = 'UROK'),
        sum(crowns * 0.3) filter (sort = 'DUCHOD'), sum(crowns * 0.3) filter (sort in ('SLUZBY', 'SANKC. UROK'))"""
    whole = berka.ask(f"select {columns} from customer_month")
    assert whole == berka.ask(f"select {plain} from posted")
    assert whole[0][0] == Decimal("177366296.30") * Decimal("0.3")
    assert whole[0][1] == Decimal("138120153.50") * Decimal("0.3")
    by_month = berka.ask(
        f"select party_id, month, {columns} from customer_month group by 1, 2 having sum(inflow + outflow) > 0 order by 1, 2"
    )
    same = berka.ask(
        f"""select party_id, date_trunc('month', day)::date, {plain} from posted join keys using (client_id) group by 1, 2 order by 1, 2"""
    )
    assert by_month == [tuple(value or Decimal(0) if place > 1 else value for place, value in enumerate(row)) for row in same]


def test_who_moved_money_herself_when_and_how_often(berka: Berka) -> None:
    differing = """select keys.client_id, p.last_initiated_date, d.day, p.initiated_12m, d.often from profile p join keys using (party_id)
        left join (select client_id, max(day) filter (began) as day, count(*) filter (began and day >= '1993-04-01') as often from posted group by 1) d using (client_id)
        where p.last_initiated_date is distinct from d.day or p.initiated_12m <> coalesce(d.often, 0)"""
    assert berka.ask(differing) == []
    assert berka.ask("select sum(initiated_12m) from profile") == berka.ask(
        "select count(*) from posted where began and day >= '1993-04-01'"
    )


def test_every_payment_to_another_bank_is_a_standing_order(berka: Berka) -> None:
    """Why they are not counted as begun by the customer."""
    unmatched = """select count(*), count(*) filter (not exists (select 1 from "order" o where o.account_id = t.account_id and o.bank_to = t.bank
        and o.amount::decimal(18, 2) = t.amount::decimal(18, 2))) from trans t where operation = 'PREVOD NA UCET'"""
    assert berka.ask(unmatched) == [(6343, 0)]


def test_cards_running_loans_and_standing_orders_are_those_of_the_registers(berka: Berka) -> None:
    then = "'940331'"
    differing = f"""with held as (select client_id, count(distinct card_id) filter (issued[:6] <= {then}) as cards,
            count(distinct loan_id) filter (status in ('C', 'D') and loan.date <= {then}) as loans, count(distinct order_id) as orders
            from owned join account using (account_id) left join disp using (client_id, account_id) left join card using (disp_id)
            left join loan using (account_id) left join "order" using (account_id) where account.date <= {then} group by 1)
        select keys.client_id, debit_cards, cards, loans_running, loans, standing_orders, orders from profile join keys using (party_id)
        left join held using (client_id) where (debit_cards, loans_running, standing_orders) <> (coalesce(cards, 0), coalesce(loans, 0), coalesce(orders, 0))"""
    assert berka.ask(differing) == []
    assert berka.ask("select sum(debit_cards), sum(standing_orders) from profile") == [(6, 1748)]


def test_growth_and_value_add_up(berka: Berka) -> None:
    assert berka.ask("select count(*) from customer_month where aum - aum_opening <> nnm + mtm + income + fx") == [(0,)]
    assert berka.ask("select sum(aum), sum(contribution_12m) from profile") == berka.ask(
        "select sum(aum) filter (where month = '1994-03-01'), sum(contribution) filter (where month >= '1993-04-01') from customer_month"
    )


def test_who_costs_more_than_she_brings_does_so_by_her_channels(berka: Berka) -> None:
    below = "select below_cost_reason, count(*), sum(marginal_12m) from profile where is_below_cost group by 1"
    assert berka.ask(below) == [("channels", 38, Decimal("-39.48"))]
    assert berka.ask("select count(*) from profile where contribution_12m < 0") == [(73,)]


def test_a_month_later_nothing_is_taken_twice_and_balances_stand(berka: Berka) -> None:
    later = berka.snapshot(LATER)
    assert berka.ask("select count(*), sum(accounts_open) from profile", later) == berka.ask(
        "select (select count(*) from client), count(*) from account where date <= '940430'"
    )
    assert berka.ask("select sum(aum) from profile", later) == berka.ask("select sum(aum) from profile")
    assert berka.ask("select sum(inflow) from customer_month", later) == berka.ask("select sum(inflow) from customer_month")
    assert berka.ask("select sum(initiated_12m) from profile", later) == berka.ask(
        "select count(*) from posted where began and day >= '1993-05-01'"
    )
