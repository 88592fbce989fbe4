"""A segment keeps who is in it from day to day: who came, who left, which line of the condition did it; a tag follows, unless somebody
takes it off by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from zhike.audiences import keeping
from zhike.audiences.tests.test_audiences import kept, said_in, text
from zhike.workspace.tests.books import book_of, one, rows
from zhike.workspace.tests.test_conditions_on_customers import check

DAY = date(2026, 11, 20)
SINGLE_WOMEN = {"all": [check("sex", "in", ["female"]), check("occupation", "is", "segment trial")]}


@pytest.fixture(autouse=True)
def nobody_else_keeps(bank, people):
    """A worker that other tests started on this bank would keep segments meanwhile, as of today: what is put in the queue waits for tomorrow."""
    with bank.connected("migrate") as migrate:
        migrate.execute(
            """create or replace function wait_until_tomorrow() returns trigger language plpgsql as
               $$ begin new.scheduled_at := now() + interval '1 day'; return new; end $$;
               create trigger waits before insert on procrastinate_jobs for each row
               when (new.task_name = 'audiences.keep') execute function wait_until_tomorrow()"""
        )
    yield
    with bank.connected("migrate") as migrate:
        migrate.execute("drop function wait_until_tomorrow() cascade")
    with bank.connected("job") as job:
        job.execute("delete from procrastinate_jobs where task_name = 'audiences.keep' and status = 'todo'")


@pytest.fixture
def zhou(as_person, bank, people):
    """周敏, who keeps segments of her outlet; afterwards nothing of them is left."""
    occupations = rows(bank, "select id, occupation from parties_party where occupation <> ''")
    yield as_person("zhou")
    with bank.connected("job") as job:
        for table in ("standing", "membership", "audienceversion", "audience"):
            job.execute(f"delete from audiences_{table}")
        job.execute("update parties_party set occupation = '' where occupation = 'segment trial'")
        job.cursor().executemany(
            "update parties_party set occupation = %s where id = %s and occupation = ''", [(was, key) for key, was in occupations]
        )
        job.execute("delete from parties_tagging where tag_id in (select id from parties_tag where name = 'trial tag')")
        job.execute("delete from parties_tag where name = 'trial tag'")


@pytest.fixture
def women(bank, people, zhou):
    """Three women of 林知远's book, who are in 周敏's outlet."""
    return [
        key
        for (key, _name, _no) in book_of(bank, people, "lin")
        if one(bank, "select sex from parties_party where id = %s", key) == "female"
    ][:3]


def working(bank, keys, at_it: bool = True) -> None:
    """These customers work at the trial, or no longer."""
    with bank.connected("job") as job:
        job.execute("update parties_party set occupation = %s where id = any(%s)", ["segment trial" if at_it else "", list(keys)])


def followed(client, node=SINGLE_WOMEN, **more: str) -> int:
    key = kept(client, node, name="Trial")
    assert client.post(f"/audiences/{key}/segment/", more).status_code == 302
    return key


def keep(bank, key: int, day: int):
    with bank.acting_as("job"):
        return keeping.keep(at=timezone.now(), on=DAY + timedelta(days=day), audience_id=key)


def stays(bank, key: int) -> list[tuple]:
    return rows(bank, "select party_id, joined_date, left_date from audiences_membership where audience_id = %s order by id", key)


def page_of(client, key: int, show: str = "now") -> str:
    return said_in(client, f"/audiences/{key}/segment/?show={show}")


def test_who_comes_and_who_leaves_is_kept_with_the_line_that_did_it(bank, zhou, women):
    first, second, third = women
    working(bank, [first])
    key = followed(zhou)
    assert vars(keep(bank, key, 0)) == {"came": 1, "left": 0, "total": 1, "tagged": 0, "untagged": 0}
    working(bank, [second])
    assert vars(keep(bank, key, 1)) | {"came": 1, "left": 0, "total": 2} == vars(keep(bank, key, 1)) | {"came": 1, "left": 0, "total": 2}
    working(bank, [first], at_it=False)
    assert keep(bank, key, 2).left == 1
    assert stays(bank, key) == [(first, DAY, DAY + timedelta(days=2)), (second, DAY + timedelta(days=1), None)]
    assert "holds now: Occupation is segment trial" in page_of(zhou, key) and "from the first day" in page_of(zhou, key, "came")
    assert "holds no longer: Occupation is segment trial" in page_of(zhou, key, "left")
    assert third not in {party for party, *_ in stays(bank, key)}


def test_kept_again_on_the_same_day_changes_nothing(bank, zhou, women):
    working(bank, women)
    key = followed(zhou)
    keep(bank, key, 0)
    before = rows(bank, "select id, party_id, joined_date, left_date, came, tagged from audiences_membership order by id")
    assert keep(bank, key, 0).came == 0
    assert rows(bank, "select id, party_id, joined_date, left_date, came, tagged from audiences_membership order by id") == before


def test_a_changed_condition_is_told_as_the_reason(bank, zhou, women):
    working(bank, women)
    key = followed(zhou)
    keep(bank, key, 0)
    narrower = {"all": [*SINGLE_WOMEN["all"], check("name", "is", "nobody is called that")]}
    assert zhou.post(f"/audiences/{key}/change/", {"where": text(narrower)}).status_code == 302
    assert keep(bank, key, 1).left == 3
    assert "the condition was changed (version 2); holds no longer: Name is nobody is called that" in page_of(zhou, key, "left")


def test_each_sees_her_own_customers_of_a_shared_segment_and_nobody_the_rest(bank, zhou, as_person, women):
    working(bank, women)
    key = followed(zhou)
    zhou.post(f"/audiences/{key}/describe/", {"name": "Trial", "shared": "bank"})
    keep(bank, key, 0)
    mine, theirs = as_person("lin"), as_person("chen")
    names = [name for (name,) in rows(bank, "select name from parties_party where id = any(%s)", women)]
    assert all(name in page_of(mine, key) for name in names)
    assert not any(name in page_of(theirs, key) for name in names) and "Nobody here" in page_of(theirs, key)


def test_who_may_not_ask_the_condition_is_not_told_who_fits(bank, zhou, as_person, women):
    key = followed(zhou, {"all": [check("id_expires", "known", None)]})
    zhou.post(f"/audiences/{key}/describe/", {"name": "Trial", "shared": "bank"})
    keep(bank, key, 0)
    assert "zk-row-link" in page_of(zhou, key)
    told = page_of(as_person("su"), key)
    assert "zk-row-link" not in told and "needs the right “contacts.read”" in told


def test_a_segment_reaches_as_far_as_its_owner(bank, zhou, women):
    """周敏's segment holds customers of her outlet alone, though the job that keeps it sees the whole bank."""
    key = followed(zhou, {"all": [check("sex", "in", ["female"])]})
    total = keep(bank, key, 0).total
    outlet = "select count(*) from parties_party p join access_employee e on e.unit_id = p.unit_id join access_person a on a.employee_id = e.id where a.login = 'zhou' and p.sex = 'female'"
    assert total == one(bank, outlet) < one(bank, "select count(*) from parties_party where sex = 'female'")


