"""The row that a list walks: one a party, in the currency it has most in, beside the unit the party belongs to today."""

from __future__ import annotations

import contextlib
from datetime import date

from zhike.holdings.summaries import refresh_summaries, touch
from zhike.workspace.tests.books import one

ASTRAY = "select count(*) from holdings_summary s join parties_party p on p.id = s.party_id where s.unit_id is distinct from p.unit_id"
NOT_THE_MAIN = """
    select count(*) from (select party_id, array_agg(currency order by aum desc, currency) as ordered,
        array_agg(currency) filter (where place = aum * 100) as main, count(place) as places from holdings_summary group by 1) s
    where main is distinct from ordered[1:1] or places <> 1
"""


@contextlib.contextmanager
def taken_back(bank):
    """A cursor of the job role whose work is undone afterwards."""
    with bank.connected("job") as connection, connection.transaction(force_rollback=True), connection.cursor() as cursor:
        yield cursor


def first(cursor, statement: str):
    return cursor.execute(statement).fetchone()[0]


def test_each_partys_main_row_is_marked_and_stands_in_its_unit(bank):
    assert one(bank, "select count(*) from holdings_summary where place > 0") > 0
    assert one(bank, NOT_THE_MAIN) == 0
    assert one(bank, ASTRAY) == 0


def test_who_moves_to_another_unit_takes_her_sums_along_though_nothing_else_changed(bank):
    with taken_back(bank) as cursor:
        cursor.execute("update parties_party set unit_id = (select max(id) from access_unit) where id % 3 = 0")
        cursor.execute("update parties_party set unit_id = null where id % 7 = 0")
        assert first(cursor, ASTRAY) > 0
        refresh_summaries(cursor, at=date(2026, 1, 1))
        assert first(cursor, ASTRAY) == 0
        assert first(cursor, "select count(*) from holdings_summary where unit_id is null") > 0


def test_another_currency_becomes_the_main_one_when_it_is_larger(bank):
    with taken_back(bank) as cursor:
        cursor.execute(
            """select a.id, a.party_id from holdings_account a join products_product p on p.id = a.product_id
               where p.side = 'liability' and a.balance > 0 and a.status = 'open' and a.valid_to is null and a.party_id is not null limit 1"""
        )
        account, party = cursor.fetchone()
        cursor.execute("update holdings_account set currency = 'XTS', balance = 1e12 where id = %s", [account])
        touch(cursor, "select %(party)s::bigint", {"party": party})
        refresh_summaries(cursor, at=date(2026, 1, 1))
        assert (
            first(cursor, f"select string_agg(currency, ',') from holdings_summary where place is not null and party_id = {party}") == "XTS"
        )
        assert first(cursor, NOT_THE_MAIN) == 0
