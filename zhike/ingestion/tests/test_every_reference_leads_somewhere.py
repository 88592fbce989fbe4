"""What loads write holds no foreign keys in the database (docs/decisions.md, 32): that every reference leads somewhere is shown here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import ForeignKey

from zhike.testing.databases import Bank


def _unguarded() -> Iterator[tuple[str, str, str]]:
    """(table, column, table it refers to) of every foreign key that the database does not hold."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and not getattr(field, "db_constraint", True):
                yield model._meta.db_table, field.column, field.related_model._meta.db_table


REFERENCES = sorted(_unguarded())


def _dangling(bank: Bank) -> list[tuple[str, str, int]]:
    found = []
    with bank.connected("job") as connection:
        for table, column, parent in REFERENCES:
            row = connection.execute(
                f"select count(*) from {table} c where c.{column} is not null and not exists (select 1 from {parent} p where p.id = c.{column})"
            ).fetchone()
            if row and row[0]:
                found.append((table, column, row[0]))
    return found


def test_there_are_such_references() -> None:
    assert ("holdings_transaction", "account_id", "holdings_account") in REFERENCES
    assert ("parties_contactpoint", "party_id", "parties_party") in REFERENCES


def test_after_a_load_of_the_sample_bank(fresh_bank: Bank) -> None:
    assert _dangling(fresh_bank) == []


def test_after_a_date_was_delivered_late_and_another_again(empty_bank: Bank, tmp_path: Path) -> None:
    files = tmp_path / "files"
    empty_bank.zhike("samplebank", str(files), "--customers", "150", "--months", "2", "--until", "2026-09-30")
    dated = sorted(child for child in files.iterdir() if child.name.isdigit())
    for day in (dated[0], dated[-1], *dated[1:-1]):
        empty_bank.load(day, "zhike")
    empty_bank.load(dated[0], "zhike", "--again")
    assert _dangling(empty_bank) == []
