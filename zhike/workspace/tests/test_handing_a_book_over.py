"""林知远's book of five hundred goes to 陈思, by three people's word, at once; and comes back as a whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from zhike.parties.merging import refresh_books
from zhike.testing.databases import Bank
from zhike.workspace.tests.books import one, rows

MANY = 500


@pytest.fixture
def five_hundred(bank, people):
    """Five hundred customers more in 林知远's book, as a source delivers them; everything is put back afterwards."""
    lin = people["lin"].staff_no
    with bank.connected("job") as job:
        ids = [
            key
            for (key,) in job.execute(
                """insert into parties_party (kind, status, name, name_tokens, unit_id, rm_ids, main_rm_id, source, external_key, valid_from, batch_id, short_name,
                 customer_no, sex, nationality, occupation, employer_name, education, marital_status, income_band, region, industry, size_class, is_staff,
                 is_related_party, lead_source)
               select case when n %% 5 = 0 then 'company' else 'individual' end, 'customer', '移交' || n, '{}', e.unit_id, array[e.id], e.id, 'handed', n::text,
                 '2026-01-01', 1, '', '', '', '', '', '', '', '', '', '', '', '', false, false, ''
               from access_employee e, generate_series(1, %s) n where e.staff_no = %s returning id""",
                [MANY, lin],
            ).fetchall()
        ]
        job.execute(
            """insert into parties_assignment (source, external_key, valid_from, batch_id, party_id, employee_id, role, from_date)
               select 'handed', p.external_key || '|' || p.main_rm_id, '2026-01-01', 1, p.id, p.main_rm_id, 'main', '2026-01-01'
               from parties_party p where p.source = 'handed'"""
        )
    yield ids
    with bank.connected("job") as job:
        for table in ("parties_handovercustomer", "parties_handover", "access_proposalstep", "access_proposal"):
            job.execute(f"delete from {table}")
        job.execute("delete from parties_assignment where source = 'handed' or source = 'own' and handover_id is not null")
        job.execute("update parties_assignment set handed_date = null, handover_id = null where handed_date is not null")
        job.execute("delete from parties_party where source = 'handed'")
        refresh_books(job.cursor(), at=timezone.localdate())


def prepared(client: Any, people: Any, *, to: str = "chen", **more: str) -> Any:
    """The address of a hand-over of 林知远's whole book that her manager may be asked about."""
    form = {"giver": people["lin"].staff_no, "reason": "leaving", "cutoff": timezone.localdate().isoformat(), **more}
    answer = client.post("/handovers/new/", form)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    address = answer["Location"]
    assert client.post(f"{address}assign/", {"which": "all", "receiver": f"{people[to].staff_no} 陈思"}).status_code == 302
    return address


