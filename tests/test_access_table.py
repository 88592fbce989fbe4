"""Who gets what answer at which address: one table over every address there is, and over every way of asking.

The table is compared with the resolver: an address without a line fails the test, and so does a line without an address. A method
that is not in the table is taken nowhere (405).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from zhike.access.actions import add_person
from zhike.access.scope import entered, system_viewer
from zhike.testing.address_ground import API, Ground
from zhike.testing.address_rows import ids_of
from zhike.testing.databases import Bank, using
from zhike.testing.people import PASSWORD, cast_of
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run
from zhike.testing.snooping import routes

PEOPLE = ("wu", "lin", "chen", "zhou", "qian", "he", "su", "gao", "fang", "yan")

# Who may do what: tests/access_table.txt, in two blocks, the second for those who watch over the others.
TABLES = Path(__file__).with_name("access_table.txt").read_text(encoding="utf-8")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TWO_ACTS = {
    "people/new/",  # somebody is added, and that she may log in is proposed
    "insight/lab/new/",  # a question is kept, and work on it begins
    "prospects/network/<slug:outsider_key>/add/",  # a prospect is added, and linked to a customer
}


def answers() -> dict[tuple[str, str], dict[str, str]]:
    """The table: (method, route) → login → answer."""
    lines = [line for line in TABLES.splitlines() if line.strip() and not line.startswith("#")]
    second = max(at for at, line in enumerate(lines) if line.startswith(" "))
    business, control = _read(lines[:second]), _read(lines[second:])
    return {line: {**business.get(line, {}), **control.get(line, {})} for line in business | control}


def _read(table: Sequence[str]) -> dict[tuple[str, str], dict[str, str]]:
    heads, *lines = [line.split() for line in table]
    return {(method, "" if route == "/" else route): dict(zip(heads, expected, strict=True)) for method, route, *expected in lines}


@pytest.fixture(scope="module")
def table_bank(run: Run, bank_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Ground]:
    """A copy of the sample bank for this file, with the ten in it."""
    name = f"{WORKER}_access_table"
    run.create(name, like=bank_template)
    bank, actor = Bank(run, name), system_viewer("test")
    with django_db_blocker.unblock(), using(run, bank.name, "job"), entered(actor):
        for somebody in cast_of(bank).values():
            if somebody.role:
                add_person(
                    actor=actor, at=timezone.now(), login=somebody.login, name=somebody.name, role=somebody.role, staff_no=somebody.staff_no,
                    password=PASSWORD,
                )  # fmt: skip
    yield Ground(bank, *ids_of(bank))
    run.drop(bank.name)


@pytest.fixture
def ground(table_bank: Ground, django_db_blocker: DjangoDbBlocker) -> Iterator[Ground]:
    """The same, with Django's connection pointing to it."""
    with django_db_blocker.unblock(), using(table_bank.bank.run, table_bank.bank.name):
        yield table_bank


def shown(answer: HttpResponse) -> str:
    """An answer as the table writes it."""
    return "in" if answer.status_code == 302 and answer["Location"].startswith("/login/") else str(answer.status_code)


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    there, told = set(routes()), {route for _method, route in answers()}
    assert sorted(there - told) == [], "these addresses have no line in TABLE"
    assert sorted(told - there) == [], "these lines of TABLE have no address"
    assert [line for line, expected in answers().items() if tuple(expected) != PEOPLE] == [], "these lines stand in one table of two"


LINES = sorted(answers())


@pytest.mark.parametrize(("method", "route"), LINES, ids=[f"{method} /{route}" for method, route in LINES])
def test_everybody_gets_the_answer_of_the_table(ground: Ground, method: str, route: str) -> None:
    expected = answers()[method, route]
    found = {login: shown(ground.ask(method, route, login)) for login in PEOPLE}
    assert found == expected


PAGES = [route for method, route in LINES if method == "GET"]


