"""On the sample bank each person sees exactly what the bank's own files say is hers: by the managers, by bare SQL, page after page, by search.

What is expected is worked out from the files in `facts.py`; Zhike's code says what is found.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client

from zhike.access.models import Person
from zhike.access.scope import NOBODY, ScopedManager, Viewer, entered, sign, viewer_for
from zhike.access.tests.facts import Facts
from zhike.holdings import queries as holdings
from zhike.parties.models import Party
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

SIX = ("lin", "chen", "zhou", "he", "su", "gao")  # five kinds of people, and a colleague elsewhere
AsPerson = Callable[[str], Client]

# Tables with customers in them, by what opens a row: its party, its account, or either.
KEPT = (
    "parties_declared",
    "parties_declaredchange",
    "parties_tagging",
    "parties_teamed",
    "parties_correction",
    "parties_contactrestriction",
    "privacy_request",
    "parties_handovercustomer",
    "engagement_note",
    "engagement_mention",
    "engagement_notefile",
    "audiences_membership",
    "audiences_standing",
    "insight_tieroverride",
    "insight_score",
    "insight_scoreoverrule",
    "insight_scoreoutcome",
    "insight_tie",
    "insight_networkplace",
)  # by people or computed: empty in the sample bank until somebody writes
BY_PARTY = (
    "parties_partysource", "parties_partyhistory", "parties_relationship", "parties_groupmember", "parties_assignment", "parties_identifier",
    "parties_contactpoint", "parties_consent", "engagement_interaction", "engagement_channelday", "holdings_summary", "holdings_holdinghistory", "holdings_accountrole", "holdings_payroll",
    "holdings_salary", "risk_profile", *KEPT,
)  # fmt: skip
BY_ACCOUNT = ("holdings_balance", "holdings_position", "holdings_standingorder", "holdings_transaction")
BY_EITHER = ("holdings_loan", "holdings_card")
CONTACTS = ("parties_identifier", "parties_contactpoint")  # not for the analyst, not even masked


@pytest.fixture(scope="module")
def facts(shared_bank: Bank) -> Facts:
    """The files the sample bank was loaded from."""
    return Facts(shared_bank.home / "files" / "sample")


@pytest.fixture
def hers(facts: Facts, people: Cast) -> Callable[[str], set[str]]:
    """The party keys that somebody should see."""
    return lambda login: facts.seen_parties(people[login].role, people[login].staff_no)


def viewer_of(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def ids(bank: Bank, statement: str, *parameters: object) -> set[int]:
    """What the job role, which sees everything, finds."""
    with bank.connected("job") as job:
        return {row[0] for row in job.execute(statement, parameters).fetchall()}


def party_ids(bank: Bank, keys: set[str]) -> set[int]:
    found = ids(bank, "select party_id from parties_partysource where external_key = any(%s)", list(keys))
    assert len(found) == len(keys), "every party of the files is in the bank"
    return found


def account_ids(bank: Bank, keys: set[str]) -> set[int]:
    found = ids(bank, "select id from holdings_account where external_key = any(%s)", list(keys))
    assert len(found) == len(keys), "every account of the files is in the bank"
    return found


def by_sql(bank: Bank, signed: str, statement: str) -> set[Any]:
    """What a statement of one's own returns under the web role with a signed identity."""
    with bank.connected("web") as web, web.transaction():
        web.execute("select set_config('zhike.viewer', %s, true)", [signed])
        return {row[0] for row in web.execute(statement).fetchall()}


def by_entry(bank: Bank, signed: str, statement: str) -> list[tuple[Any, ...]]:
    """What pages' own connection returns to who has entered as they do."""
    with bank.connected("web") as web, web.transaction():
        web.execute("select access.enter(%s, 'test')", [signed])
        return web.execute(statement).fetchall()


def signed_for(login: str) -> str:
    return sign(viewer_of(login), expires=time.time() + 60)


