"""The audit proves itself: what its database's owner changes, removes or inserts is named, also where all later hashes were made anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import transaction

from zhike.access import chaining, outside, verifying
from zhike.access.actions import record
from zhike.access.chain import is_signed, public_key, seal_of
from zhike.access.doors import coming_through
from zhike.access.scope import Viewer, entered
from zhike.access.sealing import keyring
from zhike.access.tests.conftest import SmallBank

AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.fixture
def written(small_bank: SmallBank) -> SmallBank:
    """A bank in which somebody did thirty things on two days, all sealed."""
    viewer = small_bank.viewer("administrator")
    for day in range(2):
        _did(viewer, 15)
        _seal(small_bank, AT + timedelta(days=day))
    return small_bank


def test_what_was_written_is_sealed_in_order_day_by_day(written: SmallBank) -> None:
    verdict = _verified(written)
    assert verdict.is_whole, verdict.findings
    assert (verdict.tail, verdict.days, verdict.outside) == (0, 2, 2)
    assert verdict.sealed >= 30
    with written.bank.acting_as("job"):
        assert [head.day for head in verifying.heads()] == ["2026-11-20", "2026-11-21"]


def test_what_is_younger_than_the_last_seal_is_the_tail(written: SmallBank) -> None:
    _did(written.viewer("analyst"), 3)
    verdict = _verified(written)
    assert verdict.is_whole
    assert verdict.tail == 3 + 1  # and that the analyst was added


@pytest.mark.parametrize(
    "statement",
    [
        "update access_auditentry set login = 'chen' where id = %s",
        "update access_auditentry set at = at - interval '1 day' where id = %s",
        """update access_auditentry set after = '{"number": 99}' where id = %s""",
        "update access_auditentry set reason = 'asked for' where id = %s",
        "update access_auditentry set address = '10.0.0.9' where id = %s",
    ],
)
def test_an_entry_that_the_owner_changed_is_named(written: SmallBank, statement: str) -> None:
    with _owner(written) as owner:
        owner.execute(statement, [_entry(owner, 20)])
        named = _entry(owner, 20)
    verdict = _verified(written)
    assert _named(verdict) == ("changed", named)
    assert verdict.count_findings == 1


def test_an_entry_that_the_owner_removed_is_named(written: SmallBank) -> None:
    with _owner(written) as owner:
        named = _entry(owner, 20)
        owner.execute("delete from access_auditentry where id = %s", [named])
    assert _named(_verified(written)) == ("removed", named)


def test_an_entry_removed_with_its_link_is_named_by_its_neighbours(written: SmallBank) -> None:
    with _owner(written) as owner:
        before, gone, after = (_entry(owner, place) for place in (19, 20, 21))
        owner.execute("delete from access_auditentry where id = %s", [gone])
        owner.execute("delete from access_auditlink where entry_id = %s", [gone])
    first = _verified(written).findings[0]
    assert (first.kind, first.place) == ("removed", 20)
    assert f"between entry {before} and entry {after}" in first.says


def test_an_entry_that_the_owner_put_among_the_old_ones_is_named(written: SmallBank) -> None:
    _seal(written, AT + timedelta(days=3))
    _settled(written)
    with _owner(written) as owner:
        free = _entry(owner, 1) - 1_000
        named = _put(owner, free)
    verdict = _verified(written)
    assert _named(verdict) == ("inserted", named)


def test_a_new_entry_that_this_program_did_not_write_is_named_before_and_after_it_is_sealed(written: SmallBank) -> None:
    with _owner(written) as owner:
        named = _put(owner, None)
    assert _named(_verified(written)) == ("inserted", named)
    _seal(written, AT + timedelta(days=2))
    assert _named(_verified(written)) == ("inserted", named)


def test_a_copied_entry_is_named_although_its_stamp_is_genuine(written: SmallBank) -> None:
    with _owner(written) as owner:
        columns = (
            "at, person_id, login, act, area, subject_type, subject_id, party_id, reason, before, after, request_id, door, address, stamp"
        )
        row = owner.execute(
            f"insert into access_auditentry ({columns}) select {columns} from access_auditentry where id = %s returning id",
            [_entry(owner, 20)],
        ).fetchone()
        assert row is not None
    _seal(written, AT + timedelta(days=2))
    assert _named(_verified(written)) == ("inserted", row[0])


def test_recomputing_everything_that_follows_hides_no_change(written: SmallBank) -> None:
    with _owner(written) as owner:
        named = _entry(owner, 20)
        owner.execute("update access_auditentry set login = 'chen' where id = %s", [named])
        _recompute(owner, 20)
    first = _verified(written).findings[0]
    assert (first.kind, first.entry_id, first.place) == ("changed", named, 20)


def test_recomputing_everything_that_follows_hides_no_removal(written: SmallBank) -> None:
    with _owner(written) as owner:
        gone, after = _entry(owner, 20), _entry(owner, 21)
        owner.execute("delete from access_auditentry where id = %s", [gone])
        owner.execute("delete from access_auditlink where entry_id = %s", [gone])
        for place in range(21, _last(owner) + 1):
            owner.execute("update access_auditlink set place = place - 1 where place = %s", [place])
        _recompute(owner, 20, contents=False)
        owner.execute("update access_auditseal set last_place = last_place - 1 where number = 2")
    first = next(finding for finding in _verified(written).findings if finding.place == 20)
    assert (first.kind, first.place) == ("removed", 20)
    assert f"entry {after}" in first.says


def test_recomputing_everything_that_follows_hides_no_insertion(written: SmallBank) -> None:
    with _owner(written) as owner:
        named = _put(owner, None)
        for place in range(_last(owner), 19, -1):
            owner.execute("update access_auditlink set place = place + 1 where place = %s", [place])
        owner.execute("insert into access_auditlink (place, entry_id, content, mac) values (20, %s, '\\x00', '\\x00')", [named])
        _recompute(owner, 20, contents=False, only_content=20)
    first = _verified(written).findings[0]
    assert (first.kind, first.entry_id, first.place) == ("inserted", named, 20)


def test_what_was_cut_off_the_end_stands_outside(written: SmallBank) -> None:
    with _owner(written) as owner:
        owner.execute("delete from access_auditentry where id in (select entry_id from access_auditlink where place > 20)")
        owner.execute("delete from access_auditlink where place > 20")
        owner.execute("delete from access_auditseal where number = 2")
    verdict = _verified(written)
    assert not verdict.is_whole
    assert any(finding.kind == "removed" and "seal 2" in finding.says for finding in verdict.findings)


def test_an_emptied_audit_is_no_new_one(written: SmallBank) -> None:
    with _owner(written) as owner:
        for table in ("entry", "link", "seal"):
            owner.execute(f"delete from access_audit{table}")
    verdict = _verified(written)
    assert verdict.sealed == 0
    assert [finding.kind for finding in verdict.findings] == ["removed", "removed"]


def test_a_seal_that_somebody_else_signed_is_not_believed(written: SmallBank) -> None:
    with _owner(written) as owner:
        owner.execute("update access_auditseal set last_place = last_place, day = '2026-11-22' where number = 2")
    assert "not signed by this installation" in _verified(written).findings[0].says


def test_an_act_that_was_taken_back_leaves_a_gap_of_ids_and_no_finding(written: SmallBank) -> None:
    viewer = written.viewer("analyst")
    with entered(viewer):
        record(viewer, "people.changed")
        transaction.set_rollback(True)
    _did(viewer, 2)
    _seal(written, AT + timedelta(days=2))
    assert _verified(written).is_whole


def test_an_act_that_ends_late_is_sealed_after_younger_ones(written: SmallBank) -> None:
    """A load of an hour holds a low id; what others wrote meanwhile has long been sealed when it commits."""
    with written.bank.connected("job") as slow:
        slow.autocommit = False
        low = slow.execute("select nextval(pg_get_serial_sequence('access_auditentry', 'id')), pg_current_xact_id()").fetchone()
        assert low is not None
        _did(written.viewer("analyst"), 3)
        for hour in range(1, 4):
            _seal(written, AT + timedelta(days=2, hours=hour))
            _did(written.viewer("team_leader", f"E1{hour}"), 1)
        with written.bank.acting_as("job"), transaction.atomic():
            assert max(seal.low_id for seal, _signature in chaining.signed_seals()) < low[0]
        slow.rollback()


def test_whoever_writes_through_another_door_says_so(small_bank: SmallBank) -> None:
    viewer = small_bank.viewer("administrator")
    with coming_through("api", "192.0.2.7"), entered(viewer):
        record(viewer, "people.changed")
    with small_bank.bank.connected("job") as job:
        told = job.execute("select door, address from access_auditentry where act = 'people.changed'").fetchone()
    assert told == ("api", "192.0.2.7")


def test_heads_are_kept_outside_and_checked_with_the_public_key_alone(written: SmallBank) -> None:
    (path,) = Path(outside.folder()).glob("heads-*.jsonl")
    assert path.stat().st_mode & 0o077 == 0
    seals = [seal_of(line) for line in path.read_text().splitlines()]
    assert [seal.number for seal, _signature in seals] == [1, 2]
    assert all(is_signed(public_key(keyring()), seal, signature) for seal, signature in seals)
    other = json.loads(path.read_text().splitlines()[0]) | {"last_place": 1}
    assert not is_signed(public_key(keyring()), *seal_of(json.dumps(other)))


def test_what_could_not_be_kept_outside_is_made_up_for(written: SmallBank) -> None:
    (path,) = Path(outside.folder()).glob("heads-*.jsonl")
    path.write_text(path.read_text().splitlines()[0] + "\n")
    _did(written.viewer("analyst"), 1)
    _seal(written, AT + timedelta(days=2))
    assert [seal.number for seal, _signature in outside.kept()] == [1, 2, 3]
    assert _verified(written).is_whole


def test_entries_from_before_the_chain_are_sealed_as_they_are(small_bank: SmallBank) -> None:
    with _owner(small_bank) as owner:
        old = _put(owner, None)
    _did(small_bank.viewer("administrator"), 2)
    _seal(small_bank, AT)
    assert _verified(small_bank).is_whole
    with _owner(small_bank) as owner:
        owner.execute("update access_auditentry set login = 'zhou' where id = %s", [old])
    assert _verified(small_bank).findings[0].entry_id == old


def test_no_other_function_of_the_database_writes_entries(small_bank: SmallBank) -> None:
    """What SQL writes carries no stamp unless whoever calls it brings one, as `actions.reveal` does."""
    with small_bank.bank.connected("migrate") as migrate:
        rows = migrate.execute("select proname from pg_proc where prosrc ~* 'insert\\s+into\\s+(public\\.)?access_auditentry'").fetchall()
    assert rows == [("reveal",)]


def test_the_command_names_it_and_ends_with_one(written: SmallBank) -> None:
    run, name = written.bank.run, written.bank.name
    assert run.zhike(name, "audit", "verify").returncode == 0
    with _owner(written) as owner:
        named = _entry(owner, 5)
        owner.execute("update access_auditentry set login = 'chen' where id = %s", [named])
    done = run.zhike(name, "audit", "verify")
    assert done.returncode == 1
    assert f"changed: entry {named}" in done.stdout


def _did(viewer: Viewer, times: int) -> None:
    for number in range(times):
        with entered(viewer):
            record(
                viewer,
                "people.changed",
                subject=("person", number),
                reason="tab\tline\nslash\\ 因为",
                after={"number": number, "姓名": "林"},
            )


def _seal(bank: SmallBank, at: datetime) -> None:
    with bank.bank.acting_as("job"):
        chaining.seal(at=at)


def _settled(bank: SmallBank) -> None:
    """Two more seals, far enough apart that nothing older can turn up."""
    viewer = bank.viewer("branch_manager", "E13")
    for hour in range(3):
        _did(viewer, 1)
        _seal(bank, AT + timedelta(days=4, hours=hour))


def _verified(bank: SmallBank) -> verifying.Verdict:
    with bank.bank.acting_as("job"), transaction.atomic():
        return verifying.verify()


def _named(verdict: verifying.Verdict) -> tuple[str, int | None]:
    return verdict.findings[0].kind, verdict.findings[0].entry_id


@contextmanager
def _owner(bank: SmallBank) -> Iterator[psycopg.Connection]:
    """The owner of the server, who switches off every trigger."""
    words = bank.bank.run.installation(bank.bank.name).owner_parameters()
    with psycopg.connect(**words, autocommit=True) as owner:  # type: ignore[arg-type]
        owner.execute("set session_replication_role = replica")
        yield owner


def _entry(owner: psycopg.Connection, place: int) -> int:
    row = owner.execute("select entry_id from access_auditlink where place = %s", [place]).fetchone()
    assert row is not None
    return int(row[0])


def _last(owner: psycopg.Connection) -> int:
    row = owner.execute("select max(place) from access_auditlink").fetchone()
    assert row is not None
    return int(row[0])


def _put(owner: psycopg.Connection, entry_id: int | None) -> int:
    """Write an entry as somebody would who wants another to have done it."""
    number = entry_id if entry_id is not None else owner.execute("select nextval('access_auditentry_id_seq')").fetchone()[0]  # type: ignore[index]
    owner.execute(
        "insert into access_auditentry (id, at, person_id, login, act, area) overriding system value values (%s, %s, 1, 'chen', 'notes.written', 'notes')",
        [number, AT],
    )
    return int(number)


def _recompute(owner: psycopg.Connection, place: int, *, contents: bool = True, only_content: int = 0) -> None:
    """Make all hashes from a place on anew, as well as one can without the keys."""
    mac = b""
    for at, entry_id, kept in owner.execute(
        "select place, entry_id, content from access_auditlink where place >= %s order by place", [place]
    ).fetchall():
        content = hashlib.sha256(str(entry_id).encode()).digest()[:16] if contents or at == only_content else kept
        mac = hashlib.sha256(mac + content).digest()[:16]
        owner.execute("update access_auditlink set content = %s, mac = %s where place = %s", [content, mac, at])
    owner.execute(
        "update access_auditseal s set mac = (select mac from access_auditlink l where l.place = least(s.last_place, (select max(place) from access_auditlink)))"
    )
