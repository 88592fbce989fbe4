"""Of a deleted customer the audit keeps who did what, without its words, and stays provable; a copy made of an older backup deletes her again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from zhike.access import auditing, chaining, outside, verifying
from zhike.access.actions import record
from zhike.access.models import AuditEntry
from zhike.access.scope import entered, system_viewer
from zhike.parties.forgotten import key_digest
from zhike.privacy import deletion, repeating
from zhike.privacy.tests.test_deleting_a_customer import _delete, _end
from zhike.testing.databases import Bank, using
from zhike.workspace.tests.books import one

WORDS = "moved to the house by the lake"


@pytest.fixture
def her(fresh_bank: Bank) -> int:
    """A customer who left long ago, and two acts on her: one of them sealed, one too young for that."""
    party = one(fresh_bank, "select party_id from holdings_account group by 1 having count(*) > 1 order by 1 limit 1")
    _end(fresh_bank, party)
    with fresh_bank.acting_as("job"):
        _noted(party)
        chaining.seal(at=timezone.now())
        _noted(party)
        _noted(None)
    return int(party)


def _noted(party: int | None) -> None:
    actor = system_viewer("test")
    with entered(actor):
        record(actor, "corrections.asked", party_id=party, reason=WORDS, before={"address": "here"}, after={"address": WORDS})


def _verified(bank: Bank) -> verifying.Verdict:
    with bank.acting_as("job"):
        return verifying.verify()


def test_the_audit_loses_the_words_about_her_and_is_as_provable_as_before(fresh_bank: Bank, her: int) -> None:
    _delete(fresh_bank, her)
    with fresh_bank.acting_as("job"):
        told = list(AuditEntry.objects.filter(act="corrections.asked").order_by("pk").values_list("party_id", "reason", "before", "after"))
        actor = replace(system_viewer("test"), permissions=frozenset({"audit.read"}))
        with entered(actor):
            states = [auditing.chain_state(actor, key) for key in AuditEntry.objects.filter(party_id=her).values_list("pk", flat=True)]
    assert told == [(her, "—", {"address": "—"}, {"address": "—"})] * 2 + [(None, WORDS, {"address": "here"}, {"address": WORDS})]
    assert states == ["withheld", "withheld"]
    verdict = _verified(fresh_bank)
    assert verdict.is_whole, verdict.findings
    with fresh_bank.acting_as("job"):
        chaining.seal(at=timezone.now() + timedelta(hours=1))
    verdict = _verified(fresh_bank)
    assert verdict.is_whole and verdict.withheld == 2, verdict.findings


@pytest.mark.parametrize(
    "forged",
    [
        "update access_auditentry set reason = 'quite another' where id = %(key)s",
        """update access_auditentry set after = '{"address": "elsewhere"}' where id = %(key)s""",
    ],
)
def test_whoever_writes_other_words_where_some_were_withheld_is_named(fresh_bank: Bank, her: int, forged: str) -> None:
    _delete(fresh_bank, her)
    with fresh_bank.connected("migrate") as owner:
        (key,) = owner.execute("select min(entry_id) from access_auditwithheld").fetchone() or (0,)
        owner.execute(forged, {"key": key})
    (finding,) = _verified(fresh_bank).findings
    assert (finding.kind, finding.entry_id) == ("changed", key)


def test_whoever_withholds_words_without_the_keys_is_named_too(fresh_bank: Bank, her: int) -> None:
    with fresh_bank.connected("migrate") as owner:
        (key,) = owner.execute("select min(id) from access_auditentry where party_id = %s", [her]).fetchone() or (0,)
        owner.execute(
            "insert into access_auditwithheld (entry_id, mac, withheld_at) values (%s, '\\x00112233445566778899aabbccddeeff', now())", [key]
        )
        owner.execute("update access_auditentry set reason = '—' where id = %s", [key])
        with pytest.raises(Exception, match="only ever added to"):
            owner.execute("update access_auditentry set login = 'chen' where id = %s", [key])
    (finding,) = _verified(fresh_bank).findings
    assert (finding.kind, finding.entry_id) == ("changed", key)


def test_a_copy_of_before_deletes_again_whom_the_files_outside_name(fresh_bank: Bank, her: int) -> None:
    since, copy = timezone.now(), f"{fresh_bank.name}_copy"
    with fresh_bank.acting_as("migrate"), transaction.atomic():
        pass  # let go of the database, which is copied now
    fresh_bank.run.create(copy, like=fresh_bank.name)
    try:
        _delete(fresh_bank, her)
        (line,) = [json.loads(text) for path in (fresh_bank.home / "audit").glob("deletions-*") for text in path.read_text().splitlines()]
        assert set(line) == {"at", "source", "key", "whole"} and line["whole"] and len(line["key"]) == 24
        actor = system_viewer("restore")
        with using(fresh_bank.run, copy, "job"), entered(actor):
            folder = fresh_bank.home / "audit"
            assert repeating.repeat(actor=actor, at=timezone.now(), folder=folder, since=datetime(2100, 1, 1, tzinfo=UTC)).parties == []
            done = repeating.repeat(actor=actor, at=timezone.now(), folder=folder, since=since)
            assert (done.parties, done.left) == ([her], [])
            assert repeating.repeat(actor=actor, at=timezone.now(), folder=folder, since=since).parties == [], "once is enough"
        assert one(Bank(fresh_bank.run, copy), "select name from parties_party where id = %s", her) == "—"
    finally:
        fresh_bank.run.drop(copy)


def test_what_an_older_copy_may_not_delete_is_said_by_number(fresh_bank: Bank, her: int) -> None:
    since, actor = timezone.now() - timedelta(hours=1), system_viewer("restore")
    key, source = one(fresh_bank, "select external_key from parties_partysource where party_id = %s", her), "zhike"
    line = {"at": timezone.now().isoformat(), "source": source, "key": key_digest(source, key).hex(), "whole": True}
    (fresh_bank.home / "audit").mkdir(exist_ok=True)
    (fresh_bank.home / "audit" / "deletions-2026-11.jsonl").write_text(json.dumps(line) + "\n")
    with fresh_bank.connected("job") as job:
        job.execute(
            """insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, by_name, lifted_name, made_by)
               values (%s, 'hold', '', 'a court asks', now() - interval '1 day', '', '', 'people')""",
            [her],
        )
    with fresh_bank.acting_as("job"), entered(actor):
        done = repeating.repeat(actor=actor, at=timezone.now(), folder=fresh_bank.home / "audit", since=since)
    assert (done.parties, done.left) == ([], [her])
    assert one(fresh_bank, "select name from parties_party where id = %s", her) != "—"


def test_nobody_is_deleted_whose_line_cannot_be_written_outside(fresh_bank: Bank, her: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(outside, "append", full)
    with pytest.raises(OSError, match="space"), fresh_bank.acting_as("job"), transaction.atomic():
        deletion.carry_out([her], at=timezone.now())
    assert one(fresh_bank, "select name from parties_party where id = %s", her) != "—"
