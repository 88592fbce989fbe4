"""Drafts a layout from sample files by looking at them: encoding, delimiter, header, forms of dates, likely keys and likely feeds.

A draft always parses and says in comments what is unsure; a person finishes it. Nothing is kept of the samples but column names and
forms, and no value is written into the draft.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from charset_normalizer import from_bytes

from zhike.ingestion.containers import members, opened
from zhike.ingestion.deliveries import SourceFile
from zhike.ingestion.feeds import FEEDS, Feed, Field
from zhike.ingestion.layout_reading import forbidden_columns
from zhike.ingestion.layouts import FileFormat
from zhike.ingestion.reading import header_names
from zhike.ingestion.synonyms import FEED_WORDS, FIELD_WORDS, words

SAMPLE = 256 << 10
DELIMITERS = ("|+|", "|@|", "||", "@|@", "^|^", "#|#", "~|~", "|$|", "\x01", "\t", "|", ";", ",", "^", "~", "\x1f", "\x1b")
DATE_FORMS = (
    (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"), (r"(19|20)\d{6}", "%Y%m%d"), (r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"), (r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y"),
    (r"\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", "%y%m%d"), (r"\d{6} \d{2}:\d{2}:\d{2}", "%y%m%d %H:%M:%S"), (r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y"),
    (r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}", "%Y-%m-%d %H:%M:%S"), (r"\d{14}", "%Y%m%d%H%M%S"), (r"\d{4}年\d{1,2}月\d{1,2}日", "%Y年%m月%d日"),
)  # fmt: skip
FILLERS = frozenset({"is", "has", "of", "the"})
MISSING = ("NULL", "null", "N/A", "NA", "?", "-", "\\N", "None", "nan", "00000000", "99991231")


@dataclass(frozen=True)
class Column:
    """What the sample shows of one column."""

    name: str
    values: tuple[str, ...]

    @cached_property
    def filled(self) -> list[str]:
        return [value for value in self.values if value and value not in MISSING]

    @cached_property
    def is_unique(self) -> bool:
        return len(self.filled) == len(self.values) == len(set(self.values)) > 0

    @cached_property
    def is_number(self) -> bool:
        return bool(self.filled) and all(re.fullmatch(r"[+-]?[\d.,]*\d", value) for value in self.filled)

    @cached_property
    def has_decimal_comma(self) -> bool:
        return self.is_number and any(re.fullmatch(r"[+-]?[\d.]*,\d{1,2}", value) for value in self.filled)

    @cached_property
    def date_form(self) -> str | None:
        for pattern, form in DATE_FORMS:
            if self.filled and all(re.fullmatch(pattern, value) for value in self.filled):
                return form
        return None

    @cached_property
    def missing(self) -> list[str]:
        return sorted({value for value in self.values if value in MISSING})


@dataclass(frozen=True)
class Sample:
    """What the beginning of one file shows."""

    key: str
    file: str
    encoding: str
    delimiter: str
    quoted: bool
    header: bool
    trailing: bool
    columns: tuple[Column, ...]


def draft(paths: Sequence[Path], source: str = "") -> str:
    """A layout in TOML for these files (folders are looked into). Raises ValueError when there is nothing to look at."""
    samples: list[Sample] = []
    for path in paths:
        folder = path if path.is_dir() else path.parent
        for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if one.is_file() and not one.name.startswith(".") and one.suffix.lower() not in (".ok", ".md"):
                samples += filter(None, (look(SourceFile(*member), {sample.key for sample in samples}) for member in members(one, folder)))
    if not samples:
        raise ValueError("there is no file to look at")
    name = source or _slug(paths[0].name if paths[0].is_dir() else paths[0].parent.name) or "bank"
    parts = [
        "# Drafted from samples. Lines with ??? want a look; docs/layouts.md says what can stand here, docs/feeds.md what the feeds are.",
        f"source = {_toml(name)}",
        "",
    ]
    parts += [_file_part(sample) for sample in samples]
    feeds = [part for sample in samples for part in _feed_parts(sample)]
    return "\n".join(parts + (feeds or [_placeholder(samples[0])])) + "\n"


def look(file: SourceFile, taken: set[str]) -> Sample | None:
    """What a file looks like; None for one without any line."""
    with opened(file.path, file.member) as stream:
        raw = stream.read(SAMPLE)
    whole = len(raw) < SAMPLE
    raw = raw if whole else raw[: raw.rfind(b"\n") + 1]
    encoding = guess_encoding(raw)
    lines = [line for line in raw.decode(encoding, errors="replace").lstrip("\ufeff").splitlines() if line.strip()]
    if not lines:
        return None
    delimiter = guess_delimiter(lines)
    quoted = any(line.startswith('"') or f'{delimiter}"' in line for line in lines[:200])
    form = FileFormat("sample", "", delimiter=delimiter, quote='"' if quoted else "")
    rows = [header_names(line, form) for line in lines[:2000]]
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    trailing = all(row[-1] == "" for row in rows if len(row) == width) and width > 1 and lines[0].endswith(delimiter)
    header = _looks_like_header(rows)
    names = rows[0] if header else [f"column{place}" for place in range(1, width + 1)]
    body = [row for row in rows[1 if header else 0 :] if len(row) == width]
    names = names[:-1] if trailing else names
    columns = tuple(
        Column(name or f"column{place + 1}", tuple(row[place] for row in body if place < len(row))) for place, name in enumerate(names)
    )
    key = base = _slug(re.sub(r"(\.\w{1,4})+$|[_-]?\d{6,8}", "", file.name.rsplit("/", 1)[-1])) or "file"
    number = 1
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return Sample(key, re.sub(r"\d{8}", "*", file.name.removesuffix(".gz")), encoding, delimiter, quoted, header, trailing, columns)


def guess_encoding(raw: bytes) -> str:
    """UTF-8 when it is; else GB18030 when every byte pair fits and common Chinese characters come out; else the library's guess."""
    if raw.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    for encoding in ("ascii", "utf-8"):
        if _decodes(raw, encoding):
            return "utf-8"
    if _decodes(raw, "gb18030"):
        text = raw.decode("gb18030")
        chinese = sum("\u4e00" <= one <= "\u9fff" for one in text)
        # the first level of GB 2312 (bytes B0 to D7) holds the everyday characters; Latin text read as GBK falls elsewhere
        if chinese and sum(0xB0 <= byte <= 0xD7 for byte in raw) >= chinese * 0.6:
            return "gbk" if _decodes(raw, "gbk") else "gb18030"
    best = from_bytes(raw[:65536]).best()
    return best.encoding.replace("_", "-") if best else "latin-1"


