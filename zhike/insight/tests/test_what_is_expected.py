"""What was said last of a customer becomes fields of her profile: of an earlier day, by what is in use, never of who refused, and never learned from."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from zhike.access.models import Person
from zhike.access.scope import NOBODY, entered, viewer_for
from zhike.insight import snapshots
from zhike.insight.lab import fields as lab
from zhike.insight.predictors import matrices, outcomes
from zhike.insight.predictors.features import FEATURES, FORETOLD, Feature, of_question
from zhike.insight.predictors.outcomes import FromTheFuture
from zhike.insight.predictors.questions import QUESTIONS, Terms
from zhike.insight.profile_expected import OF_EXPECTED
from zhike.insight.tests import foretold
from zhike.insight.tests.said import say
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.customer_fields import catalogue

AsPerson = Callable[[str], Client]
KEYS = ", ".join(field.key for field in OF_EXPECTED)
JULY, AUGUST, SEPTEMBER = date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30)
Told = dict[int, tuple[Any, ...]]


def rows(bank: Bank, statement: str) -> list[Any]:
    with bank.connected("job") as job:
        return job.execute(statement).fetchall()


def told(bank: Bank) -> Told:
    return {row[0]: row[1:] for row in rows(bank, f"select id, {KEYS} from insight_profile")}


@pytest.fixture(scope="module")
def four(shared_bank: Bank) -> tuple[int, ...]:
    """Four customers, of whom things are said; before that the bank is computed without anything said as of an earlier day."""
    shared_bank.zhike("insight", "build")
    assert set(told(shared_bank).values()) == {(None,) * len(OF_EXPECTED)}, "what is said as of the day itself is for the next one"
    found = tuple(key for (key,) in rows(shared_bank, "select id from insight_profile where status = 'customer' order by id limit 4"))
    one, two, three, _silent = found
    everybody = dict.fromkeys(found, 0.5)
    for name in ("leaving_decline", "leaving_closing", "overdue", "next_product_fund", "next_product_loan"):
        say(shared_bank, name, JULY, everybody, is_shown=True)
    say(shared_bank, "leaving_decline", AUGUST, {one: 0.2, two: 0.07}, is_shown=True)
    say(shared_bank, "leaving_closing", AUGUST, {one: 0.11, two: 0.31, three: 0.01}, is_shown=True)
    say(shared_bank, "overdue", AUGUST, {two: 0.125}, is_shown=True)
    say(shared_bank, "next_product_fund", AUGUST, {one: 0.4, two: 0.1, three: 0.2}, is_shown=True)
    say(shared_bank, "next_product_loan", AUGUST, {one: 0.3, two: 0.6, three: 0.2}, is_shown=True)
    say(shared_bank, "lifetime_value", AUGUST, {one: 1234.56, two: -20.0, found[3]: 9.0})
    say(shared_bank, "lifetime_value", AUGUST, dict.fromkeys(found, 1e6), is_used=False)  # beside
    say(shared_bank, "lifetime_value", AUGUST, dict.fromkeys(found, 2e6), learned=date(2026, 10, 31))  # knows what is still to come
    say(shared_bank, "overdue", SEPTEMBER, dict.fromkeys(found, 0.9))  # of the day itself
    with shared_bank.connected("job") as job:
        job.execute(
            "insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, notice_version, evidence, by_name)"
            " values ('own', 'r23x', '2026-01-01', 0, %s, 'profiling', '', 'withdrawn', now() - interval '1 day', 'V1', 'form 7', '')", [found[3]],
        )  # fmt: skip
    shared_bank.zhike("insight", "build")
    return found


def test_a_profile_says_what_was_said_last_before_its_day(four: tuple[int, ...], shared_bank: Bank) -> None:
    one, two, three, silent = four
    found = told(shared_bank)
    assert found[one] == (AUGUST, Decimal("1234.56"), Decimal("0.2"), None, "fund", Decimal("0.4"))
    assert found[two] == (AUGUST, Decimal("-20.00"), Decimal("0.31"), Decimal("0.125"), "loan", Decimal("0.6")), "whichever is likelier"
    assert found[three] == (AUGUST, None, Decimal("0.01"), None, "fund", Decimal("0.2"))
    assert found[silent] == (None,) * len(OF_EXPECTED), "who took back consent is not foretold, though it was said before she did"
    assert {key for key, said in found.items() if said[0]} == {one, two, three}, "customers of whom nothing was said have nothing"


def test_the_snapshot_names_what_it_read_and_the_same_day_again_is_the_same(four: tuple[int, ...], shared_bank: Bank) -> None:
    last = snapshots.latest(shared_bank.home)
    assert last is not None and last.silence
    assert sorted(path.split("/")[1] for path in last.said) == sorted(
        ["leaving_decline", "leaving_closing", "overdue", "next_product_fund", "next_product_loan", "lifetime_value"]
    )
    assert all("/20260831-" in path for path in last.said)
    assert snapshots.read(snapshots.path_of(shared_bank.home, last.business_date, last.version)) == last
    before, count = told(shared_bank), rows(shared_bank, "select count(*) from insight_build")
    shared_bank.zhike("insight", "build")
    assert rows(shared_bank, "select count(*) from insight_build") == count, "nothing was said since"
    say(shared_bank, "overdue", AUGUST, {four[0]: 0.75}, is_shown=True)
    shared_bank.zhike("insight", "build")
    assert rows(shared_bank, "select count(*) from insight_build") == [(count[0][0] + 1,)], "what is said anew is computed anew"
    after = told(shared_bank)
    assert after[four[0]][3] == Decimal("0.75") and after[four[1]][3] is None
    assert after[four[0]][:3] == before[four[0]][:3]


def test_who_may_not_see_chances_sees_and_asks_none_in_lists(bank: Bank, four: tuple[int, ...], as_person: AsPerson, people: Cast) -> None:
    """何平 answers the telephone for the whole bank: she sees accounts, and chances nowhere."""
    names = {f"profile_{field.key}" for field in OF_EXPECTED}
    with entered(NOBODY):
        agent, manager = (viewer_for(Person.objects.select_related("employee__unit").get(login=login)) for login in ("he", "zhou"))
    assert not agent.may("scores.read") and agent.may("accounts.read")
    with entered(agent):
        known = catalogue(agent)
    assert names <= known.closed.keys() and not names & known.fields.keys() and "profile_aum" in known.fields
    with entered(manager):
        assert names <= catalogue(manager).fields.keys()
    where = json.dumps({"version": 1, "where": {"all": [{"field": "profile_chance_of_leaving", "op": "at_least", "value": "1"}]}})
    asked, english = {"view": "all", "where": where}, {"Accept-Language": "en"}
    assert "scores.read" in as_person("he").get("/customers/", asked, headers=english).content.decode()
    assert "scores.read" not in as_person("zhou").get("/customers/", asked, headers=english).content.decode()


def test_what_was_foretold_is_never_learned_from(bank: Bank, people: Cast, tmp_path: Path) -> None:
    assert not FORETOLD & {key for one in FEATURES for key in one.made_of}
    for question in QUESTIONS.values():
        assert not {"matrix_cell", "matrix_cell_before"} & {key for one in of_question(question) for key in one.made_of}, (
            "a cell may be told by it"
        )
    foretold.write(tmp_path, [], 300)
    ends = outcomes.month_ends(tmp_path)
    assert ends is not None
    planted = Feature(
        "planted", "rate", "money", ("chance_of_leaving",), lambda t: t["chance_of_leaving"].cast("float64"), lambda row, _day: row["chance_of_leaving"], "planted"
    )  # fmt: skip
    with pytest.raises(FromTheFuture, match="planted"):
        matrices.learned_from(tmp_path, ends, QUESTIONS["leaving_closing"], (planted,), ends.origins(3)[-2:], Terms())
    with entered(NOBODY):
        analyst = viewer_for(Person.objects.select_related("employee__unit").get(login="su"))
    with entered(analyst):
        known = lab.catalogues(analyst)
    named = {name for one in (known.whom, known.happens) for name in one.fields}
    assert named and not [name for name in named if lab.plain(name) in FORETOLD]
