"""Sealing and landing: the mapped text of a feed becomes immutable Parquet in which no protected value is in clear (R30, decision 13)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from zhike.ingestion.feeds import Feed, Field
from zhike.ingestion.identifying import BY_SEAL, id_is_possible
from zhike.ingestion.mapping import name, text
from zhike.ingestion.reasons import SEAL_REASONS
from zhike.ingestion.screening import REASON, allow_screening, holds_secret, screened_column
from zhike.insight.warehouse import in_chunks, quoted

PARTS = ("digest", "last4", "masked", "sealed")
CHUNK = 200_000
JOURNAL = "transactions"  # the feed whose rows may come without a key


class Sealer(Protocol):
    """What landing needs of `access.sealing` (the module itself will do)."""

    def seal_values(self, kind: str, values: pa.Array, /) -> pa.Table: ...


def land_feed(connection: duckdb.DuckDBPyConnection, feed: Feed, select: str, path: Path, sealer: Sealer) -> int:
    """Write the rows of `select` (canonical text, `_file`, `_line`) to `path`, protected fields sealed. Returns the number of rows.

    The file appears whole or not at all; an existing one is never written again.
    """
    if path.exists():
        raise FileExistsError(path)
    allow_screening(connection)
    sealed = [field for field in feed.fields if field.seal]
    source = f"({select})"
    if sealed:
        connection.execute(f"create or replace temp view mapped as {select}")
        source = "mapped"
        for field in sealed:
            _seal_field(connection, feed, field, sealer)
    columns = [part for field in feed.fields for part in _columns(field)]
    joins = " ".join(f"left join {_seal_table(field)} as s_{field.name} on {_condition(feed, field)}" for field in sealed)
    landed = f"select {', '.join(columns)}, m._file, m._line from {source} as m {joins}"
    if feed.name == JOURNAL and connection.execute(f"select exists (from {source} as m where m.transaction_key is null)").fetchall()[0][0]:
        landed = _with_keys(feed, landed)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    rows = connection.execute(f"copy ({landed}) to {quoted(partial)} (format parquet, compression zstd, compression_level 1)").fetchall()[
        0
    ][0]
    partial.replace(path)
    for field in sealed:
        connection.execute(f"drop table {_seal_table(field)}")
    if sealed:
        connection.execute("drop view mapped")
    return int(rows)


def _with_keys(feed: Feed, landed: str) -> str:
    """A journal without ids gets a key from its content and an occurrence number, so that a second load finds the same (decision 8).

    Of a protected field the keyed digest goes into it: nobody can try out account numbers on a key.
    """
    said = [f"hex({name(field.name + '_digest')})" if field.seal else name(field.name) for field in feed.fields]
    content = ", ".join(f"coalesce({one}, '')" for one in said)
    hashed = f"select *, md5(concat_ws(chr(31), {content})) as _hash from ({landed}) where transaction_key is null"
    key = "'h' || _hash || '-' || row_number() over (partition by _hash order by _file, _line)"
    return (
        f"select * from ({landed}) where transaction_key is not null"
        f" union all by name select * exclude (_hash) replace ({key} as transaction_key) from ({hashed})"
    )


def vault_select(feed: Feed, path: Path) -> str | None:
    """The distinct sealed values of a landed feed: `digest, kind, last4, masked, sealed`; None where it protects nothing."""
    parts = [
        f"select {_sealed_columns(field)}, {text(field.seal)} as kind from read_parquet({quoted(path)})"
        for field in feed.fields
        if field.seal
    ]
    if not parts:
        return None
    return f"select digest, kind, any_value(last4) as last4, any_value(masked) as masked, any_value(sealed) as sealed from ({' union all '.join(parts)}) where digest is not null and sealed is not null group by digest, kind"


def _sealed_columns(field: Field) -> str:
    return ", ".join(f"{name(f'{field.name}_{part}')} as {part}" for part in PARTS)


def _columns(field: Field) -> list[str]:
    if not field.seal:
        return [f"{screened_column(field)} as {name(field.name)}"]
    return [f"s_{field.name}.{part} as {name(f'{field.name}_{part}')}" for part in (*PARTS, "fault")]


def _seal_table(field: Field) -> str:
    return f"sealed_{field.name}"


def _condition(feed: Feed, field: Field) -> str:
    same = f"s_{field.name}.value = m.{name(field.name)}"
    # an identity number is possible or not as one of its type
    return f"{same} and s_{field.name}.id_type is not distinct from m.id_type" if _typed_by(feed, field) else same


def _typed_by(feed: Feed, field: Field) -> bool:
    return field.seal == "id_no" and "id_type" in feed.by_name


def _seal_field(connection: duckdb.DuckDBPyConnection, feed: Feed, field: Field, sealer: Sealer) -> None:
    table, kind = _seal_table(field), str(field.seal)
    id_type = "id_type" if _typed_by(feed, field) else "null::varchar"
    connection.execute(
        f"create or replace temp table {table} (value varchar, id_type varchar, digest blob, last4 blob, masked varchar, sealed blob, fault varchar)"
    )
    connection.execute(
        "create or replace temp table to_seal as"
        f" select distinct {name(field.name)} as value, {id_type} as id_type from mapped where {name(field.name)} is not null"
    )
    for batch in in_chunks(connection, "to_seal", CHUNK):
        values = batch["value"]
        faults = [_fault(kind, one_type, value) for value, one_type in zip(values.to_pylist(), batch["id_type"].to_pylist(), strict=True)]
        sealed = sealer.seal_values(kind, _without_secrets(values, faults))
        connection.register(
            "sealed_batch",
            pa.table(
                {
                    "value": values,
                    "id_type": batch["id_type"],
                    **{part: sealed[part] for part in PARTS},
                    "fault": pa.array(faults, pa.string()),
                }
            ),
        )
        connection.execute(f"insert into {table} by name select * from sealed_batch")
        connection.unregister("sealed_batch")
    connection.execute("drop table to_seal")


def _fault(kind: str, id_type: str | None, value: str) -> str | None:
    """What is wrong with a value that is about to be sealed."""
    if not value.rstrip("Xx").isdigit() and holds_secret(value):
        return REASON
    reason = SEAL_REASONS.get(kind)
    return None if reason is None or _possible(kind, id_type, value) else reason


def _without_secrets(values: pa.ChunkedArray, faults: list[str | None]) -> pa.ChunkedArray:
    """The values, those that authenticate left out: not even their ciphertext is kept (R30)."""
    if REASON not in faults:
        return values
    return pa.chunked_array(
        [pa.array([None if fault == REASON else one for one, fault in zip(values.to_pylist(), faults, strict=True)], pa.string())]
    )


def _possible(kind: str, id_type: str | None, value: str) -> bool:
    if kind == "id_no":
        return id_is_possible(id_type, value)
    check = BY_SEAL.get(kind)
    return check(value) if check else True
