"""A field that an administrator ticks as indexed: filters begin at its index, behind the wall of whoever asks, and mean what they meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from zhike.access.models import Person
from zhike.access.scope import Viewer, entered, viewer_for
from zhike.core.jobs import Workshop
from zhike.parties.queries import Which, listed
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, Cast, add_to, cast_of
from zhike.workspace.conditions import where_of
from zhike.workspace.tests.books import one, rows

FORM = {"name": "fleet", "type": "number", "label_en": "Lorries", "label_zh": "车队", "group": "other", "protection": "C1"}
TYPES: dict[str, tuple[str, list[Any]]] = {
    "t_text": ("text", ["Möwe AG", "moewe", "MÖWE", "100%"]), "t_number": ("number", ["0", "12.5", "-3", "0.000001"]),
    "t_money": ("money", ["0.00", "500000.00", "-0.01", "999999999999999999.99"]), "t_date": ("date", ["1999-12-31", "2026-11-22", "2026-12-22"]),
    "t_flag": ("yes_no", [True, False]), "t_choice": ("choice", ["gold", "银"]), "t_choices": ("choices", [["gold"], ["gold", "银"], ["银"]]),
}  # fmt: skip
CHOICES = [{"value": "gold", "en": "Gold", "zh": "金"}, {"value": "银", "en": "Silver", "zh": "银"}]
ASKED: dict[str, list[tuple[str, Any]]] = {
    "t_text": [("is", "mÖWE"), ("starts", "m"), ("starts", "100%"), ("known", None), ("contains", "w"), ("is_not", "moewe")],
    "t_number": [("at_least", "0.000001"), ("between", ["-3", "12.5"]), ("is", "12.5"), ("less_than", "0"), ("unknown", None)],
    "t_money": [
        ("more_than", "0"),
        ("at_most", "-0.01"),
        ("is", "500000"),
        ("at_least", "999999999999999999"),
        ("between", ["-0.005", "0.005"]),
    ],
    "t_date": [("within_next", {"n": 30, "unit": "days"}), ("before", "2000-01-01"), ("on", "2026-11-22"), ("known", None)],
    "t_flag": [("is", True), ("is", False)],
    "t_choice": [("in", ["gold"]), ("in", ["gold", "银"]), ("not_in", ["gold"])],
    "t_choices": [("any_of", ["银"]), ("all_of", ["gold", "银"]), ("none_of", ["gold"]), ("known", None), ("unknown", None)],
}


@pytest.fixture
def cast(fresh_bank: Bank) -> Cast:
    """林知远 and 高远, able to log in to the bank of this test."""
    known = cast_of(fresh_bank)
    for login in ("lin", "gao"):
        add_to(fresh_bank, known[login])
    return known


def logged_in(login: str) -> Client:
    client = Client()
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


def work_off(bank: Bank) -> None:
    """What the worker has to do, done by it."""
    with bank.acting_as("job"):
        Workshop().work_off()


def viewer_of(bank: Bank, login: str) -> Viewer:
    with bank.acting_as("job"):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def condition(name: str, op: str, value: Any) -> str:
    check = {"field": f"own_{name}", "op": op, **({} if value is None else {"value": value})}
    return json.dumps({"version": 1, "where": {"all": [check]}})


def found(viewer: Viewer, name: str, op: str, value: Any) -> tuple[set[int], str]:
    """Whom a viewer finds, and the statement's condition."""
    with entered(viewer), connection.cursor() as cursor:
        where = listed(viewer, Which()) & where_of(viewer, condition(name, op, value))
        cursor.execute(f"select p.id from parties_party p where {where.sql}", where.values)
        return {key for (key,) in cursor.fetchall()}, where.sql


def put(bank: Bank, values: dict[str, dict[int, Any]]) -> None:
    """Declare fields of TYPES and keep values of them: name → party → value."""
    with bank.connected("job") as job:
        for name in values:
            job.execute(
                """insert into parties_declaredfield (name, label_en, label_zh, help_en, help_zh, type, choices, kinds, field_group, place, protection,
                    is_required, is_indexed, is_builtin, index_state, index_error) values (%s, %s, %s, '', '', %s, %s, '{}', 'other', 0, 'C1', false, false, false, '', '')""",
                [name, name, name, TYPES[name][0], json.dumps(CHOICES if "choice" in name else [])],
            )
        for party in {party for held in values.values() for party in held}:
            kept = {name: held[party] for name, held in values.items() if party in held}
            job.execute(
                """insert into parties_declared (party_id, "values", version, changed_at) values (%s, %s, 1, now())
                   on conflict (party_id) do update set "values" = parties_declared."values" || excluded."values\"""",
                [party, json.dumps(kept)],
            )


@pytest.fixture
def spread(fresh_bank: Bank) -> dict[str, dict[int, Any]]:
    """Every value of every type at some customers, most customers without."""
    keys = [key for (key,) in rows(fresh_bank, "select id from parties_party order by id limit 40")]
    values = {name: {keys[at]: value for at, value in enumerate(of * 3)} for name, (_type, of) in TYPES.items()}
    put(fresh_bank, values)
    return values


def test_a_filter_on_an_indexed_field_finds_the_same_as_before(fresh_bank, spread, cast):
    viewers = {login: viewer_of(fresh_bank, login) for login in ("gao", "lin")}
    asked = [(login, name, *check) for login in viewers for name, checks in ASKED.items() for check in checks]
    before = {str(one): found(viewers[one[0]], *one[1:]) for one in asked}
    for name in TYPES:
        fresh_bank.zhike("fields", "index", name)
    after = {str(one): found(viewers[one[0]], *one[1:]) for one in asked}
    assert {key: hers for key, (hers, _sql) in after.items()} == {key: hers for key, (hers, _sql) in before.items()}
    assert sum(bool(hers) for hers, _sql in after.values()) > len(after) / 3
    assert sum("parties_declaredkey" in sql for _hers, sql in after.values()) > len(after) / 2
    assert not any("parties_declaredkey" in sql for _hers, sql in before.values())


