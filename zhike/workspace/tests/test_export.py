"""A list leaves as a file: what the page shows, no more, masked as there, and it is recorded."""

from __future__ import annotations

import csv
import io
import os
import time
import zipfile
from datetime import date

from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from zhike.access.work import perform
from zhike.workspace import export_actions, jobs
from zhike.workspace.exporting import as_text
from zhike.workspace.tests.books import one, rows


def exported(client, **asked: str) -> list[list[str]]:
    """The rows of a CSV, the head first."""
    answer = client.post("/customers/export/", {"form": "csv", **asked})
    assert answer.status_code == 200, answer.status_code
    return cleaned(answer.content)


def cleaned(content: bytes) -> list[list[str]]:
    """The rows of a CSV without its last line, which says whose copy it is."""
    *lines, whose = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert "Exported by" in whose[0], whose
    return lines


def numbers(client, **query: str) -> list[str]:
    return [row.party.customer_no for row in client.get("/customers/", query).context["found"].rows]


def test_it_holds_the_customers_of_the_list_in_its_order_and_no_others(bank, as_person):
    for login in ("lin", "chen"):
        client = as_person(login)
        head, *lines = exported(client, view="mine", sort="name")
        at = head.index("Customer number")
        shown = numbers(client, view="mine", sort="name")
        assert [line[at] for line in lines][: len(shown)] == shown
        assert len(lines) == one(
            bank, "select count(*) from parties_party p join access_person x on x.employee_id = any(p.rm_ids) where x.login = %s", login
        )


def test_what_narrows_the_list_narrows_the_file(as_person):
    lin = as_person("lin")
    _head, *lines = exported(lin, view="mine", kind="company")
    assert len(lines) == len(numbers(lin, view="mine", kind="company"))
    _head, *found = exported(lin, view="all", q="王")
    assert [line[0] for line in found] == [row.party.name for row in lin.get("/customers/", {"q": "王"}).context["found"].rows]


def test_phones_are_masked_and_whoever_sees_none_gets_none(as_person):
    head, *lines = exported(as_person("lin"), view="mine")
    phones = [line[head.index("Mobile")] for line in lines if line[head.index("Mobile")]]
    assert phones and all("••••" in phone for phone in phones)
    assert "Mobile" not in exported(as_person("su"), view="all", kind="company")[0]


def test_who_may_not_export_is_refused_and_not_offered_it(as_person):
    he = as_person("he")
    assert he.post("/customers/export/", {"form": "csv", "view": "all"}).status_code == 403
    assert "export-dialog" not in he.get("/customers/").content.decode()


def test_those_ticked_leave_alone_and_only_hers(bank, as_person):
    lin = as_person("lin")
    hers = [row.party.id for row in lin.get("/customers/", {"view": "mine"}).context["found"].rows][:3]
    other = as_person("chen").get("/customers/", {"view": "mine"}).context["found"].rows[0].party
    _head, *lines = exported(lin, view="mine", ids=",".join(map(str, [*hers, other.id])))
    assert len(lines) == 3 and other.name not in [line[0] for line in lines]


def test_a_workbook_has_days_and_amounts_and_says_what_it_is(as_person):
    answer = as_person("lin").post("/customers/export/", {"form": "xlsx", "view": "mine", "kind": "individual"})
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    head, *lines = book.get_sheet_by_index(0).to_python()
    since, aum = head.index("Customer since"), head.index("AUM, end of day")
    assert {type(line[since]) for line in lines if line[since] != ""} == {date}
    assert {type(line[aum]) for line in lines if line[aum] != ""} == {float}
    told = {label: text for label, text, *_rest in book.get_sheet_by_index(1).to_python()}
    assert told["Narrowed by"] == "Individuals" and "林知远" in str(told["Exported by"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        assert b'state="frozen"' in parts.read("xl/worksheets/sheet1.xml")


def test_excel_reads_its_chinese(as_person):
    content = as_person("lin").post("/customers/export/", {"form": "csv", "view": "mine"}).content
    assert content.startswith(b"\xef\xbb\xbf")
    assert not as_person("lin").post("/customers/export/", {"form": "csv_plain", "view": "mine"}).content.startswith(b"\xef\xbb\xbf")


@given(st.text())
def test_no_text_is_a_formula(text):
    written = as_text(text)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert written.removeprefix("'") == text.removeprefix("'")


def test_each_export_is_recorded_with_its_count_and_what_was_asked(bank, as_person):
    _head, *lines = exported(as_person("lin"), view="mine", kind="company")
    ((login, after),) = rows(bank, "select login, after from access_auditentry where act = 'customers.exported' order by id desc limit 1")
    assert login == "lin" and after["count"] == len(lines) and after["asked"]["kind"] == "company"


def test_a_large_one_is_made_in_the_background_and_fetched_by_whoever_asked_for_a_day(bank, as_person, monkeypatch):
    lin = as_person("lin")
    at_once = exported(lin, view="mine")
    monkeypatch.setattr(export_actions, "AT_ONCE", 2)
    monkeypatch.setattr("zhike.workspace.exporting.AT_A_TIME", 7)
    answer = lin.post("/customers/export/", {"form": "csv", "view": "mine"})
    assert answer.status_code == 302 and answer["Location"] == "/asked/"
    key = one(bank, "select max(id) from access_work where kind = 'workspace.export'")
    with bank.acting_as("job"):
        assert jobs.__doc__, "the worker finds what makes files in this module"
        perform(key)
    assert rows(bank, "select state, done_count = total_count from access_work where id = %s", key) == [("done", True)]
    path = export_actions.path_of(key, "csv")
    assert path.stat().st_mode & 0o777 == 0o600
    fetched = lin.get(f"/customers/exports/{key}/")
    assert cleaned(b"".join(fetched.streaming_content)) == at_once
    assert as_person("zhou").get(f"/customers/exports/{key}/").status_code == 404
    os.utime(path, (time.time() - 25 * 3600,) * 2)
    assert export_actions.clear() == 1
    assert lin.get(f"/customers/exports/{key}/").status_code == 404


def test_a_file_too_large_is_refused_in_words(as_person):
    with override_settings(EXPORT_MOST=2):
        page = as_person("lin").post("/customers/export/", {"form": "csv", "view": "mine"}, follow=True)
    assert "at most 2 customers" in page.content.decode()
