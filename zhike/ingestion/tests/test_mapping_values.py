"""What a layout can say about values: dates, numbers, signs, codes, prefixes, look-ups, constants, several feeds from one file."""

import gzip
import io
import itertools
import zipfile
from datetime import date
from decimal import Decimal

from zhike.ingestion.tests.delivering import prepared_files

HEAD = 'source = "core"\n'
POSTINGS = (
    HEAD
    + """
[files.journal]
path = "journal.csv"
%s
[[feed]]
feed = "transactions"
from = "journal"
[feed.fields]
transaction_key = "id"
account_key = "account"
booking_date = { column = "day", dates = ["%%d.%%m.%%Y", "%%Y%%m%%d"] }
amount = { column = "amount", %s }
currency = { value = "CNY" }
direction = { column = "dc", map = { D = "debit", C = "credit" } }
"""
)


def amounts(tmp_path, how: str, lines: list[str], file: str = "") -> list:
    content = "id,account,day,amount,dc\n" + "\n".join(lines)
    asked = prepared_files(tmp_path, POSTINGS % (file, how), {"journal.csv": content.encode()})
    return asked.rows("select transaction_key, booking_date, amount from transactions_good order by 1") + asked.rows(
        "select line, reason, value_masked from rejects order by 1"
    )


def test_decimal_comma_and_thousands(tmp_path):
    found = amounts(
        tmp_path, 'decimal = ",", thousands = "."', ['1,a,31.01.2026,"1.234.567,89",D', "2,a,20260130,12.5,D", '3,a,20260130,"0,5",D']
    )
    assert found == [("1", date(2026, 1, 31), Decimal("1234567.89")), ("3", date(2026, 1, 30), Decimal("0.50")), (3, "bad_number", "1•••")]


def test_minor_units_and_rounding(tmp_path):
    assert amounts(tmp_path, "scale = 100", ["1,a,20260131,12345,D", "2,a,20260131,x,D"]) == [
        ("1", date(2026, 1, 31), Decimal("123.45")),
        (3, "bad_number", "x•••"),
    ]
    assert amounts(tmp_path / "b", 'decimal = "."', ["1,a,20260131,1.005,D"]) == [
        ("1", date(2026, 1, 31), Decimal("1.01")),
        (2, "rounded", "1•••"),
    ]


def test_a_sign_column_and_a_negative_amount(tmp_path):
    assert amounts(tmp_path, 'sign_column = "dc", negative = ["D"]', ["1,a,20260131,5,D", "2,a,20260131,-5,D"]) == [
        ("2", date(2026, 1, 31), Decimal("5.00")), (2, "negative_amount", "-•••"),
    ]  # fmt: skip


def test_dates_that_are_no_dates(tmp_path):
    lines = ["1,a,30.02.2026,1,D", "2,a,infinity,1,D", "3,a,,1,D", "4,a,01.02.2026,1,D", "5,a,00000000,1,D"]
    assert [row[1] for row in amounts(tmp_path, 'decimal = "."', lines, 'missing = ["00000000"]')] == [
        "bad_date",
        "bad_date",
        "missing_value",
        "future_date",
        "missing_value",
    ]


def test_two_digit_years_of_a_century(tmp_path):
    layout = (
        HEAD
        + '[files.c]\npath = "c.csv"\n[[feed]]\nfeed = "parties"\nfrom = "c"\n[feed.fields]\nparty_key = "id"\nname = "id"\nkind = { value = "individual" }\n'
    )
    layout += 'birth_date = { column = "born", dates = ["%y%m%d"], century = 1900 }\n'
    asked = prepared_files(tmp_path, layout, {"c.csv": b"id,born\n1,110203\n2,000229\n"})
    assert asked.rows("select party_key, birth_date from parties_good") == [("1", date(1911, 2, 3))]
    assert asked.reasons() == {"bad_date": 1}  # 1900 had no 29 February


def test_instants_without_an_offset_are_the_banks_time(tmp_path):
    layout = (
        HEAD
        + 'time_zone = "Asia/Shanghai"\n[files.e]\npath = "e.csv"\n[[feed]]\nfeed = "channel_events"\nfrom = "e"\n[feed.fields]\nevent_key = "id"\nparty_key = "id"\nat = "at"\nchannel = { value = "atm" }\nkind = "id"\n'
    )
    asked = prepared_files(
        tmp_path, layout, {"e.csv": b"id,at\n1,2026-01-31 08:00:00\n2,2026-01-31T08:00:00+01:00\n3,yesterday\n4,2026-01-31T00:00:00Z\n"}
    )
    assert asked.rows("select event_key, \"at\"::varchar from channel_events_good order by 1") == [
        ("1", "2026-01-31 00:00:00+00"), ("2", "2026-01-31 07:00:00+00"), ("4", "2026-01-31 00:00:00+00"),
    ]  # fmt: skip
    assert asked.reasons() == {"bad_instant": 1}


