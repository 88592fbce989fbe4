"""No ID number, phone, e-mail, account or card number of the bank's files stands in clear where a viewer can read: in no table, on no page."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import psycopg
import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from psycopg import sql

from zhike.access.models import Person
from zhike.access.scope import NOBODY, Viewer, entered, sign, viewer_for
from zhike.access.tests.facts import Facts
from zhike.core.connections import Process
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

FIVE = ("lin", "zhou", "he", "su", "gao")
WORD = re.compile(r"[\w.+-]+@[\w.-]+|[0-9A-Za-z]{7,}")
AsPerson = Callable[[str], Client]


@pytest.fixture(scope="module")
def facts(shared_bank: Bank) -> Facts:
    """The files the sample bank was loaded from."""
    return Facts(shared_bank.home / "files" / "sample")


def viewer_of(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def in_clear(facts: Facts, text: str) -> set[str]:
    """The protected values of the files that stand in a text as they are."""
    return set(WORD.findall(text)) & facts.protected | {address for address in facts.addresses if address in text}


def readable(connection: psycopg.Connection) -> list[tuple[str, list[str]]]:
    """Every table and view of ours with the columns that this connection's role may read."""
    return connection.execute(
        """select c.relname, array_agg(a.attname order by a.attnum) from pg_class c join pg_attribute a on a.attrelid = c.oid
           where c.relnamespace in ('public'::regnamespace, 'access'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm')
             and not c.relispartition and a.attnum > 0 and not a.attisdropped and has_column_privilege(c.oid, a.attnum, 'select')
           group by 1 order by 1"""
    ).fetchall()


def everything(bank: Bank, process: Process, viewer: Viewer) -> dict[str, str]:
    """All that a role reads with a viewer's identity, table by table, as text."""
    with bank.connected(process) as direct, direct.transaction():
        direct.execute("select set_config('zhike.viewer', %s, true)", [sign(viewer, expires=time.time() + 60, door="sql")])
        found = {}
        for table, columns in readable(direct):
            row = sql.SQL(", ").join(map(sql.Identifier, columns))
            statement = sql.SQL("select coalesce(string_agg(t::text, E'\\n'), '') from (select {} from {}) t").format(
                row, sql.Identifier(table)
            )
            (found[table],) = direct.execute(statement).fetchone() or ("",)
        return found


@pytest.mark.parametrize("login", FIVE)
@pytest.mark.parametrize("process", ["web", "read"])
def test_no_table_that_a_viewer_reads_holds_a_protected_value_in_clear(
    bank: Bank, people: Cast, facts: Facts, process: Process, login: str
) -> None:
    found = everything(bank, process, viewer_of(login))
    assert {"parties_party", "parties_contactpoint", "holdings_transaction", "holdings_account"} <= set(found)
    assert "access_vault" not in found and "access_viewersecret" not in found
    assert len(found["parties_party"]) > 100 and len(facts.protected) > 500
    assert {table: clear for table, text in found.items() if (clear := in_clear(facts, text))} == {}
    contacts = {table for table in ("parties_contactpoint", "parties_identifier") if found[table]}
    assert contacts == (set() if login == "su" else {"parties_contactpoint", "parties_identifier"})


def panels(party_id: int) -> list[str]:
    """Every address below one customer that is read."""
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    of_customers = [name for name in names if "party_id" in get_resolver().reverse_dict.getlist(name)[0][0][0][1]]
    of_one_key = [name for name in of_customers if len(get_resolver().reverse_dict.getlist(name)[0][0][0][1]) == 1]
    return [reverse(name, args=[party_id]) for name in of_one_key if name not in ("customer-reveal", "customer-brief-pdf")]


@pytest.mark.parametrize("login", FIVE)
def test_no_page_shows_a_protected_value_in_clear(bank: Bank, people: Cast, facts: Facts, as_person: AsPerson, login: str) -> None:
    client, mine = as_person(login), facts.books[people["lin"].staff_no]
    with bank.connected("job") as job:
        chosen = job.execute(
            """select s.party_id, s.external_key from parties_partysource s where s.external_key = any(%s)
               order by (select count(*) from holdings_account a where a.party_id = s.party_id) desc limit 2""",
            [sorted(mine & facts.seen_parties(people["zhou"].role, people["zhou"].staff_no))],
        ).fetchall()
        accounts = job.execute("select id from holdings_account where party_id = any(%s) limit 4", [[row[0] for row in chosen]]).fetchall()
    pages = [
        *(page for party, _key in chosen for page in panels(party)),
        *(reverse("account", args=[key]) for (key,) in accounts),
        "/customers/",
    ]
    assert len(pages) > 20
    text = "".join(client.get(page).content.decode() for page in pages)
    assert in_clear(facts, text) == set()
    phones = [row["phone"] for _party, key in chosen for row in facts.contacts_of(key) if row["phone"]]
    masked = [f"{phone[:3]}••••{phone[-4:]}" for phone in phones]
    assert phones and [mask in text for mask in masked] == [login != "su"] * len(masked)


def test_the_administrator_sees_how_often_values_are_revealed_and_by_whom(
    bank: Bank, people: Cast, facts: Facts, as_person: AsPerson
) -> None:
    key = next(key for key in sorted(facts.books[people["lin"].staff_no]) if any(row["phone"] for row in facts.contacts_of(key)))
    phone = next(row["phone"] for row in facts.contacts_of(key) if row["phone"])
    with bank.connected("job") as job:
        party, digest = job.execute(
            "select c.party_id, encode(c.value_digest, 'hex') from parties_contactpoint c join parties_partysource s using (party_id)"
            " where s.external_key = %s and c.value_masked = %s",
            [key, f"{phone[:3]}••••{phone[-4:]}"],
        ).fetchone() or (0, "")
    count = (
        "select login, count(*) as n from access_auditentry where act = 'contacts.revealed'"
        f" and party_id = {party} and at > now() - interval '1 hour' group by 1"
    )

    def told() -> dict[str, int]:
        return {row["login"]: row["n"] for row in map(json.loads, bank.zhike("sql", "--as", "gao", "--json", count).splitlines())}

    before = told()
    for login in ("lin", "he", "he"):
        answer = as_person(login).post(f"/customers/{party}/reveal/", {"token": digest, "purpose": "contact"})
        assert (answer.status_code, answer.content.decode()) == (200, phone)
    after = told()
    assert {login: after[login] - before.get(login, 0) for login in after} == {"lin": 1, "he": 2}
    assert bank.zhike("sql", "--as", "he", "--json", count) == ""
