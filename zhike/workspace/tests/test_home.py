"""Where a person begins depends on her post; each part shows what the database says and leads on to it."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.access.models import Person
from zhike.access.scope import NOBODY, Viewer, entered, viewer_for
from zhike.parties import days
from zhike.workspace.home_views import parts_of
from zhike.workspace.tests.books import rows
from zhike.workspace.tests.test_query_counts import RECORDED

POSTS = {
    "lin": ["maturing", "recent", "birthdays", "documents", "mentions", "incomplete"],
    "zhou": ["approvals", "maturing", "books", "recent", "mentions"],
    "he": ["recent", "mentions"],
    "su": ["data", "recent"],
    "gao": ["approvals", "data", "recent", "people"],
}
EVERY_PART = [(login, part) for login, parts in POSTS.items() for part in parts]


def viewer_of(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def linked(html: str) -> list[int]:
    """The keys of the customers that a part leads to."""
    return [int(key) for key in re.findall(r"/customers/(\d+)/", html)]


@pytest.mark.parametrize("login", sorted(POSTS))
def test_the_home_page_has_the_parts_of_the_post(bank, people, as_person, login):
    assert [part.name for part in parts_of(viewer_of(login))] == POSTS[login]
    html = as_person(login).get("/").content.decode()
    assert all(f'hx-get="/home/{part}/"' in html for part in POSTS[login])
    assert ("zk-home-find" in html) == (login == "he"), "who answers calls begins by searching"


@pytest.mark.parametrize(("login", "part"), EVERY_PART)
def test_a_part_costs_what_is_recorded(bank, people, as_person, login, part):
    client = as_person(login)
    client.get(f"/home/{part}/", headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/home/{part}/", headers={"HX-Request": "true"}).status_code == 200
    assert len(captured) <= RECORDED[f"home-{part}"]


@pytest.mark.parametrize("login", ["lin", "zhou"])
def test_what_falls_due_is_hers_soonest_first(bank, people, as_person, login):
    today = timezone.localdate()
    scope = (
        "e.id = any(p.rm_ids)"
        if login == "lin"
        else "p.unit_id in (with recursive b(id) as (select e.unit_id union"
        " select u.id from access_unit u join b on u.parent_id = b.id) select id from b)"
    )
    expected = rows(
        bank,
        f"""select p.id from parties_party p join holdings_summary s on s.party_id = p.id, access_employee e
            where e.staff_no = %s and {scope} and s.next_maturity_date >= %s and s.next_maturity_date < %s
            order by s.next_maturity_date, coalesce(s.next_maturity_amount, 0) desc, p.id""",
        people[login].staff_no, today, today + timedelta(days=30),
    )  # fmt: skip
    html = as_person(login).get("/home/maturing/").content.decode()
    assert linked(html) == [key for (key,) in expected][:200]


def test_birthdays_of_the_week_are_those_of_her_book(bank, people, as_person):
    near = [f"{timezone.localdate() + timedelta(days=number):%m%d}" for number in range(7)]
    statement = """select p.id from parties_party p join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s
                   and p.kind in ('individual', 'sole_trader') and p.status = 'customer' and to_char(p.birth_date, 'MMDD') = any(%s)"""
    expected = {key for (key,) in rows(bank, statement, people["lin"].staff_no, near)}
    assert set(linked(as_person("lin").get("/home/birthdays/").content.decode())) == expected


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.dates(date(2024, 1, 1), date(2040, 12, 31)))
def test_everybody_has_one_birthday_a_year(born, today):
    year = {date(today.year, 1, 1) + timedelta(days=number) for number in range(365)} | {date(today.year, 12, 31)}
    assert sum(f"{born:%m%d}" in days.days_of(day, 1) for day in year) == 1


def test_the_books_of_a_branch_add_up_to_its_customers(bank, people, as_person):
    html = as_person("zhou").get("/home/books/").content.decode()
    with entered(viewer_of("zhou")), connection.cursor() as cursor:
        cursor.execute("select count(*) from parties_party where status = 'customer'")
        (count,) = cursor.fetchone()
    assert f"<b>{count:,}</b>" in html


def test_a_locked_person_is_named_to_the_administrator(fresh_bank):
    fresh_bank.zhike(
        "person", "add", "root", "--name", "管", "--role", "administrator", "--password-env", "P", P="a-long-sentence-for-tests-1"
    )
    fresh_bank.zhike("person", "add", "mo", "--name", "莫愁", "--role", "analyst", "--password-env", "P", P="a-long-sentence-for-tests-1")
    with fresh_bank.connected("job") as job:
        job.execute("update access_person set failures = 5, first_failure_at = now() where login = 'mo'")
    client = Client()
    client.post("/login/", {"login": "root", "password": "a-long-sentence-for-tests-1"})
    html = client.get("/home/people/").content.decode()
    assert "莫愁" in html


def test_her_settings_go_with_her_to_another_machine(fresh_bank):
    fresh_bank.zhike("person", "add", "mo", "--name", "莫愁", "--role", "analyst", "--password-env", "P", P="a-long-sentence-for-tests-1")
    here, there = Client(), Client()
    login = {"login": "mo", "password": "a-long-sentence-for-tests-1"}
    assert here.post("/login/", login)["Location"] == "/"
    here.post("/looks/", {"density": "compact"})
    here.post("/looks/", {"start_page": "customers"})
    assert there.post("/login/", login)["Location"] == "/customers/"
    assert 'data-zk-density="compact"' in there.get("/me/").content.decode()
    there.post("/looks/", {"density": "no such", "start_page": ""})
    assert 'data-zk-density="compact"' in here.get("/me/").content.decode()
    acts = rows(fresh_bank, "select after from access_auditentry where act = 'people.looks_chosen' order by id")
    assert [json.dumps(after) for (after,) in acts] == ['{"density": "compact"}', '{"start_page": "customers"}', '{"start_page": ""}']


LACKS = (
    "occupation = '', income_band = '', employer_name = '', marital_status = ''",
    "occupation = '', income_band = '', employer_name = '', birth_date = null, sex = ''",
)


@pytest.fixture
def half_known(bank, people):
    """Two customers of 林知远 of whom little is known, of the second less than of the first."""
    statement = """select p.id, to_jsonb(p) from parties_party p join access_employee e on e.id = any(p.rm_ids)
                   where e.staff_no = %s and p.kind = 'individual' and p.status = 'customer' order by p.id limit 2"""
    were = rows(bank, statement, people["lin"].staff_no)
    with bank.connected("job") as job:
        for (key, _row), lacks in zip(were, LACKS, strict=True):
            job.execute(f"update parties_party set {lacks} where id = %s", [key])
    yield [key for key, _row in were]
    back = "update parties_party p set (occupation, income_band, employer_name, marital_status, birth_date, sex) = (select r.occupation, r.income_band, r.employer_name, r.marital_status, r.birth_date, r.sex from jsonb_populate_record(null::parties_party, %s) r) where id = %s"
    with bank.connected("job") as job:
        for key, row in were:
            job.execute(back, [json.dumps(row), key])


def test_the_emptiest_profiles_of_her_book_come_first_with_what_is_missing(bank, people, as_person, half_known):
    html = as_person("lin").get("/home/incomplete/").content.decode()
    shares = [int(percent) for percent in re.findall(r"zk-num\">(\d+)%", html)]
    assert shares == sorted(shares) and max(shares) < 80 and set(half_known) <= set(linked(html))
    assert linked(html).index(half_known[1]) < linked(html).index(half_known[0])
    mine = {
        key
        for (key,) in rows(
            bank,
            "select p.id from parties_party p join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s",
            people["lin"].staff_no,
        )
    }
    assert set(linked(html)) <= mine
    first = linked(html)[0]
    profile = as_person("lin").get(f"/customers/{first}/profile/").content.decode()
    assert f">{shares[0]}%<" in profile, "the same as on the customer's page"
    word = re.findall(rf'/customers/{first}/#panel-\w+">([^<]+)</a>', html)[0]
    assert word in profile


@pytest.mark.parametrize(("login", "part"), EVERY_PART)
def test_a_part_has_neither_a_head_nor_a_button_without_anything(bank, people, as_person, login, part):
    html = as_person(login).get(f"/home/{part}/", headers={"HX-Request": "true"}).content.decode()
    assert not re.search(r"></a>|</h3><ul[^>]*></ul>", html)