def test_lookups_constants_and_expressions_that_fail(tmp_path):
    layout = (
        HEAD
        + """
[files.client]
path = "client.csv"
[files.branch]
path = "branch.csv"
[[feed]]
feed = "parties"
from = "client"
where = "id <> 'x'"
[feed.fields]
party_key = { column = "id", strip = ["C-", "K-"] }
name = { sql = "upper(name)" }
kind = { column = "kind", map = { "" = "individual", "2" = "company" }, otherwise = "individual" }
region = "town"
size_class = { sql = "case when staff::int > 100 then 'large' else 'small' end" }
is_staff = "own"
[[feed.lookup]]
from = "branch"
on = { unit = "code" }
take = { town = "city" }
[[feed]]
feed = "products"
rows = [{ product_key = "p", name = "Deposit", side = "liability", family = "demand_deposit" }]
"""
    )
    client = b"id,name,kind,unit,staff,own\nC-1,a,,01,200,Y\nK-2,b,2,02,many,no\nx,c,9,01,1,\n3,d,9,03,,maybe\n"
    asked = prepared_files(tmp_path, layout, {"client.csv": client, "branch.csv": b"code,city\n01,Brno\n02,Praha\n"})
    assert asked.rows("select party_key, name, kind, region, size_class, is_staff from parties_good order by 1") == [
        ("1", "A", "individual", "Brno", "large", True), ("2", "B", "company", "Praha", None, False),
    ]  # fmt: skip
    assert asked.rows("select line, field, reason, value_masked from rejects") == [(5, "is_staff", "bad_flag", "maybe")]
    assert asked.rows("select product_key, family from products_good") == [("p", "demand_deposit")]


def test_exactly_one_way_to_reach_somebody(tmp_path):
    layout = HEAD + '[files.c]\npath = "c.csv"\n[[feed]]\nfeed = "contact_points"\nfrom = "c"\nfields = "*"\n'
    content = "party_key,contact_key,kind,phone,email,address\n1,1,mobile,13800138000,,\n1,2,email,,a@b.cn,\n1,3,email,13800138000,a@b.cn,\n1,4,address,,,\n1,5,mobile,123,,\n"
    asked = prepared_files(tmp_path, layout, {"c.csv": content.encode()})
    assert asked.rows("select line, reason, severity from rejects order by 1") == [
        (4, "one_of", "reject"),
        (5, "one_of", "reject"),
        (6, "invalid_phone", "warning"),
    ]
    assert asked.prepared.feeds["contact_points"].count_good == 3


def test_files_in_archives_and_several_files_of_a_kind(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/c_2.csv", "id,extra\n2,x\n")
    layout = (
        HEAD
        + '[files.c]\npath = "c_*.csv"\n[[feed]]\nfeed = "parties"\nfrom = "c"\n[feed.fields]\nparty_key = "id"\nname = "id"\nkind = { value = "individual" }\nregion = "extra"\n'
    )
    asked = prepared_files(
        tmp_path, layout, {"c_1.csv.gz": gzip.compress(b"id\n1\n"), "all.zip": packed.getvalue(), "c_3.csv": b"extra,id\ny,3"}
    )
    assert asked.rows("select party_key, region, _file, _line from parties_good order by 1") == [
        ("1", None, "c_1.csv.gz", 2), ("2", "x", "all.zip/in/c_2.csv", 2), ("3", "y", "c_3.csv", 2),
    ]  # fmt: skip


def test_fixed_widths_in_bytes_of_gbk(tmp_path):
    layout = (
        HEAD + '[files.c]\npath = "c.txt"\nencoding = "gbk"\ncolumns = ["id", "name", "town"]\nwidths = [4, 8, 6]\nwidth_unit = "bytes"\n'
    )
    layout += '[[feed]]\nfeed = "parties"\nfrom = "c"\n[feed.fields]\nparty_key = "id"\nname = "name"\nkind = { value = "individual" }\nregion = "town"\n'
    asked = prepared_files(tmp_path, layout, {"c.txt": "1   张三    北京\n22  John    NY\nshort\n".encode("gbk")})
    assert asked.rows("select party_key, name, region from parties_good order by 1") == [("1", "张三", "北京"), ("22", "John", "NY")]
    assert asked.rows("select line, reason from rejects") == [(3, "wrong_column_count")]


def test_comments_trailers_and_trailing_delimiters(tmp_path):
    layout = (
        HEAD
        + '[files.c]\npath = "c.txt"\ndelimiter = "|"\nskip = 1\nskip_lines = "#|TRL"\ntrailing_delimiter = true\nheader = false\ncolumns = ["id", "name"]\n'
    )
    layout += '[[feed]]\nfeed = "parties"\nfrom = "c"\n[feed.fields]\nparty_key = "id"\nname = "name"\nkind = { value = "individual" }\n'
    asked = prepared_files(tmp_path, layout, {"c.txt": b"Clients of the bank\n# who\n1|a|\n2|b|\nTRL|2\n"})
    assert asked.rows("select party_key, name, _line from parties_good order by 1") == [("1", "a", 3), ("2", "b", 4)]
    assert asked.reasons() == {}


def test_every_space_of_unicode_is_taken_from_both_ends_and_nothing_else(tmp_path):
    spaces, written = " \u3000\u00a0\u2003\u202f", {}
    for number, (begin, end) in enumerate(itertools.product(["", *spaces], repeat=2)):
        for place, inner in enumerate(("a b", "中 文", "9.5", "x\u3000y")):
            written[f"k{number}-{place}"] = (begin + inner + end, inner)
    lines = ["id,name", *(f"{key},{text}" for key, (text, _) in written.items()), "empty,\u3000 "]
    layout = HEAD + '[files.people]\npath = "people.csv"\n[[feed]]\nfeed = "parties"\nfrom = "people"\n[feed.fields]\n'
    layout += 'party_key = "id"\nname = "name"\nkind = { value = "individual" }\n'
    asked = prepared_files(tmp_path, layout, {"people.csv": "\n".join(lines).encode()})
    assert dict(asked.rows("select party_key, name from parties_good")) == {key: inner for key, (_, inner) in written.items()}
    assert asked.rows("select line, field, reason from rejects") == [(len(lines), "name", "missing_value")]
