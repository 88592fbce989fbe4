"""What counts in the warehouse is said by a manifest that is replaced whole."""

import hashlib
from datetime import date

from zhike.insight.warehouse import (
    Landed,
    Manifest,
    attempt_path,
    connect,
    landing_path,
    manifest_path,
    next_attempt,
    read_manifest,
    write_manifest,
)

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


def landed(day: date, attempt: int = 1, feed: str = "accounts") -> Landed:
    return Landed(feed, day, attempt, f"{day:%Y%m%d}/{attempt:04d}/{feed}.parquet", 10)


def test_a_source_that_never_switched_has_an_empty_manifest(tmp_path):
    assert read_manifest(tmp_path, "core") == Manifest("core")


def test_what_was_written_is_read_and_nothing_else_is_left(tmp_path):
    manifest = Manifest("core").replaced(JANUARY, [landed(JANUARY)])
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path, "core") == manifest and manifest.version == 1
    assert [path.name for path in manifest_path(tmp_path, "core").parent.iterdir()] == ["manifest.json"]


def test_a_day_loaded_again_supersedes_that_day_only():
    manifest = (
        Manifest("core").replaced(FEBRUARY, [landed(FEBRUARY)]).replaced(JANUARY, [landed(JANUARY)]).replaced(JANUARY, [landed(JANUARY, 2)])
    )
    assert [(one.batch_date, one.attempt) for one in manifest.of("accounts")] == [(JANUARY, 2), (FEBRUARY, 1)]
    assert [one.attempt for one in manifest.of("accounts", until=JANUARY)] == [2] and list(manifest.of("loans")) == []


def test_every_attempt_has_a_folder_of_its_own(tmp_path):
    assert next_attempt(tmp_path, "core", JANUARY) == 1
    attempt_path(tmp_path, "core", JANUARY, 1).mkdir(parents=True)
    assert next_attempt(tmp_path, "core", JANUARY) == 2
    assert (
        landing_path(tmp_path, "core", JANUARY, 2, "loans").relative_to(tmp_path).as_posix()
        == "warehouse/landing/core/20260131/0002/loans.parquet"
    )


def test_the_engine_keeps_to_its_memory_and_fetches_nothing(tmp_path):
    con = connect(memory="100MB", threads=1, temp=tmp_path / "it's")
    settings = dict(con.execute("select name, value from duckdb_settings()").fetchall())
    assert (
        settings["temp_file_encryption"] == "true" and settings["autoinstall_known_extensions"] == "false" and settings["TimeZone"] == "UTC"
    )
    assert settings["threads"] == "1" and settings["memory_limit"].endswith("MiB")


def test_what_is_spilled_is_not_readable_and_its_folder_is_closed(tmp_path):
    con = connect(memory="100MB", threads=1, temp=tmp_path / "spill")
    con.execute("create table big as select range as i, sha256(range::varchar) as text from range(700000)")
    assert con.execute("select count(distinct text) from big").fetchall() == [(700000,)]
    spilled = b"".join(path.read_bytes() for path in (tmp_path / "spill").iterdir())
    assert len(spilled) > 10_000_000 and not any(
        hashlib.sha256(str(number).encode()).hexdigest().encode() in spilled for number in range(0, 700000, 20000)
    )
    assert (tmp_path / "spill").stat().st_mode & 0o777 == 0o700
