"""A draft made by looking at sample files parses, and recognises what is plain to see."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from zhike.ingestion.drafting import draft, guess_delimiter, guess_encoding
from zhike.ingestion.layout_reading import load_layout, parse_layout
from zhike.ingestion.tests.delivering import prepared_files, prepared_from, real_data


@pytest.mark.realdata
def test_a_draft_from_the_czech_bank_knows_its_feeds_and_keys():
    layout = parse_layout(draft([real_data("berka")]))
    keys = {entry.feed: entry.fields[next(iter(entry.fields))].column for entry in layout.feeds}
    assert keys == {
        "accounts": "account_id", "cards": "card_id", "parties": "client_id", "account_roles": "disp_id", "loans": "loan_id", "standing_orders": "order_id", "transactions": "trans_id",
    }  # fmt: skip
    roles = next(entry for entry in layout.feeds if entry.feed == "account_roles").fields
    assert (roles["account_key"].column, roles["party_key"].column) == ("account_id", "client_id")
    assert layout.files["trans"].delimiter == ";" and layout.files["card"].dates == ("%y%m%d %H:%M:%S",)


@pytest.mark.realdata
def test_a_draft_from_payments_parses_and_names_both_sides():
    layout = parse_layout(draft([real_data("amlsim") / "nodes.csv", real_data("amlsim") / "transactions.csv.gz"]))
    payments = next(entry for entry in layout.feeds if entry.feed == "transactions").fields
    assert (payments["account_key"].column, payments["counterparty_account"].column, payments["amount"].column) == (
        "sourceNodeId",
        "targetNodeId",
        "value",
    )


@pytest.mark.realdata
@pytest.mark.parametrize(
    "folder", ["bank_churn", "bank_marketing", "credit_default", "cfpb_complaints", "hillstrom", "cdnow", "zh_bank_reviews"]
)
def test_a_draft_from_anything_parses(folder):
    assert parse_layout(draft([real_data(folder)])).source == folder


@pytest.mark.realdata
def test_the_finished_layout_loads_payments_as_two_postings_each(tmp_path):
    layout = load_layout(Path(__file__).with_name("layouts") / "amlsim.toml")
    asked = prepared_from(real_data("amlsim"), layout, tmp_path / "landing")
    assert {name: (feed.count_in, feed.count_rejected) for name, feed in asked.prepared.feeds.items()} == {
        "parties": (20_000, 0), "accounts": (20_000, 0), "balances": (20_000, 0), "transactions": (241_116, 0),
    }  # fmt: skip
    assert dict(asked.rows("select direction, count(*) from transactions_good group by 1")) == {"debit": 120_558, "credit": 120_558}
    assert asked.one("select sum(case direction when 'credit' then amount else -amount end) from transactions_good") == Decimal(0)


def test_a_chinese_file_with_a_long_delimiter_is_recognised_and_its_draft_loads(tmp_path):
    rows = "\r\n".join(f"C{number}|+|客户{number}|+|2020-01-0{number}|+|1|+|623" for number in range(1, 10))
    content = f"客户号|+|名称|+|出生日期|+|标志|+|CVV2\r\n{rows}\r\n".encode("gbk")
    (tmp_path / "客户信息_20260131.txt").write_bytes(content)
    text = draft([tmp_path], "core")
    layout = parse_layout(text)
    form = next(iter(layout.files.values()))
    assert (form.encoding, form.delimiter, form.quote) == ("gbk", "|+|", "")
    assert "623" not in text and "C1" not in text
    asked = prepared_files(tmp_path / "again", layout, {"客户信息_20260131.txt": content})
    assert asked.rows("select party_key, name, birth_date from parties_good order by 1 limit 1") == [("C1", "客户1", date(2020, 1, 1))]


def test_encodings_are_told_apart():
    chinese = "姓名,地址\n张三丰,北京市朝阳区建国路一号\n李四,上海市浦东新区\n"
    assert [guess_encoding(chinese.encode(one)) for one in ("utf-8", "utf-8-sig", "gbk")] == ["utf-8", "utf-8-sig", "gbk"]
    assert guess_encoding("姓名\n㐂𠮷朝阳区建国路张三丰李四王五\n".encode("gb18030")) == "gb18030"
    assert guess_encoding(b"name;town\nanna;vienna\n") == "utf-8"


def test_delimiters_are_told_apart():
    assert guess_delimiter(["a|+|b|+|c", "1|+|2,5|+|3"]) == "|+|"
    assert guess_delimiter(["a;b;c", '1;"x, y";3']) == ";"
    assert guess_delimiter(["a\tb", "1\t2"]) == "\t"
