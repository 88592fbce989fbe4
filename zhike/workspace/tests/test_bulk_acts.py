"""What is done to many customers at once: seen before, done to hers only, recorded once, taken back."""

from __future__ import annotations

import json

import pytest

from zhike.workspace.tests.books import one, rows

HTMX = {"HX-Request": "true"}


@pytest.fixture
def lin(as_person, bank):
    """林知远; what she keeps goes when the test ends."""
    yield as_person("lin")
    with bank.connected("job") as job:
        for table in ("workspace_listmember", "workspace_customerlist", "parties_tagging", "parties_tag"):
            job.execute(f"delete from {table}")
        job.execute("update workspace_visit set pinned_at = null")


def keys_of(client, most: int = 3, **query: str) -> list[int]:
    return [row.party.id for row in client.get("/customers/", {"view": "mine", **query}).context["found"].rows][:most]


def done(client, **asked: object):
    """Do it as the page does; what the toast says."""
    answer = client.post("/customers/bulk/", {"view": "mine", **asked}, headers=HTMX)
    assert answer.status_code == 200, answer.status_code
    return json.loads(answer["HX-Trigger"])["zk-toast"]


def ids(*keys: int) -> str:
    return ",".join(map(str, keys))


def on_list(bank, name: str) -> set[int]:
    found = rows(
        bank, "select party_id from workspace_listmember m join workspace_customerlist l on l.id = m.list_id where l.name = %s", name
    )
    return {key for (key,) in found}


def test_customers_are_put_on_a_new_list_which_is_a_view_and_hers_alone(bank, lin, as_person):
    keys = keys_of(lin)
    said = done(lin, act="list", ids=ids(*keys), name="Spring round")
    assert "Spring round" in said["text"] and on_list(bank, "Spring round") == set(keys)
    number = one(bank, "select id from workspace_customerlist where name = 'Spring round'")
    shown = lin.get("/customers/", {"view": f"list-{number}"})
    assert {row.party.id for row in shown.context["found"].rows} == set(keys)
    assert {row.party.id for row in lin.get("/customers/", {"view": f"list-{number}", "sort": "name"}).context["found"].rows} == set(keys)
    zhou = as_person("zhou").get("/customers/", {"view": f"list-{number}"})
    assert zhou.context["lens"].look.list_id is None


def test_it_is_seen_before_who_is_changed_who_not_and_why(lin, as_person):
    keys = keys_of(lin)
    done(lin, act="pin", ids=ids(keys[0]))
    theirs = keys_of(as_person("chen"), 1)
    page = lin.get("/customers/bulk/", {"view": "mine", "act": "pin", "ids": ids(*keys, *theirs)}, headers=HTMX)
    preview = page.context["preview"]
    assert (preview.changes, preview.already, preview.gone) == (2, 1, 1)


def test_customers_of_others_are_not_changed_whatever_is_ticked(bank, lin, as_person):
    hers, theirs = keys_of(lin, 1), keys_of(as_person("chen"), 1)
    done(lin, act="list", ids=ids(*hers, *theirs), name="Mixed")
    assert on_list(bank, "Mixed") == set(hers)
    tagged = "select party_id from parties_tagging"
    before = set(rows(bank, tagged))  # of other tests
    done(lin, act="tag", ids=ids(*hers, *theirs), name="VIP")
    assert {key for (key,) in set(rows(bank, tagged)) - before} == set(hers)


def test_all_that_fits_means_the_whole_list_as_it_is_narrowed(bank, lin):
    done(lin, act="list", all="1", kind="individual", name="People")
    number = one(
        bank,
        "select count(*) from parties_party p join access_person x on x.employee_id = any(p.rm_ids) where x.login = 'lin' and p.kind = 'individual'",
    )
    assert len(on_list(bank, "People")) == number > 0


def test_a_condition_narrows_all_that_fits_and_one_that_cannot_be_read_changes_nobody(bank, lin):
    asked = {"version": 1, "where": {"field": "sex", "op": "in", "value": ["female"]}}
    done(lin, act="list", all="1", where=json.dumps(asked), name="Women")
    assert {sex for (sex,) in rows(bank, "select distinct sex from parties_party where id = any(%s)", list(on_list(bank, "Women")))} == {
        "female"
    }
    assert lin.post("/customers/bulk/", {"view": "mine", "act": "pin", "all": "1", "where": "{"}).status_code == 400
    assert one(bank, "select count(*) from workspace_visit where pinned_at is not null") == 0


@pytest.mark.parametrize("act", ["pin", "list", "tag"])
def test_it_is_recorded_once_and_taken_back_for_exactly_those_it_changed(bank, lin, act):
    keys = keys_of(lin)
    done(lin, act=act, ids=ids(keys[0]), name="" if act == "pin" else "Before")  # so already for the first of them
    target = {"list": "select id from workspace_customerlist", "tag": "select id from parties_tag"}.get(act)
    more = {"target": str(one(bank, target))} if target else {}
    said = done(lin, act=act, ids=ids(*keys), **more)
    entries = rows(bank, "select act, after -> 'count' from access_auditentry where login = 'lin' order by id desc limit 1")
    assert entries[0][1] == 2
    assert lin.post(said["undo"]["url"]).status_code == 302
    left = {
        "pin": "select count(*) from workspace_visit where pinned_at is not null", "list": "select count(*) from workspace_listmember",
        "tag": "select count(*) from parties_tagging",
    }  # fmt: skip
    assert one(bank, left[act]) == 1
    assert lin.post(said["undo"]["url"]).status_code == 404, "once"
    assert "Taken back" in lin.get("/asked/").content.decode()


def test_what_is_not_hers_to_take_back_is_not_there(lin, as_person):
    said = done(lin, act="pin", ids=ids(*keys_of(lin, 1)))
    assert as_person("zhou").post(said["undo"]["url"]).status_code == 404


def test_who_may_not_edit_does_not_tag(lin, as_person):
    su = as_person("su")
    assert su.post("/customers/bulk/", {"view": "all", "act": "tag", "all": "1", "name": "x"}).status_code == 403
    assert 'data-zk-act="tag"' not in su.get("/customers/").content.decode()


def test_a_list_without_a_name_is_not_made_and_says_so(bank, lin):
    page = lin.post("/customers/bulk/", {"view": "mine", "act": "list", "ids": ids(*keys_of(lin)), "name": " "}, headers=HTMX)
    assert "Give it a name" in page.content.decode() and one(bank, "select count(*) from workspace_customerlist") == 0


def test_a_customer_who_leaves_her_book_is_no_longer_on_her_list(bank, lin):
    keys = keys_of(lin, 2)
    done(lin, act="list", ids=ids(*keys), name="Two")
    number = one(bank, "select id from workspace_customerlist")
    with bank.connected("job") as job:
        kept = job.execute("select rm_ids, unit_id from parties_party where id = %s", [keys[0]]).fetchone()
        job.execute("update parties_party set rm_ids = '{}' where id = %s", [keys[0]])
        try:
            assert [row.party.id for row in lin.get("/customers/", {"view": f"list-{number}"}).context["found"].rows] == keys[1:]
        finally:
            job.execute("update parties_party set rm_ids = %s where id = %s", [kept[0], keys[0]])
