"""Rows without a customer number make prospects, unless they look like somebody; all of it goes when the import is taken back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from zhike.ingestion import importing
from zhike.ingestion.tests.importing import fingerprint, forget_imports
from zhike.ingestion.tests.test_a_table_is_brought_in_the_browser import brought, table, taken, would
from zhike.workspace.tests.books import book_of, one, rows

HEADS = ["客户号", "姓名", "手机", "证件号码", "性别", "生日", "联系须知", "标签"]
NEW = ["", "欧阳导入", "13800009001", "11010519491231002X", "女", "1949-12-31", "上午", "沙龙"]


@pytest.fixture
def lin(as_person: Any, bank: Any) -> Iterator[Any]:
    """林知远; what she brings and whom it makes goes when the test ends."""
    yield as_person("lin")
    forget_imports(bank)


def made(bank: Any) -> list[tuple[str, str]]:
    """Name and kind of the prospects that imports made and that are still there."""
    keys = "select jsonb_object_keys(created)::bigint from ingestion_import union all select jsonb_array_elements_text(stayed)::bigint from ingestion_import"
    return rows(bank, f"select name, kind from parties_party where id in ({keys}) order by id")


def counts(page: Any) -> dict[str, int]:
    return {name: count for name, count in page.context["outcome"].counts.items() if count}


def mapped(client: Any, address: str, heads: Sequence[str], **more: str) -> Any:
    """Ask for it otherwise, with its columns as they are; the page afterwards."""
    mapping = client.get(address).context["brought"].mapping
    assert client.post(address, {**{f"column_{n}": target for n, target in enumerate(mapping)}, **more}).status_code == 302, heads
    return client.get(address)


def workbook(lines: Sequence[Sequence[Any]]) -> SimpleUploadedFile:
    """The lines in a workbook, days and numbers as such."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("客户")
    for row, line in enumerate(lines):
        for column, cell in enumerate(line):
            sheet.write(row, column, cell)
    book.close()
    return SimpleUploadedFile("名单.xlsx", out.getvalue())


def test_a_row_without_a_number_becomes_a_prospect_in_her_book_as_the_form_would_make_her(bank, people, lin, as_person):
    before = fingerprint(bank)
    address = brought(lin, table([HEADS, NEW, ["", "知客测试科技有限公司", "028-85550001", "", "", "", "", ""]]))
    assert would(lin.get(address)) == {"create": 2} and fingerprint(bank) == before
    assert counts(taken(bank, lin, address)) == {"created": 2}
    assert made(bank) == [("欧阳导入", "individual"), ("知客测试科技有限公司", "company")]
    key = one(bank, "select id from parties_party where name = '欧阳导入'")
    page = lin.get(f"/customers/{key}/").content.decode()
    assert "138••••9001" in page and "13800009001" not in page
    for words in ("ouyang", "13800009001", "9001", "11010519491231002X"):
        assert f"/customers/{key}/" in lin.get("/customers/", {"q": words}).content.decode(), words
    assert as_person("chen").get(f"/customers/{key}/").status_code == 404
    assert as_person("zhou").get(f"/customers/{key}/").status_code == 200
    assert one(bank, "select rm_ids = array[main_rm_id] and unit_id = opening_unit_id from parties_party where id = %s", key)
    assert one(bank, "select \"values\" ->> 'contact_advice' from parties_declared where party_id = %s", key) == "上午"
    assert one(bank, "select count(*) from parties_tagging where party_id = %s", key) == 1
    entry = one(bank, "select after from access_auditentry where act = 'parties.prospects_added' order by id desc limit 1")
    assert entry["count"] == 2 and "13800009001" not in str(entry)
    assert lin.post(f"{address}undo/").status_code == 302
    assert fingerprint(bank) == before and made(bank) == []
    assert one(bank, "select count(*) from parties_declaredchange") == 0, "nothing is left hanging on nobody"


def test_a_manager_of_a_branch_makes_prospects_of_the_branch_in_nobodys_book(bank, people, lin, as_person):
    zhou = as_person("zhou")
    taken(bank, zhou, brought(zhou, table([HEADS, NEW])))
    assert one(bank, "select main_rm_id is null and rm_ids = '{}' and unit_id is not null from parties_party where name = '欧阳导入'")


