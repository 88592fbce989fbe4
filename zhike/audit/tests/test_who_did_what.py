"""Whoever may reads what others did, filtered, with before and after; each look at the audit is an entry itself."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from zhike.api.tests.asking import Program, token_of
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

AsPerson = Callable[[str], Client]


@pytest.fixture
def pinned(bank: Bank, people: Cast, as_person: AsPerson) -> Iterator[int]:
    """A customer of 林知远's, which she opened and pinned."""
    party = _one(
        bank, "select p.id from parties_party p join access_employee e on e.id = p.main_rm_id where e.staff_no = %s and p.customer_no <> '' order by p.id limit 1",
        people["lin"].staff_no,
    )  # fmt: skip
    lin = as_person("lin")
    assert lin.get(f"/customers/{party}/").status_code == 200
    assert lin.post(f"/customers/{party}/pin/", {"pinned": "1"}).status_code == 302
    yield party
    with bank.connected("job") as job:
        job.execute("update workspace_visit set pinned_at = null where party_id = %s", [party])


def test_an_act_is_found_by_person_act_customer_and_day(bank: Bank, as_person: AsPerson, pinned: int) -> None:
    gao, today = as_person("gao"), timezone.localdate().isoformat()
    number = _text(bank, "select customer_no from parties_party where id = %s", pinned)
    for query in (
        f"person=lin&act=workspace.pinned&customer={number}&since={today}&until={today}",
        "person=林知远&area=workspace&door=page",
    ):
        page = gao.get(f"/audit/?{query}").content.decode()
        assert "Pinned a customer" in page
        assert f"/customers/{pinned}/" in page
    assert "No entry fits" in gao.get(f"/audit/?person=chen&act=workspace.pinned&customer={number}").content.decode()
    assert "No entry fits" in gao.get(f"/audit/?person=lin&until={timezone.localdate() - timedelta(days=400)}").content.decode()


def test_its_words_are_chinese_for_whoever_reads_chinese(as_person: AsPerson, pinned: int) -> None:
    page = as_person("gao").get("/audit/?person=lin", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "置顶客户" in page
    assert "审计留痕" in page


def test_looking_is_an_entry_with_what_was_looked_for(bank: Bank, as_person: AsPerson, pinned: int) -> None:
    as_person("gao").get("/audit/?person=lin&act=workspace.pinned")
    with bank.connected("job") as job:
        act, login, asked = job.execute("select act, login, after from access_auditentry order by id desc limit 1").fetchone() or (
            "",
            "",
            {},
        )
    assert (act, login, asked["person"]) == ("audit.searched", "gao", "lin")


def test_one_entry_shows_who_from_where_and_whether_it_is_sealed(bank: Bank, as_person: AsPerson, pinned: int) -> None:
    entry = _one(bank, "select max(id) from access_auditentry where act = 'workspace.pinned'")
    gao = as_person("gao")
    page = gao.get(f"/audit/{entry}/").content.decode()
    assert "127.0.0.1" in page and "林知远" in page
    assert "not sealed yet" in page
    bank.zhike("audit", "seal")
    assert "as it was sealed" in gao.get(f"/audit/{entry}/").content.decode()
    assert gao.get("/audit/999999999/").status_code == 404


def test_the_export_holds_what_the_list_shows_and_is_recorded(bank: Bank, as_person: AsPerson, pinned: int) -> None:
    answer = as_person("gao").post("/audit/export/", {"person": "lin", "act": "workspace.pinned"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    *rows, whose = rows
    assert rows and "高远 (gao)" in whose["id"]
    assert {(row["login"], row["act"]) for row in rows} == {("lin", "workspace.pinned")}
    assert _text(bank, "select act from access_auditentry order by id desc limit 1") == "audit.exported"


def test_a_customer_shows_who_looked_at_him_once_a_day(bank: Bank, as_person: AsPerson, pinned: int) -> None:
    lin = _one(bank, "select id from access_person where login = 'lin'")
    for _time in range(2):
        assert as_person("lin").get(f"/customers/{pinned}/").status_code == 200
    page = as_person("gao").get(f"/customers/{pinned}/looked/").content.decode()
    hers = [
        row for row in re.findall(r"<li>.*?</li>", page, re.DOTALL) if f'href="/audit/people/{lin}/"' in row and "Opened the page" in row
    ]
    assert len(hers) == 1, "other tests of this worker may have let others open him: theirs are not counted"
    assert as_person("zhou").get(f"/customers/{pinned}/looked/").status_code == 403
    kept = "select count(*) from audit_look where customer_id = %s and person_id = %s and first_at > now() - interval '1 hour'"
    assert _one(bank, kept, pinned, lin) == 1


def test_nobody_keeps_a_look_in_anothers_name(bank: Bank, people: Cast) -> None:
    with bank.connected("web") as web, pytest.raises(Exception, match="permission denied"):
        web.execute("insert into audit_look (customer_id, day, person_id, first_at) values (1, now(), 1, now())")


def test_a_persons_days_stand_in_a_calendar(bank: Bank, as_person: AsPerson, pinned: int) -> None:
    lin = _one(bank, "select id from access_person where login = 'lin'")
    page = as_person("gao").get(f"/audit/people/{lin}/").content.decode()
    assert "step-" in page
    assert "Latest days" in page
    assert as_person("gao").get("/audit/people/999999999/").status_code == 404


def test_a_program_reads_the_audit_page_by_page_and_only_with_its_right(bank: Bank, people: Cast, pinned: int) -> None:
    program = Program(token_of(bank, "gao"))
    answer = program.get(f"/audit?person=lin&act=workspace.pinned&customer={pinned}&limit=1")
    (row,) = answer.json()["data"]
    assert (row["login"], row["person"], row["door"], row["customer_id"]) == ("lin", "林知远", "page", pinned)
    assert program.get("/audit?door=window").status_code == 422
    assert Program(token_of(bank, "gao", scopes=("customers.read",))).get("/audit").status_code == 403
    last = program.get("/audit?person=gao&act=audit.searched&limit=1").json()["data"][0]
    assert last["door"] == "api"


def _one(bank: Bank, statement: str, *values: Any) -> int:
    with bank.connected("job") as job:
        row = job.execute(statement, values).fetchone()
    assert row is not None
    return int(row[0])


def _text(bank: Bank, statement: str, *values: Any) -> str:
    with bank.connected("job") as job:
        row = job.execute(statement, values).fetchone()
    assert row is not None
    return str(row[0])
