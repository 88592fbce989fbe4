"""The files: every feed, the canonical columns, truthful control files, the same bytes again."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from zhike.ingestion.feeds import FEEDS
from zhike.samplebank.files import refuse_used
from zhike.samplebank.making import make
from zhike.samplebank.plan import Plan


def _digests(root: Path) -> dict[str, str]:
    return {
        str(p.relative_to(root)): hashlib.md5(p.read_bytes(), usedforsecurity=False).hexdigest()
        for p in sorted(root.rglob("*"))
        if p.is_file()
    }


def test_every_feed_is_there_with_exactly_the_canonical_columns(bank: Path) -> None:
    seen: dict[str, set[str]] = {}
    for path in bank.glob("*/*.txt"):
        with path.open(encoding="utf-8") as lines:
            seen.setdefault(path.name.rsplit("_", 1)[0], set()).add(lines.readline().rstrip("\n"))
    assert set(seen) == set(FEEDS)
    for name, feed in FEEDS.items():
        assert seen[name] == {"|+|".join(f.name for f in feed.fields)}, name


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    plan = Plan(300, 3, 5, date(2026, 11, 20))
    make(plan, tmp_path / "a")
    make(plan, tmp_path / "b")
    assert _digests(tmp_path / "a") == _digests(tmp_path / "b")


def test_another_seed_gives_another_bank(tmp_path: Path) -> None:
    make(Plan(300, 2, 5, date(2026, 11, 20)), tmp_path / "a")
    make(Plan(300, 2, 6, date(2026, 11, 20)), tmp_path / "b")
    parties = "20260930/parties_20260930.txt"
    assert (tmp_path / "a" / parties).read_bytes() != (tmp_path / "b" / parties).read_bytes()


def test_control_files_count_rows_bytes_and_sums(bank: Path, small_plan: Plan) -> None:
    for day in small_plan.batches:
        control = json.loads((bank / f"{day:%Y%m%d}" / f"{day:%Y%m%d}.OK").read_text(encoding="utf-8"))
        assert control["batch_date"] == day.isoformat()
        for name, told in control["files"].items():
            content = (bank / f"{day:%Y%m%d}" / name).read_bytes()
            assert told["rows"] == content.count(b"\n") - 1
            assert told["bytes"] == len(content)
            assert told["md5"] == hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_batches_are_the_opening_the_month_ends_and_the_last_five_business_days() -> None:
    days = Plan(100, 3, 1, date(2026, 11, 20)).batches
    assert [d.isoformat() for d in days] == [
        "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20",
    ]  # fmt: skip


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(FileExistsError):
        refuse_used(tmp_path)


def test_packed_files_hold_the_same_rows_and_are_told_as_they_lie_there(tmp_path: Path) -> None:
    plan = Plan(200, 1, 5, date(2026, 11, 20))
    make(plan, tmp_path / "plain")
    make(plan, tmp_path / "packed", zipped=True)
    control = json.loads((tmp_path / "packed" / "20261120" / "20261120.OK").read_text(encoding="utf-8"))
    packed = tmp_path / "packed" / "20261120" / "transactions_20261120.txt.gz"
    assert gzip.decompress(packed.read_bytes()) == (tmp_path / "plain" / "20261120" / "transactions_20261120.txt").read_bytes()
    assert control["files"][packed.name]["md5"] == hashlib.md5(packed.read_bytes(), usedforsecurity=False).hexdigest()
    assert control["files"][packed.name]["bytes"] == packed.stat().st_size