def put_forward(client: Any, address: str) -> Any:
    answer = client.post(f"{address}propose/", {"why": "调往分行"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return answer["Location"]


def of_whom(bank: Bank, ids: list[int]) -> dict[str, int]:
    """Main manager → how many of these."""
    return dict(
        rows(
            bank,
            "select e.name, count(*) from parties_party p join access_employee e on e.id = p.main_rm_id where p.id = any(%s) group by 1",
            ids,
        )
    )


def seen(client: Any, party: int) -> Any:
    return client.get(f"/customers/{party}/").status_code


def test_five_hundred_customers_go_over_by_three_words_and_come_back_as_a_whole(bank, people, as_person, five_hundred):
    lin, chen, zhou = as_person("lin"), as_person("chen"), as_person("zhou")
    before = rows(bank, "select id, rm_ids, main_rm_id from parties_party where source in ('zhike', 'handed') order by id")
    address = prepared(lin, people)
    waits = put_forward(lin, address)
    assert zhou.post(f"{waits}approve/").status_code == 409, "陈思 has not agreed"
    assert chen.post(f"{waits}confirm/", {"words": "已交接"}).status_code == 302
    assert (seen(lin, five_hundred[0]), seen(chen, five_hundred[0])) == (200, 404)
    assert lin.post(f"{waits}approve/").status_code == 403
    assert zhou.post(f"{waits}approve/", {"words": "同意"}).status_code == 302

    lin_name, chen_name = (
        one(bank, "select name from access_employee where staff_no = %s", people[who].staff_no) for who in ("lin", "chen")
    )
    assert of_whom(bank, five_hundred) == {chen_name: MANY}
    assert (seen(lin, five_hundred[0]), seen(chen, five_hundred[0]), seen(zhou, five_hundred[0])) == (404, 200, 200)
    assert lin.get("/customers/", {"view": "mine"}).context["found"].rows == []
    assert any(row.party.id in five_hundred for row in chen.get("/customers/", {"view": "mine", "sort": "since"}).context["found"].rows)
    assert one(bank, "select count(*) from parties_handovercustomer where state = 'in_force'") >= MANY
    moments = chen.get(f"/customers/{five_hundred[0]}/timeline/").content.decode()
    assert lin_name in moments and chen_name in moments
    told = rows(
        bank, "select act, login from access_auditentry where act in ('approvals.approved', 'handovers.done') order by id desc limit 2"
    )
    assert told == [("handovers.done", "lin"), ("approvals.approved", "zhou")]

    assert chen.post(f"{address}undo/", {"why": "误操作"}).status_code == 403
    assert zhou.post(f"{address}undo/", {"why": "误操作"}).status_code == 302
    assert rows(bank, "select id, rm_ids, main_rm_id from parties_party where source in ('zhike', 'handed') order by id") == before
    assert (seen(lin, five_hundred[0]), seen(chen, five_hundred[0])) == (200, 404)
    assert zhou.post(f"{address}undo/", {"why": "再来"}).status_code == 409


def test_a_full_file_that_says_what_it_said_does_not_undo_it_and_one_that_agrees_confirms_it(bank, people, as_person, five_hundred):
    lin, chen, zhou = as_person("lin"), as_person("chen"), as_person("zhou")
    waits = put_forward(lin, prepared(lin, people))
    chen.post(f"{waits}confirm/")
    assert zhou.post(f"{waits}approve/").status_code == 302
    after = of_whom(bank, five_hundred)
    receiver = one(bank, "select id from access_employee where staff_no = %s", people["chen"].staff_no)
    yesterday = timezone.localdate() - timedelta(days=1)
    with bank.connected("job") as job:
        refresh_books(job.cursor(), at=yesterday)
        assert of_whom(bank, five_hundred) == after, "yesterday's file is loaded today"
        # A replay writes the giver's rows anew.
        job.execute("update parties_assignment set handed_date = null, handover_id = null where source = 'handed'")
        refresh_books(job.cursor(), at=timezone.localdate())
        assert of_whom(bank, five_hundred) == after
        # The source names 陈思 for the first, and somebody else for the second, from tomorrow on.
        first, second = five_hundred[:2]
        tomorrow = timezone.localdate() + timedelta(days=1)
        other = job.execute(
            "select id from access_employee where id <> %s and post = 'relationship_manager' order by id desc limit 1", [receiver]
        ).fetchone()
        for party, who in ((first, receiver), (second, other[0])):
            job.execute("update parties_assignment set valid_to = %s where source = 'handed' and party_id = %s", [tomorrow, party])
            job.execute(
                """insert into parties_assignment (source, external_key, valid_from, batch_id, party_id, employee_id, role, from_date)
                   values ('handed', %s, %s, 2, %s, %s, 'main', %s)""", [f"new{party}", tomorrow, party, who, tomorrow],
            )  # fmt: skip
        refresh_books(job.cursor(), at=tomorrow)
    states = dict(rows(bank, "select party_id, state from parties_handovercustomer where party_id = any(%s)", [first, second]))
    assert states == {first: "confirmed", second: "overtaken"}
    books = dict(rows(bank, "select id, rm_ids from parties_party where id = any(%s)", [first, second]))
    assert books == {first: [receiver], second: [other[0]]}


def test_a_part_of_a_book_goes_and_the_rest_stays(bank, people, as_person, five_hundred):
    zhou, lin = as_person("zhou"), as_person("lin")
    address = zhou.post(
        "/handovers/new/", {"giver": people["lin"].staff_no, "reason": "balance", "cutoff": timezone.localdate().isoformat()}
    )["Location"]
    assert zhou.post(f"{address}assign/", {"which": "kind-firms", "receiver": people["chen"].staff_no}).status_code == 302
    assert (
        zhou.post(f"{address}assign/", {"which": "ticked", "ids": five_hundred[:3], "receiver": people["chen"].staff_no}).status_code == 302
    )
    shares = {share.name: share.count for share in zhou.get(address).context["shares"]}
    firms = one(bank, "select count(*) from parties_party where kind in ('company', 'institution', 'financial_institution', 'unincorporated') and rm_ids @> "
                "array[(select id from access_employee where staff_no = %s)]", people["lin"].staff_no)  # fmt: skip
    assert max(count for name, count in shares.items() if name) == firms + 3
    assert zhou.post(f"{address}assign/", {"which": "all", "receiver": people["lin"].staff_no}).status_code == 422, "not to herself"
    assert zhou.post(f"{address}assign/", {"which": "all", "receiver": "nobody"}).status_code == 422
    waits = put_forward(zhou, address)
    assert zhou.post(f"{waits}approve/").status_code == 409, "who proposes never approves"
    assert zhou.post(f"{address}assign/", {"which": "all", "receiver": ""}).status_code == 409
    assert lin.get(waits).status_code == 200 and "I agree" in lin.get(waits, headers={"accept-language": "en"}).content.decode()


def test_a_manager_elsewhere_neither_sees_nor_begins_one(people, as_person, five_hundred):
    lin, chen = as_person("lin"), as_person("chen")
    address = prepared(lin, people)
    form = {"giver": people["lin"].staff_no, "reason": "leaving", "cutoff": timezone.localdate().isoformat()}
    assert chen.post("/handovers/new/", form).status_code == 422
    assert as_person("zhou").get(address).context["lines"]
    assert chen.get(address).context["lines"] == [], "who is to take them over is told how many, and sees none before"
    assert [as_person(login).get(address).status_code for login in ("qian", "he")] == [404, 200]
    assert as_person("he").get("/handovers/new/").status_code == 403


def test_the_database_does_no_hand_over_without_an_approval(bank, people, as_person, five_hundred):
    lin = as_person("lin")
    address = prepared(lin, people)
    key = int(address.strip("/").split("/")[-1])
    put_forward(lin, address)
    with bank.connected("web") as web, pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        web.execute("select parties_hand_over(%s, now(), current_date)", [key])


def test_a_leaver_is_shut_out_with_it(bank, people, as_person, five_hundred):
    lin, chen, zhou = as_person("lin"), as_person("chen"), as_person("zhou")
    address = prepared(lin, people, ends_login="1")
    waits = put_forward(lin, address)
    chen.post(f"{waits}confirm/")
    try:
        assert zhou.post(f"{waits}approve/").status_code == 302
        assert lin.get("/customers/")["Location"].startswith("/login/")
        assert zhou.post(f"{address}undo/", {"why": "she stays"}).status_code == 302
        assert one(bank, "select is_active from access_person where login = 'lin'")
    finally:
        with bank.connected("job") as job:
            job.execute("update access_person set is_active = true where login = 'lin'")