def test_the_people_differ_in_what_they_see(hers: Callable[[str], set[str]], facts: Facts) -> None:
    own, elsewhere, branch = hers("lin"), hers("chen"), hers("zhou")
    assert own and elsewhere and branch
    assert not own & elsewhere
    assert 0 < len(own & branch) < len(branch) < len(facts.parties)
    assert hers("he") == hers("su") == hers("gao") == set(facts.parties)


@pytest.mark.parametrize("login", SIX)
def test_managers_and_bare_sql_return_her_customers(bank: Bank, people: Cast, hers: Callable[[str], set[str]], login: str) -> None:
    expected = party_ids(bank, hers(login))
    viewer = viewer_of(login)
    with entered(viewer):
        assert set(Party.objects.seen_by(viewer).values_list("pk", flat=True)) == expected
        assert Party.objects.seen_by(viewer).count() == len(expected)
    with bank.acting_as("job"):  # the query's own condition, without the wall
        assert set(Party.objects.seen_by(viewer).values_list("pk", flat=True)) == expected
    signed = sign(viewer, expires=time.time() + 60)
    assert by_sql(bank, signed, "select id from parties_party") == expected
    assert by_sql(bank, signed, "select count(*) from parties_party") == {len(expected)}


@pytest.mark.parametrize("login", SIX)
def test_whoever_entered_sees_the_same_by_tables_views_and_lists(
    bank: Bank, people: Cast, hers: Callable[[str], set[str]], login: str
) -> None:
    expected, viewer, signed = party_ids(bank, hers(login)), viewer_of(login), signed_for(login)
    sums = ids(bank, "select party_id from holdings_summary where party_id = any(%s)", list(expected))
    assert {key for (key,) in by_entry(bank, signed, "select id from parties_party")} == expected
    assert {key for (key,) in by_entry(bank, signed, "select id from parties_line")} == expected
    assert {key for (key,) in by_entry(bank, signed, "select id from holdings_sum")} == sums
    assert {key for (key,) in by_entry(bank, signed, "select party_id from holdings_summary")} == sums
    placed = ids(bank, "select party_id from holdings_summary where place is not null")
    for listed, whole in (
        ("holdings_units(null, null, false, 100000)", sums if viewer.unit_ids else set()),
        ("parties_units(null, null, true, 100000)", expected if viewer.unit_ids else set()),
        ("holdings_reached(null, null, false, 100000)", expected & placed),
        ("parties_reached(null, null, true, 100000)", expected),
    ):
        assert {key for (key,) in by_entry(bank, signed, f"select party_id from {listed}")} == whole, listed
    everybody = sorted(ids(bank, "select id from parties_party"))
    opened = {
        key for (key,) in by_entry(bank, signed, f"select access.open(id) from unnest('{{{','.join(map(str, everybody))}}}'::bigint[]) id")
    }
    assert opened - {None} == expected


@pytest.mark.parametrize("login", SIX)
def test_bare_sql_returns_of_every_table_what_hangs_on_her_customers(
    bank: Bank, people: Cast, hers: Callable[[str], set[str]], facts: Facts, login: str
) -> None:
    parties, accounts = list(party_ids(bank, hers(login))), list(account_ids(bank, facts.seen_accounts(hers(login))))
    signed = signed_for(login)
    expected = {table: ids(bank, f"select id from {table} where party_id = any(%s)", parties) for table in BY_PARTY}
    expected |= {table: ids(bank, f"select id from {table} where account_id = any(%s)", accounts) for table in BY_ACCOUNT}
    either = "select id from {} where party_id = any(%s) or account_id = any(%s)"
    expected |= {table: ids(bank, either.format(table), parties, accounts) for table in BY_EITHER}
    expected["holdings_account"] = set(accounts)
    expected["parties_declaredkey"] = ids(bank, "select id from parties_declaredkey where of_party = any(%s)", parties)
    if login == "su":
        expected |= {key: set() for key in CONTACTS}
    for table, rows in expected.items():
        assert by_sql(bank, signed, f"select id from {table}") == rows, table
        assert by_sql(bank, signed, f"select count(*) from {table}") == {len(rows)}, table
    empty = [
        table
        for table, rows in expected.items()
        if not rows and table not in ("parties_partyhistory", "holdings_holdinghistory", "parties_declaredkey", *CONTACTS, *KEPT)
    ]
    assert login in ("lin", "chen") or empty == []


