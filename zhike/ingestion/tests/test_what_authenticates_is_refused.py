"""CVV, PIN and track data in any column of any feed: the row is refused, nothing of the value is kept (R30)."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from zhike.access.screening import MAY_HOLD_NUMBERS, MAY_HOLD_SECRETS, screened
from zhike.ingestion.checking import check_feed
from zhike.ingestion.feeds import FEEDS, Feed
from zhike.ingestion.landing import land_feed
from zhike.ingestion.mapping import name, text
from zhike.ingestion.records import SUBSTITUTE
from zhike.ingestion.tests.delivering import StandInSealer, prepared_files
from zhike.ingestion.uploads import UploadRefused, read_sheet
from zhike.insight import warehouse

SECRETS = {
    "CVV": ("卡背 CVV2: 739", "739"),
    "PIN": ("PIN 480213", "480213"),
    "密码": ("交易密码为Hx7391k", "Hx7391k"),
    "track 1": ("%B6222021234567894^LIN/ZHIYUAN^28121010000000739?", "28121010000000739"),
    "track 2": (";6222021234567894=28121010000000739?", "28121010000000739"),
}


def landed(feed: Feed, values: dict[str, str], folder: Path) -> tuple[dict[str, str], bytes]:
    """What becomes of one row with these values: field → reason of its faults, and all that landed as bytes."""
    con = warehouse.connect(threads=1, temp=folder / "spill")
    columns = ", ".join(f"{text(values[f.name]) if f.name in values else 'null'}::varchar as {name(f.name)}" for f in feed.fields)
    path = folder / f"{feed.name}.parquet"
    land_feed(con, feed, f"select {columns}, 'f.txt' as _file, 1::bigint as _line", path, StandInSealer())
    checked = check_feed(con, feed, path, date(2026, 1, 31), {}, feed.name)
    said = con.execute(f"select field, reason, value_masked from {checked.faults}").fetchall()
    assert checked.count_good == 0
    whole = repr(pq.read_table(path).to_pylist()) + repr(said)
    return {field: reason for field, reason, _ in said if reason == "authentication_data"}, whole.encode()


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_a_row_with_what_authenticates_is_refused_in_every_column_of_every_feed(feed: Feed, secret: str, tmp_path: Path) -> None:
    said, value = SECRETS[secret]
    for mark in ("", chr(SUBSTITUTE)):  # what a layout could not make sense of arrives marked
        faults, whole = landed(feed, {f.name: said if f.seal else mark + said for f in feed.fields}, tmp_path / f"{len(mark)}")
        assert faults == dict.fromkeys(feed.by_name, "authentication_data")
        assert value.encode() not in whole and bytes(byte ^ 90 for byte in value.encode()) not in whole


LAYOUT = """
source = "core"
[files.p]
path = "p.csv"
[[feed]]
feed = "parties"
from = "p"
fields = { party_key = "no", name = "name", kind = { value = "individual" }, occupation = "job" }
"""


def test_neither_the_line_nor_a_broken_line_with_a_password_is_kept_even_sealed(tmp_path: Path) -> None:
    content = "no,name,job\n1,林知远,店主 CVV 739\n2,陈思,教师\n3,周敏,密码 480213,too,many\n4,,司机\n".encode()
    asked = prepared_files(tmp_path, LAYOUT, {"p.csv": content})
    assert asked.reasons() == {"authentication_data": 1, "wrong_column_count": 1, "missing_value": 1}
    kept = dict(asked.rows("select line, row_sealed is not null from rejects"))
    assert kept == {2: False, 4: False, 5: True}
    assert asked.prepared.feeds["parties"].count_good == 1
    files = b"".join(path.read_bytes() for path in asked.landing.rglob("*") if path.is_file())
    assert b"739" not in files and b"480213" not in files


def test_a_number_that_slipped_into_a_text_lands_masked_and_its_row_is_loaded(tmp_path: Path) -> None:
    numbers = {"13812346209": "138••••6209", "11010519491231002X": "110••••002X", "6222021234567894": "622202••••7894"}
    lines = [f"{at},客户{at},转给{number}的" for at, number in enumerate(numbers, start=1)]
    asked = prepared_files(tmp_path, LAYOUT, {"p.csv": "\n".join(["no,name,job", *lines, ""]).encode()})
    assert asked.reasons() == {}
    assert [row[0] for row in asked.rows("select occupation from parties_good order by _line")] == [
        f"转给{mask}的" for mask in numbers.values()
    ]
    whole = repr(pq.read_table(asked.landing / "parties.parquet").to_pylist())
    assert [number for number in numbers if number in whole] == []


@pytest.mark.parametrize(
    "harmless", ["Pinnacle2026有限公司", "shopping2026", "密码器工本费", "expo2026", "工资 202601", "export 12/2026 报关", "动态 100"]
)
def test_ordinary_words_are_no_secrets(harmless: str) -> None:
    assert screened(harmless, phones=True).found == ()


@pytest.mark.parametrize("said", [said for said, _ in SECRETS.values()] + ["有效期至 12/28", "验证码 4821", "password: a1b2c3", "cvn2=123"])
def test_the_engine_looks_at_whatever_the_rule_would_find(said: str) -> None:
    con = warehouse.connect(threads=1)
    assert "secret" in screened(said).found
    for pattern in (MAY_HOLD_SECRETS, MAY_HOLD_NUMBERS):
        assert con.execute(f"select regexp_matches(?, {text(pattern)})", [f"某人的 {said}。"]).fetchone() == (True,)


def test_a_table_brought_in_the_browser_keeps_no_cvv_and_no_pin() -> None:
    sheet = read_sheet("客户.csv", "客户号,姓名,CVV2,备注\n1,林知远,739,交易密码 480213 已告知\n2,陈思,740,\n".encode())
    assert [list(cells) for _, cells in sheet.lines] == [["1", "林知远", "", "交易密码 •••• 已告知"], ["2", "陈思", "", ""]]


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read() -> None:
    held = io.BytesIO()
    with (
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(320):
            part.write(bytes(1_000_000))
    assert len(held.getvalue()) < 1_000_000
    with pytest.raises(UploadRefused, match="too_large"):
        read_sheet("bomb.xlsx", held.getvalue())
