"""What leaves the house says whose copy it is: to everybody who looks, and to `zhike audit whose` where somebody took that away."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from zhike.access.marks import KINDS, Mark, found_in
from zhike.core.paper import what_is_missing
from zhike.testing.databases import Bank
from zhike.testing.left_out import leave_out

AsPerson = Callable[[str], Client]


@given(st.integers(0, 2**40 - 1), st.integers(0, 2**32 - 1), st.sampled_from(KINDS))
def test_a_mark_says_who_when_and_what_printed_and_hidden(person: int, seconds: int, kind: str) -> None:
    made = Mark(person, datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), kind)  # type: ignore[arg-type]
    assert found_in(made.code.encode()) == [made]
    assert found_in(f"林{made.hidden}知远".encode()) == [made]
    assert re.fullmatch("[\u200b\u200c\u200d\u2060]{64}", made.hidden)


@given(st.binary(max_size=400))
def test_nothing_is_read_into_what_carries_no_mark(content: bytes) -> None:
    assert found_in(content) == [] if not content.startswith(b"PK") else True


def test_a_code_that_somebody_made_up_is_nobodys() -> None:
    assert found_in(b"ZK-" + b"A" * 26) == []


@pytest.mark.parametrize("form", ["csv", "csv_plain", "xlsx"])
def test_an_exported_file_leads_back_to_person_and_time(bank: Bank, as_person: AsPerson, tmp_path: Path, form: str) -> None:
    answer = as_person("lin").post("/customers/export/", {"form": form, "view": "mine"})
    file = tmp_path / "leaked"
    file.write_bytes(answer.content)
    assert "林知远 (lin)" in bank.zhike("audit", "whose", str(file))


def test_rows_cut_out_and_saved_anew_still_lead_back(as_person: AsPerson) -> None:
    text = as_person("lin").post("/customers/export/", {"form": "csv", "view": "mine"}).content.decode("utf-8-sig")
    _head, first, *_rest = csv.reader(io.StringIO(text))
    for encoding in ("utf-8", "utf-16"):
        (mark,) = found_in("\t".join(first).encode(encoding))
        assert mark.kind == "export"


def test_a_workbook_without_its_second_sheet_and_properties_still_leads_back(as_person: AsPerson) -> None:
    content = as_person("lin").post("/customers/export/", {"form": "xlsx", "view": "mine"}).content
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"ZhikeMark" in parts.read("docProps/custom.xml")
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert b"Exported by" in sheet, "whose copy it is stands in the footer of what is printed"
    (mark,) = found_in(re.sub(rb"<headerFooter>.*?</headerFooter>", b"", sheet))
    assert mark.kind == "export"


def test_a_printed_brief_says_whose_it_is(bank: Bank, as_person: AsPerson) -> None:
    lin = as_person("lin")
    party = _customer(bank)
    page = lin.get(f"/customers/{party}/brief/").content
    (mark,) = found_in(page)
    assert mark.kind == "print"
    assert page.decode().count("林知远 lin ") >= 12
    if what_is_missing():
        leave_out(what_is_missing())
    (mark,) = found_in(lin.get(f"/customers/{party}/brief.pdf").content)
    assert mark.kind == "pdf"


def test_a_file_without_a_mark_is_nobodys(bank: Bank, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n", encoding="utf-8")
    done = bank.run.zhike(bank.name, "audit", "whose", str(file))
    assert done.returncode == 1
    assert "No mark" in done.stdout


def _customer(bank: Bank) -> int:
    with bank.connected("job") as job:
        row = job.execute(
            "select p.id from parties_party p join access_employee e on e.id = p.main_rm_id join access_person s on s.employee_id = e.id"
            " where s.login = 'lin' order by p.id limit 1"
        ).fetchone()
    assert row is not None
    return int(row[0])
