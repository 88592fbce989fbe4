"""How long what Zhike keeps is kept, and the nightly run that forgets the rest (R21). What a law keeps longer stands here too, with its reason (R45).

Nothing of a customer under legal hold is forgotten. What loads bring of identity, accounts and money is never forgotten here: it stays ten years and longer (R45), and
only the bank's own systems end it. Rows are deleted some thousands at a time, so that nobody waits for the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.access.actions import record
from zhike.access.scope import Viewer, entered
from zhike.core.pages import Words
from zhike.privacy.rules import months_after

AT_A_TIME = 5_000

HELD = """exists (select 1 from parties_contactrestriction h where h.party_id = t.party_id and h.kind = 'hold' and h.lifted_at is null
    and (h.ends_date is null or h.ends_date > %(today)s))"""


@dataclass(frozen=True)
class Rule:
    """What is kept for so many months from a day on. `since`: SQL over a row `t` for that day, null where the time has not begun. `why`: its source."""

    name: str
    table: str
    since: str
    months: int
    what: Words
    why: Words


@dataclass(frozen=True)
class Kept:
    """What is kept by law and never forgotten here."""

    what: Words
    why: Words


@dataclass(frozen=True)
class Line:
    """What a run does by one rule: rows that go, rows that a legal hold keeps, the day before which they lie."""

    rule: Rule
    before: date
    rows: int
    held: int


SCHEDULE: tuple[Rule, ...] = (
    Rule("channel_days", "engagement_channelday", "t.day", 24, _("Log-ins and visits, by day"), _("R21: two years tell what a customer uses; older ones only who was where")),
    Rule("restrictions", "parties_contactrestriction", "t.lifted_at::date", 36, _("Restrictions that were lifted"), _("R61: three years prove that a refusal was heeded")),
    Rule("requests", "privacy_request", "t.decided_at::date", 36, _("Decided requests over personal data"), _("R25: three years, the time in which a claim lapses")),
)  # fmt: skip
BY_LAW: tuple[Kept, ...] = (
    Kept(_("Identity data, accounts, transactions"), _("R45: at least ten years, by the law against money laundering")),
    Kept(_("The ledger of consents"), _("R20, R62: the proof is needed as long as somebody may be contacted")),
    Kept(_("The audit"), _("R35: at least six months; entries are only added")),
)  # fmt: skip

_COUNT = """
    select count(*) filter (where not ({held})), count(*) filter (where {held}) from {table} t where {since} < %(before)s
"""
_FORGET = """
    delete from {table} where id in (select t.id from {table} t where {since} < %(before)s and not ({held}) limit %(most)s)
"""


def dry_run(*, at: datetime) -> list[Line]:
    """What a run at this instant would forget, rule by rule; nothing is changed."""
    today = timezone.localdate(at)
    found = []
    for rule in SCHEDULE:
        before = months_after(today, -rule.months)
        with connection.cursor() as cursor:
            cursor.execute(_COUNT.format(held=HELD, table=rule.table, since=rule.since), {"before": before, "today": today})
            rows, held = cursor.fetchone()
        found.append(Line(rule, before, rows, held))
    return found


def run(*, actor: Viewer, at: datetime) -> list[Line]:
    """Forget what the schedule says, and leave one entry with how much that was. Needs the job role; may be broken off and begun again."""
    lines = [_forgotten(rule, timezone.localdate(at)) for rule in SCHEDULE]
    with entered(actor):
        record(
            actor,
            "privacy.retention_run",
            after={line.rule.name: {"before": line.before, "rows": line.rows, "held": line.held} for line in lines},
            at=at,
        )
    return lines


def _forgotten(rule: Rule, today: date) -> Line:
    before, rows = months_after(today, -rule.months), 0
    values: dict[str, date | int] = {"before": before, "today": today, "most": AT_A_TIME}
    parts = {"held": HELD, "table": rule.table, "since": rule.since}
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_FORGET.format(**parts), values)
            rows += cursor.rowcount
            if cursor.rowcount < AT_A_TIME:
                break
        cursor.execute(_COUNT.format(**parts), values)
        _left, held = cursor.fetchone()
    return Line(rule, before, rows, held)
