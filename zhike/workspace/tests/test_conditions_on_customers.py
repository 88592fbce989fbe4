"""A condition finds what plain SQL finds, within the scope of whoever asks, and refuses whoever may not ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from zhike.access.models import Person
from zhike.access.scope import Viewer, entered, viewer_for
from zhike.core.conditions.fields import Field
from zhike.core.conditions.kinds import OPERATORS
from zhike.parties.queries import Which, listed
from zhike.testing.databases import Bank
from zhike.workspace.conditions import Refused, where_of
from zhike.workspace.customer_fields import catalogue
from zhike.workspace.tests.books import one, only_in_book_of, rows

SAMPLES: dict[str, Any] = {
    "text": "a%_'", "amount": "5", "amounts": ["0", "500000"], "day": "2026-09-30", "days": ["2026-01-01", "2026-09-30"], "month_days": ["12-20", "01-05"],
    "span": {"n": 30, "unit": "days"}, "period": "this_month", "flag": True, "": None,
}  # fmt: skip


def whole(node: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "where": node}


def check(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, **({} if value is None else {"value": value})}


def viewer_of(bank: Bank, login: str) -> Viewer:
    with bank.acting_as("job"):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def found(viewer: Viewer, node: dict[str, Any]) -> set[int]:
    """The customers a viewer finds by a condition."""
    with entered(viewer):
        where = listed(viewer, Which()) & where_of(viewer, whole(node))
        with connection.cursor() as cursor:
            cursor.execute(f"select p.id from parties_party p where {where.sql}", where.values)
            return {key for (key,) in cursor.fetchall()}


def every_way(field: Field) -> Iterator[dict[str, Any]]:
    for way in OPERATORS[field.kind]:
        value = [choice.key for choice in (field.choices or list)()][:3] if way.shape == "keys" else SAMPLES[way.shape]
        if value != []:  # a field without choices yet, such as tags, can only be known or not
            yield check(field.name, way.name, value)


@pytest.mark.parametrize("login", ["lin", "gao"])
def test_every_field_can_be_asked_in_every_way_of_its_kind(bank, people, login):
    viewer = viewer_of(bank, login)
    known = catalogue(viewer)
    asked = [node for field in known.fields.values() for node in every_way(field)]
    for number in range(0, len(asked), 25):
        found(viewer, {"any": asked[number : number + 25]})
    for relation in known.relations.values():
        ways = [node for field in relation.catalogue().fields.values() for node in every_way(field)]
        for number in range(0, len(ways), 25):
            found(viewer, {"has": relation.name, "at_least": 0, "at_most": 2, "where": {"any": ways[number : number + 25]}})


def test_a_condition_on_amounts_finds_what_plain_sql_finds(bank, people):
    hers = found(viewer_of(bank, "gao"), {"all": [check("aum", "at_least", "50000"), check("kind", "in", ["individual"])]})
    assert (
        hers
        == {
            key
            for (key,) in rows(
                bank,
                "select p.id from parties_party p join holdings_summary s on s.party_id = p.id and s.place is not null where s.aum >= 50000 and p.kind = 'individual'",
            )
        }
        and hers
    )


def test_contacts_within_a_window_are_counted(bank, people):
    window = {"all": [check("at", "within_last", {"n": 3, "unit": "months"})]}
    hers = found(viewer_of(bank, "gao"), {"has": "contact", "at_least": 2, "where": window})
    plain = "select party_id from engagement_interaction where at >= (%s::date - interval '3 months')::timestamptz group by 1 having count(*) >= 2"
    assert hers == {key for (key,) in rows(bank, plain, timezone.localdate())} and hers


def test_she_finds_in_her_scope_only(bank, people):
    theirs = only_in_book_of(bank, people, "chen", not_of="lin")[0]
    everybody: dict[str, Any] = {"all": []}
    assert theirs in found(viewer_of(bank, "chen"), everybody) and theirs not in found(viewer_of(bank, "lin"), everybody)


def test_a_member_of_the_household_outside_her_scope_answers_no_question(bank, people):
    """Two of one household, of whom she looks after one: asking about the other must not tell her what he has."""
    pairs = rows(
        bank,
        """select a.party_id, b.party_id from parties_groupmember a join parties_groupmember b using (source, group_key) join parties_party p on p.id = a.party_id
           join parties_party o on o.id = b.party_id where a.party_id <> b.party_id and a.kind = 'household' and p.main_rm_id is not null
           and not (o.rm_ids && p.rm_ids) limit 1""",
    )
    assert pairs, "the sample bank of the tests has no household with two managers"
    mine, other = pairs[0]
    [(rm, number)] = rows(
        bank, "select main_rm_id, (select customer_no from parties_party where id = %s) from parties_party where id = %s", other, mine
    )
    asked = {"has": "household_member", "where": {"all": [check("customer_no", "is", number)]}}
    manager = Viewer(None, "m", "", "relationship_manager", "own", (), (rm,), frozenset({"customers.read"}))
    everything = Viewer(None, "g", "", "administrator", "bank", (), (), frozenset({"customers.read"}))
    assert mine in found(everything, asked)
    assert mine in found(manager, {"all": []}) and mine not in found(manager, asked)


def test_who_may_not_read_accounts_is_told_which_right_it_takes(bank, people):
    teller = Viewer(None, "teller", "", "teller", "bank", (), permissions=frozenset({"customers.read"}))
    with entered(teller), translation.override("zh-hans"), pytest.raises(Refused) as refused:
        where_of(teller, whole({"all": [check("sex", "in", ["female"]), check("aum", "at_least", "1")]}))
    (problem,) = refused.value.problems
    assert problem.path == ("all", 1, "field") and problem.right == "accounts.read" and problem.at == "1"


def test_a_right_is_asked_for_inside_of_has_as_well(bank, people):
    asked = {"has": "household_member", "where": {"all": [{"has": "deposit", "where": {"all": []}}]}}
    teller = Viewer(None, "teller", "", "teller", "bank", (), permissions=frozenset({"customers.read"}))
    with pytest.raises(Refused, match=r"accounts\.read"):
        where_of(teller, whole(asked))
    assert where_of(viewer_of(bank, "gao"), json.dumps(whole(asked))).sql


def test_an_analyst_cannot_ask_whose_document_expires(bank, people):
    with pytest.raises(Refused, match=r"contacts\.read"):
        where_of(viewer_of(bank, "su"), whole(check("id_expires", "within_next", {"n": 60, "unit": "days"})))
    assert one(bank, "select count(*) from parties_party") == len(found(viewer_of(bank, "su"), {"all": []}))
