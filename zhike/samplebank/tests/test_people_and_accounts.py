"""Who is in the bank: valid identifiers, possible ages, keys that lead somewhere."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import pytest
from stdnum import luhn
from stdnum.cn import ric, uscc

from zhike.ingestion.feeds import FEEDS


def _rows(read: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return read.execute(query).fetchall()


def test_resident_ids_and_codes_are_valid(read: duckdb.DuckDBPyConnection) -> None:
    for (number,) in _rows(read, "select id_no from identifiers where id_type = 'resident_id' and length(id_no) <> 15"):
        assert ric.is_valid(number), number
    for (number,) in _rows(read, "select id_no from identifiers where id_type = 'uscc'"):
        assert uscc.is_valid(number), number
    once = "select id_no from identifiers where party_key not in (select copy_key from duplicates) group by 1 having count(distinct party_key) > 1"
    assert _rows(read, once) == []


def test_resident_ids_tell_birth_date_and_sex(read: duckdb.DuckDBPyConnection) -> None:
    wrong = _rows(
        read,
        "select * from identifiers i join parties p using (party_key) where id_type = 'resident_id' and length(id_no) = 18 "
        "and (id_no[7:14] <> replace(birth_date, '-', '') or (id_no[17]::int % 2 = 1) <> (sex = 'male'))",
    )
    assert wrong == []


def test_card_numbers_pass_luhn_and_start_with_62(read: duckdb.DuckDBPyConnection) -> None:
    numbers = [n for (n,) in _rows(read, "select distinct card_no from cards")]
    assert numbers and all(luhn.is_valid(n) and n.startswith("62") for n in numbers)


def test_mobiles_look_like_mobiles(read: duckdb.DuckDBPyConnection) -> None:
    assert all(re.fullmatch(r"1[3-9]\d{9}", p) for (p,) in _rows(read, "select phone from contact_points where kind = 'mobile'"))


def test_nobody_is_too_young_or_too_old(read: duckdb.DuckDBPyConnection) -> None:
    bad = _rows(
        read,
        "select party_key from parties where birth_date is not null and (birth_date::date + interval 16 year > since_date::date "
        "or birth_date::date < date '1930-01-01')",
    )
    assert bad == []


def test_parents_are_older_than_their_children(read: duckdb.DuckDBPyConnection) -> None:
    gaps = _rows(
        read,
        "select distinct datediff('year', p.birth_date::date, c.birth_date::date) from relationships r join parties c on c.party_key = r.from_key "
        "join parties p on p.party_key = r.to_key where r.type = 'parent'",
    )
    assert gaps and all(18 <= gap <= 45 for (gap,) in gaps)


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_every_key_leads_to_a_row(read: duckdb.DuckDBPyConnection, feed: str) -> None:
    for field in FEEDS[feed].fields:
        if field.refers:
            target = FEEDS[field.refers].key[0]
            orphans = _rows(
                read,
                f"select {field.name} from {feed} where {field.name} is not null and {field.name} not in (select {target} from {field.refers}) limit 3",
            )
            assert orphans == [], f"{feed}.{field.name}"


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_a_key_is_known_no_later_than_what_refers_to_it(read: duckdb.DuckDBPyConnection, feed: str) -> None:
    for field in FEEDS[feed].fields:
        if field.refers and field.refers != feed:
            target = FEEDS[field.refers].key[0]
            late = _rows(
                read,
                f"select f.{field.name}, f._batch, t.b from {feed} f join (select {target} as k, min(_batch) as b from {field.refers} group by 1) t "
                f"on t.k = f.{field.name} where f._batch < t.b limit 3",
            )
            assert late == [], f"{feed}.{field.name}"


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_keys_are_unique_in_a_batch_required_fields_filled_and_codes_known(read: duckdb.DuckDBPyConnection, feed: str) -> None:
    spec = FEEDS[feed]
    assert _rows(read, f"select {', '.join(spec.key)} from {feed} group by {', '.join(spec.key)}, _batch having count(*) > 1 limit 3") == []
    for field in spec.fields:
        if field.required:
            assert _rows(read, f'select * from {feed} where "{field.name}" is null limit 3') == [], field.name
        if field.codes:
            codes = ", ".join(f"'{c}'" for c in field.codes)
            assert (
                _rows(read, f"select distinct {field.name} from {feed} where {field.name} is not null and {field.name} not in ({codes})")
                == []
            ), field.name
        if field.past:
            assert _rows(read, f"select {field.name}, _batch from {feed} where replace({field.name}, '-', '') > _batch limit 3") == [], (
                field.name
            )


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_values_have_their_type(read: duckdb.DuckDBPyConnection, feed: str) -> None:
    sql_types = {
        "date": "date",
        "money": "decimal(20, 2)",
        "rate": "decimal(9, 6)",
        "number": "decimal(20, 6)",
        "whole": "bigint",
        "instant": "timestamptz",
    }
    for field in FEEDS[feed].fields:
        value = f'"{field.name}"'
        if field.type in sql_types:
            assert (
                _rows(
                    read,
                    f"select {value} from {feed} where {value} is not null and try_cast({value} as {sql_types[field.type]}) is null limit 3",
                )
                == []
            ), value
        if field.type == "money":
            assert _rows(read, f"select {value} from {feed} where not regexp_full_match({value}, '-?[0-9]+\\.[0-9]{{2}}') limit 3") == [], (
                value
            )
        if field.type == "flag":
            assert _rows(read, f"select {value} from {feed} where {value} not in ('0', '1') limit 3") == [], value
