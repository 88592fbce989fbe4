"""Of which product sides a customer is one, and which is her main one (S21): the largest daily average of twelve months, held against plain SQL."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal

import ibis
import pytest

from zhike.insight.engines import DuckEngine
from zhike.insight.marts.profile_sides import told
from zhike.insight.profile_sides import FLAGS, SIDES
from zhike.insight.tests.computed import Computed, computed

__all__ = ["computed"]

HELD = ibis.schema(
    {"deposits": "decimal(18,2)", "loans": "decimal(18,2)", "invested": "decimal(18,2)", "card": "boolean", "services": "boolean"}
)


def said(*rows: tuple[float, float, float, bool, bool]) -> list[tuple[bool, bool, bool, str | None]]:
    """What the build says of some customers."""
    found = []
    with closing(DuckEngine(threads=1)) as engine:
        for number, row in enumerate(rows):
            name = f"held_{number}"
            engine.fill(name, HELD, [(*(Decimal(str(amount)) for amount in row[:3]), *row[3:])])
            t = ibis.table(HELD, name=name)
            columns = told(t["deposits"], t["loans"], t["invested"], t["card"], t["services"])
            found.append(engine.ask(t.select(**columns))[0])
    return found


def test_her_main_side_is_where_most_lies() -> None:
    assert said((10_000, 0, 500, False, False), (10_000, 900_000, 500, False, False), (10_000, 0, 10_000.01, False, False)) == [
        (True, False, True, "liability"), (True, True, True, "asset"), (True, False, True, "intermediary"),
    ]  # fmt: skip


def test_of_equal_sides_deposits_come_before_loans_and_loans_before_investments() -> None:
    assert [row[3] for row in said((5, 5, 5, False, False), (4, 5, 5, False, False), (0, 5, 5, False, True))] == [
        "liability",
        "asset",
        "asset",
    ]


def test_who_has_only_a_card_or_only_pays_fees_is_a_customer_of_that_side() -> None:
    assert said((0, 0, 0, True, False), (0, 0, 0, False, True), (0, 0, 0, True, True), (1, 0, 0, True, True)) == [
        (False, True, False, "asset"), (False, False, True, "intermediary"), (False, True, True, "asset"), (True, True, True, "liability"),
    ]  # fmt: skip


def test_who_holds_nothing_is_on_no_side() -> None:
    assert said((0, 0, 0, False, False), (-3, 0, 0, False, False)) == [(False, False, False, None)] * 2


def test_the_averages_of_the_sides_add_up_to_assets_and_loans(computed: Computed) -> None:
    wrong = "select count(*) from profile where aum_12m_average <> deposits_12m_average + investments_12m_average"
    assert computed.ask(wrong) == [(0,)]
    whole = computed.ask("select sum(aum_sum - deposits_sum) > 0, sum(lum_sum) > 0 from customer_month")
    assert whole == [(True, True)]


def test_every_customer_stands_on_the_side_that_plain_sql_finds(computed: Computed) -> None:
    main = """case when deposits_12m_average > 0 and deposits_12m_average >= greatest(lum_12m_average, investments_12m_average) then 'liability'
        when is_asset_customer and (lum_12m_average >= investments_12m_average or not is_intermediary_customer) then 'asset'
        when is_intermediary_customer then 'intermediary' end"""
    assert computed.ask(f"select count(*) from profile where main_side is distinct from {main}") == [(0,)]
    flags = "is_liability_customer <> (deposits_12m_average > 0) or is_asset_customer <> (lum_12m_average > 0 or holds_credit_card or credit_cards > 0)"
    assert computed.ask(f"select count(*) from profile where {flags}") == [(0,)]
    fees = "select party_id from customer_month group by 1 having sum(fees) > 0 or sum(takings) > 0"
    more = f"is_intermediary_customer <> (investments_12m_average > 0 or pays_salaries or party_id in ({fees}))"
    assert computed.ask(f"select count(*) from profile where {more}") == [(0,)]


def test_nobody_has_a_main_side_without_being_its_customer_and_every_side_has_some(computed: Computed) -> None:
    for side in SIDES:
        assert computed.ask(f"select count(*) from profile where main_side = '{side}' and not {FLAGS[side]}") == [(0,)]
        assert computed.ask(f"select count(*) > 0 from profile where {FLAGS[side]}") == [(True,)], side
    assert {row[0] for row in computed.ask("select distinct main_side from profile where main_side is not null")} >= {"liability", "asset"}
    none = f"(main_side is null) <> not ({' or '.join(FLAGS.values())})"
    assert computed.ask(f"select count(*) from profile where {none}") == [(0,)]


@pytest.mark.parametrize("key", FLAGS.values())
def test_every_flag_is_known_of_everybody(computed: Computed, key: str) -> None:
    assert computed.ask(f"select count(*) from profile where {key} is null") == [(0,)]
