"""A report run again for September gives September's numbers; corrected, it says what is known since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from zhike.access.scope import Viewer, entered
from zhike.insight.tests.test_days_build_on_days import LAST, built, home, land, rows
from zhike.reports import answering, stands
from zhike.reports.rules import Asked, Version
from zhike.testing.databases import Bank, using

__all__ = ["home"]

SU = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=frozenset({"accounts.read", "reports.read"}))
LATER = date(2026, 10, 9)


@pytest.fixture
def _asking(shared_bank: Bank, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), using(shared_bank.run, shared_bank.name):
        yield


def averages(home: Path, on: date, version: Version) -> dict[Any, Any]:
    with entered(SU):
        stand = stands.stand(home, on, version)
        assert stand is not None
        found = answering.answer(SU, Asked(("month",), (), ("aum_average",)), stand)
    return {key: values[0] for (down, _across), values in found.cells.items() for key in down}


@pytest.mark.usefixtures("_asking")
def test_a_balance_that_comes_late_changes_the_corrected_month_and_not_the_reported_one(home: Path) -> None:
    first, _ = built(home, LAST)
    before = averages(home, LAST, "reported")
    assert averages(home, LAST, "corrected") == before
    account = rows(home, first, "holding_month", "account", "month = '2026-08-01' and line = '' and currency = 'CNY' and closing > 1000")[
        0
    ][0]
    land(home, LATER, "balances", {"account_key": [account.partition("|")[2]], "currency": ["CNY"], "balance_date": ["2026-08-20"], "balance": ["9000000.00"]})  # fmt: skip
    built(home, LATER)
    assert averages(home, LAST, "reported") == before
    since = averages(home, LAST, "corrected")
    assert since["2026-07-01"] == before["2026-07-01"]
    assert since["2026-08-01"] > before["2026-08-01"] + Decimal(1_000_000)
    assert set(averages(home, LATER, "corrected")) == {*before, "2026-10-01"}