def test_no_table_with_customers_is_missing_here(bank: Bank) -> None:
    with bank.connected("job") as job:
        found = job.execute(
            """select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
               where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                 and a.attname in ('party_id', 'account_id') and has_any_column_privilege(%s, c.oid, 'select')""",
            [bank.run.installation(bank.name).role("web")],
        ).fetchall()
    told = {*BY_PARTY, *BY_ACCOUNT, *BY_EITHER, "holdings_account", "access_auditentry"}  # the audit asks for audit.read
    told |= {"parties_trash"}  # who deleted it, and who sees whose it was: parties/tests/test_the_trash.py
    told |= {"workspace_visit", "workspace_listmember"}  # one person's own: workspace/tests/test_finding.py, test_bulk_acts.py
    told |= {"access_participation", "access_brokenglass", "access_listed"}  # test_opened_by_name.py
    assert {name for (name,) in found} - told == set()


@pytest.mark.parametrize("login", SIX)
def test_no_manager_returns_more_than_the_wall_lets_through(bank: Bank, people: Cast, login: str) -> None:
    viewer, signed = viewer_of(login), signed_for(login)
    scoped = [model for model in apps.get_models() if isinstance(model._default_manager, ScopedManager)]
    assert len(scoped) > 12
    for model in scoped:
        table = model._meta.db_table
        behind = by_sql(bank, signed, f"select id from {table}")
        with bank.acting_as("job"), transaction.atomic():
            asked = set(model._default_manager.seen_by(viewer).values_list("pk", flat=True))  # type: ignore[attr-defined]
        assert asked <= behind or (login == "su" and table in CONTACTS), table
        assert asked == behind or table in (*BY_ACCOUNT, *BY_EITHER, "holdings_account", *CONTACTS), table


@pytest.mark.parametrize("login", SIX)
def test_the_accounts_of_her_customers_are_those_of_any_role_holder(
    bank: Bank, people: Cast, hers: Callable[[str], set[str]], facts: Facts, login: str
) -> None:
    viewer = viewer_of(login)
    with entered(viewer):
        of_hers = [held.account.pk for party in party_ids(bank, hers(login)) for held in holdings.accounts(viewer, party)]
    assert set(of_hers) == account_ids(bank, facts.seen_accounts(hers(login)))


def test_the_page_of_an_account_opens_to_whoever_sees_one_of_its_holders(
    bank: Bank, as_person: AsPerson, hers: Callable[[str], set[str]], facts: Facts
) -> None:
    shared = [account for account, holders in facts.accounts.items() if len(holders) > 1]
    assert shared, "the sample bank has accounts with several holders"
    chosen = [*shared[:6], *sorted(facts.seen_accounts(hers("lin")))[:2], *sorted(facts.seen_accounts(hers("chen")))[:2]]
    addresses = {account: f"/accounts/{next(iter(account_ids(bank, {account})))}/" for account in chosen}
    for login in SIX:
        client, seen = as_person(login), facts.seen_accounts(hers(login))
        assert {account: client.get(address).status_code for account, address in addresses.items()} == {
            account: 200 if account in seen else 404 for account in chosen
        }, login


def paged(client: Client, **query: str) -> list[int]:
    """The customers of the whole list, page after page."""
    found: list[int] = []
    after = ""
    while True:
        answer = client.get("/customers/", {**query, "after": after})
        assert answer.status_code == 200
        shown = answer.context["found"]
        found += [row.party.id for row in shown.rows]
        after = shown.page.next
        if not after:
            return found
        assert len(found) < 5000, "a cursor that leads in a circle"


