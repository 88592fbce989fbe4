"""What a layout may compute: scalar expressions over the columns of one row, and nothing that reaches anything else.

The engine's own parser turns the text into a tree; every node must be of a known harmless kind and every function on the list
below. A sub-query, a table function, a window, a lambda or an unknown function is refused with its name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import duckdb

from zhike.insight import warehouse

OPERATORS = {"||", "+", "-", "*", "/", "//", "%", "**", "~~", "!~~", "~~*", "!~~*", "~~~", "^"}
TEXT = {
    "lower", "upper", "trim", "ltrim", "rtrim", "substr", "substring", "left", "right", "length", "len", "replace", "concat", "concat_ws",
    "lpad", "rpad", "reverse", "split_part", "strpos", "position", "instr", "contains", "starts_with", "prefix", "suffix", "ends_with", "translate",
    "regexp_matches", "regexp_full_match", "regexp_replace", "regexp_extract", "strip_accents", "nfc_normalize", "md5", "sha256", "chr", "ascii",
    "unicode", "hash", "like_escape", "not_like_escape", "ilike_escape", "format", "printf", "string_split", "str_split", "list_extract", "array_extract",
}  # fmt: skip
NUMBERS = {"abs", "round", "floor", "ceil", "ceiling", "trunc", "mod", "sign", "greatest", "least", "add", "subtract", "multiply", "divide"}
DATES = {
    "strftime", "strptime", "try_strptime", "make_date", "date_part", "datepart", "date_trunc", "datetrunc", "date_add", "date_diff", "datediff", "last_day",
    "year", "month", "day", "dayofmonth", "dayofweek", "isodow", "week", "quarter", "hour", "minute", "second", "to_days", "to_months", "to_years",
    "to_timestamp", "epoch", "make_timestamp", "timezone",
}  # fmt: skip
CONDITIONS = {"coalesce", "ifnull", "nullif", "if"}
FUNCTIONS = frozenset(OPERATORS | TEXT | NUMBERS | DATES | CONDITIONS)
TYPES = frozenset({
    "VARCHAR", "TEXT", "INTEGER", "INT", "BIGINT", "SMALLINT", "HUGEINT", "DECIMAL", "NUMERIC", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "TIME",
    "TIMESTAMP WITH TIME ZONE", "INTERVAL", "TINYINT",
})  # fmt: skip
CLASSES = frozenset({"COLUMN_REF", "CONSTANT", "FUNCTION", "OPERATOR", "COMPARISON", "CONJUNCTION", "CASE", "CAST", "BETWEEN", "TYPE"})


class BadExpression(ValueError):
    """An expression that a layout may not use; the message says which part and why."""


def check_expression(text: str, columns: Iterable[str] | None = None) -> frozenset[str]:
    """Refuse everything but a harmless scalar expression; give back the columns that it reads.

    `columns`, where known, are the only names it may use (case does not matter, as in SQL).
    """
    node = _single_select(text)
    used: set[str] = set()
    _walk(node["select_list"][0], used)
    if columns is not None:
        known = {name.lower() for name in columns}
        for name in sorted(used):
            if name.lower() not in known:
                raise BadExpression(f"column {name!r} is not in the file; it has: {', '.join(sorted(columns))}")
    return frozenset(used)


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return warehouse.connect(memory="256MB", threads=1)


def _single_select(text: str) -> dict[str, Any]:
    statement = f"select (\n{text}\n)"
    answer = json.loads(_parser().cursor().execute("select json_serialize_sql(?::varchar)", [statement]).fetchall()[0][0])
    if answer.get("error"):
        raise BadExpression(f"cannot be read: {answer.get('error_message', 'syntax error')}")
    statements = answer["statements"]
    node: dict[str, Any] = statements[0]["node"]
    plain = (
        len(statements) == 1
        and node.get("type") == "SELECT_NODE"
        and len(node["select_list"]) == 1
        and node["from_table"]["type"] == "EMPTY"
        and not any(node.get(part) for part in ("where_clause", "group_expressions", "having", "qualify", "modifiers", "sample"))
        and not node["cte_map"]["map"]
    )
    if not plain:
        raise BadExpression("must be one scalar expression, without select, from or where")
    return node


def _walk(node: Any, used: set[str]) -> None:
    if isinstance(node, list):
        for child in node:
            _walk(child, used)
        return
    if not isinstance(node, dict):
        return
    if "class" in node:
        _check_node(node, used)
    for key, child in node.items():
        if isinstance(child, (dict, list)) and key not in ("qualified_name", "literal"):
            _walk(child, used)


def _check_node(node: dict[str, Any], used: set[str]) -> None:
    kind = node["class"]
    if kind not in CLASSES:
        raise BadExpression(
            f"{kind.lower().replace('_', ' ')} is not allowed here; only columns, constants, operators and listed functions"
        )
    if kind == "COLUMN_REF":
        if len(node["column_names"]) != 1:
            raise BadExpression(f"{'.'.join(node['column_names'])!r}: name a column by itself")
        used.add(node["column_names"][0])
    elif kind == "FUNCTION":
        name = str(node["function_name"]).lower()
        if node.get("schema") or node.get("catalog") or name not in FUNCTIONS:
            raise BadExpression(f"function {node['function_name']!r} is not on the list of allowed functions (docs/layouts.md)")
    elif kind == "TYPE" and str(node["type_name"]).upper() not in TYPES:
        raise BadExpression(f"type {node['type_name']!r} is not on the list of allowed types")
