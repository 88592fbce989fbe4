"""Texts of a bank's files, screened while they land: what authenticates (C3) is refused and nothing of it kept, numbers of somebody that
slipped into a text are masked (R30, R31, decision 13).

The engine looks with one pattern, at what a few comparisons do not clear at once (a regular expression takes a tenth of what COPY takes for a
row), and finds too much; `access.screening` judges the few texts that it finds. A value that
held C3 lands as SECRET and its text without it; the check names its row by the reason `authentication_data`, from every landing again.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

import duckdb
import pyarrow as pa
from duckdb.sqltypes import VARCHAR

from zhike.access.screening import MAY_HOLD_NUMBERS, MAY_HOLD_SECRETS, screened
from zhike.ingestion.feeds import Field
from zhike.ingestion.mapping import MARK, name, text
from zhike.ingestion.records import SUBSTITUTE

REASON = "authentication_data"
SECRET = f"({MARK} || {MARK})"  # before a text out of which C3 was taken; one MARK: a text that could not be understood
SHORTEST = 6  # bytes of the shortest text with C3 in it: pin123
LONG = 16  # bytes from which a key or a figure is looked at: the words of C3 in Chinese with a value, the tracks of a stripe
LONGEST_INSTANT = 33
NUMBERS = frozenset({"customer_no"})  # text that is a number of the bank's own: nothing is masked in it
_MARKS = chr(SUBSTITUTE) * 2
_MAY = re.compile(MAY_HOLD_SECRETS)


def allow_screening(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the engine the functions that screen; nothing happens where it has them."""
    for function, judge in (("without_secrets", _kept_key), ("without_numbers", _kept_text)):
        with contextlib.suppress(duckdb.CatalogException, duckdb.NotImplementedException):
            connection.create_function(function, _whole(judge), [VARCHAR], VARCHAR, type="arrow", side_effects=False)  # type: ignore[call-overload]


def screened_column(field: Field) -> str:
    """SQL of a field's text as it may land, from the alias `m` of what was mapped."""
    raw = f"m.{name(field.name)}"
    if field.type == "text" and field.name not in NUMBERS:
        # a text of Chinese characters alone, three bytes each, holds no figure
        return _if_suspicious(
            raw, f"strlen({raw}) >= {SHORTEST} and strlen({raw}) <> 3 * length({raw})", MAY_HOLD_NUMBERS, "without_numbers"
        )
    if field.type in ("key", "text", "code"):
        odd = f"strlen({raw}) >= {LONG} or contains({raw}, ' ') or {raw} < '!'"
    else:  # figures begin with a figure or a sign and are short
        odd = f"{raw} >= ':' or {raw} < '!' or strlen({raw}) >= {LONGEST_INSTANT if field.type == 'instant' else LONG}"
    return _if_suspicious(raw, f"({odd})", MAY_HOLD_SECRETS, "without_secrets")


def holds_secret(clear: str) -> bool:
    """Whether a value that is about to be sealed holds C3: then not even its ciphertext is kept."""
    return bool(_MAY.search(clear)) and "secret" in screened(clear, numbers=False).found


def without_secrets(clear: str) -> str:
    """A text that a person brought, with C3 taken out."""
    return screened(clear, numbers=False).text if _MAY.search(clear) else clear


def _if_suspicious(raw: str, where: str, pattern: str, function: str) -> str:
    return f"case when {where} and regexp_matches({raw}, {text(pattern)}) then {function}({raw}) else {raw} end"


def _kept_key(clear: str) -> str:
    found = screened(clear, numbers=False)
    return _MARKS + found.text.lstrip(chr(SUBSTITUTE)) if "secret" in found.found else clear


def _kept_text(clear: str) -> str:
    found = screened(clear, phones=True)
    return _MARKS + found.text.lstrip(chr(SUBSTITUTE)) if "secret" in found.found else found.text


def _whole(judge: Callable[[str], str]) -> Callable[[pa.ChunkedArray], pa.Array]:
    def column(values: pa.ChunkedArray) -> pa.Array:
        return pa.array([None if one is None else judge(one) for one in values.to_pylist()], pa.string())

    return column
