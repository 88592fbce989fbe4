"""From TOML to a checked `Layout`. Every fault is named with its line, its key and what to do about it."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from zhike.ingestion.expressions import BadExpression, check_expression
from zhike.ingestion.feeds import FEEDS, Feed
from zhike.ingestion.layouts import Control, FeedMap, FieldMap, Figure, FileFormat, Layout, LayoutError, Lookup, shipped_layouts
from zhike.ingestion.readers import find_reader, reader_names
from zhike.ingestion.reasons import REASONS

FILE_KEYS = {
    "path", "encoding", "delimiter", "quote", "escape", "header", "columns", "widths", "width_unit", "skip", "skip_lines", "trailing_delimiter", "trim",
    "missing", "dates", "decimal", "thousands", "ignore", "optional", "reader", "table",
}  # fmt: skip
FEED_KEYS = {"feed", "from", "distinct", "fields", "mode", "on_missing", "where", "rows", "lookup"}
FIELD_KEYS = {
    "column", "sql", "value", "strip", "missing", "map", "otherwise", "dates", "century", "decimal", "thousands", "scale", "sign_column", "negative",
    "digest",
}  # fmt: skip
TOP_KEYS = {"name", "source", "title", "time_zone", "defaults", "files", "feed", "control", "check", "severity"}
C3_COLUMN = re.compile(
    r"(?i)(^|[^a-z])(cvv2?|cvc2?|cvn2?|pin|pin_?block|passw(or)?d|pwd|track_?[123]?(_?data)?|magstripe|mag_?stripe|card_?exp(iry|_?date)?"
    r"|expiry(_?date)?|valid_?thru|fingerprint|face_?(image|feature)|iris|.*密码|.*磁道|卡片?有效期|指纹.*|人脸.*)([^a-z]|$)"
)
T = TypeVar("T")


def load_layout(name_or_path: str | Path) -> Layout:
    """A shipped layout by its name, or one from a file. Raises LayoutError."""
    shipped = shipped_layouts()
    path = shipped.get(str(name_or_path)) or Path(name_or_path)
    if not path.is_file():
        raise LayoutError(
            str(name_or_path), 0, "layout", f"no such layout; shipped are {', '.join(shipped)}, or give the path of a .toml file"
        )
    return parse_layout(path.read_text(encoding="utf-8"), str(path), path.stem)


def parse_layout(text: str, where: str = "layout", name: str = "") -> Layout:
    """Read a layout from its text. Raises LayoutError with line and key."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise LayoutError(where, int(line.group(1)) if line else 0, "toml", str(error)) from error
    return _Reader(text, where).layout(data, name)


def forbidden_columns(columns: Iterable[str]) -> list[str]:
    """Columns that look like class C3 (card verification, PIN, password, track, expiry): refused everywhere (R30)."""
    return [column for column in columns if C3_COLUMN.search(column)]


