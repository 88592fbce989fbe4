"""What only people know about a customer: kept with its history, read by whoever sees her, two people's words never lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from zhike.workspace.tests.books import book_of, only_in_book_of, rows

HX = {"HX-Request": "true"}


@pytest.fixture
def customer(bank: Any, people: Any) -> int:
    """A customer of 林知远's for this test, about whom nothing is kept."""
    (found,) = rows(
        bank,
        f"""select p.id from parties_party p where p.id = any(array{[key for (key, *_rest) in book_of(bank, people, "lin")]})
        and p.kind = 'individual' and not exists (select 1 from parties_declared d where d.party_id = p.id) order by p.id limit 1""",
    )
    return int(found[0])


def save(client: Any, customer: int, version: int, **values: Any) -> Any:
    """Post a form; a value may be a list. `choose_x` is the answer to a conflict about x."""
    choices = {key.removeprefix("choose_"): values.pop(key) for key in [*values] if key.startswith("choose_")}
    form = {"version": version, "has": list(values), **{f"v-{key}": text for key, text in values.items()}}
    return client.post(f"/customers/{customer}/known/", form | {f"choose-{key}": text for key, text in choices.items()}, headers=HX)


def kept(bank: Any, customer: int) -> Any:
    found = rows(bank, f'select "values", version from parties_declared where party_id = {customer}')
    return found[0] if found else ({}, 0)


def toast(answer: Any) -> Any:
    return json.loads(answer["HX-Trigger"])["zk-toast"]


def test_what_a_manager_writes_is_read_by_the_manager_of_her_outlet(bank, people, as_person, customer):
    answer = save(as_person("lin"), customer, 0, preferences="不喜欢推销电话", hobbies=["tea", "golf"], contact_channel="wechat")
    assert answer.status_code == 200 and "不喜欢推销电话" in answer.content.decode()
    shown = as_person("zhou").get(f"/customers/{customer}/known/").content.decode()
    assert "不喜欢推销电话" in shown and ("品茶、高尔夫" in shown or "Tea, Golf" in shown)
    assert kept(bank, customer) == ({"preferences": "不喜欢推销电话", "hobbies": ["tea", "golf"], "contact_channel": "wechat"}, 1)


def test_a_save_leaves_one_entry_with_before_and_after(bank, people, as_person, customer):
    lin = as_person("lin")
    save(lin, customer, 0, decides="x", preferences="早上")
    save(lin, customer, 1, preferences="晚上")
    entries = rows(
        bank, f"select before, after from access_auditentry where act = 'parties.declared' and party_id = {customer} order by id"
    )
    assert entries == [({"preferences": None}, {"preferences": "早上"}), ({"preferences": "早上"}, {"preferences": "晚上"})]


def test_two_who_change_different_fields_both_keep_theirs(bank, people, as_person, customer):
    lin, zhou = as_person("lin"), as_person("zhou")
    save(lin, customer, 0, preferences="a", other_needs="b")
    assert save(zhou, customer, 1, preferences="a", other_needs="b2").status_code == 200
    assert save(lin, customer, 1, preferences="a2", other_needs="b").status_code == 200
    assert kept(bank, customer)[0] == {"preferences": "a2", "other_needs": "b2"}


def test_two_who_change_the_same_field_are_asked_and_nothing_is_lost(bank, people, as_person, customer):
    lin, zhou = as_person("lin"), as_person("zhou")
    save(lin, customer, 0, preferences="a", other_needs="b")
    save(zhou, customer, 1, preferences="theirs")
    met = save(lin, customer, 1, preferences="mine", other_needs="b too")
    page = met.content.decode()
    assert met.status_code == 409
    assert all(words in page for words in ("mine", "theirs", "周敏", "b too"))
    assert kept(bank, customer)[0] == {"preferences": "theirs", "other_needs": "b"}, "nothing is saved before she chose"
    assert save(lin, customer, 1, preferences="mine", other_needs="b too", choose_preferences="both").status_code == 200
    assert kept(bank, customer)[0] == {"preferences": "theirs\nmine", "other_needs": "b too"}


