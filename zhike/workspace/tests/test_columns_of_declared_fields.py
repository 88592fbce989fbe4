"""Fields that the bank declared stand in the customer list like any other: shown, ordered, sorted, saved, exported, set for many and taken back."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, add_to, cast_of
from zhike.workspace.tests.books import one, rows

HTMX = {"HX-Request": "true"}
FIELDS = (
    ("fleet", "number", "Lorries", "C1", "[]"), ("tax", "money", "Tax paid", "C1", "[]"), ("visit", "date", "Next visit", "C1", "[]"),
    ("doctor", "text", "Family doctor", "C2", "[]"),
    ("tier", "choice", "Tier", "C1", '[{"value": "g", "en": "Gold", "zh": "金"}, {"value": "s", "en": "Silver", "zh": "银"}]'),
)  # fmt: skip


@pytest.fixture
def ground(fresh_bank: Bank) -> Any:
    """A bank with five fields of its own and values of them at 林知远's customers; clients by login."""
    known = cast_of(fresh_bank)
    for login in ("lin", "su", "gao"):
        add_to(fresh_bank, known[login])
    staff = known["lin"].staff_no
    keys = [
        key
        for (key,) in rows(
            fresh_bank,
            "select p.id from parties_party p join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s order by p.id",
            staff,
        )
    ]
    with fresh_bank.connected("job") as job:
        for name, kind, label, protection, choices in FIELDS:
            job.execute(
                """insert into parties_declaredfield (name, label_en, label_zh, help_en, help_zh, type, choices, kinds, field_group, place, protection,
                    is_required, is_indexed, is_builtin, index_state, index_error) values (%s, %s, %s, '', '', %s, %s, '{}', 'other', 0, %s, false, false, false, '', '')""",
                [name, label, label, kind, choices, protection],
            )
        for number, key in enumerate(keys[:-2]):
            values = {
                "fleet": str((number * 7) % 5 - 1),
                "tax": f"{number}00.50",
                "visit": f"2026-12-{number % 28 + 1:02}",
                "doctor": "王医生",
                "tier": "gs"[number % 2],
            }
            job.execute(
                'insert into parties_declared (party_id, "values", version, changed_at) values (%s, %s, 1, now())',
                [key, json.dumps(values)],
            )
    return fresh_bank, keys


def logged_in(login: str) -> Client:
    client = Client()
    client.post("/login/", {"login": login, "password": PASSWORD})
    connection.close()
    return client


def shown(client: Client, **query: str) -> Any:
    return client.get("/customers/", query).context


def exported(client: Client, **query: str) -> list[list[str]]:
    answer = client.post("/customers/export/", {"form": "csv", **query})
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_manager_chooses_them_as_columns_and_exports_and_saves_them(ground):
    lin = logged_in("lin")
    chosen = ["own_fleet", "number", "own_tax", "own_visit", "own_tier", "own_doctor", "own_nothing"]
    lin.post("/customers/columns/", {"view": "mine", "columns": chosen, "width-own_tax": "120"})
    page = lin.get("/customers/", {"view": "mine"})
    heads = [head.name for head in page.context["lens"].columns]
    assert heads == ["name", *chosen[:-1]] and "Gold" in page.content.decode() and "王医生" in page.content.decode()
    assert page.context["lens"].look.widths["own_tax"] == 120
    head, first, *_rest = exported(lin, view="mine", sort="name")
    assert head == ["Customer", "Lorries", "Customer number", "Tax paid", "Next visit", "Tier", "Family doctor"]
    assert {len(first), len(head)} == {7} and first[4].startswith("2026-12-") and first[5] in ("Gold", "Silver")
    view = lin.post("/customers/views/save/", {"name": "Fleet", "view": "mine"})["Location"].partition("view=")[2]
    assert [head.name for head in shown(lin, view=view)["lens"].columns] == heads


def test_what_is_personal_is_no_column_for_an_analyst(ground):
    su = logged_in("su")
    su.post("/customers/columns/", {"view": "all", "columns": ["own_doctor", "own_fleet"]})
    page = su.get("/customers/", {"view": "all"})
    assert [head.name for head in page.context["lens"].columns] == ["name", "own_fleet"] and "王医生" not in page.content.decode()
    assert "Family doctor" not in su.get("/customers/columns/", {"view": "all"}).content.decode()


def walked(client: Client, **query: str) -> list[int]:
    """Every customer of a list, page after page."""
    found: list[int] = []
    after = ""
    while True:
        page = shown(client, **query, after=after)["found"]
        found += [row.party.id for row in page.rows]
        after = page.page.next
        if not after:
            return found


