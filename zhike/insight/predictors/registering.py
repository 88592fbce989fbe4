"""The register's acts: a version is proposed by one person and approved by another before it is used; going back needs one act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from zhike.access.actions import record
from zhike.access.approvals import propose as put_before
from zhike.access.scope import Viewer, require
from zhike.core.events import publish
from zhike.insight.events import ChampionChanged
from zhike.insight.models import PredictorVersion

KIND = "insight.predictor"
READ, MANAGE = "insight.read", "predictors.manage"
State = PredictorVersion.State
ROLES = (State.CHAMPION, State.CHALLENGER, State.SHADOW)


class VersionRefused(Exception):
    """It cannot be done with this version; `reason` is one of no_reason, no_role, not_now, nothing_before."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def propose(*, actor: Viewer, at: datetime, version_id: int, role: str, why: str) -> int:
    """Propose a version as champion, challenger or shadow; a second person approves it whatever is set (R67). The number of the proposal.

    Raises Http404, VersionRefused, NotProposed, PermissionDenied without predictors.manage.
    """
    row = _version(actor, version_id)
    if role not in ROLES:
        raise VersionRefused("no_role")
    if row.state in (State.RETIRED, role):
        raise VersionRefused("not_now")
    if not why.strip():
        raise VersionRefused("no_reason")
    asked = {"version_id": row.pk, "role": role, "digest": row.digest, "why": why.strip()}
    number = put_before(actor=actor, at=at, name=KIND, asked=asked, why=why, subject=("predictor-version", row.pk)).pk
    if row.state == State.DRAFT:
        row.state, row.why = State.PROPOSED, why.strip()
        row.save(update_fields=["state", "why"])
    return number


@transaction.atomic
def take_on(*, actor: Viewer, at: datetime, asked: Mapping[str, Any], approved_name: str) -> PredictorVersion:
    """Give a version the role that was approved; a champion before it stays approved. Raises Http404, VersionRefused."""
    row = _version(actor, asked["version_id"])
    if row.state == State.RETIRED or row.digest != asked["digest"] or not approved_name:
        raise VersionRefused("not_now")
    before = row.state
    row.approved_name, row.approved_at, row.why = approved_name, at, asked["why"]
    if asked["role"] == State.CHAMPION:
        _end_champion(actor, row.predictor, at, asked["why"])
        row.champion_at = at
    row.state = asked["role"]
    row.save()
    if State.CHAMPION in (before, row.state):
        publish(ChampionChanged(row.predictor))
    after = {"predictor": row.predictor, "number": row.number, "state": row.state, "approved": approved_name}
    record(actor, "insight.predictor_approved", subject=("predictor-version", row.pk), reason=row.why, before={"state": before}, after=after, at=at)  # fmt: skip
    return row


@transaction.atomic
def roll_back(*, actor: Viewer, at: datetime, predictor: str, why: str) -> PredictorVersion:
    """Use the champion before the present one again, with what it said; one person may, since it was approved before. Raises VersionRefused."""
    require(actor, MANAGE)
    if not why.strip():
        raise VersionRefused("no_reason")
    rows = PredictorVersion.objects.select_for_update().filter(predictor=predictor)
    now = rows.filter(state=State.CHAMPION).first()
    earlier = rows.filter(champion_at__isnull=False).exclude(state__in=[State.RETIRED, State.CHAMPION])
    if now is not None and now.champion_at is not None:
        earlier = earlier.filter(champion_at__lt=now.champion_at)
    row = earlier.order_by("-champion_at").first()
    if now is None or row is None:
        raise VersionRefused("nothing_before")
    _end_champion(actor, predictor, at, why.strip())
    row.state = State.CHAMPION
    row.save(update_fields=["state"])
    publish(ChampionChanged(predictor))
    record(actor, "insight.predictor_rolled_back", subject=("predictor-version", row.pk), reason=why.strip(), before={"number": now.number}, after={"predictor": predictor, "number": row.number}, at=at)  # fmt: skip
    return row


@transaction.atomic
def retire(*, actor: Viewer, at: datetime, version_id: int, why: str) -> PredictorVersion:
    """End a version for good; where it was the champion, the rule stands in. Raises Http404, VersionRefused."""
    row = _version(actor, version_id)
    if row.state == State.RETIRED:
        raise VersionRefused("not_now")
    if not why.strip():
        raise VersionRefused("no_reason")
    before, row.state = row.state, State.RETIRED
    row.ended_at, row.ended_name, row.ended_why = at, actor.name, why.strip()
    row.save()
    if before == State.CHAMPION:
        publish(ChampionChanged(row.predictor))
    record(actor, "insight.predictor_retired", subject=("predictor-version", row.pk), reason=why.strip(), before={"state": before}, after={"predictor": row.predictor, "number": row.number}, at=at)  # fmt: skip
    return row


def _version(actor: Viewer, version_id: int) -> PredictorVersion:
    require(actor, MANAGE)
    row = PredictorVersion.objects.select_for_update().filter(pk=version_id).first()
    if row is None:
        raise Http404
    return row


def _end_champion(actor: Viewer, predictor: str, at: datetime, why: str) -> None:
    PredictorVersion.objects.filter(predictor=predictor, state=State.CHAMPION).update(
        state=State.APPROVED, ended_at=at, ended_name=actor.name, ended_why=why
    )