@pytest.mark.parametrize(("choice", "held"), [("mine", "mine"), ("theirs", "theirs")])
def test_what_she_chose_holds(bank, people, as_person, customer, choice, held):
    lin = as_person("lin")
    save(as_person("zhou"), customer, 0, preferences="theirs")
    assert save(lin, customer, 0, preferences="mine").status_code == 409
    assert save(lin, customer, 0, preferences="mine", choose_preferences=choice).status_code == 200
    assert kept(bank, customer)[0] == {"preferences": held}


def test_a_text_that_is_no_value_stays_in_the_form_with_what_to_do(bank, people, as_person, customer):
    answer = save(as_person("lin"), customer, 0, preferences="卡号 6222021234567890128", other_needs="fine")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "6222021234567890128" in page and "fine" in page and 'aria-invalid="true"' in page
    assert kept(bank, customer) == ({}, 0)


def test_undo_takes_back_the_whole_save_and_an_old_value_can_be_restored(bank, people, as_person, customer):
    lin = as_person("lin")
    save(lin, customer, 0, preferences="first", other_needs="one")
    undo = toast(save(lin, customer, 1, preferences="second", other_needs="two"))["undo"]
    assert lin.post(undo["url"], undo["values"], headers=HX).status_code == 200
    assert kept(bank, customer)[0] == {"preferences": "first", "other_needs": "one"}
    (change,) = rows(bank, f"select id from parties_declaredchange where party_id = {customer} and after = '\"second\"'")[0]
    again = lin.post(f"/customers/{customer}/known/restore/", {"change": change, "side": "after"}, headers=HX)
    assert again.status_code == 200 and kept(bank, customer)[0]["preferences"] == "second"


def test_a_change_of_another_customer_is_not_restored_here(bank, people, as_person, customer):
    lin = as_person("lin")
    save(lin, customer, 0, preferences="hers")
    (change,) = rows(bank, f"select id from parties_declaredchange where party_id = {customer}")[0]
    (other,) = rows(
        bank,
        f"select id from parties_party where id <> {customer} and rm_ids && (select rm_ids from parties_party where id = {customer}) limit 1",
    )[0]
    assert lin.post(f"/customers/{other}/known/restore/", {"change": change}, headers=HX).status_code == 404


def test_what_she_wrote_stands_among_the_changes_with_her_name(bank, people, as_person, customer):
    save(as_person("lin"), customer, 0, preferences="安静的房间")
    page = as_person("zhou").get(f"/customers/{customer}/changes/").content.decode()
    assert "安静的房间" in page and "林知远" in page


def test_a_stranger_learns_nothing_and_an_analyst_reads_without_writing(bank, people, as_person, customer):
    assert save(as_person("lin"), customer, 0, preferences="quiet").status_code == 200
    assert save(as_person("chen"), customer, 1, preferences="loud").status_code == 404
    assert as_person("chen").get(f"/customers/{customer}/known/").status_code == 404
    su = as_person("su")
    assert save(su, customer, 1, preferences="loud").status_code == 403
    assert "quiet" in su.get(f"/customers/{customer}/known/").content.decode()
    assert kept(bank, customer)[0] == {"preferences": "quiet"}


def test_the_database_itself_refuses_a_writer_without_the_right(bank, people, as_person, customer):
    save(as_person("lin"), customer, 0, preferences="quiet")
    connection.close()
    with bank.connected("web") as web, web.transaction():
        assert web.execute("update parties_declared set version = 9").rowcount == 0


def declare(client: Any, **more: str) -> Any:
    form = {
        "name": "car",
        "type": "choice",
        "label_zh": "车辆",
        "label_en": "Car",
        "group": "other",
        "protection": "C1",
        "choices": "ev | 电动 | Electric\nnone | 无 | None",
    }
    return client.post("/fields/new/", form | more)


