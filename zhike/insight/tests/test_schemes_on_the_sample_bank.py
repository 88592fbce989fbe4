"""Tiers told from the marts of the sample bank: the values are those of plain SQL, and a shadow run counts everybody once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pytest_django import DjangoDbBlocker

from zhike.access.scope import entered
from zhike.insight import tier_measures, tier_values
from zhike.insight.engines import opened
from zhike.insight.jobs import MONTHS, run
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.settings_rules import Settings
from zhike.insight.tests.computed import LAST, Computed, computed
from zhike.insight.tests.test_value_on_pages import BANK, her_rm
from zhike.insight.trials import movers, path_of
from zhike.testing.databases import using

__all__ = ["computed"]


def read(bank: Computed, measure: str, month: date) -> dict[int, Decimal]:
    snapshot = bank.snapshot()
    with opened("duckdb", threads=1) as engine:
        months = tier_values.customer_months(engine, bank.home, snapshot)
        rows = engine.ask(tier_measures.values(months, measure, month, snapshot.first_month, lambda _day: Settings()))
    return {int(row[0]): row[1] for row in rows}


def test_the_months_average_is_that_of_plain_sql(computed: Computed) -> None:
    month = LAST.replace(day=1)
    plain = computed.ask(f"select party_id, round((aum_sum::decimal(38,6) / 30), 2) from customer_month where month = date '{month}'")
    found = read(computed, "aum_month_average", month)
    assert found.keys() == {who for who, _value in plain} and len(found) > 100
    assert all(abs(found[who] - Decimal(str(value))) <= Decimal("0.01") for who, value in plain)


def test_a_years_average_is_over_the_year_and_a_contribution_over_twelve_months(computed: Computed) -> None:
    month, first = LAST.replace(day=1), computed.snapshot().first_month
    since = max(date(2026, 1, 1), first)
    days = (LAST - since).days + 1
    for measure, column, by in (("deposits_year_average", "deposits_sum", days), ("contribution_12m", "contribution", 1)):
        start = since if by > 1 else max(first, date(2025, 10, 1))
        plain = computed.ask(
            f"select party_id, sum({column}) from customer_month where month between date '{start}' and date '{month}' group by 1"
        )
        found = read(computed, measure, month)
        assert {who: Decimal(total) for who, total in plain}.keys() == found.keys()
        assert all(abs(found[who] * by - Decimal(total)) <= by for who, total in plain)


def test_a_shadow_run_counts_every_customer_once(computed: Computed) -> None:
    found = run(PUBLISHED["bohai"].scheme, PUBLISHED["ccb"].scheme, computed.home, lambda _day: Settings(), path_of(computed.home, 900))
    everybody = computed.ask("select count(distinct party_id) from customer_month")[0][0]
    assert (found.customers, found.as_of) == (everybody, LAST.replace(day=1).isoformat())
    assert 1 < found.months <= MONTHS
    assert found.moved(PUBLISHED["bohai"].scheme, PUBLISHED["ccb"].scheme, up=True) > 0
    moved = computed.ask(f"select was, became, count(*) from read_parquet('{path_of(computed.home, 900)}') group by 1, 2 order by 1, 2")
    assert moved == [flow for flow in found.flows if flow[0] != flow[1]]


def test_who_would_move_is_told_to_those_who_see_them(computed: Computed, django_db_blocker: DjangoDbBlocker) -> None:
    run(PUBLISHED["bohai"].scheme, PUBLISHED["ccb"].scheme, computed.home, lambda _day: Settings(), path_of(computed.home, 901))
    ((party, was, became),) = computed.ask(f"""select m.party_id, m.was, m.became from read_parquet('{path_of(computed.home, 901)}') m
        join profile p using (party_id) where p.staff_no is not null order by 1 limit 1""")
    lin = her_rm(computed, party)
    with computed.bank.connected("job") as job:
        rows = job.execute("select id from parties_party where rm_ids @> array[%s]::bigint[]", [lin.employee_ids[0]]).fetchall()
    with django_db_blocker.unblock(), using(computed.bank.run, computed.bank.name):
        with entered(BANK):
            everybody = {one.party_id for one in movers(BANK, 901, was, became)}
        with entered(lin):
            hers = {one.party_id for one in movers(lin, 901, was, became)}
    assert party in hers and hers == everybody & {row[0] for row in rows}
