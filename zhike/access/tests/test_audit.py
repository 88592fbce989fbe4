"""The audit is only ever added to, and nobody writes in another's name."""

from __future__ import annotations

import psycopg
import pytest
from django.db import transaction

from zhike.access.actions import record
from zhike.access.models import AuditEntry
from zhike.access.queries import audit
from zhike.access.scope import Viewer, entered
from zhike.access.tests.conftest import SmallBank


def test_an_entry_says_who_did_what_to_whom(small_bank: SmallBank) -> None:
    viewer = small_bank.viewer("administrator")
    with entered(viewer):
        record(viewer, "people.changed", subject=("person", 7), party_id=101, reason="asked", before={"a": 1}, after={"a": "二"})
        entry = audit(viewer).get(act="people.changed")
    assert (entry.person_id, entry.login, entry.area, entry.subject_type, entry.subject_id) == (
        viewer.person_id,
        "administrator-none",
        "people",
        "person",
        "7",
    )
    assert (entry.party_id, entry.before, entry.after) == (101, {"a": 1}, {"a": "二"})


def test_what_was_rolled_back_was_not_done(small_bank: SmallBank) -> None:
    viewer = small_bank.viewer("administrator")
    with entered(viewer):
        record(viewer, "people.changed")
        transaction.set_rollback(True)
    with entered(viewer):
        assert not audit(viewer).filter(act="people.changed").exists()


@pytest.mark.parametrize("process", ["web", "job", "migrate"])
@pytest.mark.parametrize(
    "statement", ["update access_auditentry set reason = 'x'", "delete from access_auditentry", "truncate access_auditentry"]
)
def test_no_role_changes_or_deletes_entries(small_bank: SmallBank, process: str, statement: str) -> None:
    small_bank.person("somebody", "analyst")
    with small_bank.bank.connected(process) as direct, pytest.raises(psycopg.errors.InsufficientPrivilege):  # type: ignore[arg-type]
        direct.execute(statement)


def test_not_even_the_owner_of_the_server_changes_entries(small_bank: SmallBank) -> None:
    small_bank.person("somebody", "analyst")
    words = small_bank.bank.run.installation(small_bank.bank.name).owner_parameters()
    with psycopg.connect(**words) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"):  # type: ignore[arg-type]
        owner.execute("delete from access_auditentry")


def test_nobody_writes_in_anothers_name(small_bank: SmallBank) -> None:
    viewer = small_bank.viewer("analyst")
    other = Viewer(**{**vars(viewer), "person_id": (viewer.person_id or 0) + 1000})
    with pytest.raises(Exception, match="row-level security"), entered(viewer):
        record(other, "people.changed")


def test_only_who_may_reads_the_audit(small_bank: SmallBank) -> None:
    with entered(small_bank.viewer("branch_manager", "E13")):
        assert AuditEntry.objects.count() == 0
    with entered(small_bank.viewer("administrator")):
        assert AuditEntry.objects.count() > 0
