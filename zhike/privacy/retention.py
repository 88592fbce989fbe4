"""How long what Zhike keeps is kept, and the nightly run that forgets the rest (R21). What a law keeps longer stands here too, with its reason (R45).

Nothing of a customer under legal hold is forgotten. What loads bring of identity, accounts and money is never forgotten here: it stays ten years and longer (R45), and
only the bank's own systems end it, or the ten years: then whoever it was is forgotten as by a deletion (`PEOPLE`). Rows are deleted some thousands at a time, so that nobody waits for the run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.access.actions import record
from zhike.access.scope import Viewer, entered, system_viewer
from zhike.core.pages import Words
from zhike.privacy.deletion import carry_out, facts_of
from zhike.privacy.deletion_rules import YEARS, Measure, grounds_of, measure_of
from zhike.privacy.rules import months_after

AT_A_TIME = 5_000
PEOPLE_AT_A_TIME = 500

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
class People:
    """Customers who are forgotten wholly (`deletion`) so many months after the end of the relation. `among`: SQL over a row `p` for those who may be due."""

    name: str
    among: str
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

    rule: Rule | People
    before: date
    rows: int
    held: int
    is_on: bool = True


SCHEDULE: tuple[Rule, ...] = (
    Rule("channel_days", "engagement_channelday", "t.day", 24, _("Log-ins and visits, by day"), _("R21: two years tell what a customer uses; older ones only who was where")),
    Rule("restrictions", "parties_contactrestriction", "t.lifted_at::date", 36, _("Restrictions that were lifted"), _("R61: three years prove that a refusal was heeded")),
    Rule("requests", "privacy_request", "t.decided_at::date", 36, _("Decided requests over personal data"), _("R25: three years, the time in which a claim lapses")),
)  # fmt: skip
# Of whom nothing is left but sums: R45 asks for ten years and PIPL 19, 47 for no more. Those made nameless already have no search words.
PEOPLE: tuple[People, ...] = (
    People(
        "former_customers", "p.status = 'former' and p.name_tokens <> '{}'", 12 * YEARS, _("Former customers, with all that is theirs"),
        _("R45: ten years after the end of the relation nothing asks for them any more; sums stay without a name"),
    ),
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
    return found + [_people_due(rule, at) for rule in PEOPLE]


def _people_due(rule: People, at: datetime) -> Line:
    """How many a run would forget, and how many a legal hold or an open complaint keeps."""
    before = months_after(timezone.localdate(at), -rule.months)
    due = _due(rule, at)
    return Line(
        rule,
        before,
        sum(measure == "whole" for measure in due.values()),
        sum(measure == "none" for measure in due.values()),
        settings.FORGET_FORMER,
    )


def _due(rule: People, at: datetime) -> dict[int, Measure]:
    """Those among whom somebody is due: what may be done with each; whoever a law still keeps is left out."""
    today = timezone.localdate(at)
    with connection.cursor() as cursor:
        cursor.execute(f"select p.id from parties_party p where {rule.among} order by 1")
        ids = [key for (key,) in cursor.fetchall()]
    found = {
        one.party_id: measure_of(grounds_of(one, today))
        for start in range(0, len(ids), AT_A_TIME)
        for one in facts_of(ids[start : start + AT_A_TIME], today)
    }
    return {party: measure for party, measure in found.items() if measure != "part"}


def run(*, actor: Viewer, at: datetime) -> list[Line]:
    """Forget what the schedule says, and leave one entry with how much that was. Needs the job role; may be broken off and begun again."""
    lines = [_forgotten(rule, timezone.localdate(at)) for rule in SCHEDULE] + [_people_forgotten(rule, at) for rule in PEOPLE]
    with entered(actor):
        record(
            actor,
            "privacy.retention_run",
            after={line.rule.name: {"before": line.before, "rows": line.rows, "held": line.held} for line in lines},
            at=at,
        )
    return lines


def _people_forgotten(rule: People, at: datetime) -> Line:
    """Forget whoever is due, some hundreds in a transaction, since loads wait for each."""
    if not settings.FORGET_FORMER:
        return replace(_people_due(rule, at), rows=0)
    due = _due(rule, at)
    going = [party for party, measure in due.items() if measure == "whole"]
    for start in range(0, len(going), PEOPLE_AT_A_TIME):
        with transaction.atomic():
            carry_out(going[start : start + PEOPLE_AT_A_TIME], at=at)
            with entered(system_viewer("retention")) as viewer:
                record(viewer, "privacy.forgotten", after={"rule": rule.name, "parties": going[start : start + PEOPLE_AT_A_TIME]}, at=at)
    return Line(rule, months_after(timezone.localdate(at), -rule.months), len(going), len(due) - len(going))


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
