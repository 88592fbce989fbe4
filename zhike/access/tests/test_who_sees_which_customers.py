"""Own book, team, outlet, subtree, whole bank: through the managers and through bare SQL the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import connection

from zhike.access.scope import NOBODY, ScopeMissing, entered, sign, viewer_for
from zhike.access.tests.conftest import SmallBank
from zhike.access.walls import wall_through
from zhike.parties.models import Party, PartySource

CASES = [
    ("relationship_manager", "E11", {101, 106}),
    ("relationship_manager", "", set()),
    ("team_leader", "E11", {101, 102, 106}),
    ("branch_manager", "E13", {101, 102}),
    ("branch_manager", "E14", {101, 102, 103, 106}),
    ("contact_centre_agent", "E15", {101, 102, 103, 104, 105, 106}),
    ("analyst", "", {101, 102, 103, 104, 105, 106}),
]


@pytest.mark.parametrize(("role", "staff_no", "seen"), CASES)
def test_managers_and_bare_sql_agree(
    small_bank: SmallBank, ids_by_sql: Callable[[str | None], set[int]], role: str, staff_no: str, seen: set[int]
) -> None:
    viewer = small_bank.viewer(role, staff_no)
    with entered(viewer):
        assert set(Party.objects.seen_by(viewer).values_list("pk", flat=True)) == seen
    assert ids_by_sql(sign(viewer, expires=time.time() + 60)) == seen


def test_the_filter_alone_gives_the_same_rows_as_the_wall(small_bank: SmallBank) -> None:
    viewers = [(small_bank.viewer(role, staff_no), seen) for role, staff_no, seen in CASES]
    with small_bank.bank.acting_as("job"):
        for viewer, seen in viewers:
            assert set(Party.objects.seen_by(viewer).values_list("pk", flat=True)) == seen


def test_what_hangs_on_a_customer_is_seen_with_her(small_bank: SmallBank) -> None:
    viewer = small_bank.viewer("relationship_manager", "E11")
    with small_bank.bank.connected("job") as job:
        job.execute("insert into parties_partysource (party_id, source, external_key) select id, 'core', id::text from parties_party")
    with entered(viewer):
        assert set(PartySource.objects.seen_by(viewer).values_list("party_id", flat=True)) == {101, 106}
        assert PartySource.objects.unscoped(reason="test of the wall").count() == 2


def test_a_table_of_tests_walled_by_the_helpers_is_closed_and_opens(small_bank: SmallBank) -> None:
    wall = wall_through("thing", "parties_party", "party_id", writes=("insert",))
    with small_bank.bank.connected("migrate") as migrate:
        migrate.execute("create table thing (id bigint generated always as identity primary key, party_id bigint not null)")
        for statement in wall.sql:
            migrate.execute(statement)  # type: ignore[arg-type]
        migrate.execute("insert into thing (party_id) select id from parties_party")
    viewer = small_bank.viewer("relationship_manager", "E12")
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from thing")
        assert cursor.fetchone() == (0,)
        with entered(viewer):
            cursor.execute("select party_id from thing")
            assert cursor.fetchall() == [(102,)]
            cursor.execute("insert into thing (party_id) values (102)")
    with pytest.raises(Exception, match="row-level security"), entered(viewer), connection.cursor() as cursor:
        cursor.execute("insert into thing (party_id) values (101)")


def test_a_manager_refuses_until_told_who_asks(small_bank: SmallBank) -> None:
    for ask in (Party.objects.all, Party.objects.count, lambda: Party.objects.filter(pk=1), Party.objects.first):
        with pytest.raises(ScopeMissing):
            ask()
    with pytest.raises(ScopeMissing):
        Party.objects.unscoped(reason=" ")


def test_nobody_sees_nothing_without_asking_the_database(small_bank: SmallBank) -> None:
    assert list(Party.objects.seen_by(NOBODY)) == []


def test_somebody_who_may_no_longer_log_in_sees_nothing(small_bank: SmallBank) -> None:
    person = small_bank.person("left", "administrator")
    person.is_active = False
    assert viewer_for(person).scope == "none"
    assert viewer_for(person).permissions == frozenset()
