"""A standing order tells to whom a customer pays: that is for those who may see transactions, on today's page and on that of a past day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zhike.access.rules import permissions_of
from zhike.workspace.tests.books import book_of, one

BANK, NUMBER = "Bank of the Other Side", "••••7788"


@pytest.fixture
def party(bank, people) -> Iterator[int]:
    """A customer of 林知远's with a standing order; 何平's role can be changed, and all is as before afterwards."""
    found = book_of(bank, people, "lin")[0][0]
    account = one(bank, "select id from holdings_account where party_id = %s and valid_to is null limit 1", found)
    with bank.connected("job") as connection:
        connection.execute(
            """insert into holdings_standingorder (source, external_key, valid_from, batch_id, party_id, account_id, amount, currency,
                   counterparty_bank, counterparty_account_masked, code, source_code, frequency)
               values ('test', 'order', '2020-01-01', 1, %s, %s, 4321.09, 'CNY', %s, %s, '', 'RENT', 'monthly')""",
            [found, account, BANK, NUMBER],
        )
        connection.execute(
            "insert into access_role (name, title, scope, permissions) values ('desk', 'Desk', 'bank', %s)",
            [sorted(permissions_of("contact_centre_agent") - {"transactions.read"})],
        )
    yield found
    with bank.connected("job") as connection:
        connection.execute("delete from holdings_standingorder where source = 'test'")
        connection.execute("update access_person set role = 'contact_centre_agent' where login = 'he'")
        connection.execute("delete from access_role where name = 'desk'")


@pytest.mark.parametrize("asked", [{}, {"as_of": "2026-08-01"}])
def test_an_agent_without_the_right_to_transactions_sees_the_order_and_not_to_whom_it_pays(bank, as_person, party, asked):
    def said() -> str:
        return str(as_person("he").get(f"/customers/{party}/holdings/", asked).content.decode())

    assert BANK in said() and NUMBER in said() and "RENT" in said()
    with bank.connected("job") as connection:
        connection.execute("update access_person set role = 'desk' where login = 'he'")
    text = said()
    assert "4,321.09" in text and "RENT" in text
    assert BANK not in text and NUMBER not in text
