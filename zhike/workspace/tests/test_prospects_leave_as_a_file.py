"""Who is outside the bank leaves as a file with every path that leads there: what the list shows, in its order, of her own customers alone, and it is recorded."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import override_settings

from zhike.access import woven
from zhike.access.marks import Mark
from zhike.access.work import perform
from zhike.workspace import jobs, prospect_exports
from zhike.workspace.tests.books import one, rows

ADDRESS = "/prospects/network-export/"
SEEN = "select {} from insight_tie t where t.party_id in (select p.id from parties_party p join access_person l on l.employee_id = any(p.rm_ids) where l.login = %s)"


@pytest.fixture(scope="module", autouse=True)
def network(shared_bank):
    shared_bank.zhike("insight", "network")


def lines(content: bytes) -> list[list[str]]:
    """The rows of a CSV without head and without the line that says whose it is."""
    _head, *found, whose = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert "Exported by" in whose[0]
    return found


def exported(client, **asked: str) -> list[list[str]]:
    answer = client.post(ADDRESS, {"form": "csv", **asked})
    assert answer.status_code == 200, answer.status_code
    return lines(answer.content)


def test_it_holds_the_list_in_its_order_with_each_path(bank, as_person):
    for login in ("lin", "su"):
        client = as_person(login)
        found = exported(client)
        shown = re.findall(
            r'<th scope="row"><a href="/prospects/network/[^"]+">([^<]+)</a>', client.get("/prospects/network/").content.decode()
        )
        assert list(dict.fromkeys(line[1] for line in found))[: len(shown)] == shown
        assert [int(line[0]) for line in found] == sorted(int(line[0]) for line in found)
        if login == "lin":
            assert len(found) == one(bank, SEEN.format("count(*)"), login)
            assert {line[5] for line in found} == {
                name for (name,) in rows(bank, "select name from parties_party where id in (" + SEEN.format("t.party_id") + ")", login)
            }
    assert len(exported(as_person("su"))) > len(exported(as_person("lin")))


def test_who_works_there_and_pays_nothing_has_no_amount(bank, as_person):
    found = exported(as_person("su"), kind="employer")
    without = {line[5] for line in found if line[8] == ""}
    assert all((line[7] == "") == (line[8] == "") == (line[9] == "") for line in found)
    assert all(float(line[7]) > 0 and int(line[8]) > 0 for line in found if line[8])
    unpaid = rows(bank, "select p.name from insight_tie t join parties_party p on p.id = t.party_id where t.count = 0 and %s <> ''", "su")
    assert without and without <= {name for (name,) in unpaid}


def test_what_narrows_the_list_narrows_the_file(as_person):
    su = as_person("su")
    every, employers = exported(su), exported(su, kind="employer")
    assert {line[1] for line in employers} < {line[1] for line in every}
    word = every[0][1][:4]
    assert {line[1] for line in exported(su, q=word)} == {line[1] for line in every if word in line[1]}


def test_who_may_not_export_is_refused_and_not_offered_it(as_person):
    for login in ("fang", "yan"):
        client = as_person(login)
        assert client.post(ADDRESS, {"form": "csv"}).status_code == 403
        assert "prospects-export" not in client.get("/prospects/network/").content.decode()
    assert "prospects-export" in as_person("lin").get("/prospects/network/").content.decode()


def test_it_is_recorded_as_customers_who_left_and_the_mark_leads_back(bank, as_person):
    su = as_person("su")
    content = su.post(ADDRESS, {"form": "csv_plain", "sort": "customers"}).content
    ((login, after, person, at),) = rows(
        bank, "select login, after, person_id, at from access_auditentry where act = 'customers.exported' order by id desc limit 1"
    )
    found = list(csv.reader(io.StringIO(content.decode())))[1:]
    assert login == "su" and after["paths"] == len(found) and after["asked"] == {"sort": "customers"}
    assert 0 < after["count"] <= len({line[5] for line in found}) + 5
    mine, others = Mark(person, at, "export"), [Mark(person + n, at, "export") for n in range(1, 40)]
    assert woven.whose(content, [*others, mine]) == mine


def test_a_long_one_waits_for_somebody_else_and_is_made_in_the_background(bank, as_person):
    lin, zhou = as_person("lin"), as_person("zhou")
    at_once = exported(lin)
    with override_settings(EXPORT_APPROVAL=2):
        assert lin.post(ADDRESS, {"form": "csv"}).status_code == 422
        waits = lin.post(ADDRESS, {"form": "csv", "why": "list for the branch meeting"})
        assert waits.status_code == 302 and waits["Location"].startswith("/approvals/")
        assert lin.post(f"{waits['Location']}approve/").status_code == 403
        assert zhou.post(f"{waits['Location']}approve/").status_code == 302
    key = one(
        bank,
        "select max(w.id) from access_work w join access_person p on p.id = w.person_id where p.login = 'lin' and w.kind = %s",
        prospect_exports.KIND,
    )
    with bank.acting_as("job"):
        assert jobs.__doc__, "the worker finds what makes files in this module"
        perform(key)
    answer = lin.get(f"/customers/exports/{key}/")
    assert "prospects" in answer["Content-Disposition"] and lines(b"".join(answer.streaming_content)) == at_once
    assert zhou.get(f"/customers/exports/{key}/").status_code == 404


def test_one_that_is_too_long_is_not_made(as_person):
    with override_settings(EXPORT_MOST=3, EXPORT_APPROVAL=10):
        assert as_person("lin").post(ADDRESS, {"form": "csv"})["Location"].startswith("/prospects/network/")
