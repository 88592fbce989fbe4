"""Where the payment network lies, and which of its days a build may know: the last one up to its own business date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ibis

MONEY = "decimal(18,2)"
# What the network says of a customer, as fields of the profile (`profile_network`); the file `customer.parquet` of each day.
FACTS = ibis.schema({
    "party_id": "int64", "network_date": "date", "network_community": "string", "network_community_size": "int32", "network_influence": "int32",
    "network_payers": "int32", "network_payees": "int32", "network_received_12m": MONEY, "network_paid_12m": MONEY, "outside_payees": "int32",
    "outside_paid_12m": MONEY, "outside_paid_most_12m": MONEY, "outside_received_12m": MONEY, "employer_is_customer": "boolean",
    "employer_staff_here": "int32", "staff_here": "int32", "guarantee_group_size": "int32", "is_in_guarantee_circle": "boolean",
})  # fmt: skip


def folder(home: Path) -> Path:
    """Where the marts lie, each day in a folder of its own."""
    return home / "warehouse" / "network"


def days(home: Path) -> list[date]:
    """The business dates that are computed, in order."""
    found = folder(home).iterdir() if folder(home).is_dir() else ()
    return sorted(date.fromisoformat(path.name) for path in found if path.name.isdigit())


def computed_on(home: Path) -> date | None:
    """The business date of the network that is shown."""
    return max(days(home), default=None)


def facts_on(home: Path, day: date) -> Path | None:
    """What the network said of customers as of the last day it was computed for up to this one; None where there is none."""
    return _last_of(home, "customer", day)


def dealings_on(home: Path, day: date) -> Path | None:
    """Whom whose payments reach, of the last network up to a day that knows it; None where there is none."""
    return _last_of(home, "dealing", day)


def _last_of(home: Path, mart: str, day: date) -> Path | None:
    known = [folder(home) / f"{one:%Y%m%d}" / f"{mart}.parquet" for one in days(home) if one <= day]
    return next((path for path in reversed(known) if path.is_file()), None)
