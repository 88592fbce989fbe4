"""Keys that are account numbers: what is kept of them is a keyed digest, the same from file to file (decision 13).

Statements know an account by nothing but its number, and keys are readable by whoever may read the table.
"""

from __future__ import annotations

import re

import duckdb
import pyarrow as pa
from duckdb.sqltypes import VARCHAR

from zhike.ingestion.landing import Sealer
from zhike.ingestion.layouts import Layout

DIGESTED = re.compile(r"~[0-9a-f]{32}")


def allow_digests(con: duckdb.DuckDBPyConnection, layout: Layout, sealer: Sealer) -> None:
    """Give the engine the function `keyed_digest` where a field of the layout asks for it. What is a digest already stays as it is: a
    corrected row comes back with it."""
    if not any(how.digest for entry in layout.feeds for how in entry.fields.values()):
        return

    def keyed_digest(values: pa.ChunkedArray) -> pa.Array:
        digests = sealer.seal_values("account_no", values)["digest"].to_pylist()
        clear = values.to_pylist()
        kept = [
            text if text and DIGESTED.fullmatch(text) else digest and f"~{digest.hex()}"
            for text, digest in zip(clear, digests, strict=True)
        ]
        return pa.array(kept, pa.string())

    con.create_function("keyed_digest", keyed_digest, [VARCHAR], VARCHAR, type="arrow", side_effects=False)  # type: ignore[call-overload]
