"""Checks a landed feed set-wise in the engine: typed good rows in one table, and what is wrong with the others in another.

One scan casts every field and marks the rows with any fault; only those are then looked at again to name each fault. Duplicates
are found by a hash of the key and confirmed on the key itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from zhike.ingestion.feeds import Feed, Field
from zhike.ingestion.forgotten import is_hers
from zhike.ingestion.mapping import MARK, name, text, texts
from zhike.ingestion.reasons import REASONS, SEAL_REASONS
from zhike.ingestion.screening import REASON, SECRET
from zhike.insight.warehouse import quoted

CASTS = {
    "date": "date",
    "instant": "timestamptz",
    "money": "decimal(20,2)",
    "rate": "decimal(9,6)",
    "number": "decimal(20,6)",
    "whole": "bigint",
}
BAD = {
    "date": "bad_date",
    "instant": "bad_instant",
    "money": "bad_number",
    "rate": "bad_number",
    "number": "bad_number",
    "whole": "bad_number",
    "flag": "bad_flag",
}
NOT_NEGATIVE = ("amount", "principal", "limit_amount", "registered_capital")
ORDERS = (
    ("from_date", "to_date"), ("opened_date", "closed_date"), ("start_date", "maturity_date"), ("granted_date", "maturity_date"), ("issued_date", "expires_date"),
    ("joined_date", "left_date"), ("since_date", "left_date"), ("on_sale_date", "off_sale_date"), ("assessed_date", "valid_to_date"), ("opened_at", "closed_at"),
)  # fmt: skip
ONE_OF = {"contact_points": ("phone", "email", "address")}


@dataclass(frozen=True)
class Rule:
    """One check of one field: where `condition` holds on landed text (`p`) and typed value (`t`), `reason` is said of `field`."""

    field: str
    reason: str
    condition: str
    shown: str  # SQL of what is shown of the value
    but: str = ""  # a further condition, of something that has been named already
    is_marked: bool = False  # what is wrong stands in the text as a MARK

    @property
    def holds(self) -> str:
        """SQL of whether the fault is to be named."""
        return f"({self.condition}) {self.but}"


@dataclass(frozen=True)
class Checked:
    """What came of a check: `good` and `faults` are tables; rows with a rejecting fault are not in `good`."""

    good: str
    faults: str
    count_in: int
    count_good: int


def check_feed(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    landing: Path,
    batch_date: date,
    severities: Mapping[str, str],
    prefix: str,
    *,
    has_gone: bool = False,
) -> Checked:
    """Check one landed feed. Makes `<prefix>_good` (typed columns, `_row`, `_file`, `_line`, `_suspect`) and `<prefix>_faults`
    (`_row, _file, _line, field, reason, severity, value_masked`). `has_gone`: lines of forgotten customers may be among them."""
    good, faults = f"{prefix}_good", f"{prefix}_faults"
    rules = list(_rules(feed, batch_date))
    source = f"read_parquet({quoted(landing)}, file_row_number = true)"
    typed = f"select p, {', '.join(f'{_typed(field)} as {name(field.name)}' for field in feed.fields)} from {source} as p"
    kept = ", ".join(_kept(field) for field in feed.fields)
    suspect = _suspicion(feed, rules)
    if has_gone:  # the line of somebody forgotten is empty on purpose
        suspect = f"({suspect}) and not ({is_hers(feed, 'p.')})"
    connection.execute(
        f"create or replace table {good} as select {kept}, p.file_row_number as _row, p._file as _file, p._line as _line, {suspect} as _suspect from ({typed}) as t"
    )
    count_in, suspects = connection.execute(f"select count(*), count(*) filter (where _suspect) from {good}").fetchall()[0]
    connection.execute(
        f"create or replace table {faults} (_row bigint, _file varchar, _line bigint, field varchar, reason varchar, severity varchar, value_masked varchar)"
    )
    refused = 0
    if suspects:
        _name_faults(connection, rules, typed, good, faults)
        refused = _refuse(connection, good, faults, severities)
    if _repeats(connection, feed, good, is_hers(feed) if has_gone else "false"):
        _name_repeats(connection, feed, good, faults, source)
        refused += _refuse(connection, good, faults, severities)
    return Checked(good, faults, count_in, count_in - refused)


def _suspicion(feed: Feed, rules: list[Rule]) -> str:
    """SQL that holds for every row with a fault, and for few others. One look finds a MARK in any of its texts."""
    marked = f"contains(concat_ws('', {', '.join(f'p.{name(field.name)}' for field in feed.fields if not field.seal)}), {MARK})"
    return " or ".join([marked, *(f"coalesce({rule.condition}, false)" for rule in rules if not rule.is_marked)])


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def _name_faults(connection: duckdb.DuckDBPyConnection, rules: list[Rule], typed: str, good: str, faults: str) -> None:
    cases = ", ".join(
        f"case when {rule.holds} then struct_pack(field := {text(rule.field)}, reason := {text(rule.reason)}, shown := ({rule.shown})::varchar) end"
        for rule in rules
    )
    # a field that cannot be read is named once: what follows from it (negative, in the future) is not looked at
    connection.execute(
        f"insert into {faults} select _row, _file, _line, f.field, f.reason, '', f.shown from ("
        f"select p.file_row_number as _row, p._file as _file, p._line as _line, unnest(list_filter([{cases}], lambda one: one is not null)) as f"
        f" from ({typed}) as t where p.file_row_number in (select _row from {good} where _suspect))"
    )


def _refuse(connection: duckdb.DuckDBPyConnection, good: str, faults: str, severities: Mapping[str, str]) -> int:
    """Weigh the faults just named and take the rows that may not pass out of the good ones. Gives their number."""
    known = {code: severities.get(code, reason.severity) for code, reason in REASONS.items()}
    warnings = [code for code, severity in known.items() if severity == "warning"]
    connection.execute(
        f"update {faults} set severity = case when reason in ({texts(warnings)}) then 'warning' else 'reject' end where severity = ''"
    )
    return _one(connection, f"delete from {good} where _row in (select _row from {faults} where severity = 'reject')")


def _typed(field: Field) -> str:
    column = f"p.{name(field.name)}"
    if field.seal:
        return f"p.{name(field.name + '_digest')}"
    if field.type == "flag":
        return f"case {column} when '1' then true when '0' then false end"
    if field.type in ("date", "instant"):
        # the words infinity and epoch are dates to the engine, not to a bank
        return f"case when starts_with({column}, '1') or starts_with({column}, '2') or starts_with({column}, '9') then try_cast({column} as {CASTS[field.type]}) end"
    if field.type in CASTS:
        return f"try_cast({column} as {CASTS[field.type]})"
    return column


def _kept(field: Field) -> str:
    if not field.seal:
        return f"t.{name(field.name)} as {name(field.name)}"
    return ", ".join(f"p.{name(field.name + part)} as {name(field.name + part)}" for part in ("_digest", "_last4", "_masked"))


def _rules(feed: Feed, batch_date: date) -> Iterator[Rule]:
    for field in feed.fields:
        yield from _sealed_rules(field) if field.seal else _field_rules(field, batch_date)
    for begin, end in ORDERS:
        if begin in feed.by_name and end in feed.by_name:
            yield Rule(end, "date_order", f"t.{name(end)} < t.{name(begin)}", f"p.{name(end)}")
    if feed.name in ONE_OF:
        filled = " + ".join(f"(p.{name(field + '_digest')} is not null)::int" for field in ONE_OF[feed.name])
        yield Rule(", ".join(ONE_OF[feed.name]), "one_of", f"({filled}) <> 1", "''")


def _sealed_rules(field: Field) -> Iterator[Rule]:
    masked = f"p.{name(field.name + '_masked')}"
    if field.required:
        yield Rule(field.name, "missing_value", f"p.{name(field.name + '_digest')} is null", "''")
    reason, fault = SEAL_REASONS.get(field.seal or ""), f"p.{name(field.name + '_fault')}"
    yield Rule(field.name, REASON, f"{fault} = {text(REASON)}", "''")
    if reason:
        yield Rule(field.name, reason, f"{fault} = {text(reason)}", masked)


def _field_rules(field: Field, batch_date: date) -> Iterator[Rule]:
    raw, typed = f"p.{name(field.name)}", f"t.{name(field.name)}"
    shown = _shown(field, raw)
    yield Rule(field.name, REASON, f"starts_with({raw}, {SECRET})", "''", is_marked=True)
    if field.required:
        yield Rule(field.name, "missing_value", f"{raw} is null", "''")
    other = f"and not starts_with({raw}, {SECRET})"
    if field.type in BAD:
        yield Rule(field.name, BAD[field.type], f"{raw} is not null and {typed} is null", shown, other)
    elif field.codes:
        yield Rule(field.name, "unknown_code", f"{raw} not in ({texts(field.codes)})", shown, other)
    else:
        yield Rule(field.name, "unknown_code", f"starts_with({raw}, {MARK})", shown, other, is_marked=True)
    if field.past and field.type == "date":
        yield Rule(field.name, "future_date", f"{typed} > date '{batch_date}'", shown)
    if field.type == "money":
        exact = f"length({raw}) - strpos({raw}, '.') > 2 and strpos({raw}, '.') > 0 and try_cast({raw} as decimal(38,8)) <> {typed}"
        yield Rule(field.name, "rounded", exact, shown)
    if field.name in NOT_NEGATIVE and field.type == "money":
        yield Rule(field.name, "negative_amount", f"{typed} < 0", shown)


def _shown(field: Field, raw: str) -> str:
    """What may be seen of a value in a reject list: class C2, and of what looks like a number of somebody, only its first character (decision 13)."""
    bare = f"replace({raw}, {MARK}, '')"
    first = f"left({bare}, 1) || '•••'"
    # a long number in a field that should hold none is a telephone, card or ID number that slipped over from another column
    return first if field.c == 2 else f"case when regexp_matches({bare}, '[0-9]{{9,}}') then {first} else left({bare}, 40) end"


def _repeats(connection: duckdb.DuckDBPyConnection, feed: Feed, good: str, without: str) -> bool:
    """Whether the hash of a key occurs twice; then `repeated` holds those that do. `without`: SQL of rows that have no key of their own any more."""
    where = "" if without == "false" else f"where not ({without})"
    repeated = f"select {_hashed(feed)} as h from {good} {where} group by 1 having count(*) > 1"
    if not _one(connection, f"select count(*) from ({repeated})"):
        return False
    connection.execute(f"create or replace temp table repeated as {repeated}")
    return True


def _hashed(feed: Feed) -> str:
    return f"hash({', '.join(_key_columns(feed))})"


def _key_columns(feed: Feed) -> list[str]:
    return [name(field + "_digest") if feed.by_name[field].seal else name(field) for field in feed.key]


def _name_repeats(connection: duckdb.DuckDBPyConnection, feed: Feed, good: str, faults: str, source: str) -> None:
    content = "hash(p." + ", p.".join(name(field.name + "_digest") if field.seal else name(field.name) for field in feed.fields) + ")"
    numbered = (
        f"select g._row, g._file, g._line, row_number() over w as n, first_value({content}) over w <> {content} as other, {keys_shown(feed)} as shown"
        f" from (select * from {good} where {_hashed(feed)} in (select h from repeated)) as g join {source} as p on p.file_row_number = g._row"
        f" window w as (partition by {', '.join('g.' + key for key in _key_columns(feed))} order by g._file, g._line)"
    )
    connection.execute(
        f"insert into {faults} select _row, _file, _line, {text(', '.join(feed.key))}, case when other then 'conflicting_key' else 'duplicate_key' end, '', shown"
        f" from ({numbered}) where n > 1"
    )


def keys_shown(feed: Feed) -> str:
    """What a reject list shows of a key: the key fields, a protected one masked."""
    parts = ", ".join(f"g.{name(field + '_masked')}" if feed.by_name[field].seal else f"g.{name(field)}::varchar" for field in feed.key)
    return f"left(concat_ws(' · ', {parts}), 80)"
