"""What PostgreSQL shows is what was computed, whether a day moved most rows, one row or none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from zhike.insight.profile_fields import FIELDS
from zhike.insight.tests.computed import LAST, Computed
from zhike.testing.databases import Bank

DAY_BEFORE = date(2026, 9, 29)
# who was given a tier by hand is served by what holds today, which the computed day need not know
COLUMNS = ", ".join(field.key for field in FIELDS if field.key != "tier_service")


@pytest.fixture(scope="module")
def bank(shared_bank: Bank) -> Bank:
    shared_bank.zhike("insight", "build", "--as-of", DAY_BEFORE.isoformat())
    return shared_bank


def shown(bank: Bank) -> list[Any]:
    with bank.connected("job") as job:
        return job.execute(f"select id, {COLUMNS} from insight_profile order by id").fetchall()


def computed(bank: Bank, day: date) -> list[Any]:
    return Computed(bank).ask(f"select party_id, {COLUMNS} from profile order by party_id", Computed(bank).snapshot(day))


def written(bank: Bank) -> list[int]:
    """How many rows each transaction wrote whose rows are shown, the largest number last."""
    with bank.connected("job") as job:
        return [row[0] for row in job.execute("select count(*) from insight_profile group by xmin::text order by 1").fetchall()]


def test_a_first_day_a_next_one_and_one_customer_set_anew(bank: Bank) -> None:
    first = shown(bank)
    assert first == computed(bank, DAY_BEFORE) and written(bank) == [len(first)] and len(first) > 250

    bank.zhike("insight", "build")
    assert shown(bank) == computed(bank, LAST) != first
    assert set(shown(bank)) & set(first), "some did not move, so that rows told apart would be written by two builds"
    assert written(bank) == [len(first)], "averages of most customers moved, so all rows were written"

    party = first[0][0]
    with bank.connected("job") as job:
        job.execute(
            "insert into insight_tieroverride (party_id, tier, from_date, until_date, why, tier_was, cost, given_at, given_name, approved_name, ended_name)"
            " values (%s, 'private', %s, %s, 'x', '', 0, now(), '', '', '')",
            [party, DAY_BEFORE, date(2026, 10, 1)],
        )
    bank.zhike("insight", "build")
    assert shown(bank) == computed(bank, LAST)
    assert written(bank) == [1, len(first) - 1], "nobody else's row was written"
