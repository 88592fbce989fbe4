"""Whatever role a bank composes, and whoever holds it: no address tells of a customer outside her scope, or of a class of fields that she may not see.

Every value of the bank is a mark that says whose it is (`zhike.testing.marked`). Somebody made up (`zhike.testing.anybody`) asks every address there is
(`zhike.testing.attempts`); plain Python says whom she sees. Then everything hidden from her is changed (`zhike.testing.hidden`), and every list, order, filter,
count and search must answer as before.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from mcp import Client as Assistant
from pytest_django import DjangoDbBlocker

from zhike.access.rules import known_permissions
from zhike.api.tests.test_assistants import TOOLS, talked
from zhike.core.paper import what_is_missing
from zhike.testing import attempts, figures, hidden, marked_marts
from zhike.testing.anybody import Anybody, World, anybodies, hardest
from zhike.testing.marked import RIGHT, mark, marks_in
from zhike.testing.marked_bank import Marked, let_in, marked, unhurried
from zhike.testing.snooping import Snoop

__all__ = ["marked", "unhurried"]

MOST_QUESTIONS = 60  # of those that are asked twice, in a test of the suite
MORE_QUESTIONS = 200  # in the soak, other ones for each of its people


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
        figures.ask_the_figures(hers, figures.questions(hers, whole=most is None))
        hidden.ask_twice(hers, chance, most)
        told = "\n".join(hers.leaks)
        assert not told, f"{len(hers.leaks)} of {hers.asked} answers told more than {somebody} may know:\n{told}"


FEW = settings(
    max_examples=1, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
MANY = settings(FEW, max_examples=25, derandomize=False)  # other people each time it runs, a minute each


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
def test_other_people_each_time_are_told_nothing_beyond_their_scope(
    marked: Marked, django_db_blocker: DjangoDbBlocker, unhurried: None
) -> None:
    with django_db_blocker.unblock():
        ask_anybody(marked, MANY, MORE_QUESTIONS)


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
        assert met == {*RIGHT} - {"w"}
        assert hers.leaks == []


# What is read of the computed warehouse, and what class of marks it shows to whoever may see everything.
COMPUTED = (
    ("/insight/stages/who/", "p"), ("/insight/tiers/", "p"), ("/insight/overrides/", "p"), ("/insight/fields/region/", "w"), ("/reports/?rows=household", "p"),
    ("/reports/?rows=region", "w"), ("/reports/rows/", "p"), ("/audiences/sample/", "p"), ("/customers/?where=", "p"),
)  # fmt: skip


def test_every_page_of_the_warehouse_shows_marks_to_whoever_may_see_everything(
    marked: Marked, django_db_blocker: DjangoDbBlocker, unhurried: None
) -> None:
    """What is not marked is not watched: each of these pages has members, and says whose they are."""
    with django_db_blocker.unblock(), let_in(marked, WHOLE) as hers:
        met: dict[str, set[str]] = {}
        for address, query in figures.questions(hers):
            status, text = hers.get(address, query)
            assert status in (200, 302), (address, query, status)
            assert "nothing is computed" not in text.lower(), (address, query)
            said = f"{address}?{urlencode(query)}"
            for page, _of in COMPUTED:
                if said.startswith(page):
                    met.setdefault(page, set()).update(of for of, _key in marks_in(text))
        assert {page: of for page, of in COMPUTED if of not in met.get(page, set())} == {}
        party = min(set.union(*map(set, marked.owners.holders.values())))
        for address in (f"/customers/{party}/value/rows/", kept_of(hers)):
            assert marks_in(hers.ask(address, about=party)[1]), address
        for address in ("/reports/export/", "/reports/rows/export/"):
            _status, text = hers.ask(address, form={"form": "csv_plain", **marked_marts.REPORT})
            assert marks_in(text), address
        assert hers.leaks == []


def kept_of(hers: Snoop) -> str:
    """Where the kept report leads to."""
    address = next(address for address, _query in figures.questions(hers) if address.startswith("/reports/kept/"))
    return str(hers.client.get(address)["Location"])


def figure_readers(world: World) -> dict[str, Anybody]:
    """Who reads figures and does not see everybody: a book with every right, a branch, and the whole bank but for a special list."""
    hard = hardest(world)
    every = known_permissions()
    return {
        "of a book": replace(hard, permissions=every),
        "of a unit": replace(hard, breadth="unit", permissions=every, lists=()),
        "of the bank, barred by a list": replace(hard, breadth="bank", permissions=every, absent=None),
        "of a book, without customers": replace(hard, permissions=every - {"customers.read"}),
    }


def read_figures(marked: Marked, somebody: Anybody, *, whole: bool) -> None:
    with let_in(marked, somebody) as hers:
        assert hers.seen < set(marked.world.party_ids)
        asked = figures.questions(hers, whole=whole)
        figures.ask_the_figures(hers, asked)
        hidden.ask_twice(hers, random.Random(1), None, asked)  # noqa: S311 - of a test
        told = "\n".join(hers.leaks)
        assert not told, f"{len(hers.leaks)} of {hers.asked} answers told more than {somebody} may know:\n{told}"


READERS = ("of a book", "of a unit", "of the bank, barred by a list", "of a book, without customers")


@pytest.mark.parametrize("who", READERS)
def test_figures_know_of_nobody_beyond_her_scope(marked: Marked, who: str, django_db_blocker: DjangoDbBlocker, unhurried: None) -> None:
    with django_db_blocker.unblock():
        read_figures(marked, figure_readers(marked.world)[who], whole=False)


@pytest.mark.soak
@pytest.mark.parametrize("who", READERS)
def test_no_figure_at_all_knows_of_anybody_beyond_her_scope(
    marked: Marked, who: str, django_db_blocker: DjangoDbBlocker, unhurried: None
) -> None:
    with django_db_blocker.unblock():
        read_figures(marked, figure_readers(marked.world)[who], whole=True)


def test_figures_that_know_of_others_are_noticed(marked: Marked, django_db_blocker: DjangoDbBlocker, unhurried: None) -> None:
    """The same questions of somebody who sees everybody, read as if she saw nobody: what changed is answered otherwise, page by page."""
    with django_db_blocker.unblock(), let_in(marked, WHOLE) as hers:
        blind = replace(hers, seen=frozenset(), leaks=(noticed := []))
        hidden.ask_twice(blind, random.Random(1), None, figures.questions(hers))  # noqa: S311 - of a test
        told = "\n".join(noticed)
        for page in (
            "/insight/ {}",
            "/insight/stages/ ",
            "/insight/stages/who/",
            "/insight/tiers/",
            "/insight/fields/",
            "/reports/ ",
            "/reports/rows/",
        ):
            assert f"{page}" in "\n".join(line for line in told.splitlines() if "knows of what is hidden" in line), page


@pytest.mark.parametrize("who", ["whoever sees the bank", "who keeps a book"])
def test_whoever_may_not_read_customers_meets_none_whatever_else_she_may(
    marked: Marked, who: str, django_db_blocker: DjangoDbBlocker, unhurried: None
) -> None:
    somebody = WHOLE if who == "whoever sees the bank" else hardest(marked.world)
    somebody = replace(somebody, permissions=known_permissions() - {"customers.read"})
    with django_db_blocker.unblock(), let_in(marked, somebody) as hers:
        attempts.ask_every_address(hers, [min(hers.seen)], [])
        attempts.ask_for_files(hers)
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
