"""Reads and writes of tier schemes: which one holds on a day, drafts and versions, and putting one in force by two people (S34, S35)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.http import Http404
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.approvals import is_needed, propose
from zhike.access.scope import Viewer, require
from zhike.insight.models import TierScheme
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.scheme_forms import as_json, from_json
from zhike.insight.setting_values import READ, SET
from zhike.insight.tier_rules import Scheme

KIND = "insight.tier_scheme"
State = TierScheme.State


class SchemeRefused(Exception):
    """It cannot be done; `reason` is one of not_draft, no_title, no_day, no_reason, changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def scheme_on(day: date) -> Scheme:
    """The scheme that holds on a day; the shipped default before the bank put one in force. No customer is in it."""
    row = row_on(day)
    return from_json(row.rules) if row else PUBLISHED["default"].scheme


def schemes_by(days: Sequence[date]) -> list[Scheme]:
    """The same as `scheme_on` for each of some days, in one question."""
    rows = list(TierScheme.objects.filter(state=State.IN_FORCE).order_by("-from_date", "-changed_at", "-pk"))
    found = (next((row for row in rows if row.from_date and row.from_date <= day), None) for day in days)
    return [from_json(row.rules) if row else PUBLISHED["default"].scheme for row in found]


def row_on(day: date) -> TierScheme | None:
    """The version that holds on a day; None: the shipped default."""
    return TierScheme.objects.filter(state=State.IN_FORCE, from_date__lte=day).order_by("-from_date", "-changed_at", "-pk").first()


def versions(viewer: Viewer) -> Sequence[TierScheme]:
    """Every version, drafts first, then what is or was in force, the latest first. Needs insight.read."""
    require(viewer, READ)
    rows = TierScheme.objects.exclude(state=State.DISCARDED)
    return [*rows.filter(state=State.DRAFT).order_by("-changed_at"), *rows.filter(state=State.IN_FORCE).order_by("-from_date", "-pk")]


def version(viewer: Viewer, scheme_id: int) -> TierScheme:
    """One of them. Raises Http404. Needs insight.read."""
    require(viewer, READ)
    row = TierScheme.objects.filter(pk=scheme_id).exclude(state=State.DISCARDED).first()
    if row is None:
        raise Http404
    return row


@transaction.atomic
def begin_draft(*, actor: Viewer, at: datetime, scheme: Scheme, title: str) -> TierScheme:
    """A new draft of a scheme; the next version where the title is known. Raises SchemeRefused: no title. Needs insight.set."""
    require(actor, SET)
    named = title.strip()[:60]
    if not named:
        raise SchemeRefused("no_title")
    number = (TierScheme.objects.filter(title=named).aggregate(last=Max("number"))["last"] or 0) + 1
    row = TierScheme.objects.create(
        title=named, number=number, rules=as_json(scheme), made_at=at, made_name=actor.name, changed_at=at, changed_name=actor.name
    )
    record(actor, "insight.scheme_drafted", subject=("tier-scheme", row.pk), after={"title": named, "number": number}, at=at)
    return row


@transaction.atomic
def change_draft(*, actor: Viewer, at: datetime, scheme_id: int, scheme: Scheme) -> TierScheme:
    """Change the rules of a draft; a shadow run of the old ones goes. Raises Http404, SchemeRefused: no draft. Needs insight.set."""
    row = _draft(actor, scheme_id)
    before, row.rules = row.rules, as_json(scheme)
    if before != row.rules:
        row.trial, row.trial_at = None, None
    row.changed_at, row.changed_name = at, actor.name
    row.save()
    record(actor, "insight.scheme_changed", subject=("tier-scheme", row.pk), before=before, after=row.rules, at=at)
    return row


@transaction.atomic
def discard_draft(*, actor: Viewer, at: datetime, scheme_id: int) -> None:
    """Put a draft away. Raises as `change_draft`."""
    row = _draft(actor, scheme_id)
    row.state, row.changed_at, row.changed_name = State.DISCARDED, at, actor.name
    row.save()
    record(actor, "insight.scheme_discarded", subject=("tier-scheme", row.pk), after={"title": row.title, "number": row.number}, at=at)


@transaction.atomic
def keep_trial(*, actor: Viewer, at: datetime, scheme_id: int, rules: Mapping[str, Any], trial: Mapping[str, Any]) -> None:
    """Keep what a shadow run of these rules found, unless the draft has others by now. Needs insight.set."""
    require(actor, SET)
    row = TierScheme.objects.select_for_update().filter(pk=scheme_id).first()
    if row is None or row.rules != dict(rules):
        raise SchemeRefused("changed")
    row.trial, row.trial_at = dict(trial), at
    row.save(update_fields=["trial", "trial_at"])
    record(actor, "insight.scheme_tried", subject=("tier-scheme", row.pk), after={"title": row.title, "number": row.number}, at=at)


@transaction.atomic
def put_in_force_or_propose(*, actor: Viewer, at: datetime, scheme_id: int, from_date: date | None, why: str) -> int | None:
    """Put a draft in force from a day on, or propose it: the number of the proposal; None: it is done.

    Raises Http404, SchemeRefused, NotProposed, PermissionDenied without insight.set. Not for a day that has passed: what was told then stands.
    """
    row = _draft(actor, scheme_id)
    if from_date is None or from_date < timezone.localdate(at):
        raise SchemeRefused("no_day")
    if not why.strip():
        raise SchemeRefused("no_reason")
    asked = {"scheme_id": row.pk, "from_date": from_date.isoformat(), "why": why.strip(), "rules": row.rules}
    if is_needed(KIND, on=timezone.localdate(at)):
        return propose(actor=actor, at=at, name=KIND, asked=asked, why=why, subject=("tier-scheme", row.pk)).pk
    put_in_force(actor=actor, at=at, asked=asked)
    return None


@transaction.atomic
def put_in_force(*, actor: Viewer, at: datetime, asked: Mapping[str, Any], approved_name: str = "") -> TierScheme:
    """Do it. Raises Http404, SchemeRefused: no draft any more, or others rules than were proposed. Needs insight.set."""
    row = _draft(actor, asked["scheme_id"])
    if row.rules != asked["rules"]:
        raise SchemeRefused("changed")
    row.state, row.from_date, row.why, row.approved_name = (
        State.IN_FORCE,
        date.fromisoformat(asked["from_date"]),
        asked["why"],
        approved_name,
    )
    row.changed_at, row.changed_name = at, actor.name
    row.save()
    after = {"title": row.title, "number": row.number, "from_date": asked["from_date"], **row.rules}
    record(actor, "insight.scheme_in_force", subject=("tier-scheme", row.pk), reason=row.why, after=after, at=at)
    return row


def _draft(actor: Viewer, scheme_id: int) -> TierScheme:
    require(actor, SET)
    row = TierScheme.objects.select_for_update().filter(pk=scheme_id).exclude(state=State.DISCARDED).first()
    if row is None:
        raise Http404
    if row.state != State.DRAFT:
        raise SchemeRefused("not_draft")
    return row
