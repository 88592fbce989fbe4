"""What the payment network knows becomes fields of the profile: as of its own day, never of a day to come, and the same as plain SQL says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from zhike.insight.network import clusters, files
from zhike.insight.profile_network import OF_NETWORK
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

AsPerson = Callable[[str], Client]
KEYS = tuple(field.key for field in OF_NETWORK)


def rows(bank: Bank, statement: str) -> list[Any]:
    with bank.connected("job") as job:
        return job.execute(statement).fetchall()


@pytest.fixture(scope="module")
def told(shared_bank: Bank) -> Bank:
    """The bank computed once without a network, then the network, then the same day anew."""
    shared_bank.zhike("insight", "build")
    counts = ", ".join(f"count({key})" for key in KEYS)
    assert rows(shared_bank, f"select {counts} from insight_profile") == [(0,) * len(KEYS)], "without a network nothing is said"
    shared_bank.zhike("insight", "network")
    shared_bank.zhike("insight", "build")
    return shared_bank


def test_everybody_has_the_day_of_the_network_once_it_is_computed(told: Bank) -> None:
    ((built, days, customers, with_day),) = rows(
        told, "select (select max(business_date) from insight_build where is_shown), count(distinct network_date), count(*), count(network_date) from insight_profile"
    )  # fmt: skip
    assert days == 1 and customers == with_day > 0
    assert rows(told, "select distinct network_date from insight_profile") == [(built,)]
    silent = [key for key in KEYS if rows(told, f"select count(*) from insight_profile where {key} is not null") == [(0,)]]
    assert silent == []


def test_what_goes_outside_is_the_sum_of_the_ties_that_pages_show(told: Bank) -> None:
    differ = """
        select count(*) from insight_profile f left join (
            select party_id, count(*) filter (where kind = 'supplier') as payees, sum(amount) filter (where kind = 'supplier') as paid,
                   max(amount) filter (where kind = 'supplier') as most, sum(amount) filter (where kind <> 'supplier') as received
            from insight_tie where amount > 0 group by 1) t on t.party_id = f.id
        where (f.outside_payees, f.outside_paid_12m, f.outside_paid_most_12m, f.outside_received_12m)
            is distinct from (coalesce(t.payees, 0)::int, coalesce(t.paid, 0), coalesce(t.most, 0), coalesce(t.received, 0))"""
    assert rows(told, differ) == [(0,)]
    assert rows(told, "select count(*) > 0 from insight_profile where outside_paid_12m > 0") == [(True,)]
    places = """select count(*) from insight_profile f join insight_networkplace n on n.party_id = f.id
        where (f.network_influence, f.network_payers, f.network_payees, f.network_received_12m, f.network_paid_12m)
            is distinct from (n.influence_percentile, n.payers::int, n.payees::int, n.received, n.paid)"""
    assert rows(told, places) == [(0,)]


def test_whoever_is_paid_by_a_customer_has_an_employer_here_with_all_its_staff(told: Bank) -> None:
    """Against the salaries of payroll agreements, which the network does not read."""
    paid = """select f.id, f.employer_is_customer, f.employer_staff_here, s.staff from insight_profile f join (
            select e.party_id, max(n.staff) as staff from holdings_salary e join holdings_payroll a on a.id = e.payroll_id
            join (select x.payroll_id, count(distinct x.party_id) as staff from holdings_salary x join parties_party p on p.id = x.party_id
                  where p.kind = 'individual' and p.status = 'customer' group by 1) n on n.payroll_id = a.id
            group by 1) s on s.party_id = f.id
        where f.kind = 'individual' and f.status = 'customer'"""
    found = rows(told, paid)
    assert found
    assert all(is_customer for _party, is_customer, _here, _staff in found)
    assert all(here >= staff for _party, _is_customer, here, staff in found)
    assert rows(told, "select count(*) from insight_profile where staff_here is not null and kind = 'individual'") == [(0,)]


def test_who_vouch_for_each_other_are_counted_as_the_relations_show_them(told: Bank) -> None:
    links = rows(told, "select party_id, to_party_id from parties_relationship where type = 'guarantor' and valid_to is null")
    group: dict[int, set[int]] = {}
    for one, other in links:
        joined = group.get(one, {one}) | group.get(other, {other})
        group |= dict.fromkeys(joined, joined)
    said = dict(rows(told, "select id, guarantee_group_size from insight_profile where guarantee_group_size > 0"))
    assert said == {party: len(some) for party, some in group.items() if party in said or len(some) > 1}


def test_a_circle_leads_back_and_a_chain_does_not() -> None:
    # 0 vouches for 1, 1 for 2, 2 for 0; 3 for 0; 4 and 5 for each other; 6 for 7
    left, right = np.array([0, 1, 2, 3, 4, 5, 6]), np.array([1, 2, 0, 0, 5, 4, 7])
    assert clusters.circled(left, right, 8).tolist() == [True, True, True, False, True, True, False, False]
    assert clusters.circled(left[:0], right[:0], 0).tolist() == []


def test_a_day_knows_only_networks_of_days_up_to_it(told: Bank, tmp_path: Path) -> None:
    for day in ("20260131", "20260228"):
        (files.folder(tmp_path) / day).mkdir(parents=True)
        (files.folder(tmp_path) / day / "customer.parquet").touch()
    (files.folder(tmp_path) / "20260310").mkdir()  # of a program that did not say it yet

    def known(day: date) -> str:
        path = files.facts_on(tmp_path, day)
        return path.parent.name if path else ""

    assert [known(date(2026, 1, 30)), known(date(2026, 1, 31)), known(date(2026, 2, 27)), known(date(2026, 3, 31))] == [
        "",
        "20260131",
        "20260131",
        "20260228",
    ]
    builds = rows(told, "select count(*) from insight_build")
    told.zhike("insight", "build")
    assert rows(told, "select count(*) from insight_build") == builds, "the same network gives nothing to compute anew"


def test_a_manager_narrows_her_customers_by_it(told: Bank, bank: Bank, people: Cast, as_person: AsPerson) -> None:
    hers = f"p.rm_ids @> array(select id from access_employee where staff_no = '{people['lin'].staff_no}')"
    fit = {
        key
        for (key,) in rows(
            bank, f"select p.id from parties_party p join insight_profile f on f.id = p.id where f.employer_is_customer and {hers}"
        )
    }
    where = json.dumps({"version": 1, "where": {"all": [{"field": "profile_employer_is_customer", "op": "is", "value": True}]}})
    answer = as_person("lin").get("/customers/", {"view": "all", "where": where})
    shown = {int(key) for key in re.findall(r'href="/customers/(\d+)/', answer.content.decode())}
    assert answer.status_code == 200 and shown == fit != set()
