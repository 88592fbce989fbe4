"""Each thing that goes wrong with a bank's files is named, with its line, and the rest is taken."""

from datetime import date

import pytest

from zhike.ingestion.preparing import prepare_landed
from zhike.ingestion.tests.delivering import StandInSealer, opened, prepared_files
from zhike.insight import warehouse

LAYOUT = """
source = "core"
[defaults]
encoding = "gbk"
delimiter = "|+|"
quote = ""
missing = ["NULL"]
[files.client]
path = "client.txt"
[control]
path = "*.OK"
form = "lines"
[[feed]]
feed = "parties"
from = "client"
[feed.fields]
party_key = { column = "客户号", strip = ["CIF"] }
name = "名称"
kind = { column = "类型", map = { "1" = "individual", "2" = "company" } }
birth_date = { column = "生日", dates = ["%Y%m%d", "%Y/%m/%d"] }
registered_capital = { column = "资本", decimal = ",", thousands = "." }
[[feed]]
feed = "identifiers"
from = "client"
[feed.fields]
party_key = { column = "客户号", strip = ["CIF"] }
id_type = { value = "resident_id" }
id_no = "证件"
"""
HEADER = "客户号|+|名称|+|类型|+|生日|+|资本|+|证件"


def row(number: int, **other: str) -> str:
    values = {
        "客户号": f"CIF{number}",
        "名称": f"客户{number}",
        "类型": "1",
        "生日": "19800229",
        "资本": "1.234,50",
        "证件": "11010519491231002X",
        **other,
    }
    return "|+|".join(values.values())


def test_a_gbk_file_whose_control_count_is_wrong_by_one(tmp_path):
    lines = [HEADER, *(row(number) for number in range(1, 11))]
    asked = prepared_files(tmp_path, LAYOUT, {"client.txt": ("\r\n".join(lines) + "\r\n").encode("gbk"), "20260131.OK": b"client.txt 11\n"})
    assert asked.failed() == {"rows:client.txt": ("11", "10")}
    assert asked.prepared.feeds["parties"].count_good == 10
    assert asked.rows("select party_key, name, birth_date, registered_capital::varchar from parties_good order by _line limit 1") == [
        ("1", "客户1", date(1980, 2, 29), "1234.50")
    ]


def test_a_missing_control_file_is_said(tmp_path):
    asked = prepared_files(tmp_path, LAYOUT, {"client.txt": f"{HEADER}\n{row(1)}\n".encode("gbk")})
    assert asked.failed() == {"control:*.OK": ("present", "missing")}


def test_a_cut_last_line_a_second_header_and_lines_without_number(tmp_path):
    lines = [HEADER, row(1), "", HEADER, row(2), row(3)[:14]]
    asked = prepared_files(tmp_path, LAYOUT, {"client.txt": "\n".join(lines).encode("gbk"), "x.OK": b"client 4"})
    found = asked.rows("select line, reason from rejects where feed = 'parties' order by line")
    assert found == [(4, "repeated_header"), (6, "cut_line")]
    feed = asked.prepared.feeds["parties"]
    assert (feed.count_in, feed.count_good, feed.count_rejected) == (4, 2, 2)
    assert asked.rows("select party_key, _line from parties_good order by 2") == [("1", 2), ("2", 5)]
    assert asked.failed() == {}


def test_a_file_cut_inside_a_character_is_read_up_to_there(tmp_path):
    content = "\n".join([HEADER, row(1), row(2)]).encode("gbk")
    inside = content.rindex("客户".encode("gbk")) + 1
    asked = prepared_files(tmp_path, LAYOUT, {"client.txt": content[:inside], "x.OK": b"client.txt 2"})
    assert asked.rows("select line, reason from rejects where feed = 'parties'") == [(3, "bad_encoding")]
    feed = asked.prepared.feeds["parties"]
    assert (feed.count_in, feed.count_good, feed.count_rejected) == (2, 1, 1)


BREAKS = {
    "bad_encoding": lambda n: row(n).encode("gbk").replace("客户".encode("gbk"), b"\xff\xff"),
    "bad_character": lambda n: row(n, 名称="a\0b").encode("gbk"),
    "wrong_column_count": lambda n: row(n).encode("gbk") + b"|+|more",
    "repeated_header": lambda n: HEADER.encode("gbk"),
    "missing_value": lambda n: row(n, 名称="NULL").encode("gbk"),
    "bad_date": lambda n: row(n, 生日="19810229").encode("gbk"),
    "bad_number": lambda n: row(n, 资本="12,34,5").encode("gbk"),
    "unknown_code": lambda n: row(n, 类型="9").encode("gbk"),
    "future_date": lambda n: row(n, 生日="2026/02/01").encode("gbk"),
    "duplicate_key": lambda n: row(1).encode("gbk"),
}


