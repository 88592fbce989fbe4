"""Su sees her bank by product side and opens the customers behind each figure; Lin sees a customer's sides and needs, without a word about anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

from zhike.access.scope import Viewer, entered
from zhike.insight.profile_needs import EDUCATION, SHOWN
from zhike.insight.profile_sides import FLAGS, SIDES
from zhike.insight.queries import main_sides
from zhike.insight.sides import by_side, of_customer
from zhike.insight.tests.computed import Computed, computed
from zhike.insight.tests.test_concentration_page import listed
from zhike.insight.worth import worth_of
from zhike.parties.queries import Which
from zhike.reports.catalogue import DIMENSIONS
from zhike.testing.databases import using
from zhike.testing.people import PASSWORD
from zhike.workspace.columns import ALL
from zhike.workspace.queries import ListAsked, customer_list

__all__ = ["computed"]

RIGHTS = frozenset({"customers.read", "accounts.read", "transactions.read", "insight.read"})
NUMBERS = count(1)
BANK = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=RIGHTS)


@pytest.fixture
def inside(computed: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[Computed]:
    with django_db_blocker.unblock(), using(computed.bank.run, computed.bank.name):
        yield computed


@pytest.fixture
def su(inside: Computed) -> Client:
    login = f"su-sides-{next(NUMBERS)}"
    inside.bank.zhike("person", "add", login, "--name", "苏岩", "--role", "analyst", "--password-env", "P", P=PASSWORD)
    client = Client()
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


def test_every_customer_stands_on_one_main_side_or_on_none_and_every_figure_opens_its_customers(su: Client, inside: Computed) -> None:
    page = su.get("/insight/")
    rows = page.context["sides"]
    ((customers, contribution, held),) = inside.ask(
        "select count(*), sum(contribution_12m), sum(deposits_12m_average + lum_12m_average + investments_12m_average) from profile where status = 'customer'"
    )
    assert sum(row.mainly for row in rows) == customers and sum(row.contribution for row in rows) == contribution
    assert sum(row.held for row in rows) == held and sum(row.share for row in rows) == pytest.approx(1)
    assert "Customers by product side" in page.content.decode() and [row.key for row in rows][:3] == list(SIDES)
    for row in rows[:3]:
        ((of_it,),) = inside.ask(f"select count(*) from profile where status = 'customer' and {FLAGS[row.key]}")
        assert row.customers == of_it == listed(su, row.link)
        assert row.mainly == (listed(su, row.mainly_link) if row.mainly_link else 0)


def test_lin_is_told_of_her_own_customers_alone(inside: Computed) -> None:
    with inside.bank.connected("job") as job:
        ((rm, others),) = job.execute("select main_rm_id, (select max(id) from parties_party where not rm_ids @> array[p.main_rm_id]::bigint[]) from parties_party p where main_rm_id is not null limit 1").fetchall()  # fmt: skip
        hers = [row[0] for row in job.execute("select id from parties_party where rm_ids @> array[%s]::bigint[]", [rm]).fetchall()]
    lin = Viewer(None, "lin", "林静", "relationship_manager", "own", employee_ids=(rm,), permissions=RIGHTS)
    with entered(lin):
        assert 0 < sum(row.mainly for row in by_side(lin, "none")) <= len(hers)
        assert set(main_sides(lin, [*hers, others])) <= set(hers)


def test_without_the_right_to_transactions_neither_sides_nor_needs_are_said(inside: Computed) -> None:
    blind = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=RIGHTS - {"transactions.read"})
    party = inside.ask("select party_id from profile where main_side is not null limit 1")[0][0]
    with entered(blind):
        worth = worth_of(blind, party)
        assert worth is not None and of_customer(blind, worth.profile) is None and by_side(blind, "none") == []
    with entered(BANK):
        worth = worth_of(BANK, party)
        assert worth is not None and of_customer(BANK, worth.profile) is not None


def test_her_page_says_her_sides_and_her_needs_in_both_languages(su: Client, inside: Computed) -> None:
    party, side = inside.ask(
        "select party_id, main_side from profile where status = 'customer' and needs_retirement_why = 'reached' and main_side is not null limit 1"
    )[0]
    for language, words in (
        ("en", ("Main side", "Retirement", "of an age to be retired")),
        ("zh-hans", ("主要业务类别", "养老", "已到退休年龄")),
    ):
        page = su.get(f"/customers/{party}/value/", headers={"accept-language": language}).content.decode()
        with translation.override(language):
            assert str(SIDES[side]) in page and all(word in page for word in words), language


def test_what_is_said_of_a_household_names_nobody_and_no_age() -> None:
    for words in EDUCATION.values():
        assert not any(letter.isdigit() for letter in str(words)) and "child" not in str(words) and "son" not in str(words).split()


def test_needs_and_sides_are_conditions_and_dimensions(su: Client, inside: Computed) -> None:
    keys = [key for _title, key, _words in SHOWN]
    assert {"main_side", *FLAGS.values(), *keys, *(key.removesuffix("_why") for key in keys)} <= set(DIMENSIONS)
    for key in keys:
        flag = key.removesuffix("_why")
        ((found,),) = inside.ask(f"select count(*) from profile where {flag}")
        where = {"version": 1, "where": {"all": [{"field": f"profile_{flag}", "op": "is", "value": True}]}}
        assert found > 0 and listed(su, f"/customers/?{urlencode({'where': json.dumps(where)})}") == found


def test_the_main_side_may_be_a_column_of_the_customer_list(su: Client, inside: Computed) -> None:
    with entered(BANK):
        rows = customer_list(BANK, ListAsked(Which("all"), needs=frozenset({"side"}))).rows
    told = dict(inside.ask("select party_id, main_side from profile"))
    assert rows and any(row.side for row in rows)
    assert all(ALL["side"].value(row) == (str(SIDES[told[row.party.id]]) if told.get(row.party.id) else "") for row in rows)