@pytest.mark.parametrize("route", PAGES, ids=[f"/{route}" for route in PAGES])
def test_a_fragment_is_answered_to_nobody_else_than_its_page(ground: Ground, route: str) -> None:
    fragment = {"HX-Request": "true", "HX-Target": "transactions"}
    found = {login: shown(ground.ask("GET", route, login, headers=fragment)) for login in PEOPLE}
    assert found == answers()["GET", route]


@pytest.mark.parametrize("route", sorted(set(routes())))
def test_no_address_takes_a_method_that_is_not_in_the_table(ground: Ground, route: str) -> None:
    others = [method for method in METHODS if (method, route) not in answers()]
    taken = {method: status for method in others if (status := ground.ask(method, route, "gao").status_code) not in (404, 405)}
    assert taken == {}


WITH_IDS = [route for route in PAGES if "<" in route]


@pytest.mark.parametrize("route", WITH_IDS)
def test_what_is_not_hers_reads_like_what_is_not_there(ground: Ground, route: str) -> None:
    nowhere = dict.fromkeys(ground.ids, 999_999_999)
    for login in PEOPLE:
        hers, absent = ground.ask("GET", route, login), ground.ask("GET", route, login, ids=nowhere)
        if hers.status_code == 404:
            assert absent.status_code == 404
            assert _without_address(absent) == _without_address(hers), login
        else:
            assert shown(absent) in ({"404"} if hers.status_code == 200 else {"404", shown(hers)}), login


def _without_address(answer: HttpResponse) -> str:
    """A page without what differs from one request to the next."""
    text = re.sub(
        r"/(?:customers|accounts|batches|people|interactions|mentions|prospects|duplicates|teams)/\d+(?:/[\w/.]*)?|/api/v1/\d+|%2F\w+%2F\d+%2F(?:\w+%2F)?",
        "…",
        answer.content.decode(),
    )
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "…", text)  # the token that forms carry


POSTS = [route for method, route in LINES if method == "POST"]


def test_a_form_of_another_site_is_refused_everywhere(ground: Ground) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = ground.client("gao").cookies
    found = {route: client.post(ground.address(route), ground.form(route)).status_code for route in POSTS}
    assert found == {route: 401 if route.startswith(API) else 400 for route in POSTS}  # a program needs no form's token, but one of its own


# Sent as a form because it may be long; nothing is done.
# And at the log-in: a challenge, the way back to its first page, a refusal that leaves an entry as a wrong password does.
QUESTIONS = (
    "login/second/",
    "login/passkey/begin/",
    "login/passkey/",
    "me/security/passkeys/begin/",
    "customers/conditions/read/",
    "audiences/conditions/read/",
    "insight/lab/conditions/<slug:part>/read/",
    "insight/predictors/begin/",  # nothing is computed there: it says so
    "reports/export/",  # nothing is computed there: there are no figures to export
    "reports/rows/export/",
    "privacy/<int:request_id>/deletion/",  # the request is not one to delete: back to its page
)


@pytest.mark.parametrize("route", [route for route in POSTS if route not in QUESTIONS])
def test_what_was_done_left_an_entry_and_what_was_refused_left_none(ground: Ground, route: str) -> None:
    for login in PEOPLE:
        ground.ask("POST", route, login)
        before = len(_entries(ground.bank))
        answer = ground.ask("POST", route, login, again=True)
        acts = [entry for entry in _entries(ground.bank)[before:] if entry[0] != "session.opened"]
        is_done = answer.status_code in (200, 201, 302, 401) and (login != "wu" or route == "login/")
        assert len(acts) == (2 if is_done and route in TWO_ACTS else is_done), (login, acts)
        assert {name for _act, name in acts} in (set(), {login}, {""} if route == "login/" else set()), "in her own name"


def _entries(bank: Bank) -> list[tuple[str, str]]:
    with bank.connected("job") as job:
        return job.execute("select act, login from access_auditentry order by id").fetchall()
