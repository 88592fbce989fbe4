"""A layout's expressions → the canonical text fields of a feed, as one SQL select over the text that was read.

Canonical text: dates YYYY-MM-DD, instants ISO with offset, plain decimals, canonical codes, flags 1/0, missing as null. What the
layout cannot make sense of keeps its text behind the SUBSTITUTE character (which no source line may contain), so that the check
names it and the value can be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zhike.ingestion.expressions import check_expression
from zhike.ingestion.feeds import FEEDS, Field
from zhike.ingestion.layouts import FeedMap, FieldMap, FileFormat, Layout
from zhike.ingestion.records import SUBSTITUTE

MARK = f"chr({SUBSTITUTE})"
NUMERIC = ("money", "rate", "number", "whole")
TRUE = ("1", "y", "yes", "true", "t", "是")
FALSE = ("0", "n", "no", "false", "f", "否")


def name(identifier: str) -> str:
    """An identifier in SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A literal in SQL."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """A list of literals in SQL."""
    return ", ".join(text(value) for value in values)


def mapped_select(layout: Layout, entry: FeedMap, tables: Mapping[str, tuple[str, tuple[str, ...]]]) -> str:
    """The select that gives the canonical text fields of one [[feed]] entry, with `_file` and `_line`.

    `tables` maps the layout's file names to (engine table, its columns). A column that the layout names and the file lacks is null.
    """
    feed = FEEDS[entry.feed]
    if entry.rows:
        source, form = _literal_rows(entry), FileFormat("rows", "layout")
    else:
        source, form = _clean_source(layout, entry, tables), layout.files[entry.source]
    columns = [f"{_expression(entry.fields.get(field.name), field, form, layout.time_zone)} as {name(field.name)}" for field in feed.fields]
    where = f"\nwhere try(\n{entry.where}\n)" if entry.where else ""
    select = f"select {', '.join(columns)}, _file, _line\nfrom {source}{where}"
    if entry.distinct:
        keys = ", ".join(name(key) for key in feed.key)
        return f"(select distinct on ({keys}) * from ({select}) order by {keys}, _file, _line)"
    return select


def used_columns(entry: FeedMap) -> set[str]:
    """The columns of its file that an entry reads (not those that a look-up brings)."""
    used = {field.column for field in entry.fields.values()} | {field.sign_column for field in entry.fields.values()}
    used |= {column for lookup in entry.lookups for column, _ in lookup.on}
    for expression in (entry.where, *(field.sql for field in entry.fields.values())):
        used |= check_expression(expression) if expression else frozenset()
    return used - {""} - {new for lookup in entry.lookups for new, _ in lookup.take}


def _literal_rows(entry: FeedMap) -> str:
    columns = list(dict.fromkeys(column for row in entry.rows for column in row))
    rows = ", ".join(
        "(" + ", ".join(text(row[column]) if row.get(column) else "null::varchar" for column in columns) + f", {place})"
        for place, row in enumerate(entry.rows, 1)
    )
    return f"(select *, 'layout' as _file from (values {rows}) as v({', '.join(name(column) for column in columns)}, _line)) as s"


def _clean_source(layout: Layout, entry: FeedMap, tables: Mapping[str, tuple[str, tuple[str, ...]]]) -> str:
    form = layout.files[entry.source]
    table, present = tables[entry.source]
    known = {column.lower() for column in present}
    absent = {column.lower(): column for column in sorted(used_columns(entry)) if column.lower() not in known}
    parts = [f"{_clean(name(column), form)} as {name(column)}" for column in present] + [
        f"null::varchar as {name(column)}" for column in absent.values()
    ]
    source = f"(select {', '.join([*parts, '_file', '_line'])} from {table})"
    if not entry.lookups:
        return f"{source} as s"
    joins, taken = [], []
    for place, lookup in enumerate(entry.lookups):
        if lookup.source not in tables:  # the file was not delivered: nothing is found
            taken += [f"null::varchar as {name(new)}" for new, _ in lookup.take]
            continue
        other, other_form = tables[lookup.source][0], layout.files[lookup.source]
        keys = ", ".join(f"{_clean(name(theirs), other_form)} as k{n}" for n, (_, theirs) in enumerate(lookup.on))
        values = ", ".join(f"{_clean(name(column), other_form)} as {name(new)}" for new, column in lookup.take)
        condition = " and ".join(f"l{place}.k{n} = m.{name(ours)}" for n, (ours, _) in enumerate(lookup.on))
        joins.append(
            f"left join (select distinct on ({', '.join(f'k{n}' for n in range(len(lookup.on)))}) * from (select {keys}, {values} from {other})) as l{place} on {condition}"
        )
        taken += [f"l{place}.{name(new)}" for new, _ in lookup.take]
    return f"(select m.*, {', '.join(taken)} from {source} as m {' '.join(joins)}) as s"


def _clean(column: str, form: FileFormat) -> str:
    bare = f"trim({column})" if form.trim else column
    if form.missing:
        return f"case when {bare} in ({texts(('', *form.missing))}) then null else {bare} end"
    kept = f"nullif({bare}, '')"
    # trim knows every space of Unicode and so costs a sixth of reading a journal; plain characters without a space at either end need none
    plain = f"{column} >= '!' and strlen({column}) = length({column}) and not suffix({column}, ' ')"
    return f"case when {plain} then {column} else {kept} end" if form.trim else kept


def _expression(how: FieldMap | None, field: Field, form: FileFormat, zone: str) -> str:
    if how is None:
        return "null::varchar"
    if how.value is not None:
        return f"{text(how.value)}::varchar" if how.value else "null::varchar"
    value = name(how.column) if how.column else f"nullif(cast(try(\n{how.sql}\n) as varchar), '')"
    if how.missing:
        value = f"case when {value} in ({texts(how.missing)}) then null else {value} end"
    if how.strip:
        prefix = "|".join(_escaped(one) for one in how.strip)
        value = f"regexp_replace({value}, {text(f'^(?:{prefix})')}, '')"
    if how.digest:
        return f"keyed_digest({value})"
    return _coded(value, how) if how.codes else _in_form(value, how, field, form, zone)


def _in_form(value: str, how: FieldMap, field: Field, form: FileFormat, zone: str) -> str:
    """A value in the canonical form of its type."""
    if field.type in NUMERIC:
        return _number(value, how, form)
    if field.type == "date":
        return _date(value, how, form)
    if field.type == "instant":
        return _instant(value, how, zone)
    if field.type == "flag":
        return f"case when {value} is null then null when lower({value}) in ({texts(TRUE)}) then '1' when lower({value}) in ({texts(FALSE)}) then '0' else {MARK} || {value} end"
    return value


def _escaped(word: str) -> str:
    return "".join(one if one.isalnum() else f"\\{one}" for one in word)


def _coded(value: str, how: FieldMap) -> str:
    cases = " ".join(f"when {text(code)} then {text(meaning) if meaning else 'null'}" for code, meaning in how.codes.items() if code)
    empty = f"when {value} is null then {text(how.codes[''])}" if how.codes.get("") else ""
    if how.otherwise == "keep":
        other = value
    elif how.otherwise == "missing":
        other = "null"
    else:
        other = f"{MARK} || {value}" if how.otherwise is None else f"case when {value} is not null then {text(how.otherwise)} end"
    inner = f"case {value} {cases} else {other} end" if cases else other
    return f"case {empty} else {inner} end" if empty else inner


def _number(value: str, how: FieldMap, form: FileFormat) -> str:
    decimal = how.decimal or form.decimal
    thousands = form.thousands if how.thousands is None else how.thousands
    plain = value
    if decimal != "." or thousands:
        point, group = _escaped(decimal), _escaped(thousands)
        grouped = f"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+(?:{point}[0-9]+)?|" if thousands else ""
        pattern = f"[+-]?(?:{grouped}[0-9]+(?:{point}[0-9]+)?|{point}[0-9]+)"
        bare = f"replace({value}, {text(thousands)}, '')" if thousands else value
        bare = f"replace({bare}, {text(decimal)}, '.')" if decimal != "." else bare
        plain = f"case when regexp_full_match({value}, {text(pattern)}) then {bare} else {MARK} || {value} end"
    if how.scale != 1:
        digits = len(str(how.scale)) - 1
        plain = f"coalesce(try_cast(try_cast({plain} as decimal(38,{digits})) / {how.scale} as decimal(38,{digits}))::varchar, {MARK} || {value})"
    if how.sign_column:
        plain = f"case when {name(how.sign_column)} in ({texts(how.negative)}) then case when starts_with({plain}, '-') then {plain}[2:] else '-' || {plain} end else {plain} end"
    return plain


def _date(value: str, how: FieldMap, form: FileFormat) -> str:
    forms = how.dates or form.dates
    if not forms:
        return value
    read = f"try_strptime({_with_digits(value)}, [{texts(forms)}])"
    if how.century is not None:
        read = f"try(make_date({how.century} + year({read}) % 100, month({read}), day({read})))"
    return f"coalesce(strftime({read}, '%Y-%m-%d'), {MARK} || {value})"


def _with_digits(value: str) -> str:
    """The words infinity and epoch are dates to the engine, whatever form is asked for; to a bank they are none."""
    return f"case when regexp_matches({value}, '[0-9]') then {value} end"


def _instant(value: str, how: FieldMap, zone: str) -> str:
    """With an offset as it stands; without one it is the bank's local time."""
    written = _with_digits(value)
    local = f"try_strptime({written}, [{texts(how.dates)}])" if how.dates else f"try_cast({written} as timestamp)"
    as_utc = f"strftime(timezone({text(zone)}, {local}) at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%g+00:00')"
    return f"case when regexp_matches({value}, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$') then {value} else coalesce({as_utc}, case when {value} is not null then {MARK} || {value} end) end"
