"""Every night what need not be kept is forgotten, and nothing else: not before its time, not under legal hold, not what a law keeps (R21, R45)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from zhike.privacy.retention import SCHEDULE
from zhike.privacy.rules import months_after
from zhike.testing.databases import Bank


def _run(bank: Bank, *more: str) -> Any:
    return json.loads(bank.zhike("retention", "--json", *more).strip().splitlines()[-1])


def _counts(bank: Bank) -> dict[str, int]:
    tables = [*(rule.table for rule in SCHEDULE), "parties_consent", "holdings_transaction", "parties_identifier", "access_auditentry"]
    with bank.connected("job") as job:
        return {table: (job.execute(f"select count(*) from {table}").fetchone() or (0,))[0] for table in tables}


@pytest.fixture
def old_bank(fresh_bank: Bank) -> tuple[Bank, int, int]:
    """A bank with log-ins of two customers older than two years, one of them under legal hold; and one on the last day that is kept."""
    border = months_after(timezone.localdate(), -24)
    with fresh_bank.connected("job") as job:
        (plain,), (held,) = job.execute("select id from parties_party where kind = 'individual' order by id limit 2").fetchall()
        job.execute("delete from engagement_channelday where day < %s", [border])
        for party, day in ((plain, border - timedelta(days=1)), (held, border - timedelta(days=1)), (plain, border)):
            job.execute(
                """insert into engagement_channelday (party_id, day, channel, last_at, kinds, details, keys, source, external_key, batch_id)
                   values (%s, %s, 'atm', %s, '{withdrawal}', '{}', '{1}', 'zhike', 'x', 0)""",
                [party, day, day],
            )
        job.execute(
            """insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, by_name, lifted_name, made_by)
               values (%s, 'hold', '', '诉讼', now(), '合规', '', 'people')""",
            [held],
        )
    return fresh_bank, plain, held


def test_a_dry_run_says_what_goes_and_changes_nothing_and_the_run_does_just_that(old_bank: tuple[Bank, int, int]) -> None:
    bank, plain, held = old_bank
    before = _counts(bank)
    said = _run(bank, "--dry-run")
    assert (said["channel_days"]["rows"], said["channel_days"]["held"]) == (1, 1)
    assert _counts(bank) == before, "a dry run leaves not even an entry"
    assert _run(bank) == said
    after = _counts(bank)
    assert {table: before[table] - after[table] for table in before if before[table] != after[table]} == {
        "engagement_channelday": 1,
        "access_auditentry": -1,
    }
    with bank.connected("job") as job:
        left = job.execute("select party_id from engagement_channelday where channel = 'atm' and external_key = 'x' order by 1").fetchall()
    assert sorted(key for (key,) in left) == sorted([plain, held])
    assert _run(bank)["channel_days"]["rows"] == 0


def test_when_the_hold_is_lifted_the_next_run_forgets(old_bank: tuple[Bank, int, int]) -> None:
    bank, _plain, _held = old_bank
    with bank.connected("job") as job:
        job.execute("update parties_contactrestriction set lifted_at = now()")
    assert _run(bank)["channel_days"] == _run(bank, "--dry-run")["channel_days"] | {"rows": 2}
