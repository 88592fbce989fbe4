"""Check figures: what the control file and the layout say must come out, against what did. A difference is shown, never hidden."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

import duckdb

from zhike.ingestion.control_files import ControlFile, FileFigures
from zhike.ingestion.deliveries import Delivery, SourceFile
from zhike.ingestion.feeds import FEEDS
from zhike.ingestion.layouts import Layout
from zhike.ingestion.mapping import name, used_columns
from zhike.ingestion.sources import Sources


@dataclass(frozen=True)
class Check:
    """One figure. `severity` "reject" means the batch should not be switched without a person's word."""

    name: str
    expected: str
    actual: str
    ok: bool
    severity: Literal["reject", "warning"] = "warning"


def delivery_checks(
    con: duckdb.DuckDBPyConnection, layout: Layout, delivery: Delivery, sources: Sources, good: dict[str, str]
) -> list[Check]:
    """Files that should be there, the control file's counts, sizes and digests, columns that may not be there, what readers found."""
    checks = [Check(f"file:{path}", "present", "missing", False) for path in sources.missing]
    checks += [Check(f"forbidden_columns:{file}", "none", ", ".join(columns), False) for file, columns in sources.forbidden.items()]
    checks += [Check(key, expected, actual, _same(expected, actual)) for key, expected, actual in sources.figures]
    checks += [Check(f"unknown_file:{one}", "", one, False) for one in delivery.strangers if layout.control is not None]
    checks += _control_checks(con, layout, delivery, sources, good)
    return checks


def column_checks(layout: Layout, sources: Sources) -> list[Check]:
    """Columns that no feed takes and the layout does not list under `ignore` (likely an oversight), and columns that the layout
    names and the file lacks (their fields are empty)."""
    checks = []
    for file, (_, columns) in sources.tables.items():
        entries = [entry for entry in layout.feeds if entry.source == file]
        used = {column.lower() for entry in entries for column in used_columns(entry)}
        looked_up = {
            column.lower() for entry in layout.feeds for one in entry.lookups if one.source == file for _, column in (*one.on, *one.take)
        }
        present, ignored = {column.lower() for column in columns}, {column.lower() for column in layout.files[file].ignore}
        surplus = [column for column in columns if column.lower() not in used | looked_up | ignored]
        optional = {field.name for entry in entries for field in FEEDS[entry.feed].fields if entry.as_named and not field.required}
        absent = sorted((used | looked_up) - present - optional - {column.lower() for column in sources.forbidden.get(file, ())})
        checks += [Check(f"unmapped_columns:{file}", "", ", ".join(surplus), False)] if surplus else []
        checks += [Check(f"missing_columns:{file}", ", ".join(absent), "", False)] if absent else []
    return checks


def layout_checks(con: duckdb.DuckDBPyConnection, layout: Layout, good: dict[str, str]) -> list[Check]:
    """The figures that the layout fixes."""
    checks = []
    for figure in layout.figures:
        if figure.feed not in good:
            checks.append(Check(figure.name or figure.feed, figure.equals, "", False, figure.severity))
            continue
        what = f"sum({name(figure.sum)})" if figure.sum else "count(*)"
        where = f" where (\n{figure.where}\n)" if figure.where else ""
        actual = str(con.execute(f"select coalesce({what}, 0) from {good[figure.feed]}{where}").fetchall()[0][0])
        checks.append(
            Check(
                figure.name or f"{figure.feed}.{figure.sum or 'rows'}", figure.equals, actual, _same(figure.equals, actual), figure.severity
            )
        )
    return checks


def _control_checks(
    con: duckdb.DuckDBPyConnection, layout: Layout, delivery: Delivery, sources: Sources, good: dict[str, str]
) -> list[Check]:
    if layout.control is None:
        return []
    control = delivery.control
    if control is None:
        return [Check(f"control:{layout.control.path}", "present", "missing", not layout.control.required)]
    if control.fault:
        return [Check(f"control:{layout.control.path}", "readable", control.fault, False)]
    checks = []
    if control.source and control.source != layout.source:
        checks.append(Check("control:source", layout.source, control.source, False))
    seen = set()
    for key, files in delivery.files.items():
        for file in files:
            figures = control.figures(file.name)
            seen.add(id(figures))
            if figures is None:
                checks.append(Check(f"control:{file.name}", "named", "not named", False))
            else:
                checks += _file_checks(con, layout, key, file, figures, sources, good)
    checks += [
        Check(f"file:{one}", "present", "missing", False)
        for one, figures in control.files.items()
        if id(figures) not in seen and not _delivered(one, control, delivery)
    ]
    return checks


def _delivered(named: str, control: ControlFile, delivery: Delivery) -> bool:
    return any(control.figures(file.name) is control.files[named] for files in delivery.files.values() for file in files)


def _file_checks(
    con: duckdb.DuckDBPyConnection, layout: Layout, key: str, file: SourceFile, figures: FileFigures, sources: Sources, good: dict[str, str]
) -> list[Check]:
    checks = []
    if figures.rows is not None:
        actual = sources.rows.get(file.name, 0)
        checks.append(Check(f"rows:{file.name}", str(figures.rows), str(actual), figures.rows == actual))
    if figures.bytes is not None:
        size = sources.bytes.get(file.name, 0)
        checks.append(Check(f"bytes:{file.name}", str(figures.bytes), str(size), figures.bytes == size))
    if figures.md5:
        digest = _md5(file)
        checks.append(Check(f"md5:{file.name}", figures.md5.lower(), digest, figures.md5.lower() == digest))
    if key in sources.tables:
        for column, expected in figures.sums.items():
            actual_sum = _column_sum(con, layout, key, file, column, good)
            checks.append(Check(f"sum:{file.name}:{column}", expected, actual_sum, _same(expected, actual_sum)))
    return checks


def _md5(file: SourceFile) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with file.path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _column_sum(con: duckdb.DuckDBPyConnection, layout: Layout, key: str, file: SourceFile, column: str, good: dict[str, str]) -> str:
    """The sum of a field over the good rows of a file; by the canonical field of the feed that the file fills."""
    for entry in layout.feeds:
        if entry.source == key and column in entry.fields and entry.feed in good:
            escaped = file.name.replace("'", "''")
            return str(
                con.execute(f"select coalesce(sum({name(column)}), 0) from {good[entry.feed]} where _file = '{escaped}'").fetchall()[0][0]
            )
    return ""


def _same(expected: str, actual: str) -> bool:
    try:
        return Decimal(expected.replace(",", "")) == Decimal(actual.replace(",", ""))
    except InvalidOperation:
        return expected == actual
