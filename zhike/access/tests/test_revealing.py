"""A protected value is revealed to whom it may be, by the database, which writes down that it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest
from django.db import connection

from zhike.access import actions
from zhike.access.scope import ScopeMissing, Viewer, entered
from zhike.access.sealing import open_sealed, seal_one
from zhike.access.tests.conftest import SmallBank

PHONE = "13812346209"


@pytest.fixture
def digest(small_bank: SmallBank) -> bytes:
    """The phone of customer 101, landed as a load does it."""
    row = seal_one("phone", PHONE)
    with small_bank.bank.connected("job") as job:
        job.execute(
            "insert into access_vault (digest, kind, last4, masked, sealed, key_version) values (%s, 'phone', %s, %s, %s, 1)",
            [row["digest"], row["last4"], row["masked"], row["sealed"]],
        )
        job.execute(
            "insert into parties_contactpoint (party_id, kind, purpose, region, value_digest, value_last4, value_masked, is_main, is_valid,"
            " source, external_key, valid_from, batch_id) values (101, 'mobile', '', '', %s, %s, %s, true, true, 'core', '1', %s, 1)",
            [row["digest"], row["last4"], row["masked"], date(2026, 1, 1)],
        )
    found: bytes = row["digest"]
    return found


def reveal(viewer: Viewer, digest: bytes, party: int, purpose: str = "call back") -> bytes | None:
    with entered(viewer), connection.cursor() as cursor:
        cursor.execute("select access.reveal(%s, %s, %s)", [digest, party, purpose])
        (sealed,) = cursor.fetchone()
        return None if sealed is None else bytes(sealed)


def test_the_application_opens_what_the_database_gives(small_bank: SmallBank, digest: bytes) -> None:
    viewer = small_bank.viewer("contact_centre_agent")
    with entered(viewer):
        assert actions.reveal(actor=viewer, digest=digest, party_id=101, purpose="verify") == PHONE
        with pytest.raises(ScopeMissing):
            actions.reveal(actor=somebody_else(viewer), digest=digest, party_id=101, purpose="verify")


def somebody_else(viewer: Viewer) -> Viewer:
    return replace(viewer, person_id=(viewer.person_id or 0) + 1)


def entries(small_bank: SmallBank) -> list[tuple[str, int, str]]:
    with small_bank.bank.connected("job") as job:
        return job.execute("select login, party_id, reason from access_auditentry where act = 'contacts.revealed'").fetchall()


def test_her_manager_may_see_the_phone_and_that_is_recorded(small_bank: SmallBank, digest: bytes) -> None:
    sealed = reveal(small_bank.viewer("relationship_manager", "E11"), digest, 101)
    assert sealed is not None
    assert open_sealed(sealed) == PHONE
    assert entries(small_bank) == [("relationship_manager-e11", 101, "call back")]


def test_another_manager_gets_nothing_and_nothing_is_recorded(small_bank: SmallBank, digest: bytes) -> None:
    assert reveal(small_bank.viewer("relationship_manager", "E12"), digest, 101) is None
    assert entries(small_bank) == []


def test_a_value_is_not_revealed_under_another_customers_name(small_bank: SmallBank, digest: bytes) -> None:
    assert reveal(small_bank.viewer("relationship_manager", "E11"), digest, 106) is None


def test_who_sees_the_customer_but_may_not_reveal_gets_nothing(small_bank: SmallBank, digest: bytes) -> None:
    assert reveal(small_bank.viewer("administrator"), digest, 101) is None
    assert reveal(small_bank.viewer("analyst"), digest, 101) is None


def test_a_reveal_needs_a_purpose(small_bank: SmallBank, digest: bytes) -> None:
    with pytest.raises(Exception, match="needs a purpose"):
        reveal(small_bank.viewer("contact_centre_agent"), digest, 101, " ")


def test_the_analyst_sees_no_contact_details_at_all(small_bank: SmallBank, digest: bytes) -> None:
    with entered(small_bank.viewer("analyst")), connection.cursor() as cursor:
        cursor.execute("select count(*) from parties_contactpoint")
        assert cursor.fetchone() == (0,)


def test_the_read_role_cannot_reveal(small_bank: SmallBank, digest: bytes) -> None:
    with small_bank.bank.connected("read") as read, pytest.raises(psycopg.errors.InsufficientPrivilege):
        read.execute("select access.reveal(%s, 101, 'x')", [digest])