@pytest.mark.parametrize(
    ("mode", "does"),
    [
        ("both", {"create": 1, "update": 1, "refuse": 1}),
        ("create", {"create": 1, "skip": 1, "refuse": 1}),
        ("update", {"update": 1, "refuse": 2}),
    ],
)
def test_the_mode_says_whether_rows_make_new_ones_change_known_ones_or_both(bank, people, lin, mode, does):
    known = book_of(bank, people, "lin")[0][2]
    lines = [HEADS, NEW, [known, "", "", "", "", "", "下午", ""], ["X0000", "王误", "", "", "", "", "", ""]]
    address = brought(lin, table(lines))
    assert would(mapped(lin, address, HEADS, mode=mode)) == does, "a number that nobody has makes nobody, whatever the mode"


@pytest.mark.parametrize(
    ("at", "text", "why"),
    [(1, "", "neither a customer number"), (2, "12", "not a telephone number"), (3, "110105194912310021", "not an ID number"), (4, "?", "not one of"), (5, "1949-02-30", "no such day")],
)  # fmt: skip
def test_a_cell_of_a_new_one_that_is_wrong_is_said_where_it_stands(bank, lin, at, text, why):
    line = [text if place == at else cell for place, cell in enumerate(NEW)]
    page = lin.get(brought(lin, table([HEADS, line])))
    assert would(page) == {"refuse": 1} and why in page.content.decode() and "zk-wrong-value" in page.content.decode()


def test_whoever_looks_like_a_customer_is_left_out_until_she_says_otherwise(bank, people, lin):
    (key, name, _no), (other, *_rest) = book_of(bank, people, "lin")[:2]
    theirs = next(called for _key, called, _number in book_of(bank, people, "chen") if rows(bank, "select 1 from parties_party where name = %s having count(*) = 1", called))  # fmt: skip
    lines = [HEADS, ["", name, "", "", "", "", "上午", ""], ["", theirs, "", "", "", "", "", ""], NEW]
    address = brought(lin, table(lines))
    page = lin.get(address)
    assert would(page) == {"skip": 1, "create": 2}, "another's customer is not told of"
    (row,) = page.context["doubtful"]
    assert (row.line, [one_.id for one_ in row.alike][:1]) == (2, [key]) and f"/customers/{key}/" in page.content.decode()
    assert would(mapped(lin, address, HEADS, answer_2="create")) == {"create": 3}
    assert would(mapped(lin, address, HEADS, answer_2=str(other))) == {"skip": 1, "create": 2}, "only somebody whom the row looks like"
    assert would(mapped(lin, address, HEADS, answer_2=str(key))) == {"update": 1, "create": 2}
    assert counts(taken(bank, lin, address)) == {"created": 2, "changed": 1}
    assert one(bank, "select \"values\" ->> 'contact_advice' from parties_declared where party_id = %s", key) == "上午"


def test_the_same_person_twice_in_a_file_is_made_once(bank, lin):
    again = ["", "欧阳二", "+86 138 0000 9001", "", "", "", "", ""]
    namesake = ["", "欧阳导入", "13800009777", "", "", "1980-01-01", "", ""]
    address = brought(lin, table([HEADS, NEW, again, namesake]))
    assert [(row.line, row.twin) for row in lin.get(address).context["doubtful"]] == [(3, 2)], "another phone and birthday: another person"
    assert counts(taken(bank, lin, address)) == {"created": 2, "skipped": 1}
    head, left = csv.reader(io.StringIO(lin.get(f"{address}rejects.csv").content.decode("utf-8-sig")))
    assert left[: len(again)] == [cell if cell[:1] != "+" else f"'{cell}" for cell in again] and "row above" in left[-1], head
    second = taken(bank, lin, brought(lin, table([HEADS, NEW, namesake])))
    assert counts(second) == {"skipped": 2}, "who was made is there the next time"
    key = one(bank, "select id from parties_party where name = '欧阳导入' order by id limit 1")
    assert f'href="/customers/{key}/"' in second.content.decode(), "and named in the result"


def test_a_prospect_of_her_own_is_filled_where_she_is_blank_and_empty_again_when_it_is_taken_back(bank, lin):
    taken(bank, lin, brought(lin, table([["姓名", "手机", "职业"], ["欧阳导入", "13800009001", "教师"]])))
    before = fingerprint(bank)
    heads = ["姓名", "手机", "职业", "生日", "邮箱"]
    address = brought(lin, table([heads, ["欧阳导入", "13800009002", "医生", "1980-05-06", "ouyang@example.cn"]]))
    assert would(lin.get(address)) == {"skip": 1} and would(mapped(lin, address, heads, alike="update")) == {"update": 1}
    assert counts(taken(bank, lin, address)) == {"changed": 1}
    asked = "select occupation, birth_date::text from parties_party where name = '欧阳导入'"
    points = "select c.value_masked from parties_contactpoint c join parties_party p on p.id = c.party_id where p.name = '欧阳导入' order by c.id"
    assert rows(bank, asked) == [("教师", "1980-05-06")], "never over what stands"
    assert rows(bank, points) == [("138••••9001",), ("o••••@example.cn",)]
    lin.post(f"{address}undo/")
    assert fingerprint(bank) == before


