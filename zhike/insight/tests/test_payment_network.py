"""Who deals with our customers and is none: found in the landed payments, shown to whom she sees, taken over as a prospect (S41)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest
from django.test import Client

from zhike.insight.network import clusters
from zhike.insight.network.computing import a_year_before
from zhike.insight.warehouse import quoted
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

ADDRESS = "/prospects/network/"
AsPerson = Callable[[str], Client]


@pytest.fixture(scope="module")
def said(shared_bank: Bank) -> dict[str, Any]:
    """What `zhike insight network` tells."""
    told: dict[str, Any] = json.loads(shared_bank.zhike("insight", "network", "--json").strip().splitlines()[-1])
    return told


@pytest.fixture
def truth(shared_bank: Bank, said: dict[str, Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    """What was found beside what the maker of the sample bank knows and no feed shows."""
    with duckdb.connect() as engine:
        (found,) = shared_bank.home.glob("warehouse/network/*/tie.parquet")
        known = shared_bank.home / "files" / "sample" / "truth" / "outside.parquet"
        engine.execute(f"create view found as select * from read_parquet({quoted(found)})")
        engine.execute(f"create view known as select * from read_parquet({quoted(known)})")
        yield engine


def one(engine: duckdb.DuckDBPyConnection, query: str) -> Any:
    return engine.execute(query).fetchall()[0][0]


def test_everybody_found_is_really_outside_and_nobody_is_missed(truth: duckdb.DuckDBPyConnection) -> None:
    assert one(truth, "select count(distinct outsider) from found where name not in (select name from known)") == 0
    assert one(truth, "select count(*) from known where kind <> 'other' and name not in (select name from found)") == 0


def test_two_accounts_and_a_short_name_are_one_firm(truth: duckdb.DuckDBPyConnection) -> None:
    assert one(truth, "select count(distinct name) = count(distinct outsider) from found") is True


def test_what_passes_is_the_sum_of_the_payments_themselves(shared_bank: Bank, truth: duckdb.DuckDBPyConnection) -> None:
    """Against plain SQL over the postings that pages show: by the names of the truth, in full and in short."""
    names = [row[0] for row in truth.execute("select name from known where kind = 'firm' order by 1").fetchall()]
    with shared_bank.connected("job") as job:
        rows = job.execute(
            """select t.direction, sum(t.amount), count(*) from holdings_transaction t join holdings_account a on a.id = t.account_id
               join parties_party p on p.id = a.party_id where p.kind <> 'individual'
                 and (t.counterparty_name = any(%(full)s) or t.counterparty_name || '有限公司' = any(%(full)s)) group by 1 order by 1""",
            {"full": names},
        ).fetchall()
    firms = "from found where name in (select name from known where kind = 'firm')"
    assert rows == [
        (
            direction,
            one(truth, f"select sum(amount) {firms} and kind = '{kind}'"),
            one(truth, f"select sum(count)::bigint {firms} and kind = '{kind}'"),
        )
        for direction, kind in (("credit", "buyer"), ("debit", "supplier"))
    ]


def test_a_manager_finds_who_her_own_customers_lead_to_and_nobody_else(
    bank: Bank, said: dict[str, Any], people: Cast, as_person: AsPerson
) -> None:
    with bank.connected("job") as job:
        mine = "select t.name from insight_tie t join parties_party p on p.id = t.party_id where p.rm_ids @> array(select id from access_employee where staff_no = %s)"
        hers = {row[0] for row in job.execute(mine, [people["lin"].staff_no]).fetchall()}
        others = {row[0] for row in job.execute("select name from insight_tie").fetchall()} - hers
    text = as_person("lin").get(ADDRESS).content.decode()
    assert hers and others
    assert {name for name in hers | others if name in text} == hers


def test_the_path_names_the_customers_with_what_each_paid(bank: Bank, said: dict[str, Any], people: Cast, as_person: AsPerson) -> None:
    with bank.connected("job") as job:
        row = job.execute(
            """select t.outsider, t.party_id, p.name from insight_tie t join parties_party p on p.id = t.party_id
               where t.count > 0 and p.rm_ids @> array(select id from access_employee where staff_no = %s) order by t.amount desc limit 1""",
            [people["lin"].staff_no],
        ).fetchone()
    assert row is not None
    key, party, name = row
    text = as_person("lin").get(f"{ADDRESS}{key}/").content.decode()
    assert f'href="/customers/{party}/"' in text and name in text
    with bank.connected("job") as job:
        theirs = "select count(*) from insight_tie t join parties_party p on p.id = t.party_id where t.outsider = %s and p.rm_ids @> array(select id from access_employee where staff_no = %s)"
        (count,) = job.execute(theirs, [key, people["chen"].staff_no]).fetchone() or (0,)
    other = as_person("chen").get(f"{ADDRESS}{key}/")
    assert other.status_code == (200 if count else 404)
    assert f'href="/customers/{party}/"' not in other.content.decode(), "a colleague's customer is not on her path"


def test_she_takes_one_over_and_finds_it_linked_to_its_customer(
    bank: Bank, said: dict[str, Any], people: Cast, as_person: AsPerson
) -> None:
    client = as_person("lin")
    with bank.connected("job") as job:
        row = job.execute(
            """select t.outsider, t.name, t.party_id from insight_tie t join parties_party p on p.id = t.party_id
               where t.kind = 'employer' and p.rm_ids @> array(select id from access_employee where staff_no = %s) order by t.outsider, t.party_id limit 1""",
            [people["lin"].staff_no],
        ).fetchone()
        assert row is not None
        key, name, party = row
        answer = client.post(f"{ADDRESS}{key}/add/")
        made = job.execute("select id, status, lead_source <> '' from parties_party where name = %s and source = 'own'", [name]).fetchone()
        assert made is not None and made[1:] == ("prospect", True)
        assert answer.status_code == 302 and answer["Location"] == f"/customers/{made[0]}/"
        linked = job.execute("select type from parties_relationship where party_id = %s and to_party_id = %s", [made[0], party]).fetchall()
        assert linked, "the prospect is linked to the customer who leads there"
        again = client.post(f"{ADDRESS}{key}/add/")
        assert again["Location"] == f"/customers/{made[0]}/"
        assert job.execute("select count(*) from parties_party where name = %s", [name]).fetchone() == (1,)
    assert "/customers/" + str(made[0]) in client.get(f"{ADDRESS}{key}/").content.decode()


def test_twelve_months_end_on_the_day_and_begin_on_the_same_day_a_year_before() -> None:
    assert a_year_before(date(2026, 9, 30)) == date(2025, 9, 30)
    assert a_year_before(date(2024, 2, 29)) == date(2023, 2, 28)


def test_a_second_run_changes_nothing(shared_bank: Bank, said: dict[str, Any]) -> None:
    def rows() -> list[Any]:
        with shared_bank.connected("job") as job:
            ties = job.execute("select party_id, outsider, kind, amount, count from insight_tie order by 1, 2, 3").fetchall()
            return [
                ties,
                job.execute(
                    "select party_id, community, influence_percentile, payers, payees, received, paid from insight_networkplace order by 1"
                ).fetchall(),
            ]

    before = rows()
    shared_bank.zhike("insight", "network")
    assert rows() == before


def test_communities_are_of_customers_one_sees(bank: Bank, said: dict[str, Any], as_person: AsPerson) -> None:
    text = as_person("su").get(f"{ADDRESS}communities/").content.decode()
    numbers = re.findall(r"/prospects/network/communities/(\d+)/", text)
    assert numbers
    inside = as_person("su").get(f"{ADDRESS}communities/{numbers[0]}/")
    assert inside.status_code == 200 and "/customers/" in inside.content.decode()


def test_two_circles_of_traders_are_two_communities_and_the_hub_has_most_influence() -> None:
    """Two groups who deal with each other, one payment between them; everybody of the first pays its first member."""
    payer = np.array([1, 2, 3, 4, 5, 6, 7, 0])
    payee = np.array([0, 0, 0, 5, 6, 7, 4, 4])
    weight = np.array([9.0, 9, 9, 9, 9, 9, 9, 0.1])
    found = clusters.communities(payer, payee, weight, 9)
    assert len(set(found[:4])) == 1 and len(set(found[4:8])) == 1 and found[0] != found[4]
    assert found[8] == -1
    one_way = clusters.influence(payer[:3], payee[:3], weight[:3], 4)
    assert one_way.argmax() == 0 and abs(one_way.sum() - 1) < 1e-9


def test_names_and_accounts_that_share_something_are_one() -> None:
    assert clusters.joined(np.array([0, 1, 3]), np.array([2, 2, 4]), 6).tolist() == [0, 0, 0, 1, 1, 2]
