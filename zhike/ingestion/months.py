"""Postings of a month that nobody has seen go straight into a table of their own, which becomes a partition.

Most rows of a bank are such postings, and so they are written once, without a stage between, and indexed at the end. The account is
found in the engine; postings of an unknown account, and of months that are there already, are left to staging.
"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv
from django.db import connection

from zhike.core.merging import Stage
from zhike.holdings import merging as holdings
from zhike.ingestion.feeds import FEEDS
from zhike.ingestion.mapping import text
from zhike.ingestion.texts import columns, copy_texts, texts

_MONTH = "date_trunc('month', booking_date)"


def copy_new_months(con: duckdb.DuckDBPyConnection, good: str, stage: Stage) -> tuple[int, str]:
    """Copy the postings of `good` that belong to new months and known accounts; gives their number, and where the others are."""
    with connection.cursor() as cursor:
        months = con.execute(f"select distinct {_MONTH}::date as month from {good} order by 1").fetchall()
        new = {month: table for (month,) in months if (table := holdings.begin_month(cursor, month))}
        if not new:
            return 0, good
        con.register("known_accounts", _known_accounts(cursor, stage.source))
        copied = 0
        for month, table in new.items():
            copied += _copy_month(con, cursor, good, stage, month, table)
            holdings.attach_month(cursor, month)
        within = ", ".join(f"date '{month}'" for month in new)
        con.execute(
            f"create or replace temp table left_postings as select g.* from {good} g left join known_accounts k on k.key = g.account_key"
            f" where k.key is null or {_MONTH}::date not in ({within})"
        )
        con.unregister("known_accounts")
        return copied, "left_postings"


def _known_accounts(cursor: Any, source: str) -> pa.Table:
    """Key, id and main holder of every account of a source."""
    rows = io.BytesIO()
    with cursor.copy(
        "copy (select external_key, id, party_id from holdings_account where source = %s) to stdout (format csv)", (source,)
    ) as copy:
        for block in copy:
            rows.write(block)
    rows.seek(0)
    names = {"key": pa.string(), "account_id": pa.int64(), "account_party_id": pa.int64()}
    if not rows.getbuffer().nbytes:
        return pa.table({name: pa.array([], kind) for name, kind in names.items()})
    return pyarrow.csv.read_csv(
        rows, pyarrow.csv.ReadOptions(column_names=list(names)), convert_options=pyarrow.csv.ConvertOptions(column_types=names)
    )


def _copy_month(con: duckdb.DuckDBPyConnection, cursor: Any, good: str, stage: Stage, month: date, table: str) -> int:
    shape = holdings.TRANSACTION
    staged = {f"s.{column.name}": column.text for column in columns(FEEDS["transactions"])}
    wanted = {"source": text(stage.source), "batch_id": text(str(stage.batch_id)), "external_key": staged[shape.key]}
    wanted |= {name: staged.get(value, f"cast({value.removeprefix('s.')} as varchar)") for name, value in shape.columns.items()}
    query = (
        f"select {', '.join(f'{value} as c{place}' for place, value in enumerate(wanted.values()))}"
        f" from {good} join known_accounts k on k.key = account_key where {_MONTH} = date '{month}'"
    )
    # Frozen rows are never written again to say that they are old.
    return copy_texts(cursor, f"{table} ({', '.join(wanted)})", texts(con, query), options="format csv, freeze")
