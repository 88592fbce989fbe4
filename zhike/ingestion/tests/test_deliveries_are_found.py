"""What lies under a path becomes batches with the right dates, files and control figures."""

import json
from datetime import date

import pytest

from zhike.ingestion.deliveries import find_deliveries
from zhike.ingestion.feeds import FEEDS
from zhike.ingestion.layout_reading import load_layout
from zhike.ingestion.tests.delivering import prepared_files

ZHIKE = load_layout("zhike")


def deliver(folder, day: str, text: str = "unit_key|+|name\n1|+|One\n", **control: object) -> None:
    (folder / day).mkdir(parents=True)
    (folder / day / f"organisation_{day}.txt").write_text(text)
    if control:
        (folder / day / f"{day}.OK").write_text(json.dumps(control))


def test_folders_named_by_dates_are_batches_in_their_order(tmp_path):
    for day in ("20260228", "20260131", "2026-03-31"):
        deliver(tmp_path, day)
    (tmp_path / "truth").mkdir()
    found = list(find_deliveries(tmp_path, ZHIKE))
    assert [one.batch_date for one in found] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert [one.name for one in found[0].files["organisation"]] == ["organisation_20260131.txt"]


def test_the_control_file_then_the_folder_then_the_option_then_today_says_the_date(tmp_path):
    deliver(tmp_path / "a", "20260131", batch_date="2026-01-30", files={})
    deliver(tmp_path / "b", "20260131")
    deliver(tmp_path / "c", "files")
    option, today = date(2025, 5, 5), date(2025, 6, 6)
    dates = [next(find_deliveries(tmp_path / name, ZHIKE, batch_date=option, today=today)).batch_date for name in "abc"]
    assert dates == [date(2026, 1, 30), date(2026, 1, 31), option]
    assert next(find_deliveries(tmp_path / "c", ZHIKE, today=today)).batch_date == today


def test_the_digest_is_of_names_and_bytes(tmp_path):
    for name, text in (("a", "x"), ("b", "x"), ("c", "y")):
        deliver(tmp_path / name, "20260131", text)
    digests = [next(find_deliveries(tmp_path / name, ZHIKE)).content_digest for name in "abc"]
    assert digests[0] == digests[1] != digests[2]


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError):
        next(find_deliveries(tmp_path / "nowhere", ZHIKE))


def feed_file(name: str, *rows: dict[str, str]) -> str:
    columns = [field.name for field in FEEDS[name].fields]
    return "\n".join(["|+|".join(columns), *("|+|".join(row.get(column, "") for column in columns) for row in rows)]) + "\n"


TRANSACTION = {
    "transaction_key": "t1",
    "account_key": "a",
    "booking_date": "2026-01-30",
    "amount": "12.50",
    "currency": "CNY",
    "direction": "credit",
    "is_reversal": "0",
}


def test_our_own_files_are_held_to_their_control_file(tmp_path):
    text = feed_file("transactions", TRANSACTION, {**TRANSACTION, "transaction_key": "t2", "at": "2026-01-30T09:30:00+08:00"})
    control = {"batch_date": "2026-01-31", "source": "zhike", "files": {
        "transactions_20260131.txt": {"rows": 2, "bytes": len(text), "sum": {"amount": "25.00"}}, "loans_20260131.txt": {"rows": 1},
    }}  # fmt: skip
    asked = prepared_files(
        tmp_path,
        ZHIKE,
        {
            "20260131/transactions_20260131.txt": text.encode(),
            "20260131/20260131.OK": json.dumps(control).encode(),
            "20260131/readme.txt": b"hello",
        },
    )
    assert asked.failed() == {"file:loans_20260131.txt": ("present", "missing"), "unknown_file:readme.txt": ("", "readme.txt")}
    assert {check.name for check in asked.prepared.checks if check.ok} == {
        "rows:transactions_20260131.txt",
        "bytes:transactions_20260131.txt",
        "sum:transactions_20260131.txt:amount",
    }
    assert asked.rows('select transaction_key, is_reversal, "at"::varchar from transactions_good order by 1') == [
        ("t1", False, None),
        ("t2", False, "2026-01-30 01:30:00+00"),
    ]


def test_a_control_file_that_cannot_be_read_is_said(tmp_path):
    asked = prepared_files(
        tmp_path, ZHIKE, {"transactions_20260131.txt": feed_file("transactions", TRANSACTION).encode(), "20260131.OK": b"{broken"}
    )
    assert list(asked.failed()) == ["control:*.OK"] and asked.prepared.feeds["transactions"].count_good == 1
