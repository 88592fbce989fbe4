"""A real bank's customers on the pages of today: what a page, a condition and an export say is what plain SQL says of the same files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from zhike.access.work import perform
from zhike.testing.databases import Bank, using
from zhike.testing.people import PASSWORD
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run
from zhike.workspace import jobs

pytestmark = pytest.mark.realdata

ALL = {"all": []}
BAD = {"field": "state", "op": "in", "value": ["finished_unpaid", "running_overdue"]}


@pytest.fixture(scope="module")
def berka(run: Run, empty_template: str, real_data: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Bank]:
    """The Czech bank with an analyst in it, who sees all of it."""
    name = f"{WORKER}_berka_pages"
    run.create(name, like=empty_template)
    with django_db_blocker.unblock(), using(run, name):
        bank = Bank(run, name)
        bank.load(real_data / "berka", "berka")
        bank.zhike("person", "add", "su", "--name", "苏岩", "--role", "analyst", "--password-env", "P", P=PASSWORD)
        yield bank
    run.drop(name)


@pytest.fixture
def su(berka: Bank) -> Client:
    client = Client()
    assert client.post("/login/", {"login": "su", "password": PASSWORD}).status_code == 302
    return client


def asked(bank: Bank, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Plain SQL, by the role that no policy narrows."""
    with bank.connected("job") as connection:
        return [tuple(row) for row in connection.execute(sql, values)]


def who(*nodes: dict[str, Any]) -> str:
    return json.dumps({"version": 1, "where": {"all": list(nodes)}})


def having(relation: str, where: dict[str, Any] = ALL, **bounds: int) -> dict[str, Any]:
    return {"has": relation, **(bounds or {"at_least": 1}), "where": where}


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([], 5369),
        ([{"field": "sex", "op": "in", "value": ["female"]}], 2645),
        ([{"field": "sex", "op": "in", "value": ["male"]}], 2724),
        ([having("loan")], 682),
        ([having("loan", {"all": [BAD]})], 76),
        ([having("card"), having("loan")], 170),
        ([having("card"), having("loan", at_most=0)], 190 + 532),
        ([having("posting", at_least=131)], 1),
    ],
    ids=["everybody", "women", "men", "borrowers", "bad loans", "card and loan", "card, no loan", "131 postings"],
)
def test_conditions_count_what_the_files_hold(su: Client, nodes: list[dict[str, Any]], expected: int) -> None:
    counted = su.get("/customers/count/", {"where": who(*nodes)}).content.decode()
    assert f">{expected:,} in all<" in counted


def test_an_export_of_the_whole_bank_has_a_line_for_everybody_and_its_sum_is_the_banks(su: Client, berka: Bank) -> None:
    with override_settings(EXPORT_APPROVAL=10_000):  # what needs a second person is another test
        assert su.post("/customers/export/", {"form": "csv", "view": "all"})["Location"] == "/asked/"
    key = asked(berka, "select max(id) from access_work where kind = 'workspace.export'")[0][0]
    with berka.acting_as("job"):
        assert jobs.__doc__, "the worker finds what makes files in this module"
        perform(key)
    fetched = b"".join(su.get(f"/customers/exports/{key}/").streaming_content)  # type: ignore[attr-defined]
    head, *lines, whose = csv.reader(io.StringIO(fetched.decode("utf-8-sig")))
    assert "su" in whose[0], "the last line says whose copy it is"
    at = head.index("AUM, end of day")
    held = asked(berka, "select sum(balance) from holdings_account")[0][0]
    assert len(lines) == 5369
    assert sum(Decimal(line[at].replace(",", "")) for line in lines if line[at]) == held


def test_the_holder_of_account_485_finds_her_money_on_every_panel(su: Client, berka: Bank) -> None:
    account, party = asked(berka, "select id, party_id from holdings_account where external_key = '485'")[0]
    months = su.get(f"/customers/{party}/flows/").context
    moved = asked(
        berka,
        """select date_trunc('month', booking_date)::date, coalesce(sum(amount) filter (where direction = 'credit'), 0),
                  coalesce(sum(amount) filter (where direction = 'debit'), 0)
           from holdings_transaction where account_id = %s and booking_date >= '1993-04-01' group by 1 order by 1""",
        account,
    )
    assert [(m.month, m.inflow, m.outflow) for m in months["months"]] == moved
    assert (months["inflow"], months["outflow"]) == (sum(row[1] for row in moved), sum(row[2] for row in moved))

    last = "select balance_after from holdings_transaction where account_id = %s order by booking_date desc, id desc limit 1"
    balance = asked(berka, last, account)[0][0]
    chart = su.get(f"/customers/{party}/balances/").context["chart"]
    assert Decimal(str(chart.series[0].values[-1])) == balance == Decimal("17391.10") + Decimal("100.00")
    assert f"{balance:,.2f}" in su.get(f"/customers/{party}/").content.decode()
    assert f"{balance:,.2f}" in su.get(f"/customers/{party}/brief/").content.decode()


def test_whom_she_pays_stands_there_though_they_have_only_an_account(su: Client, berka: Bank) -> None:
    account, party = asked(berka, "select id, party_id from holdings_account where external_key = '485'")[0]
    ways = su.get(f"/customers/{party}/counterparties/").context["ways"]
    shown = [(row.bank, row.amount, row.count) for _title, listed in ways for row in listed]
    assert shown == asked(
        berka,
        """select counterparty_bank, sum(amount), count(*) from holdings_transaction
           where account_id = %s and direction = 'debit' and counterparty_account_digest is not null and booking_date > '1993-03-31'
           group by counterparty_account_digest, 1 order by 2 desc""",
        account,
    )
    assert shown[0] == ("EF", Decimal("89052.00"), 12)


def test_a_borrower_sees_loan_card_and_order_with_the_amounts_of_the_files(su: Client, berka: Bank) -> None:
    party, granted, ordered, issued = asked(
        berka,
        """select a.party_id, l.amount, s.amount, k.issued_date from holdings_loan l join holdings_account a on a.id = l.account_id
           join holdings_card k on k.account_id = a.id join holdings_standingorder s on s.account_id = a.id
           where l.state = 'finished' order by 1 limit 1""",
    )[0]
    panel = su.get(f"/customers/{party}/holdings/").context
    assert [loan.amount for loan in panel["past_loans"]] == [granted]
    assert ordered in [order.amount for order in panel["orders"]]
    assert issued in [card.issued_date for card in panel["cards"]]


def test_an_authorised_person_is_found_on_the_account_and_has_no_money_of_her_own(su: Client, berka: Bank) -> None:
    account, owner, other = asked(
        berka,
        """select r.account_id, a.party_id, r.party_id from holdings_accountrole r join holdings_account a on a.id = r.account_id
           where r.role = 'authorised' order by 1 limit 1""",
    )[0]
    page = su.get(f"/accounts/{account}/").content.decode()
    assert f'href="/customers/{owner}/"' in page and f'href="/customers/{other}/"' in page
    assert asked(berka, "select coalesce(sum(aum), 0) from holdings_summary where party_id = %s", other) == [(0,)]


def test_every_panel_of_a_real_customer_answers(su: Client, berka: Bank) -> None:
    party = asked(berka, "select party_id from holdings_account where external_key = '485'")[0][0]
    for panel in (
        "",
        "profile/",
        "relations/",
        "graph/",
        "holdings/",
        "transactions/",
        "together/",
        "timeline/",
        "notes/",
        "known/",
        "changes/",
        "brief/",
    ):
        assert su.get(f"/customers/{party}/{panel}").status_code == 200, panel