@pytest.fixture(scope="module")
def thousand_broken(tmp_path_factory: pytest.TempPathFactory):
    lines, broken = [HEADER.encode("gbk")], {}
    reasons = list(BREAKS)
    for number in range(1, 100_001):
        if number % 100 == 50:
            reason = reasons[number // 100 % 10]
            broken[number + 1] = reason
            lines.append(BREAKS[reason](number))
        else:
            lines.append(row(number).encode("gbk"))
    files = {"client.txt": b"\n".join(lines) + b"\n", "d.OK": b"client.txt 100000"}
    return prepared_files(tmp_path_factory.mktemp("broken"), LAYOUT, files), broken, lines


def test_a_thousand_broken_rows_of_ten_kinds_are_each_named_and_the_rest_is_good(thousand_broken):
    asked, broken, _ = thousand_broken
    assert dict(asked.rows("select line, reason from rejects where feed = 'parties'")) == broken
    feed = asked.prepared.feeds["parties"]
    assert (feed.count_in, feed.count_good, feed.count_rejected) == (100_000, 99_000, 1_000)
    assert asked.failed() == {}


def test_a_reject_keeps_its_whole_line_sealed(thousand_broken):
    asked, broken, lines = thousand_broken
    for line, reason in list(broken.items())[:10]:
        sealed = asked.one(f"select row_sealed from rejects where feed = 'parties' and line = {line}")
        expected = lines[line - 1].decode("gbk", errors="backslashreplace")
        assert reason == "bad_encoding" or opened(sealed) == expected.replace("NULL", "NULL")


def test_rejects_are_the_same_from_what_has_landed(thousand_broken):
    asked, broken, _ = thousand_broken
    con = warehouse.connect(threads=2)
    again = prepare_landed(con, asked.layout, asked.landing, asked.prepared.batch_date, StandInSealer())
    assert dict(con.execute("select line, reason from rejects where feed = 'parties'").fetchall()) == broken
    assert con.execute("select count(*) from rejects where row_sealed is null").fetchall() == [(0,)]
    assert {name: feed.count_rejected for name, feed in again.feeds.items()} == {
        name: feed.count_rejected for name, feed in asked.prepared.feeds.items()
    }


def test_other_content_under_the_same_key_is_another_reason(tmp_path):
    lines = [HEADER, row(1), row(1), row(1, 名称="别人")]
    asked = prepared_files(tmp_path, LAYOUT, {"client.txt": "\n".join(lines).encode("gbk"), "d.OK": b"client.txt 3"})
    assert asked.rows("select line, reason from rejects where feed = 'parties' order by 1") == [
        (3, "duplicate_key"),
        (4, "conflicting_key"),
    ]
    assert asked.rows("select name from parties_good") == [("客户1",)]


def test_an_impossible_identity_number_is_rejected_and_shown_masked(tmp_path):
    asked = prepared_files(
        tmp_path, LAYOUT, {"client.txt": "\n".join([HEADER, row(1, 证件="110105194912310021")]).encode("gbk"), "d.OK": b"client 1"}
    )
    assert asked.rows("select feed, field, reason, severity, value_masked from rejects") == [
        ("identifiers", "id_no", "invalid_id", "reject", "••21")
    ]


def test_a_layout_may_make_a_reason_a_warning(tmp_path):
    layout = LAYOUT + '[severity]\ninvalid_id = "warning"\n'
    asked = prepared_files(tmp_path, layout, {"client.txt": "\n".join([HEADER, row(1, 证件="1")]).encode("gbk"), "d.OK": b"client 1"})
    assert asked.rows("select reason, severity from rejects") == [("invalid_id", "warning")]
    assert asked.prepared.feeds["identifiers"].count_good == 1


def test_forbidden_columns_never_land(tmp_path):
    layout = LAYOUT.replace('[control]\npath = "*.OK"\nform = "lines"\n', "")
    asked = prepared_files(tmp_path, layout, {"client.txt": f"{HEADER}|+|CVV2\n{row(1)}|+|987\n".encode("gbk")})
    assert asked.failed() == {"forbidden_columns:client": ("none", "CVV2")}
    assert b"987" not in b"".join(path.read_bytes() for path in asked.landing.iterdir())


def test_columns_that_nobody_takes_and_columns_that_are_not_there_are_named(tmp_path):
    header, line = HEADER.replace("|+|生日", "|+|备注"), row(1)
    asked = prepared_files(tmp_path, LAYOUT, {"client.txt": f"{header}\n{line}\n".encode("gbk"), "d.OK": b"client 1"})
    assert asked.failed() == {"unmapped_columns:client": ("", "备注"), "missing_columns:client": ("生日", "")}
    assert asked.prepared.feeds["parties"].count_good == 1
