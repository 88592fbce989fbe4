"""Somebody brings one table in the browser: it is guessed, looked at, taken in the background, and taken back as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from zhike.access.work import perform
from zhike.ingestion import jobs
from zhike.ingestion.tests.importing import fingerprint, more_customers
from zhike.workspace.tests.books import book_of, one, rows

MANY = 5000


@pytest.fixture
def lin(as_person: Any, bank: Any) -> Iterator[Any]:
    """林知远; what she brings goes when the test ends."""
    yield as_person("lin")
    with bank.connected("job") as job:
        for table in ("ingestion_import", "parties_tagging", "parties_tag", "parties_declaredchange", "parties_declared"):
            job.execute(f"delete from {table}")


def table(lines: Sequence[Sequence[str]], *, encoding: str = "utf-8") -> SimpleUploadedFile:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return SimpleUploadedFile("沙龙.csv", out.getvalue().encode(encoding))


def brought(client: Any, file: SimpleUploadedFile) -> str:
    """The address of its page."""
    answer = client.post("/imports/", {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def taken(bank: Any, client: Any, address: str) -> Any:
    """Take it as the worker does; the page afterwards."""
    assert client.post(f"{address}run/").status_code == 302
    with bank.acting_as("job"):
        assert jobs.__doc__, "the worker finds what takes imports in this module"
        perform(one(bank, "select max(id) from access_work where kind = 'ingestion.import'"))
    assert rows(bank, "select state, error from access_work order by id desc limit 1") == [("done", "")]
    return client.get(address)


def would(page: Any) -> dict[str, int]:
    """How many rows would do what."""
    return dict(page.context["findings"].counts)


def counts(page: Any) -> tuple[int, int, int]:
    """Changed, known already, refused."""
    found = page.context["brought"]
    return found.count_changed, found.count_unchanged, found.count_rejected


@pytest.fixture
def many(bank: Any, people: Any) -> Iterator[list[str]]:
    """Numbers of 5,000 more customers of hers, for as long as a test lasts."""
    with more_customers(bank, people, "lin", MANY) as numbers:
        yield numbers


def lines_with_faults(numbers: Sequence[str]) -> list[list[str]]:
    """5,000 rows of which each hundredth is wrong, in one of five ways in turn."""
    lines = [[number, "morning", f"第{place}次", "沙龙"] for place, number in enumerate(numbers)]
    wrong = ((0, "none"), (0, ""), (0, numbers[0]), (2, "x" * 5000), (3, "y" * 50))
    for turn, place in enumerate(range(99, len(lines), 100)):
        column, text = wrong[turn % len(wrong)]
        lines[place][column] = text
    return [["客户号", "备注列", "联系须知", "标签"], *lines]


def test_five_thousand_rows_with_fifty_wrong_ones_are_taken_refused_known_again_and_taken_back(bank, people, lin, many):
    before = fingerprint(bank)
    lines = lines_with_faults(many)
    address = brought(lin, table(lines, encoding="gb18030"))
    page = lin.get(address)
    assert page.context["brought"].mapping == ["customer_no", "", "contact_advice", "tags"]
    assert would(page) == {"update": 4950, "refuse": 50} and fingerprint(bank) == before, "nothing is changed by looking"
    assert counts(taken(bank, lin, address)) == (4950, 0, 50)
    assert one(bank, "select count(*) from parties_declared where starts_with(\"values\" ->> 'contact_advice', '第')") == 4950
    assert one(bank, "select count(*) from parties_tagging g join parties_tag t on t.id = g.tag_id where t.name = '沙龙'") == 4950

    head, *refused = csv.reader(io.StringIO(lin.get(f"{address}rejects.csv").content.decode("utf-8-sig")))
    assert head[:4] == lines[0] and [row[:4] for row in refused] == lines[100::100]
    assert [int(row[4]) for row in refused] == list(range(101, 5002, 100)) and all(row[5] for row in refused)

    again = brought(lin, table(lines))
    assert counts(taken(bank, lin, again)) == (0, 4950, 50)
    assert lin.post(f"{address}undo/").status_code == 302
    assert fingerprint(bank) == before
    assert lin.post(f"{address}undo/").status_code == 409, "once"


def test_what_somebody_changed_since_stays_as_she_left_it(bank, people, lin):
    (first, _name, number), (other, _other, second) = book_of(bank, people, "lin")[:2]
    address = brought(lin, table([["Customer number", "contact_advice"], [number, "mornings"], [second, "mornings"]]))
    taken(bank, lin, address)
    version = one(bank, "select version from parties_declared where party_id = %s", first)
    changed = {"version": str(version), "has": "contact_advice", "v-contact_advice": "evenings"}
    assert lin.post(f"/customers/{first}/known/", changed).status_code == 302
    lin.post(f"{address}undo/")
    kept = 'select party_id, "values" from parties_declared where "values" <> \'{}\' and party_id in (%s, %s)'
    assert rows(bank, kept, first, other) == [(first, {"contact_advice": "evenings"})]


def test_a_colleagues_customers_are_refused_as_if_they_were_not_there(bank, people, lin, as_person):
    theirs, hers = book_of(bank, people, "chen")[0], book_of(bank, people, "lin")[0]
    address = brought(lin, table([["客户号", "标签"], [theirs[2], "沙龙"], [hers[2], "沙龙"]]))
    assert counts(taken(bank, lin, address)) == (1, 0, 1)
    assert rows(bank, "select party_id from parties_tagging where party_id in (%s, %s)", theirs[0], hers[0]) == [(hers[0],)]
    assert as_person("chen").get(address).status_code == 404, "what she brought is hers alone"


def test_who_may_not_import_is_not_offered_it(as_person):
    for login in ("he", "su", "gao"):
        client = as_person(login)
        assert client.get("/imports/").status_code == 403
        assert 'href="/imports/"' not in client.get("/customers/").content.decode()


@pytest.mark.parametrize("content", [b"", b"only,heads\n", b"\x00\x01\x02not a table", b"PK\x03\x04broken"])
def test_a_file_that_is_no_table_is_refused_in_words(lin, content):
    answer = lin.post("/imports/", {"file": SimpleUploadedFile("a.csv", content)})
    assert answer.status_code == 400 and 'role="alert"' in answer.content.decode()


def test_a_column_that_is_mapped_otherwise_is_remembered_the_next_time(bank, people, lin):
    lines = [["号", "怎么联系"], [book_of(bank, people, "lin")[0][2], "上午"]]
    address = brought(lin, table(lines))
    assert would(lin.get(address)) == {"refuse": 1}
    lin.post(address, {"column_0": "customer_no", "column_1": "contact_advice"})
    assert would(lin.get(address)) == {"update": 1}
    taken(bank, lin, address)
    assert lin.get(brought(lin, table(lines))).context["brought"].mapping == ["customer_no", "contact_advice"]