def guess_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that parts most lines into the same number of values, longer ones first."""
    sample = lines[:200]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        count, share = Counter(line.count(delimiter) for line in sample).most_common(1)[0]
        score = share / len(sample) * min(count, 20) * len(delimiter)
        if count and score > best_score:
            best, best_score = delimiter, score
    return best


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start > len(raw) - 4 and len(raw) >= SAMPLE - 4096
    return True


def _looks_like_header(rows: list[list[str]]) -> bool:
    """Names are no numbers, are all different, and do not come again below."""
    first = rows[0]
    if len(rows) == 1 or any(re.fullmatch(r"[+-]?[\d.,:/ -]+", value) for value in first if value) or len(set(first)) < len(first):
        return False
    below = {value for row in rows[1:] for value in row}
    return not any(name in below for name in first if name)


def _file_part(sample: Sample) -> str:
    lines = [
        f"[files.{sample.key}]",
        f"path = {_toml(sample.file)}",
        f"encoding = {_toml(sample.encoding)}",
        f"delimiter = {_toml(sample.delimiter)}",
        f"quote = {_toml(chr(34) if sample.quoted else '')}",
    ]
    names = [column.name for column in sample.columns]
    forbidden = forbidden_columns(names)
    if not sample.header:
        lines += [
            "header = false",
            f"columns = {_toml([name for name in names if name not in forbidden])} # ??? no header was seen: give the names",
        ]
    if sample.trailing:
        lines.append("trailing_delimiter = true")
    if missing := sorted({value for column in sample.columns for value in column.missing}):
        lines.append(f"missing = {_toml(missing)} # ??? do these mean that a value is missing")
    if forms := sorted({column.date_form for column in sample.columns if column.date_form and _date_likely(column)}):
        lines.append(f"dates = {_toml(forms)}")
    if any(column.has_decimal_comma for column in sample.columns):
        lines += ['decimal = ","', 'thousands = "."']
    taken = {column for _, fields in _likely_feeds(sample) for column in fields.values()}
    if left := [name for name in names if name not in taken and name not in forbidden]:
        lines.append(f"# ignore = {_toml(left)} # ??? no feed takes these yet: map them, or take the # away")
    lines += [f"# C3 (R30): {', '.join(forbidden)} may not be delivered; ask the source to leave them out"] if forbidden else []
    return "\n".join([*lines, ""])


def _date_likely(column: Column) -> bool:
    """Six digits are a date only where the name says so too."""
    return column.date_form != "%y%m%d" or bool(words(column.name) & {"date", "issued", "opened", "day", "birth", "日期", "生日"})


def _likely_feeds(sample: Sample) -> list[tuple[Feed, dict[str, str]]]:
    """The feed that a file most likely fills, with its fields; none when nothing fits."""
    file_words = words(Path(sample.file).name)
    scored = []
    for feed in FEEDS.values():
        fields = _match(feed, sample)
        named = len(file_words & FEED_WORDS.get(feed.name, frozenset())) * 4
        required = [field for field in feed.fields if field.required]
        covered = sum(field.name in fields for field in required) / len(required)
        scored.append((named + len(fields) * 0.5 + covered * 3, feed, fields))
    score, feed, fields = max(scored, key=lambda one: one[0])
    return [(feed, fields)] if score >= 4 and fields else []


def _match(feed: Feed, sample: Sample) -> dict[str, str]:
    """Field → column, each column once, the closest first."""
    pairs = sorted(
        ((_closeness(field, column, feed), field.name, column.name) for field in feed.fields for column in sample.columns),
        key=lambda one: -one[0],
    )
    fields: dict[str, str] = {}
    forbidden = set(forbidden_columns([column.name for column in sample.columns]))
    for score, field_name, column_name in pairs:
        if score > 0.5 and field_name not in fields and column_name not in fields.values() and column_name not in forbidden:
            fields[field_name] = column_name
    return fields


def _closeness(field: Field, column: Column, feed: Feed) -> float:
    said, meant = words(column.name), FIELD_WORDS.get(field.name, frozenset()) | words(field.name)
    common = len((said & meant) - FILLERS)
    if not common and column.name.lower() != field.name:
        return 0.0
    score = 2.0 if column.name.lower() == field.name else common / max(len(said), 1)
    if field.type == "date":
        score += 0.5 if column.date_form else -1
    if field.type in ("money", "rate", "number", "whole"):
        score += 0.3 if column.is_number else -1
    if field.name == feed.key[0]:
        score += 0.6 if column.is_unique else 0
    return score


def _feed_parts(sample: Sample) -> list[str]:
    parts = []
    for feed, fields in _likely_feeds(sample):
        lines = ["[[feed]]", f"feed = {_toml(feed.name)} # ??? by its name and columns", f"from = {_toml(sample.key)}", "[feed.fields]"]
        columns = {column.name: column for column in sample.columns}
        for field in feed.fields:
            if field.name in fields:
                lines.append(_field_line(field, columns[fields[field.name]]))
            elif field.required:
                value = field.codes[0] if field.codes else "CNY" if field.name == "currency" else "???"
                lines.append(f"{field.name} = {{ value = {_toml(value)} }} # ??? required, and no column looks like it")
        parts.append("\n".join([*lines, ""]))
    return parts


def _field_line(field: Field, column: Column) -> str:
    if not field.codes:
        return f"{field.name} = {_toml(column.name)}"
    # the codes that a bank uses are no personal data: short, few and repeated
    seen = sorted(set(column.filled))
    known = {value: value for value in seen if value in field.codes}
    unknown = [value for value in seen if value not in known] if len(seen) <= 12 else []
    comment = (
        f" # ??? codes: {', '.join(field.codes)}; seen without a meaning: {', '.join(repr(one) for one in unknown)}" if unknown else ""
    )
    return f"{field.name} = {_toml(column.name)}{comment}" if not known or unknown else f"{field.name} = {_toml(column.name)}"


def _placeholder(sample: Sample) -> str:
    """A layout needs a feed; this one shows where to begin."""
    first = _toml(sample.columns[0].name)
    return f'# ??? no feed was recognised: choose one of docs/feeds.md\n[[feed]]\nfeed = "parties"\nfrom = {_toml(sample.key)}\n[feed.fields]\nparty_key = {first}\nkind = {{ value = "individual" }}\nname = {first}\n'


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40]


def _toml(value: str | Sequence[str]) -> str:
    if not isinstance(value, str):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    escaped = "".join(
        f"\\u{ord(one):04x}" if ord(one) < 32 or ord(one) == 127 else {'"': '\\"', "\\": "\\\\"}.get(one, one) for one in value
    )
    return f'"{escaped}"'
