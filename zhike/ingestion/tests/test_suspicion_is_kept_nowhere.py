"""What a file tells of suspicion beside the fields of its feed is read by nobody and kept nowhere (R46): not in the database, not in what lands, not on a page."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
from django.apps import apps

from zhike.ingestion.feeds import FEEDS
from zhike.ingestion.tests.canonical import deliver
from zhike.testing.databases import Bank

PLANTED = "ZK46SUSPECTED"
TOLD = ("suspicious", "suspicion", "aml", "str_flag", "monitored", "可疑")


def _with_flag(root: Path) -> Path:
    """A delivery whose file of parties has a column more, with a flag in it."""
    deliver(root, "20260105", parties=[{"party_key": "A", "kind": "individual", "name": "张玮"}])
    folder = root / "20260105"
    file = folder / "parties_20260105.txt"
    head, row = file.read_text(encoding="utf-8").splitlines()
    file.write_text(f"{head}|+|suspicious_report\n{row}|+|{PLANTED}\n", encoding="utf-8")
    control = json.loads((folder / "20260105.OK").read_text(encoding="utf-8"))
    control["files"][file.name]["bytes"] = file.stat().st_size
    (folder / "20260105.OK").write_text(json.dumps(control), encoding="utf-8")
    return root


def _where_in_database(bank: Bank, words: str) -> list[str]:
    with bank.connected("job") as job:
        tables = job.execute(
            "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and has_table_privilege(c.oid, 'select')"
        ).fetchall()
        return [
            name for (name,) in tables if job.execute(f"select 1 from {name} t where t::text like %s limit 1", [f"%{words}%"]).fetchone()
        ]


def test_a_flag_in_a_column_that_no_feed_has_is_kept_nowhere(empty_bank: Bank, tmp_path: Path) -> None:
    told = empty_bank.load(_with_flag(tmp_path), "zhike")
    assert told["feeds"]["parties"]["loaded"] == 1
    assert _where_in_database(empty_bank, "张玮"), "the search finds what is there"
    assert _where_in_database(empty_bank, PLANTED) == []
    landed = sorted((empty_bank.home / "warehouse").rglob("*.parquet"))
    assert landed
    for file in landed:
        rows = duckdb.connect().execute(f"select * from read_parquet('{file}')").fetchall()
        assert PLANTED not in str(rows), file.name


def test_no_feed_and_no_table_has_a_place_for_it() -> None:
    fields = [f"{feed.name}.{field.name}" for feed in FEEDS.values() for field in feed.fields]
    columns = [f"{model._meta.db_table}.{field.column}" for model in apps.get_models() for field in model._meta.concrete_fields]
    assert [name for name in (*fields, *columns) if any(word in name.rpartition(".")[2] for word in TOLD)] == []
