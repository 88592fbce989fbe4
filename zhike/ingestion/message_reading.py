"""Files that are messages → the same tables of text that files of lines become."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from zhike.ingestion.containers import opened
from zhike.ingestion.deliveries import SourceFile
from zhike.ingestion.layouts import FileFormat
from zhike.ingestion.readers import find_reader
from zhike.ingestion.readers.messages import Messages


def read_messages(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, form: FileFormat, table: str
) -> tuple[tuple[str, ...], Messages]:
    """Read one file by its plug-in into `table`. Gives the columns and what the reader found."""
    reader = find_reader(form.reader)
    if reader is None or form.table not in reader.tables:
        raise LookupError(f"no reader {form.reader!r} with a table {form.table!r}")
    with opened(source.path, source.member) as stream:
        messages = reader.read(stream.read(), form)
    columns = reader.tables[form.table]
    rows = messages.rows.get(form.table, [])
    content = {column: pa.array([row.values.get(column) or "" for row in rows], pa.string()) for column in columns}
    content |= {"_line": pa.array([row.line for row in rows], pa.int64()), "_file": pa.array([source.name] * len(rows), pa.string())}
    connection.register("message_rows", pa.table(content))
    connection.execute(f"create table {table} as select * from message_rows")
    connection.unregister("message_rows")
    return columns, messages
