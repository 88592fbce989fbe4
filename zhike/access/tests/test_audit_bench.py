"""How long a million entries take: to be sealed, and to be proved, which is under a minute."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import transaction

from zhike.access import chaining, verifying
from zhike.access.stamping import claims_of, stamped
from zhike.access.tests.conftest import SmallBank

ENTRIES = 1_000_000
pytestmark = [pytest.mark.bench, pytest.mark.soak]


def test_a_million_entries_are_proved_in_under_a_minute(small_bank: SmallBank) -> None:
    _write(small_bank, ENTRIES)
    with small_bank.bank.acting_as("job"):
        began = time.monotonic()
        chaining.seal(at=datetime(2026, 11, 20, tzinfo=UTC))
        sealed = time.monotonic()
        with transaction.atomic():
            verdict = verifying.verify()
        proved = time.monotonic()
    print(f"sealed in {sealed - began:.1f} s, proved in {proved - sealed:.1f} s")
    assert verdict.is_whole
    assert verdict.sealed >= ENTRIES
    assert proved - sealed < 60


def _write(bank: SmallBank, count: int) -> None:
    """As the owner of the server: COPY into a table behind a wall is nobody else's."""
    columns = "person_id, login, act, area, subject_type, subject_id, party_id, reason, after, request_id, door, address, stamp"
    words = bank.bank.run.installation(bank.bank.name).owner_parameters()
    with psycopg.connect(**words) as owner, owner.cursor() as cursor, cursor.copy(f"copy access_auditentry ({columns}) from stdin") as copy:  # type: ignore[arg-type]
        for number in range(count):
            said = {"login": "lin", "act": "notes.written", "subject_id": str(number), "reason": "", "request_id": "0123456789abcdef"}
            told: dict[str, Any] = {**said, "person_id": number % 500, "party_id": number % 99_991, "door": "page", "address": "192.0.2.7"}
            row = (
                told["person_id"], told["login"], told["act"], "notes", "note", told["subject_id"], told["party_id"], "", '{"length": 212}',
                told["request_id"], told["door"], told["address"], stamped(claims_of(**told)),
            )  # fmt: skip
            copy.write_row(row)
