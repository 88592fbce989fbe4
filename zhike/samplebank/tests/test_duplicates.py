"""Some customers stand in the bank twice, with the errors that records have; only the truth says who is whom."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from zhike.samplebank.duplicates import FIRM_KINDS, PERSON_KINDS
from zhike.samplebank.making import make
from zhike.samplebank.plan import Plan


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """A bank in which every fifth customer stands twice, so that every kind of error occurs."""
    root = tmp_path_factory.mktemp("twice") / "files"
    make(Plan(600, 1, 3, date(2026, 11, 20), 0.2), root)
    con = duckdb.connect()
    for feed in ("parties", "identifiers", "contact_points", "accounts", "balances"):
        con.execute(
            f"create table {feed} as from read_csv('{root}/*/{feed}_*.txt', delim = '|+|', header = true, all_varchar = true, quote = '', escape = '')"
        )
    con.execute(f"create table duplicates as from '{root}/truth/duplicates.parquet'")
    con.execute(
        "create table pair as select d.kind as error, o.*, c.name as copied, c.birth_date as copied_birth from duplicates d join parties o using (party_key) join parties c on c.party_key = d.copy_key"
    )
    return con


def test_every_kind_of_error_is_there(twice: duckdb.DuckDBPyConnection) -> None:
    assert {kind for (kind,) in twice.execute("select distinct kind from duplicates").fetchall()} == {*PERSON_KINDS, *FIRM_KINDS}


def test_the_error_is_where_its_kind_says(twice: duckdb.DuckDBPyConnection) -> None:
    wrong = "(error in ('typo', 'swapped', 'homophone', 'changed_name', 'short_name', 'old_form')) = (name = copied)"
    assert twice.execute(f"select error, name, copied from pair where {wrong}").fetchall() == []
    assert twice.execute("select * from pair where error <> 'card_centre' and copied_birth is distinct from birth_date").fetchall() == []


def test_an_id_of_fifteen_digits_is_the_old_form_of_the_others(twice: duckdb.DuckDBPyConnection) -> None:
    numbers = twice.execute(
        "select o.id_no, c.id_no from duplicates d join identifiers o using (party_key) join identifiers c on c.party_key = d.copy_key where d.kind = 'short_id'"
    ).fetchall()
    assert numbers and all(new[:6] + new[8:17] == old for new, old in numbers)


def test_each_copy_has_an_account_of_its_own_and_no_total_grows_by_much(twice: duckdb.DuckDBPyConnection) -> None:
    assert twice.execute("select copy_key from duplicates where copy_key not in (select party_key from accounts)").fetchall() == []
    theirs, all_of_it = twice.execute(
        "select sum(balance::decimal(20, 2)) filter (party_key in (select copy_key from duplicates)), sum(balance::decimal(20, 2)) from balances join accounts using (account_key)"
    ).fetchone() or (0, 0)
    assert 0 < theirs < all_of_it / 20


def test_about_one_and_a_half_in_a_hundred_are_planted_unless_told_otherwise(tmp_path: Path) -> None:
    make(Plan(2000, 1, 3, date(2026, 11, 20)), tmp_path / "some")
    make(Plan(300, 1, 3, date(2026, 11, 20), 0.0), tmp_path / "none")
    assert 10 <= _planted(tmp_path / "some") <= 50
    assert _planted(tmp_path / "none") == 0


def _planted(root: Path) -> int:
    with duckdb.connect() as con:
        return int(con.execute(f"select count(*) from '{root}/truth/duplicates.parquet'").fetchall()[0][0])