@pytest.mark.parametrize("login", SIX)
def test_the_list_pages_through_her_customers_and_no_others(
    bank: Bank, as_person: AsPerson, hers: Callable[[str], set[str]], facts: Facts, login: str
) -> None:
    client, expected = as_person(login), party_ids(bank, hers(login))
    for sort in ("aum", "name", "since"):
        found = paged(client, view="all", sort=sort)
        assert len(found) == len(set(found)), sort
        assert set(found) == expected, sort
    companies = {key for key in hers(login) if facts.parties[key]["kind"] == "company"}
    assert set(paged(client, view="all", kind="company")) == party_ids(bank, companies)


def test_a_cursor_of_somebody_else_shows_nothing_of_hers(bank: Bank, as_person: AsPerson, hers: Callable[[str], set[str]]) -> None:
    theirs = as_person("gao").get("/customers/", {"view": "all", "sort": "name"}).context["found"].page.next
    assert theirs
    shown = as_person("chen").get("/customers/", {"view": "all", "sort": "name", "after": theirs}).context["found"].rows
    assert {row.party.id for row in shown} <= party_ids(bank, hers("chen"))


def found_by(client: Client, words: str) -> set[int]:
    return {row.party.id for row in client.get("/customers/", {"q": words, "view": "all"}).context["found"].rows}


def test_search_finds_her_customers_and_not_those_of_others(
    bank: Bank, as_person: AsPerson, hers: Callable[[str], set[str]], facts: Facts
) -> None:
    chosen = sorted(hers("lin"))[:2] + sorted(hers("chen"))[:2]
    for login in SIX:
        client = as_person(login)
        for key in chosen:
            party = facts.parties[key]
            (wanted,) = party_ids(bank, {key})
            for words in (party["name"], party["customer_no"]):
                if words:
                    assert (wanted in found_by(client, words)) == (key in hers(login)), (login, words)


def test_a_telephone_number_finds_its_customer_for_whom_may_read_contacts(
    bank: Bank, as_person: AsPerson, hers: Callable[[str], set[str]], facts: Facts
) -> None:
    key = next(key for key in sorted(hers("lin")) if any(row["phone"] for row in facts.contacts_of(key)))
    phone = next(row["phone"] for row in facts.contacts_of(key) if row["phone"])
    (wanted,) = party_ids(bank, {key})
    for words in (phone, phone[-4:]):
        found = {login: wanted in found_by(as_person(login), words) for login in SIX}
        assert found == {"lin": True, "chen": False, "zhou": key in hers("zhou"), "he": True, "su": False, "gao": True}, words


@pytest.mark.parametrize("login", ["lin", "zhou", "su"])
def test_zhike_sql_returns_the_same_rows(bank: Bank, people: Cast, hers: Callable[[str], set[str]], login: str) -> None:
    lines = bank.zhike("sql", "--as", login, "--json", "select id from parties_party").splitlines()
    assert {json.loads(line)["id"] for line in lines} == party_ids(bank, hers(login))


def test_a_forged_an_expired_and_a_missing_identity_return_nothing_from_any_table(bank: Bank, people: Cast) -> None:
    genuine = signed_for("gao")
    person, _flags, rest = signed_for("lin")[:-64].split(";", 2)
    false = {
        "missing": "", "forged": f"{person};aw;{rest}" + genuine[-64:], "unsigned": genuine[:-64] + "0" * 64,
        "expired": sign(viewer_of("gao"), expires=time.time() - 1), "of another installation": genuine[:-64] + sha_of_another_key(genuine[:-64]),
    }  # fmt: skip
    tables = ("parties_party", *BY_PARTY, *BY_ACCOUNT, *BY_EITHER, "holdings_account", "access_person", "access_auditentry")
    for name, signed in false.items():
        assert {table: by_sql(bank, signed, f"select count(*) from {table}") for table in tables} == {key: {0} for key in tables}, name
    assert all(by_sql(bank, genuine, f"select count(*) from {table}") != {0} for table in ("parties_party", "holdings_transaction"))


def sha_of_another_key(payload: str) -> str:
    return hmac.new(b"k" * 32, payload.encode(), hashlib.sha256).hexdigest()
