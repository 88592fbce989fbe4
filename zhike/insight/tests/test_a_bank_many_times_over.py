"""What the warehouse is measured on at sizes that nobody makes and loads: a bank with everything in it several times."""

from __future__ import annotations

from decimal import Decimal

from zhike.testing.databases import Bank
from zhike.testing.multiplied import multiplied


def computed(bank: Bank) -> tuple[int, Decimal, Decimal, Decimal]:
    """How many customers are shown, and what they have, brought in and hold in loans together."""
    bank.zhike("insight", "build")
    with bank.connected("job") as connection:
        row = connection.execute("select count(*), sum(aum), sum(contribution_12m), sum(lum) from insight_profile").fetchone()
    assert row is not None
    return row


def test_a_bank_three_times_over_has_and_earns_three_times_as_much(fresh_bank: Bank) -> None:
    once = computed(fresh_bank)
    multiplied(fresh_bank.home, fresh_bank.run.url(fresh_bank.name), 3)
    assert once[0] > 290
    assert computed(fresh_bank) == tuple(3 * number for number in once)


def test_a_computed_profile_is_counted_for_those_who_plan_pages(fresh_bank: Bank) -> None:
    computed(fresh_bank)
    with fresh_bank.connected("job") as connection:
        counted = connection.execute("select reltuples from pg_class where relname = 'insight_profile'").fetchone()
    assert counted is not None and counted[0] > 290