def test_an_administrator_declares_a_field_and_it_is_there_at_once(bank, people, as_person, customer):
    gao = as_person("gao")
    assert declare(gao).status_code == 302
    lin = as_person("lin")
    form = lin.get(f"/customers/{customer}/known/form/", {"field": "car"}).content.decode()
    assert "Electric" in form
    assert save(lin, customer, 0, car="ev").status_code == 200
    assert gao.post("/fields/car/", {"act": "retire"}).status_code == 302
    assert "Electric" not in lin.get(f"/customers/{customer}/known/").content.decode()
    assert kept(bank, customer)[0] == {"car": "ev"}, "what a retired field held stays"
    assert gao.post("/fields/car/", {"act": "return"}).status_code == 302
    assert "Electric" in lin.get(f"/customers/{customer}/known/").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Car"},
        {"name": "hobbies"},
        {"label_en": "PIN of the card", "name": "card_pin"},
        {"choices": "only | 一 | One"},
        {"type": "sound"},
    ],
)
def test_a_field_that_cannot_be_is_refused(bank, people, as_person, wrong):
    answer = declare(as_person("gao"), **wrong)
    assert answer.status_code == 422 and "zk-field-error" in answer.content.decode()


@pytest.fixture
def referrer(bank: Any) -> Any:
    """A field that points to another customer, for this test."""
    with bank.connected("job") as job:
        job.execute(
            """insert into parties_declaredfield (name, label_en, label_zh, help_en, help_zh, type, choices, kinds, field_group, place, protection,
                is_required, is_indexed, is_builtin, index_state, index_error)
                values ('came_by', 'Came by', '介绍人', '', '', 'customer', '[]', '{}', 'origin', 90, 'C1', false, false, false, '', '')"""
        )
        yield
        job.execute("delete from parties_declaredfield where name = 'came_by'")


@pytest.mark.usefixtures("referrer")
def test_another_customer_is_found_as_one_types_and_only_among_her_own(bank, people, as_person, customer):
    lin = as_person("lin")
    hers = next(row for row in book_of(bank, people, "lin") if row[0] != customer)
    theirs = only_in_book_of(bank, people, "chen", not_of="lin")
    asked = {"name": "v-came_by", "of": "find-came_by"}
    shown = lin.get("/customers/pick/", {**asked, "find-came_by": hers[2]}, headers=HX).content.decode()
    assert f'name="v-came_by" value="{hers[0]}"' in shown and hers[1] in shown
    assert 'type="radio"' not in lin.get("/customers/pick/", {**asked, "find-came_by": theirs[2]}, headers=HX).content.decode()
    assert 'name="other"' in lin.get("/customers/pick/", {"q": hers[2], "name": '"><b>'}, headers=HX).content.decode()
    assert save(lin, customer, 0, came_by=str(theirs[0])).status_code == 422
    assert save(lin, customer, 0, came_by=str(hers[0])).status_code == 200
    form = lin.get(f"/customers/{customer}/known/form/", {"field": "came_by"}, headers=HX).content.decode()
    assert f'value="{hers[0]}" checked' in form and hers[1] in form


@pytest.mark.usefixtures("referrer")
def test_a_customer_she_does_not_see_stays_where_somebody_else_chose_her(bank, people, as_person):
    customer = book_of(bank, people, "lin")[0][0]
    theirs = only_in_book_of(bank, people, "chen", not_of="lin")
    with bank.connected("job") as job:
        values = json.dumps({"came_by": str(theirs[0])})
        job.execute("delete from parties_declared where party_id = %s", [customer])
        job.execute('insert into parties_declared (party_id, "values", version, changed_at) values (%s, %s, 1, now())', [customer, values])
    lin = as_person("lin")
    form = lin.get(f"/customers/{customer}/known/form/", {"group": "origin"}, headers=HX).content.decode()
    assert "a customer you do not see" in form and theirs[1] not in form
    assert save(lin, customer, 1, came_by=str(theirs[0]), preferences="x").status_code == 200
    assert kept(bank, customer)[0] == {"came_by": str(theirs[0]), "preferences": "x"}