class _Reader:
    """Walks the parsed TOML; keeps the text to say on which line a fault lies."""

    def __init__(self, text: str, where: str) -> None:
        self.lines = text.splitlines()
        self.where = where

    def fail(self, key: str, message: str, *, near: str = "") -> LayoutError:
        words = [near, key.rsplit(".", 1)[-1]] if near else [key.rsplit(".", 1)[-1]]
        line = 0
        for word in words:
            found = next(
                (
                    number
                    for number, one in enumerate(self.lines[max(line - 1, 0) :], max(line, 1))
                    if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", one)
                ),
                0,
            )
            line = found or line
        return LayoutError(self.where, line, key, message)

    def known(self, table: Mapping[str, Any], keys: set[str], key: str) -> None:
        for name in table:
            if name not in keys:
                raise self.fail(f"{key}.{name}".lstrip("."), f"unknown key; here are allowed: {', '.join(sorted(keys))}")

    def take(self, table: Mapping[str, Any], name: str, kind: type[T], default: T, key: str) -> T:
        value = table.get(name, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fail(f"{key}.{name}", f"must be {_words(kind)}, not {value!r}")
        return value

    def texts(self, table: Mapping[str, Any], name: str, key: str) -> tuple[str, ...]:
        value = table.get(name, ())
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
            raise self.fail(f"{key}.{name}", "must be a text or a list of texts")
        return tuple(value)

    def choice(self, table: Mapping[str, Any], name: str, allowed: Iterable[str], default: str, key: str) -> Any:
        value = self.take(table, name, str, default, key)
        if value not in allowed:
            raise self.fail(f"{key}.{name}", f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def layout(self, data: dict[str, Any], name: str) -> Layout:
        self.known(data, TOP_KEYS, "")
        source = self.take(data, "source", str, "", "layout")
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", source):
            raise self.fail("source", "give the source system a short name in lower-case letters, digits, - and _")
        defaults = self.take(data, "defaults", dict, {}, "layout")
        self.known(defaults, FILE_KEYS - {"path", "table"}, "defaults")
        files = {name: self.file(name, {**defaults, **table}) for name, table in self.take(data, "files", dict, {}, "layout").items()}
        feeds = tuple(self.feed(table, number, files) for number, table in enumerate(self.take(data, "feed", list, [], "layout"), 1))
        if not feeds:
            raise self.fail("feed", "a layout needs at least one [[feed]]")
        return Layout(
            name=data.get("name", name), source=source, files=files, feeds=feeds, title=data.get("title", {}), control=self.control(data.get("control")),
            figures=tuple(self.figure(table) for table in data.get("check", [])), severities=self.severities(data.get("severity", {})),
            time_zone=self.take(data, "time_zone", str, "Asia/Shanghai", "layout"),
        )  # fmt: skip

    def file(self, name: str, table: dict[str, Any]) -> FileFormat:
        key = f"files.{name}"
        self.known(table, FILE_KEYS, key)
        encoding = self.take(table, "encoding", str, "utf-8", key)
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise self.fail(
                f"{key}.encoding", f"unknown encoding {encoding!r}; known are utf-8, gbk, gb18030, latin-1, cp1250 ...", near=name
            ) from error
        widths = self.take(table, "widths", list, [], key)
        columns = self.texts(table, "columns", key)
        if widths and len(widths) != len(columns):
            raise self.fail(f"{key}.widths", f"{len(widths)} widths for {len(columns)} columns; give one each", near=name)
        header = self.take(table, "header", bool, not widths, key)
        if not header and not columns and not table.get("reader"):
            raise self.fail(f"{key}.columns", "a file without a header needs the names of its columns", near=name)
        if not table.get("path"):
            raise self.fail(f"{key}.path", 'say which files these are, for example path = "client*.txt"', near=name)
        self.refuse_c3(columns, key)
        self.known_reader(table, key)
        plain = {
            one: table[one]
            for one in (
                "delimiter",
                "quote",
                "escape",
                "skip",
                "skip_lines",
                "trailing_delimiter",
                "trim",
                "decimal",
                "thousands",
                "optional",
                "reader",
                "table",
            )
            if one in table
        }
        return FileFormat(
            name=name, path=self.take(table, "path", str, "", key), encoding=encoding, header=header, columns=columns, widths=tuple(widths),
            width_unit=self.choice(table, "width_unit", ("characters", "bytes"), "characters", key), missing=self.texts(table, "missing", key),
            dates=self.texts(table, "dates", key), ignore=self.texts(table, "ignore", key), **plain,
        )  # fmt: skip

    def known_reader(self, table: Mapping[str, Any], key: str) -> None:
        if not table.get("reader"):
            return
        reader = find_reader(str(table["reader"]))
        if reader is None:
            raise self.fail(f"{key}.reader", f"no reader {table['reader']!r}; there are {', '.join(reader_names())}")
        if table.get("table") not in reader.tables:
            raise self.fail(
                f"{key}.table", f"reader {table['reader']!r} has the tables {', '.join(reader.tables)}, not {table.get('table')!r}"
            )

    def refuse_c3(self, columns: Iterable[str], key: str) -> None:
        for column in forbidden_columns(columns):
            raise self.fail(
                f"{key}.{column}",
                "looks like card verification, PIN, password, track or expiry data (C3, R30); Zhike never takes it: leave it out of the file",
            )

    def feed(self, table: dict[str, Any], number: int, files: dict[str, FileFormat]) -> FeedMap:
        name = table.get("feed", "")
        key = f"feed[{number}]"
        if name not in FEEDS:
            raise self.fail(f"{key}.feed", f"{name!r} is not a canonical feed; they are in docs/feeds.md", near=str(name))
        self.known(table, FEED_KEYS, f"{key} ({name})")
        feed = FEEDS[name]
        rows = tuple({column: str(value) for column, value in row.items()} for row in self.take(table, "rows", list, [], key))
        source = self.take(table, "from", str, "", key)
        if bool(rows) == bool(source):
            raise self.fail(f"{key}.from", 'needs either from = "<file>" or rows = [...]', near=name)
        if source and source not in files:
            raise self.fail(f"{key}.from", f"no [files.{source}]; there are {', '.join(files)}", near=name)
        fields = self.fields(feed, table.get("fields", {}), key)
        if rows:
            fields = {column: FieldMap(column=column) for row in rows for column in row} | fields
        self.complete(feed, fields)
        where = self.take(table, "where", str, "", key)
        if where:
            self.expression(where, f"{name}.where")
        return FeedMap(
            feed=name, source=source, fields=fields, mode=self.choice(table, "mode", ("full", "changed", "incremental"), feed.mode, key),
            on_missing=self.choice(table, "on_missing", ("reject", "hold", "create"), "reject", key), where=where, rows=rows,
            lookups=tuple(self.lookup(one, name, files) for one in table.get("lookup", [])), as_named=table.get("fields") == "*",
            distinct=self.take(table, "distinct", bool, False, key),
        )  # fmt: skip

    def fields(self, feed: Feed, table: Any, key: str) -> dict[str, FieldMap]:
        if table == "*":  # the file already has the canonical names
            return {field.name: FieldMap(column=field.name) for field in feed.fields}
        if not isinstance(table, dict):
            raise self.fail(f"{key}.fields", 'must be a table of fields, or "*" for a file that has the canonical names', near=feed.name)
        return {field: self.field(feed, field, one) for field, one in table.items()}

    def complete(self, feed: Feed, fields: dict[str, FieldMap]) -> None:
        for field in fields:
            if field not in feed.by_name:
                raise self.fail(
                    f"{feed.name}.{field}", f"feed {feed.name} has no such field; it has {', '.join(feed.by_name)}", near=feed.name
                )
        lacking = [field.name for field in feed.fields if field.required and field.name not in fields]
        if lacking:
            raise self.fail(f"{feed.name}.fields", f"required fields without a source: {', '.join(lacking)}", near=feed.name)

    def field(self, feed: Feed, name: str, table: Any) -> FieldMap:
        key = f"{feed.name}.{name}"
        if isinstance(table, str):
            table = {"column": table}
        if not isinstance(table, dict):
            raise self.fail(key, 'must be a column name or a table such as { column = "x", map = { ... } }', near=feed.name)
        self.known(table, FIELD_KEYS, key)
        if sum(one in table for one in ("column", "sql", "value")) != 1:
            raise self.fail(key, "needs exactly one of column, sql, value", near=feed.name)
        self.refuse_c3([str(table.get("column", ""))], key)
        if "sql" in table:
            self.expression(table["sql"], key, near=feed.name)
        codes = {str(code): str(meaning) for code, meaning in self.take(table, "map", dict, {}, key).items()}
        self.check_codes(feed, name, [*codes.values(), str(table["value"])] if "value" in table else codes.values(), key)
        value = table.get("value")
        return FieldMap(
            column=table.get("column", ""), sql=table.get("sql", ""), value=None if value is None else _plain(value), strip=self.texts(table, "strip", key),
            missing=self.texts(table, "missing", key), codes=codes, otherwise=table.get("otherwise"), dates=self.texts(table, "dates", key),
            century=table.get("century"), decimal=self.take(table, "decimal", str, "", key), thousands=table.get("thousands"),
            scale=self.take(table, "scale", int, 1, key), sign_column=self.take(table, "sign_column", str, "", key), negative=self.texts(table, "negative", key),
            digest=self.take(table, "digest", bool, False, key),
        )  # fmt: skip

    def check_codes(self, feed: Feed, name: str, values: Iterable[str], key: str) -> None:
        known = feed.by_name[name].codes if name in feed.by_name else ()
        for value in values:
            if known and value and value not in known:
                raise self.fail(key, f"{value!r} is not a code of {feed.name}.{name}; they are {', '.join(known)}", near=feed.name)

    def expression(self, text: Any, key: str, *, near: str = "") -> None:
        try:
            self.refuse_c3(check_expression(str(text)), key)
        except BadExpression as error:
            raise self.fail(key, str(error), near=near) from error

    def lookup(self, table: dict[str, Any], feed: str, files: dict[str, FileFormat]) -> Lookup:
        key = f"{feed}.lookup"
        self.known(table, {"from", "on", "take"}, key)
        source = self.take(table, "from", str, "", key)
        if source not in files:
            raise self.fail(f"{key}.from", f"no [files.{source}]; there are {', '.join(files)}", near=feed)
        return Lookup(source, tuple(self.take(table, "on", dict, {}, key).items()), tuple(self.take(table, "take", dict, {}, key).items()))

    def control(self, table: dict[str, Any] | None) -> Control | None:
        if table is None:
            return None
        self.known(table, {"path", "form", "required"}, "control")
        return Control(self.take(table, "path", str, "*.OK", "control"), self.choice(table, "form", ("json", "lines", "flag"), "json", "control"),
                       self.take(table, "required", bool, True, "control"))  # fmt: skip

    def figure(self, table: dict[str, Any]) -> Figure:
        self.known(table, {"name", "feed", "sum", "where", "equals", "severity"}, "check")
        feed = FEEDS.get(str(table.get("feed", "")))
        if feed is None or (table.get("sum") and table["sum"] not in feed.by_name):
            raise self.fail(
                "check.feed", f"{table.get('feed')!r} with sum {table.get('sum', '')!r} is not a canonical feed with that field"
            )
        if table.get("where"):
            self.expression(table["where"], "check.where")
        return Figure(str(table.get("name", "")), feed.name, str(table.get("equals", "")), table.get("sum", ""), table.get("where", ""),
                      self.choice(table, "severity", ("reject", "warning"), "warning", "check"))  # fmt: skip

    def severities(self, table: dict[str, Any]) -> dict[str, Any]:
        for reason in table:
            if reason not in REASONS:
                raise self.fail(f"severity.{reason}", f"no such reason; they are {', '.join(sorted(REASONS))}")
            self.choice(table, reason, ("reject", "warning"), "reject", "severity")
        return cast(dict[str, Any], dict(table))


def _plain(value: object) -> str:
    return {True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)


def _words(kind: type[object]) -> str:
    return {str: "a text", bool: "true or false", int: "a whole number", list: "a list", dict: "a table"}.get(kind, kind.__name__)
