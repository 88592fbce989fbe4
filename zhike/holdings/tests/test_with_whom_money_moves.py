"""With whom a company's money moves over a year: the same sums as plain SQL, and who is no customer yet told rightly whatever one sees."""

from __future__ import annotations

import re

from zhike.workspace.tests.books import one, rows


def busiest_firm(bank) -> int:
    found: int = one(
        bank,
        """select p.id from parties_party p join holdings_account a on a.party_id = p.id join holdings_transaction t on t.account_id = a.id
           where p.kind = 'company' and t.counterparty_name <> '' group by 1 order by count(*) desc, 1 limit 1""",
    )
    return found


def shown(client, party: int, day: str) -> list:
    found: list = client.get(f"/customers/{party}/counterparties/", {"as_of": day}).context["ways"]
    return found


def test_the_sums_are_those_of_plain_sql(bank, people, as_person):
    party, day = busiest_firm(bank), "2026-09-30"
    ways = shown(as_person("gao"), party, day)
    assert ways
    found = {(row.direction, row.name, row.number): (row.amount, row.count) for _title, listed in ways for row in listed}
    assert all(len(listed) <= 8 for _title, listed in ways)
    for (direction, name, number), (amount, count) in found.items():
        expected = rows(
            bank,
            """select sum(t.amount), count(*) from holdings_transaction t join holdings_account a on a.id = t.account_id
               where a.party_id = %s and t.direction = %s and coalesce(t.counterparty_account_masked, '') = %s
                 and (%s <> '' or t.counterparty_name = %s) and t.booking_date <= %s and (t.code is null or t.code not in ('deposit', 'wealth'))
                 and t.counterparty_account_digest is not distinct from (
                     select (array_agg(x.counterparty_account_digest order by x.counterparty_account_digest desc nulls last))[1] from holdings_transaction x join holdings_account b on b.id = x.account_id
                     where b.party_id = %s and x.counterparty_name = %s and coalesce(x.counterparty_account_masked, '') = %s)""",
            party, direction, number, number, name, day, party, name, number,
        )[0]  # fmt: skip
        assert (amount, count) == tuple(expected), (direction, name)
    shares = [row.share for _title, listed in ways for row in listed]
    assert all(0 < share <= 1 for share in shares)


def test_who_is_a_customer_is_told_alike_to_all_and_whose_account_it_is_only_to_whom_it_belongs(bank, people, as_person):
    party, day = busiest_firm(bank), "2026-09-30"
    told = {login: shown(as_person(login), party, day) for login in ("gao", "he")}
    answers = [[(row.name, row.is_customer) for _title, listed in ways for row in listed] for ways in told.values()]
    assert answers[0] == answers[1]
    for _title, listed in told["gao"]:
        for row in listed:
            assert row.party_id is None or row.is_customer


def test_the_function_tells_neither_names_nor_keys_and_nothing_without_the_right(bank, people):
    digest = one(bank, "select account_no_digest from holdings_account where account_no_digest is not null limit 1")
    with bank.connected("web") as web:
        assert web.execute("select * from holdings_own_accounts(array[%s]::bytea[])", [bytes(digest)]).fetchall() == []


def test_the_panel_stands_on_a_companys_page_and_not_on_a_persons(bank, people, as_person):
    client = as_person("gao")
    person = one(bank, "select min(id) from parties_party where kind = 'individual'")
    for party, stands in ((busiest_firm(bank), True), (person, False)):
        page = client.get(f"/customers/{party}/").content.decode()
        assert bool(re.search(r'id="panel-counterparties"', page)) == stands
