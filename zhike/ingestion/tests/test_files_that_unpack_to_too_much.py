"""A few kilobytes that unpack to gigabytes stop their batch, in words; the process, the disk and what was loaded before are as they were."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from zhike.ingestion import containers
from zhike.ingestion.containers import UnpacksToTooMuch, members, opened
from zhike.testing.databases import Bank

LAYOUT = """
source = "core"
[files.p]
path = "p.csv"
[[feed]]
feed = "parties"
from = "p"
[feed.fields]
party_key = "no"
name = "name"
kind = { value = "individual" }
"""
HONEST = b"no,name\n1,Ann\n2,Bea\n"
MEGABYTE = b"7,Nobody\n" * 116_508


def bomb(megabytes: int) -> bytes:
    """A gzip file of one row, over and over: a thousandth of what it unpacks to."""
    held = io.BytesIO()
    with gzip.GzipFile(fileobj=held, mode="wb", compresslevel=6) as packed:
        packed.write(b"no,name\n")
        for _ in range(megabytes):
            packed.write(MEGABYTE)
    return held.getvalue()


def delivered(folder: Path, name: str, content: bytes) -> Path:
    """One file, packed as its name says."""
    folder.mkdir(exist_ok=True)
    if name.endswith(".zip"):
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("p.csv", content)
    elif name.endswith(".tar.gz"):
        with tarfile.open(folder / name, "w:gz") as tar:
            entry = tarfile.TarInfo("p.csv")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    else:
        (folder / name).write_bytes(content if content[:2] == b"\x1f\x8b" else gzip.compress(content))
    return folder / name


def test_a_bomb_among_the_banks_files_stops_its_batch_and_the_honest_file_loads(empty_bank: Bank, tmp_path: Path) -> None:
    layout = tmp_path / "core.toml"
    layout.write_text(LAYOUT, encoding="utf-8")
    file = delivered(tmp_path / "in", "p.csv.gz", bomb(80))
    assert file.stat().st_size < 400_000
    arguments = ("load", str(file.parent), "--layout", str(layout), "--batch-date", "2026-01-05", "--json")
    stopped = empty_bank.run.zhike(empty_bank.name, *arguments)
    told = json.loads(stopped.stdout.splitlines()[-1])
    assert (stopped.returncode, told["state"]) == (1, "failed")
    assert "p.csv.gz" in told["error"] and "ZHIKE_UNPACKED_RATIO" in told["error"] and "解压" in told["error"]
    assert "p.csv.gz" in empty_bank.zhike("batches", str(told["batch"]), "--json")
    with empty_bank.connected("job") as connection:
        assert connection.execute("select count(*) from parties_party").fetchone() == (0,)
    assert not list(empty_bank.home.rglob("parties.parquet")), "nothing of it has landed"
    delivered(tmp_path / "in", "p.csv.gz", HONEST)
    assert empty_bank.load(file.parent, str(layout), "--batch-date", "2026-01-05")["feeds"]["parties"]["loaded"] == 2


@pytest.mark.parametrize("name", ["p.csv.gz", "p.zip", "p.tar.gz"])
def test_every_kind_of_archive_is_read_to_its_limit_and_no_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(containers, "ALWAYS_FINE", 1 << 20)
    fine, too_much = HONEST * 50_000, b"no,name\n" + MEGABYTE * 4
    with opened(*_only(delivered(tmp_path, name, fine))) as stream:
        assert stream.read() == fine
    path = delivered(tmp_path, name, too_much)
    for at_once in (100, -1):  # however much is asked for at once
        with pytest.raises(UnpacksToTooMuch, match=name):
            _read_through(path, at_once)


def _read_through(path: Path, at_once: int) -> None:
    with opened(*_only(path)) as stream:
        while stream.read(at_once):
            pass


def _only(path: Path) -> tuple[Path, str]:
    """The one file in a container."""
    if path.name.endswith(".tar.gz"):
        return path, "p.csv"
    ((_name, found, member),) = members(path, path.parent)
    return found, member


def test_a_packed_file_in_a_packed_file_is_measured_by_what_lies_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "ALWAYS_FINE", 1 << 20)
    with zipfile.ZipFile(tmp_path / "p.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.csv.gz", bomb(8))
    with pytest.raises(UnpacksToTooMuch), opened(tmp_path / "p.zip", "p.csv.gz") as stream:
        stream.read()


def test_an_archive_of_countless_files_is_refused_by_its_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MOST_MEMBERS", 20)
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for number in range(21):
            archive.writestr(f"{number}.csv", b"")
    with pytest.raises(UnpacksToTooMuch, match="20 files"):
        members(tmp_path / "p.zip", tmp_path)
