"""The marked bank as a template of its own, and somebody let into a copy of it."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from zhike.access.actions import add_person
from zhike.access.scope import entered, system_viewer
from zhike.access.sealing import digest_of, last4_digest_of
from zhike.api.entering import RATES
from zhike.api.tests.asking import token_of
from zhike.reports import answering
from zhike.testing import marked_marts
from zhike.testing.anybody import ABSENT, COLLEAGUE, LOGIN, Anybody, World
from zhike.testing.databases import Bank, using
from zhike.testing.marked import Owners, account_no_of, phone_of, put_marks
from zhike.testing.people import PASSWORD
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run
from zhike.testing.snooping import Snoop, condition

_numbers = itertools.count()


@dataclass(frozen=True)
class Marked:
    """The template: a bank full of marks, and what the model reads of it."""

    run: Run
    name: str
    world: World
    owners: Owners


@pytest.fixture(scope="module")
def marked(run: Run, bank_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Marked]:
    name = f"{WORKER}_marked"
    run.create(name, like=bank_template)
    bank = Bank(run, name)
    with django_db_blocker.unblock(), using(run, name, "job"):
        with entered(system_viewer("test")) as actor:
            for login in (LOGIN, ABSENT, COLLEAGUE):
                add_person(actor=actor, at=timezone.now(), login=login, name=login, role="analyst", staff_no="", password=PASSWORD)
        with bank.connected("job") as job:
            put_marks(job)
            _number(job)
            _share_a_view(job)
            world, owners = World.read(job), Owners.read(job)
        marked_marts.compute(bank)
    yield Marked(run, name, world, owners)
    run.drop(name)


def _number(job: Any) -> None:
    """Phones and account numbers that can be worked out from the key, so that they can be searched for."""
    parties = [party for (party,) in job.execute("select id from parties_party").fetchall()]
    accounts = [account for (account,) in job.execute("select id from holdings_account").fetchall()]
    with job.cursor() as cursor:
        cursor.executemany(
            "update parties_contactpoint set value_digest = %s, value_last4 = %s where party_id = %s and kind = 'mobile'",
            [(digest_of("phone", phone_of(party)), last4_digest_of("phone", phone_of(party)[-4:]), party) for party in parties],
        )
        cursor.executemany(
            "update holdings_account set account_no_digest = %s, account_no_last4 = %s where id = %s",
            [
                (digest_of("account_no", account_no_of(one)), last4_digest_of("account_no", account_no_of(one)[-4:]), one)
                for one in accounts
            ],
        )


def _share_a_view(job: Any) -> None:
    """A colleague's view for the whole bank: an order, a filter and columns of every class of fields."""
    asked = {"view": "all", "sort": "aum", "where": condition({"field": "aum", "op": "at_least", "value": "1"})}
    columns = ["phone", "aum", "curve", "last_contact", "id_expires", "own_closed_text", "own_open_text", "employer"]
    job.execute(
        """insert into workspace_savedview (owner_id, name, asked, columns, shared, changed_at)
           select id, 'a view', %s, %s, 'bank', now() from access_person where login = 'colleague'""",
        [json.dumps(asked), columns],
    )


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """She may ask as often as she likes."""
    monkeypatch.setattr(RATES, "spend", lambda _token, **_most: 0)
    monkeypatch.setattr(answering, "KEPT", 0)  # files that a bank never changes are changed here
    logging.disable(logging.ERROR)  # hundreds of refusals, which are what is meant
    with override_settings(SEARCHES_A_MINUTE=10**9, EXPORT_APPROVAL=10**9):
        yield
    logging.disable(logging.NOTSET)


def snoop(marked: Marked, bank: Bank, somebody: Anybody) -> Snoop:
    """Put her into the bank and let her in."""
    with bank.connected("job") as job:
        somebody.put(job, marked.world)
    client = Client()
    assert client.post("/login/", {"login": LOGIN, "password": PASSWORD}).status_code == 302
    return Snoop(bank, client, token_of(bank, LOGIN), marked.owners, frozenset(somebody.seen(marked.world)), somebody.permissions)


@contextlib.contextmanager
def let_in(marked: Marked, somebody: Anybody) -> Iterator[Snoop]:
    """Somebody in a bank of her own."""
    name = f"{marked.name}_{next(_numbers)}"
    marked.run.create(name, like=marked.name)
    try:
        with using(marked.run, name):
            yield snoop(marked, Bank(marked.run, name), somebody)
    finally:
        marked.run.drop(name)
