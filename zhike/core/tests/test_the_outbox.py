"""What happened is told after commit, at least once, in order within a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction

from zhike.core import events
from zhike.core.models import Event
from zhike.testing.databases import Bank

told: list[tuple[str, int]] = []
failing: set[int] = set()


@dataclass(frozen=True)
class CustomerGreeted:
    """An event of this test."""

    party: int
    number: int


def note(payload: dict[str, Any]) -> None:
    """A reaction that remembers, or fails where it is told to."""
    if payload["number"] in failing:
        raise ValueError("not now")
    told.append(("noted", payload["number"]))


REACTIONS = {"core.CustomerGreeted": ("zhike.core.tests.test_the_outbox:note",)}


@pytest.fixture(autouse=True)
def nothing_told() -> None:
    """Each test begins with silence."""
    told.clear()
    failing.clear()


def greet(party: int, number: int) -> None:
    with transaction.atomic():
        events.publish(CustomerGreeted(party, number), party_id=party)


def test_an_event_written_by_the_web_reaches_whoever_reacts(empty_bank: Bank) -> None:
    greet(1, 10)
    with empty_bank.acting_as("job"):
        assert events.drain(REACTIONS) == 1
        assert told == [("noted", 10)]
        assert events.drain(REACTIONS) == 0


def test_what_was_rolled_back_never_happened(empty_bank: Bank) -> None:
    with transaction.atomic():
        events.publish(CustomerGreeted(1, 10), party_id=1)
        transaction.set_rollback(True)
    with empty_bank.acting_as("job"):
        assert events.drain(REACTIONS) == 0


def test_an_event_outside_a_transaction_is_refused(empty_bank: Bank) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        events.publish(CustomerGreeted(1, 1))


def test_a_failure_is_tried_again_and_holds_up_only_its_customer(empty_bank: Bank) -> None:
    for party, number in ((1, 10), (1, 11), (2, 20)):
        greet(party, number)
    failing.add(10)
    with empty_bank.acting_as("job"):
        events.drain(REACTIONS)
        assert told == [("noted", 20)]
        assert Event.objects.get(payload__number=10).error == "ValueError: not now"
        failing.clear()
        with connection.cursor() as cursor:
            cursor.execute("update core_event set next_at = now()")
        events.drain(REACTIONS)
    assert told == [("noted", 20), ("noted", 10), ("noted", 11)]
