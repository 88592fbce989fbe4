"""What leaves the house says whose copy it is: to everybody who looks, and to `zhike audit whose` where somebody took that away."""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from zhike.access.marks import KINDS, Mark, found_in
from zhike.access.woven import Weave, threads_in
from zhike.core.paper import what_is_missing
from zhike.testing.databases import Bank
from zhike.testing.left_out import leave_out

AsPerson = Callable[[str], Client]


@given(st.integers(0, 2**40 - 1), st.integers(0, 2**32 - 1), st.sampled_from(KINDS))
def test_a_mark_says_who_when_and_what_also_where_earlier_exports_hid_it(person: int, seconds: int, kind: str) -> None:
    made = Mark(person, datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), kind)  # type: ignore[arg-type]
    assert found_in(made.code.encode()) == [made]
    hidden = "".join("\u200b\u200c\u200d\u2060"[byte >> shift & 3] for byte in made.block() for shift in (6, 4, 2, 0))
    assert found_in(f"林{hidden}知远".encode()) == [made]


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


def test_nothing_in_a_short_file_speaks_against_its_mark_its_heads_neither(bank: Bank, as_person: AsPerson) -> None:
    content = as_person("lin").post("/customers/export/", {"form": "csv", "view": "mine"}).content
    [mark] = found_in(content)
    threads = threads_in(content.rstrip().rpartition(b"\r\n")[0])  # without the line that tells the mark
    assert "Customer" in threads
    assert {text for text, way in threads.items() if Weave(mark)(text) != way} == set()


@pytest.mark.parametrize("form", ["csv", "csv_plain", "xlsx"])
def test_no_value_is_other_than_on_the_page_so_that_joins_hold(as_person: AsPerson, form: str) -> None:
    lin = as_person("lin")
    names = {row.party.name for row in lin.get("/customers/", {"view": "mine"}).context["found"].rows}
    content = lin.post("/customers/export/", {"form": form, "view": "mine"}).content
    if form == "xlsx":
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            lines = [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    else:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert names <= {line[0] for line in lines}
    assert not re.search("[\u200b-\u200f\u2060-\u2064\ufeff]", "".join(cell for line in lines for cell in line))


def _leads_back(bank: Bank, file: Path, content: bytes) -> str:
    file.write_bytes(content)
    return bank.run.zhike(bank.name, "audit", "whose", str(file)).stdout


def test_rows_of_a_csv_sorted_and_cut_out_still_lead_back(bank: Bank, as_person: AsPerson, tmp_path: Path) -> None:
    """Without its head and its last line, every second row, in another order, some of the columns, in another encoding."""
    lines = as_person("su").post("/customers/export/", {"form": "csv", "view": "all"}).content.decode("utf-8-sig").split("\r\n")[1:-2]
    assert len(lines) > 60
    kept = sorted(lines[::2], reverse=True)
    for encoding in ("utf-8", "utf-16"):
        assert "(su)" in _leads_back(bank, tmp_path / "leaked.csv", "\n".join(kept).encode(encoding))
    others = [line.replace('"', "") for line in kept]
    assert "No mark" in _leads_back(bank, tmp_path / "leaked.csv", "\n".join(others).encode()), (
        "whoever takes the quotation marks out takes the mark"
    )


def test_a_workbook_saved_anew_without_footer_properties_and_second_sheet_still_leads_back(
    bank: Bank, as_person: AsPerson, tmp_path: Path
) -> None:
    content = as_person("su").post("/customers/export/", {"form": "xlsx", "view": "all"}).content
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"ZhikeMark" in parts.read("docProps/custom.xml")
        assert b"Exported by" in parts.read("xl/worksheets/sheet1.xml"), "whose copy it is stands in the footer of what is printed"
    saved = _saved_anew(content)
    assert found_in(saved) == []
    assert "(su)" in _leads_back(bank, tmp_path / "leaked.xlsx", saved)


def _saved_anew(content: bytes) -> bytes:
    """As a spreadsheet saves it: texts in a list of their own; without footer, properties and the sheet about the file, every second row gone."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet, styles = parts.read("xl/worksheets/sheet1.xml").decode(), parts.read("xl/styles.xml")
    texts: list[str] = []

    def shared(found: re.Match[str]) -> str:
        texts.append(found[2])
        return f'<c{found[1]} t="s"><v>{len(texts) - 1}</v></c>'

    sheet = re.sub(
        r'<c([^>]*?) t="inlineStr"><is><t[^>]*>(.*?)</t></is></c>', shared, re.sub(r"<headerFooter>.*?</headerFooter>", "", sheet)
    )
    rows = re.findall(r"<row .*?</row>", sheet, re.DOTALL)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as out:
        out.writestr("xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{''.join(rows[1::2])}</sheetData></worksheet>")
        out.writestr("xl/sharedStrings.xml", f"<sst>{''.join(f'<si><t>{text}</t></si>' for text in texts)}</sst>")
        out.writestr("xl/styles.xml", styles)
    return held.getvalue()


def test_a_file_of_somebody_elses_making_fits_nobody(bank: Bank, as_person: AsPerson, tmp_path: Path) -> None:
    as_person("lin").post("/customers/export/", {"form": "csv", "view": "mine"})
    for number in range(2):
        chance = random.Random(number)  # noqa: S311 - of a test
        lines = [
            ",".join(f'"客户{chance.random()}"' if chance.random() < 0.5 else f"客户{chance.random()}" for _ in range(3))
            for _ in range(200)
        ]
        assert "No mark" in _leads_back(bank, tmp_path / "other.csv", "\n".join(lines).encode())


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