def test_a_prospect_with_whom_something_was_done_since_stays_and_is_named(bank, people, lin):
    address = brought(lin, table([HEADS, NEW, ["", "留下来的", "", "", "", "", "上午", "沙龙"], ["", "被修改的", "", "", "", "", "", ""]]))
    taken(bank, lin, address)
    keys = dict(rows(bank, "select name, id from parties_party where source = 'own'"))
    assert lin.post(f"/customers/{keys['留下来的']}/notes/", {"text": "见过面"}).status_code in (200, 204, 302)
    assert one(bank, "select count(*) from engagement_note where party_id = %s", keys["留下来的"]) == 1
    assert lin.post(f"/prospects/{keys['被修改的']}/", {"name": "被修改的", "occupation": "教师"}).status_code == 302
    page = lin.post(f"{address}undo/", follow=True).content.decode()
    assert sorted(name for name, _kind in made(bank)) == ["留下来的", "被修改的"]
    assert "留下来的" in page and f"/customers/{keys['被修改的']}/" in page and "2 prospects stay" in page
    assert one(bank, "select count(*) from parties_tagging") == 1, "who stays keeps what was written about her"


def test_an_import_is_taken_back_from_the_page_of_what_one_asked_for_too(bank, lin):
    before = fingerprint(bank)
    address = brought(lin, table([HEADS, NEW]))
    taken(bank, lin, address)
    assert f'action="{address}undo/"' in lin.get("/asked/").content.decode()
    lin.post(f"{address}undo/")
    assert f'action="{address}undo/"' not in lin.get("/asked/").content.decode() and fingerprint(bank) == before
    assert lin.post(f"{address}undo/").status_code == 409, "once"
    assert counts(taken(bank, lin, address)) == {"created": 1}, "and may be taken again"
    assert lin.post(f"{address}run/").status_code == 409, "but not twice"


def test_a_good_workbook_is_taken_with_its_days_and_long_numbers_as_they_are(bank, lin):
    lines: list[list[Any]] = [HEADS, [*NEW[:2], 13800009001, NEW[3], "F", datetime(1949, 12, 31), *NEW[6:]]]  # noqa: DTZ001 - cells of a workbook have no zone
    address = brought(lin, workbook(lines))
    assert counts(taken(bank, lin, address)) == {"created": 1}
    assert rows(bank, "select p.birth_date::text, p.sex, c.value_masked from parties_party p join parties_contactpoint c on c.party_id = p.id where p.name = '欧阳导入'") == [
        ("1949-12-31", "female", "138••••9001")
    ]  # fmt: skip


def test_opening_the_preview_again_examines_nothing(bank, lin):
    address = brought(lin, table([HEADS, *(["", f"新客{number}", "", "", "", "", "", ""] for number in range(300))]))
    with bank.connected("job") as job:
        job.execute("update ingestion_import set sealed = ''")
    assert would(lin.get(address)) == {"create": 300}, "the file itself is not opened for it"


def test_a_file_is_forgotten_after_the_days_the_bank_keeps_it_and_can_still_be_taken_back(bank, lin, settings):
    before = fingerprint(bank)
    address = brought(lin, table([HEADS, NEW]))
    taken(bank, lin, address)
    draft = brought(lin, table([HEADS, NEW]))
    now = datetime.now(UTC)
    with bank.acting_as("job"):
        assert importing.purge(at=now + timedelta(days=settings.IMPORT_DAYS - 1)) == 0
        assert importing.purge(at=now + timedelta(days=settings.IMPORT_DAYS + 1)) == 2
    assert rows(bank, "select distinct length(sealed), findings_sealed is null, rejects_sealed is null from ingestion_import") == [
        (0, True, True)
    ]
    assert lin.get(draft).status_code == 200 and lin.post(f"{draft}run/").status_code == 409
    assert lin.post(f"{address}undo/").status_code == 302 and fingerprint(bank) == before


def test_fields_that_are_not_for_a_kind_are_refused_row_by_row(bank, lin):
    heads = ["姓名", "Hobbies", "Family and next generation"]
    page = lin.get(brought(lin, table([heads, ["新客一", "Tea; Golf", "两个孩子"], ["新客有限公司", "Tea", ""], ["新客三", "Chess", ""]])))
    assert would(page) == {"create": 1, "refuse": 2}
    assert "not for this kind of customer" in page.content.decode() and "not one of the choices" in page.content.decode()