def states(bank: Bank, name: str = "fleet") -> tuple[str, int]:
    keys = one(bank, "select count(*) from parties_declaredkey k join parties_declaredfield f on f.id = k.field_id where f.name = %s", name)
    return one(bank, "select index_state from parties_declaredfield where name = %s", name), keys


def test_an_administrator_ticks_indexed_and_the_worker_makes_and_drops_it(fresh_bank, cast):
    gao, lin = logged_in("gao"), logged_in("lin")
    mine = rows(
        fresh_bank,
        "select p.id from parties_party p join access_employee e on e.id = p.main_rm_id where e.staff_no = %s limit 3",
        cast["lin"].staff_no,
    )
    first, second, third = (key for (key,) in mine)

    def keep(party: int, value: str, version: int = 0) -> None:
        form = {"version": version, "has": "fleet", "v-fleet": value}
        assert lin.post(f"/customers/{party}/known/", form, headers={"HX-Request": "true"}).status_code == 200

    gao.post("/fields/new/", FORM)
    keep(first, "12")
    assert states(fresh_bank) == ("", 0)
    gao.post("/fields/fleet/", FORM | {"is_indexed": "on"})
    keep(second, "3")  # while it is being made
    assert "Being made" in gao.get("/fields/fleet/").content.decode() and states(fresh_bank)[0] == "making"
    work_off(fresh_bank)
    assert states(fresh_bank) == ("there", 2)
    keep(third, "5")
    keep(first, "13", version=1)
    keep(second, "", version=1)
    assert rows(fresh_bank, "select of_party, place from parties_declaredkey order by 2") == [(third, 5_000_000), (first, 13_000_000)]
    assert "Ready" in gao.get("/fields/fleet/index/").content.decode()
    gao.post("/fields/fleet/", {"act": "retire"})
    assert states(fresh_bank)[0] == "going"
    work_off(fresh_bank)
    assert states(fresh_bank) == ("", 0)
    gao.post("/fields/fleet/", {"act": "return"})
    work_off(fresh_bank)
    assert states(fresh_bank) == ("there", 2)
    gao.post("/fields/fleet/", FORM)
    work_off(fresh_bank)
    assert states(fresh_bank) == ("", 0)


def test_texts_of_several_lines_are_refused(fresh_bank, cast):
    answer = logged_in("gao").post("/fields/new/", FORM | {"type": "long_text", "is_indexed": "on"})
    assert answer.status_code == 422 and "cannot be indexed" in answer.content.decode()


def test_an_index_that_cannot_be_made_says_why_and_is_tried_again(fresh_bank, cast):
    gao = logged_in("gao")
    party = one(fresh_bank, "select min(id) from parties_party")
    put(fresh_bank, {"t_date": {party: "in spring"}})  # as no form would keep it
    gao.post("/fields/t_date/", {"act": "index"})
    work_off(fresh_bank)
    page = gao.get("/fields/t_date/").content.decode()
    assert states(fresh_bank, "t_date")[0] == "failed" and "in spring" in page and "Try again" in page
    with fresh_bank.connected("job") as job:
        job.execute("""update parties_declared set "values" = '{"t_date": "2026-03-21"}' where party_id = %s""", [party])
    gao.post("/fields/t_date/", {"act": "index"})
    work_off(fresh_bank)
    assert states(fresh_bank, "t_date") == ("there", 1)


def nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def explained(statement: str, values: Any) -> Any:
    """The plan where reading a whole table costs more than any index."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(f"explain (format json) {statement}", values)
        (found,) = cursor.fetchone()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


@pytest.mark.parametrize("login", ["gao", "lin"])
def test_behind_the_wall_the_index_bounds_what_is_read(fresh_bank, spread, cast, login):
    fresh_bank.zhike("fields", "index", "t_money")
    viewer = viewer_of(fresh_bank, login)
    with fresh_bank.connected("migrate") as owner:
        owner.execute("""create index declared_by_expression on parties_declared ((("values" ->> 't_money')::numeric))""")
    with entered(viewer):
        where = where_of(viewer, condition("t_money", "more_than", "400000"))
        plan = explained(f"select p.id from parties_party p where {where.sql}", where.values)
        by_expression = explained("select party_id from parties_declared where (\"values\" ->> 't_money')::numeric > 400000", {})
    assert "declared_by_expression" not in json.dumps(by_expression)  # why the keys stand in a table of their own
    with fresh_bank.acting_as("job"):
        assert "declared_by_expression" in json.dumps(
            explained("select party_id from parties_declared where (\"values\" ->> 't_money')::numeric > 400000", {})
        )
    assert any("place" in one.get("Index Cond", "") for one in nodes(plan))


def test_a_field_declared_elsewhere_is_known_at_once(fresh_bank, cast):
    """Another process declares it, takes it away and declares it again, between two questions that are no request of their own."""
    gao = viewer_of(fresh_bank, "gao")
    party = one(fresh_bank, "select min(id) from parties_party")
    assert logged_in("gao").get("/customers/conditions/").status_code == 200  # what a request remembers
    for value in ("1", "2"):
        with fresh_bank.connected("job") as job:
            job.execute("delete from parties_declaredfield where name = 't_number'")
        put(fresh_bank, {"t_number": {party: value}})
        assert found(gao, "t_number", "is", value)[0] == {party}
