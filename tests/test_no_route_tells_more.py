"""Whatever role a bank composes, and whoever holds it: no address tells of a customer outside her scope, or of a class of fields that she may not see.

Every value of the bank is a mark that says whose it is (`zhike.testing.marked`). Somebody made up (`zhike.testing.anybody`) asks every address there is
(`zhike.testing.attempts`); plain Python says whom she sees. Then everything hidden from her is changed (`zhike.testing.hidden`), and every list, order, filter,
count and search must answer as before.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from mcp import Client as Assistant
from pytest_django import DjangoDbBlocker

from zhike.access.actions import add_person
from zhike.access.rules import known_permissions
from zhike.access.scope import entered, system_viewer
from zhike.access.sealing import digest_of, last4_digest_of
from zhike.api.entering import RATES
from zhike.api.tests.asking import token_of
from zhike.api.tests.test_assistants import TOOLS, talked
from zhike.core.paper import what_is_missing
from zhike.testing import attempts, hidden
from zhike.testing.anybody import ABSENT, COLLEAGUE, LOGIN, Anybody, World, anybodies, hardest
from zhike.testing.databases import Bank, using
from zhike.testing.marked import RIGHT, Owners, account_no_of, mark, marks_in, phone_of, put_marks
from zhike.testing.people import PASSWORD
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run
from zhike.testing.snooping import Snoop, condition

_numbers = itertools.count()
MOST_QUESTIONS = 60  # of those that are asked twice, in a test of the suite


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


def try_everything(marked: Marked, somebody: Anybody, chance: random.Random, most: int | None) -> None:
    with let_in(marked, somebody) as hers:
        others = sorted(set(marked.world.party_ids) - hers.seen)
        inside, outside = (chance.sample(keys, min(1, len(keys))) for keys in (sorted(hers.seen), others))
        attempts.ask_the_lists(hers, outside)
        attempts.ask_every_address(hers, inside, outside)
        attempts.look_back(hers, inside, outside)
        attempts.ask_for_files(hers)
        attempts.act_on_others(hers, inside, outside)
        attempts.replay_cursors(hers)
        hidden.ask_twice(hers, chance, most)
        told = "\n".join(hers.leaks)
        assert not told, f"{len(hers.leaks)} of {hers.asked} answers told more than {somebody} may know:\n{told}"


FEW = settings(
    max_examples=1, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
MANY = settings(FEW, max_examples=150, derandomize=False)


def ask_anybody(marked: Marked, how_much: settings, most: int | None) -> None:
    @how_much
    @example(somebody=hardest(marked.world), chance=random.Random(7))  # noqa: S311 - of a test
    @given(somebody=anybodies(marked.world), chance=st.randoms(use_true_random=False))
    def ask(somebody: Anybody, chance: random.Random) -> None:
        try_everything(marked, somebody, chance, most)

    ask()


def test_nobody_is_told_of_what_is_beyond_her_scope(marked: Marked, django_db_blocker: DjangoDbBlocker, unhurried: None) -> None:
    with django_db_blocker.unblock():
        ask_anybody(marked, FEW, MOST_QUESTIONS)


@pytest.mark.soak
def test_hundreds_of_roles_are_told_nothing_beyond_their_scope(marked: Marked, django_db_blocker: DjangoDbBlocker, unhurried: None) -> None:
    with django_db_blocker.unblock():
        ask_anybody(marked, MANY, None)


def test_an_assistant_is_told_no_more_than_its_person(marked: Marked, django_db_blocker: DjangoDbBlocker, unhurried: None) -> None:
    """The tools of the Model Context Protocol, asked by a real client for a customer of hers, one of somebody else's, and both by name."""
    with django_db_blocker.unblock(), let_in(marked, hardest(marked.world)) as hers:
        ours, theirs = min(hers.seen), min(set(marked.world.party_ids) - hers.seen)

        async def talk(client: Assistant) -> dict[str, Any]:
            said = {f"find {key}": await client.call_tool("find_customer", {"words": mark("p", key).upper()}) for key in (ours, theirs)}
            for tool in TOOLS:
                said |= {f"{tool} {key}": await client.call_tool(tool, {"customer_id": key}) for key in (ours, theirs)}
            return said

        said = talked(hers.bank, hers.token, talk)
        assert not said[f"customer {ours}"].is_error and said[f"customer {theirs}"].is_error
        for asked, answer in said.items():
            heard = f"{answer.content} {answer.structured_content}"
            assert hers.owners.strange(heard, seen=hers.seen, rights=hers.rights) == set(), asked
        assert mark("p", ours) in str(said[f"find {ours}"].structured_content)


PAPERS = () if what_is_missing() else ("brief.pdf",)  # a machine without pango draws none
WHOLE = Anybody("bank", known_permissions(), None, None, frozenset(), frozenset(), ())


def test_whoever_may_see_everything_meets_marks_of_every_class(marked: Marked, django_db_blocker: DjangoDbBlocker, unhurried: None) -> None:
    with django_db_blocker.unblock(), let_in(marked, WHOLE) as hers:
        party = min(set.union(*map(set, marked.owners.holders.values())))
        met = set()
        for panel in (
            "",
            "contact/",
            "holdings/",
            "transactions/",
            "timeline/",
            "notes/",
            "consents/",
            "flags/",
            "known/",
            "brief/",
            *PAPERS,
        ):
            status, text = hers.ask(f"/customers/{party}/{panel}", about=party)
            assert status == 200, panel
            found = marks_in(text)
            assert found, f"{panel} shows nothing that is marked: what is not marked is not watched"
            met |= {of for of, _key in found}
        assert met == set(RIGHT)
        assert hers.leaks == []


def test_whoever_may_not_read_customers_meets_none_whatever_else_she_may(
    marked: Marked, django_db_blocker: DjangoDbBlocker, unhurried: None
) -> None:
    somebody = replace(WHOLE, permissions=WHOLE.permissions - {"customers.read"})
    with django_db_blocker.unblock(), let_in(marked, somebody) as hers:
        attempts.ask_every_address(hers, [min(hers.seen)], [])
        assert hers.leaks == []


def test_what_is_beyond_her_is_noticed(marked: Marked, django_db_blocker: DjangoDbBlocker, unhurried: None) -> None:
    """The same answers, read by somebody who may know less: each of them tells too much."""
    with django_db_blocker.unblock(), let_in(marked, WHOLE) as hers:
        party = min(set.union(*map(set, marked.owners.holders.values())))
        for less in (
            replace(hers, seen=frozenset(), leaks=[]),
            *(replace(hers, rights=hers.rights - {right}, leaks=[]) for right in RIGHT.values()),
        ):
            for panel in ("", "contact/", "timeline/", "holdings/", "transactions/"):
                less.ask(f"/customers/{party}/{panel}", about=party)
            assert less.leaks, sorted(hers.rights - less.rights)
        hidden.ask_twice(replace(hers, seen=frozenset(), leaks=(noticed := [])), random.Random(1), MOST_QUESTIONS)  # noqa: S311 - of a test
        assert noticed, "what changed was asked for and answered otherwise"
