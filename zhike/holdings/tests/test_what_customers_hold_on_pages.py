"""What a customer holds, as it stands on her page."""

from __future__ import annotations

import re

from zhike.workspace.tests.books import book_of, one, only_in_book_of


def test_a_filter_by_direction_shows_only_what_came_in(bank, people, as_person):
    party = book_of(bank, people, "lin")[0][0]
    client = as_person("lin")
    both = client.get(f"/customers/{party}/transactions/").content.decode()
    came = client.get(f"/customers/{party}/transactions/", {"direction": "credit"}).content.decode()
    assert "zk-out" in both
    assert "zk-in" in came and "zk-out" not in came


def test_a_filter_by_an_account_that_is_not_hers_shows_nothing(bank, people, as_person):
    party = only_in_book_of(bank, people, "lin", not_of="chen")[0]
    theirs = only_in_book_of(bank, people, "chen", not_of="lin")[0]
    account = one(bank, "select id from holdings_account where party_id = %s limit 1", theirs)
    assert "No transaction fits" in as_person("lin").get(f"/customers/{party}/transactions/", {"account": account}).content.decode()
    assert as_person("lin").get(f"/accounts/{account}/").status_code == 404
    assert as_person("chen").get(f"/accounts/{account}/").status_code == 200


def test_an_account_is_reached_through_any_of_its_holders_and_counts_for_its_owner_only(bank, people, as_person):
    party = book_of(bank, people, "lin")[0][0]
    theirs = only_in_book_of(bank, people, "chen", not_of="lin")[0]
    account = one(bank, "select id from holdings_account where party_id = %s and status = 'open' limit 1", theirs)
    client = as_person("lin")
    sums = re.compile(r'zk-group">.*?title="CNY ([\d,.]+)"', re.DOTALL)
    before = sums.findall(client.get(f"/customers/{party}/holdings/").content.decode())
    assert client.get(f"/accounts/{account}/").status_code == 404
    with bank.connected("job") as connection:
        connection.execute(
            """insert into holdings_accountrole (source, external_key, valid_from, batch_id, party_id, account_id, role, signing_rule)
               values ('test', 'authorised', '2026-01-01', 1, %s, %s, 'authorised', 'any')""",
            [party, account],
        )
        try:
            held = client.get(f"/customers/{party}/holdings/").content.decode()
            assert f"/accounts/{account}/" in held and "Authorised person" in held
            assert [amount for amount in sums.findall(held) if amount != "0.00"] == before
            assert client.get(f"/accounts/{account}/").status_code == 200
            assert client.get(f"/customers/{theirs}/").status_code == 404
        finally:
            connection.execute("delete from holdings_accountrole where source = 'test'")


def test_the_sum_of_groups_is_what_the_list_says(bank, people, as_person):
    party = book_of(bank, people, "lin")[0][0]
    client = as_person("lin")
    aum = one(bank, "select aum from holdings_summary where party_id = %s order by aum desc limit 1", party)
    exact = f"{aum:,.2f}"
    assert exact in client.get("/customers/").content.decode()
    assert exact in client.get(f"/customers/{party}/").content.decode()
    held = client.get(f"/customers/{party}/holdings/").content.decode()
    sums = re.findall(r'zk-group">.*?title="CNY ([\d,.]+)"', held, re.DOTALL)
    loans = one(bank, "select coalesce(sum(loans), 0) from holdings_summary where party_id = %s", party)
    assert abs(sum(float(s.replace(",", "")) for s in sums) - float(aum) - float(loans)) < 0.01
