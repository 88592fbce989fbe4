"""The Czech bank through the command line into PostgreSQL: every figure of the real data, and nothing the second time."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from zhike.ingestion.tests.canonical import differing, fingerprint
from zhike.testing.databases import Bank, using
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run

pytestmark = pytest.mark.realdata

COUNTS = {
    "parties": 5369, "organisation": 77, "accounts": 4500, "account_roles": 5369, "loans": 682, "cards": 892, "standing_orders": 6471,
    "transactions": 49102,
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded(run: Run, empty_template: str, real_data: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Bank, dict[str, Any]]]:
    """A bank with Berka in it, and what `load --json` said."""
    name = f"{WORKER}_berka"
    run.create(name, like=empty_template)
    with django_db_blocker.unblock(), using(run, name):
        berka = Bank(run, name)
        yield berka, berka.load(real_data / "berka", "berka")
    run.drop(name)


def _one(bank: Bank, sql: str) -> tuple[Any, ...]:
    with bank.connected("job") as connection:
        row = connection.execute(sql).fetchone()
        assert row is not None
        return tuple(row)


def test_every_feed_is_counted_in_and_loaded(loaded: tuple[Bank, dict[str, Any]]) -> None:
    told = loaded[1]
    assert told["state"] == "loaded"
    assert {name: told["feeds"][name] for name in COUNTS} == {
        name: {"in": n, "loaded": n, "unchanged": 0, "rejected": 0} for name, n in COUNTS.items()
    }


def test_the_sums_are_those_of_the_files(loaded: tuple[Bank, dict[str, Any]]) -> None:
    bank = loaded[0]
    assert _one(bank, "select sum(amount), sum(case direction when 'credit' then amount else -amount end) from holdings_transaction") == (
        Decimal("315486449.80"), Decimal("39246142.80"),
    )  # fmt: skip
    assert _one(bank, "select sum(amount), count(*) from holdings_loan") == (Decimal("103261740.00"), 682)
    assert _one(bank, "select sum(amount), count(*) from holdings_loan where state in ('finished_unpaid', 'running_overdue')") == (
        Decimal("15580152.00"), 76,
    )  # fmt: skip
    assert _one(bank, "select sum(amount) from holdings_standingorder") == (Decimal("21228993.60"),)
    assert _one(bank, "select count(*) filter (where sex = 'female'), count(*) filter (where sex = 'male') from parties_party") == (
        2645,
        2724,
    )
    assert _one(bank, "select count(*) filter (where role = 'owner'), count(*) filter (where role = 'authorised') from holdings_accountrole") == (
        4500, 869,
    )  # fmt: skip
    assert _one(bank, "select count(*) from holdings_transaction where counterparty_bank <> ''") == (10115,)
    assert _one(bank, "select count(distinct account_id), min(booking_date)::text, max(booking_date)::text from holdings_transaction") == (
        1229, "1993-01-01", "1994-03-31",
    )  # fmt: skip


def test_account_485_has_its_131_postings_and_an_owner(loaded: tuple[Bank, dict[str, Any]]) -> None:
    row = _one(
        loaded[0],
        """select count(*), sum(t.amount), count(distinct t.party_id) from holdings_transaction t
           join holdings_account a on a.id = t.account_id where a.external_key = '485'""",
    )
    assert row == (131, Decimal("1343977.20"), 1)


def test_owners_who_live_elsewhere_than_their_branch(loaded: tuple[Bank, dict[str, Any]]) -> None:
    assert _one(
        loaded[0],
        """select count(*) from holdings_accountrole r join holdings_account a on a.id = r.account_id join access_unit u on u.id = a.unit_id
           join parties_party p on p.id = r.party_id where r.role = 'owner' and p.region <> u.name""",
    ) == (409,)  # fmt: skip


def test_no_protected_value_is_readable_in_the_database(loaded: tuple[Bank, dict[str, Any]]) -> None:
    """The owner's birth number 706213 (client 1) is present only as digest, mask and ciphertext."""
    assert _one(loaded[0], "select count(*) from parties_identifier where id_no_masked like '%706213%'") == (0,)
    assert _one(
        loaded[0], "select count(*) from access_vault where masked like '%706213%' or encode(sealed, 'escape') like '%706213%'"
    ) == (0,)


def test_the_same_files_again_change_nothing_and_say_so(loaded: tuple[Bank, dict[str, Any]], real_data: Path) -> None:
    bank, first = loaded
    before = fingerprint(bank)
    told = bank.load(real_data / "berka", "berka")
    assert told["state"] == "unchanged" and told["batch"] == first["batch"]
    assert all(counts["loaded"] == 0 and counts["unchanged"] == counts["in"] for counts in told["feeds"].values())
    assert differing(before, fingerprint(bank)) == {}


def test_forced_again_the_date_is_superseded_and_ends_the_same(loaded: tuple[Bank, dict[str, Any]], real_data: Path) -> None:
    bank = loaded[0]
    before = fingerprint(bank)
    told = bank.load(real_data / "berka", "berka", "--again")
    assert told["state"] == "loaded"
    assert differing(before, fingerprint(bank)) == {}
