"""A large export waits for the manager: 林知远 asks and says why, 周敏 is told and approves, the file is 林知远's."""

from __future__ import annotations

import pytest
from django.test import override_settings

from zhike.access.work import perform
from zhike.workspace import jobs
from zhike.workspace.tests.books import one, rows

FORM = {"form": "csv", "view": "mine"}


@pytest.fixture
def low_limit(bank):
    with override_settings(EXPORT_APPROVAL=2):
        yield
    with bank.connected("job") as job:
        job.execute("delete from access_proposalstep")
        job.execute("delete from access_proposal")


def test_it_asks_why_waits_for_the_manager_and_is_made_for_whoever_asked(bank, as_person, low_limit):
    lin, zhou, qian = as_person("lin"), as_person("zhou"), as_person("qian")
    before = one(bank, "select coalesce(max(id), 0) from access_work")
    asked = lin.post("/customers/export/", FORM)
    assert asked.status_code == 422
    assert 'name="why"' in asked.content.decode() and 'value="mine"' in asked.content.decode()
    waits = lin.post("/customers/export/", {**FORM, "why": "list for the branch meeting"})
    assert waits.status_code == 302 and waits["Location"].startswith("/approvals/")
    assert rows(bank, "select 1 from access_work where kind = 'workspace.export' and id > %s", before) == []
    page = zhou.get(waits["Location"], headers={"accept-language": "en"}).content.decode()
    assert "list for the branch meeting" in page and "林知远" in page
    assert qian.get(waits["Location"]).status_code == 404
    assert waits["Location"] in zhou.get("/notices/").content.decode()
    assert waits["Location"] in zhou.get("/home/approvals/").content.decode()
    assert lin.post(f"{waits['Location']}approve/").status_code == 403
    assert zhou.post(f"{waits['Location']}approve/").status_code == 302
    key = one(bank, "select max(w.id) from access_work w join access_person p on p.id = w.person_id where p.login = 'lin'")
    with bank.acting_as("job"):
        assert jobs.__doc__, "the worker finds what makes files in this module"
        perform(key)
    assert lin.get(f"/customers/exports/{key}/").status_code == 200
    assert zhou.get(f"/customers/exports/{key}/").status_code == 404
    assert waits["Location"] in lin.get("/notices/").content.decode()
    told = rows(
        bank,
        "select act, login from access_auditentry where act in ('approvals.approved', 'work.started', 'customers.exported') order by id desc limit 3",
    )
    assert told == [("customers.exported", "lin"), ("work.started", "lin"), ("approvals.approved", "zhou")]


def test_a_list_that_has_grown_since_is_asked_for_anew(bank, as_person, low_limit):
    waits = as_person("lin").post("/customers/export/", {**FORM, "why": "a meeting"})["Location"]
    key = int(waits.strip("/").split("/")[-1])
    with bank.connected("migrate") as owner:
        owner.execute("alter table access_proposal disable trigger proposal_is_guarded")
        owner.execute("update access_proposal set asked = jsonb_set(asked, '{count}', '3') where id = %s", [key])
        owner.execute("alter table access_proposal enable trigger proposal_is_guarded")
    answer = as_person("zhou").post(f"{waits}approve/")
    assert answer.status_code == 409
    assert one(bank, "select state from access_proposal where id = %s", key) == "expired"


def test_a_small_one_is_made_at_once(as_person):
    assert as_person("lin").post("/customers/export/", FORM).status_code == 200