def test_a_list_is_sorted_by_an_indexed_field_page_after_page(ground):
    bank, keys = ground
    lin, gao = logged_in("lin"), logged_in("gao")
    assert shown(lin, view="mine", sort="own_fleet")["asked"].sort == "aum"  # no index, no order
    for name in ("fleet", "tier", "visit"):
        bank.zhike("fields", "index", name)
    values = dict(rows(bank, "select party_id, (\"values\" ->> 'fleet')::int from parties_declared"))
    everybody = {key for (key,) in rows(bank, "select id from parties_party")}
    for client, hers in ((lin, set(keys)), (gao, everybody)):
        view = "mine" if client is lin else "all"
        for order, sign in (("asc", 1), ("desc", -1)):
            found = walked(client, view=view, sort="own_fleet", order=order)
            assert len(found) == len(set(found)) and set(found) == hers
            assert found == sorted(hers, key=lambda key: (key not in values, sign * values.get(key, 0), key))
    tiers = [row.party.id for row in shown(lin, view="mine", sort="own_tier")["found"].rows]
    letters = dict(rows(bank, "select party_id, \"values\" ->> 'tier' from parties_declared"))
    assert [letters.get(key, "z") for key in tiers] == sorted(letters.get(key, "z") for key in tiers)
    assert shown(logged_in("lin"), view="mine", sort="own_fleet'; drop")["asked"].sort == "aum"


def test_a_field_is_set_for_those_ticked_seen_before_and_taken_back(ground):
    bank, keys = ground
    lin = logged_in("lin")
    ticked = {"view": "mine", "act": "set", "ids": ",".join(map(str, keys[:3] + keys[-1:])), "field": "tier"}
    before = rows(bank, 'select party_id, "values" from parties_declared order by 1')
    preview = lin.get("/customers/bulk/", ticked | {"value": "g"}, headers=HTMX).context["preview"]
    assert (preview.changes, preview.already) == (2, 2)
    assert lin.get("/customers/bulk/", ticked | {"value": "platinum"}, headers=HTMX).context["error"]
    answer = lin.post("/customers/bulk/", ticked | {"value": "g"}, headers=HTMX)
    toast = json.loads(answer["HX-Trigger"])["zk-toast"]
    assert {
        value
        for (value,) in rows(bank, "select \"values\" ->> 'tier' from parties_declared where party_id = any(%s)", keys[:3] + keys[-1:])
    } == {"g"}
    assert "Tier" in toast["text"]
    assert one(bank, "select count(*) from parties_declaredchange where name = 'tier' and person_name = '林知远' and after = '\"g\"'") == 2
    assert one(bank, "select after ->> 'parties' from access_auditentry where act = 'parties.set_for_many'") == "2"
    lin.post(toast["undo"]["url"])
    after = dict(rows(bank, 'select party_id, "values" from parties_declared'))
    assert {party: after[party] for party, _values in before} == dict(before) and after[keys[-1]] == {}


def test_the_dialog_begins_by_asking_which_field(ground):
    _bank, keys = ground
    lin = logged_in("lin")
    ticked = {"view": "mine", "act": "set", "ids": str(keys[0])}
    answer = lin.get("/customers/bulk/", ticked, headers=HTMX)
    assert answer.status_code == 200 and 'id="bulk-field"' in answer.content.decode() and answer.context["preview"].changes == 0
    assert "Choose a field" in lin.post("/customers/bulk/", ticked, headers=HTMX).content.decode()
    for name, kind, *_rest in FIELDS:
        assert f'name="{name}"' not in lin.get("/customers/bulk/", ticked | {"field": name}, headers=HTMX).content.decode(), kind


def test_nothing_is_set_for_whom_the_field_is_not_or_who_is_another_managers(ground):
    bank, keys = ground
    lin = logged_in("lin")
    other = one(bank, "select min(p.id) from parties_party p where not (p.id = any(%s))", keys)
    with bank.connected("job") as job:
        job.execute("update parties_declaredfield set kinds = '{company}' where name = 'fleet'")
    ticked = {"view": "mine", "act": "set", "ids": ",".join(map(str, [*keys, other])), "field": "fleet", "value": "3"}
    preview = lin.get("/customers/bulk/", ticked, headers=HTMX).context["preview"]
    companies = {key for (key,) in rows(bank, "select id from parties_party where kind = 'company' and id = any(%s)", keys)}
    assert preview.unfit == len(set(keys) - companies) and preview.gone == 1
    lin.post("/customers/bulk/", ticked, headers=HTMX)
    assert {key for (key,) in rows(bank, "select party_id from parties_declaredchange where name = 'fleet'")} <= companies


def test_an_analyst_sets_nothing(ground):
    _bank, keys = ground
    assert (
        logged_in("su")
        .post("/customers/bulk/", {"view": "all", "act": "set", "ids": str(keys[0]), "field": "fleet", "value": "3"})
        .status_code
        == 403
    )