@pytest.fixture
def tag(bank, zhou) -> int:
    with bank.connected("job") as job:
        return int(
            job.execute("insert into parties_tag (name, colour, created_at) values ('trial tag', 'c1', now()) returning id").fetchone()[0]
        )


def tagged(bank, tag: int) -> set[int]:
    return {party for (party,) in rows(bank, "select party_id from parties_tagging where tag_id = %s", tag)}


def test_a_tag_follows_the_segment(bank, zhou, women, tag):
    first, second, _third = women
    working(bank, [first, second])
    key = followed(zhou, tag=str(tag))
    keep(bank, key, 0)
    assert tagged(bank, tag) == {first, second}
    working(bank, [second], at_it=False)
    assert keep(bank, key, 1).untagged == 1
    assert tagged(bank, tag) == {first}


def test_a_tag_taken_off_by_hand_stays_off_even_when_she_comes_again(bank, zhou, women, tag):
    first = women[0]
    working(bank, [first])
    key = followed(zhou, tag=str(tag))
    keep(bank, key, 0)
    with bank.connected("job") as job:
        job.execute("delete from parties_tagging where tag_id = %s", [tag])
    keep(bank, key, 1)
    assert tagged(bank, tag) == set() and "tag taken off by hand" in page_of(zhou, key)
    working(bank, [first], at_it=False)
    keep(bank, key, 2)
    working(bank, [first])
    keep(bank, key, 3)
    assert tagged(bank, tag) == set() and len(stays(bank, key)) == 2


def test_a_tag_that_was_there_before_stays_when_she_leaves(bank, zhou, women, tag):
    first = women[0]
    with bank.connected("job") as job:
        job.execute("insert into parties_tagging (party_id, tag_id, at) values (%s, %s, now())", [first, tag])
    working(bank, [first])
    key = followed(zhou, tag=str(tag))
    keep(bank, key, 0)
    working(bank, [first], at_it=False)
    keep(bank, key, 1)
    assert tagged(bank, tag) == {first}


def test_it_takes_the_right_to_keep_segments_and_for_a_tag_the_right_to_change_customers(as_person, bank, zhou, tag):
    lin, su = as_person("lin"), as_person("su")
    mine, hers = kept(lin, SINGLE_WOMEN), kept(su, SINGLE_WOMEN)
    assert lin.post(f"/audiences/{mine}/segment/").status_code == 403
    assert su.post(f"/audiences/{hers}/segment/", {"tag": str(tag)}).status_code == 403
    assert su.post(f"/audiences/{hers}/segment/").status_code == 302


def test_a_segment_whose_owner_has_left_says_so_and_keeps_what_it_knows(bank, zhou, as_person, women):
    working(bank, women)
    key = followed(zhou)
    zhou.post(f"/audiences/{key}/describe/", {"name": "Trial", "shared": "bank"})
    keep(bank, key, 0)
    with bank.connected("job") as job:
        job.execute("update access_person set has_left = true where login = 'zhou'")
    try:
        assert keep(bank, key, 1) is None
    finally:
        with bank.connected("job") as job:
            job.execute("update access_person set has_left = false where login = 'zhou'")
    assert "no longer works here" in page_of(as_person("gao"), key) and len(stays(bank, key)) == 3


def test_every_segment_is_asked_for_at_night_and_after_a_load(bank, zhou):
    key = followed(zhou)
    with bank.acting_as("job"):
        assert keeping.keep_every() == 1
        keeping.keep_after_a_load({"batch": 1})
    waiting = (
        "select count(*) from procrastinate_jobs where task_name = 'audiences.keep' and status = 'todo' and args ->> 'audience_id' = %s"
    )
    assert one(bank, waiting, str(key)) == 1, "asked for once, however often"
