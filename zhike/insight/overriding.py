"""Writes of tiers given by hand: proposed, given once somebody else agrees, taken back by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.approvals import is_needed, propose
from zhike.access.scope import Viewer, require
from zhike.insight.models import Profile, TierOverride
from zhike.insight.schemes import scheme_on
from zhike.insight.tier_rules import Scheme
from zhike.parties.queries import PartyNotSeen, require_seen

KIND = "insight.tier_override"
GIVE = "tiers.override"
LONGEST = timedelta(days=2 * 366)
LONGEST_REASON = 500


class OverrideRefused(ValueError):
    """It cannot be given like this: `field` is the input at fault, `reason` one of no_tier, same, no_day, past, too_far, no_reason, too_long."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


def cost_of(scheme: Scheme, tier: str, instead_of: str) -> Decimal:
    """CNY a year that serving one customer in a tier costs more than in another; nought for a tier that the scheme has no longer."""
    costs = {rung.key: rung.cost for rung in scheme.rungs}
    return costs.get(tier, Decimal(0)) - costs.get(instead_of, Decimal(0))


@transaction.atomic
def give_or_propose(*, actor: Viewer, at: datetime, party_id: int, tier: str, until: date | None, why: str) -> int | None:
    """Give a customer a tier until a day, or propose it: the number of the proposal; None: it is done.

    Raises PartyNotSeen, PermissionDenied without tiers.override, OverrideRefused, NotProposed.
    """
    require_seen(actor, party_id)
    require(actor, GIVE)
    asked = _checked(actor, timezone.localdate(at), party_id, tier, until, why)
    if is_needed(KIND, on=timezone.localdate(at)):
        return propose(
            actor=actor, at=at, name=KIND, asked=asked, why=why, subject=("tier-override", party_id), party_ids=[party_id]
        ).pk  # fmt: skip
    give(actor=actor, at=at, asked=asked)
    return None


def _checked(actor: Viewer, today: date, party_id: int, tier: str, until: date | None, why: str) -> dict[str, Any]:
    was = Profile.objects.seen_by(actor).filter(pk=party_id).values_list("tier_effective", flat=True).first() or ""
    scheme = scheme_on(today)
    if tier not in {rung.key for rung in scheme.rungs}:
        raise OverrideRefused("tier", "no_tier")
    if tier == was:
        raise OverrideRefused("tier", "same")
    if until is None:
        raise OverrideRefused("until", "no_day")
    if until <= today:
        raise OverrideRefused("until", "past")
    if until > today + LONGEST:
        raise OverrideRefused("until", "too_far")
    if not why.strip():
        raise OverrideRefused("why", "no_reason")
    if len(why) > LONGEST_REASON:
        raise OverrideRefused("why", "too_long")
    return {
        "party_id": party_id, "tier": tier, "until_date": until.isoformat(), "why": why.strip(), "tier_was": was,
        "cost": f"{cost_of(scheme, tier, was):f}",
    }  # fmt: skip


@transaction.atomic
def give(*, actor: Viewer, at: datetime, asked: Mapping[str, Any], approved_name: str = "") -> TierOverride:
    """Give it, from today on; another one that holds is taken back. Raises PartyNotSeen, OverrideRefused: its day has come by now."""
    party_id, today = int(asked["party_id"]), timezone.localdate(at)
    require_seen(actor, party_id)
    require(actor, GIVE)
    until = date.fromisoformat(asked["until_date"])
    if until <= today:
        raise OverrideRefused("until", "past")
    for earlier in (
        TierOverride.objects.seen_by(actor).select_for_update(of=("self",)).filter(party=party_id, ended_at=None, until_date__gt=today)
    ):
        _end(actor, earlier, at)
    row = TierOverride(
        party_id=party_id, tier=asked["tier"], from_date=today, until_date=until, why=asked["why"], tier_was=asked["tier_was"],
        cost=Decimal(asked["cost"]), given_at=at, given_name=actor.name, approved_name=approved_name,
    )  # fmt: skip
    row.save(force_insert=True)
    after = {"tier": row.tier, "until_date": asked["until_date"], "cost": asked["cost"], "approved": approved_name}
    record(
        actor, "insight.tier_given", subject=("tier-override", row.pk), party_id=party_id, reason=row.why, before={"tier": row.tier_was},
        after=after, at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def take_back(*, actor: Viewer, at: datetime, party_id: int, override_id: int) -> TierOverride:
    """End a tier given by hand; it needs nobody else. Raises PartyNotSeen, also for one that does not hold; PermissionDenied."""
    row = _of(actor, party_id, override_id)
    if row.ended_at is not None or row.until_date <= timezone.localdate(at):
        raise PartyNotSeen
    _end(actor, row, at)
    return row


@transaction.atomic
def restore(*, actor: Viewer, at: datetime, party_id: int, override_id: int) -> TierOverride:
    """Undo a taking back of the same day, as it was approved. Raises PartyNotSeen for one of which there is nothing to undo; PermissionDenied."""
    row, today = _of(actor, party_id, override_id), timezone.localdate(at)
    others = TierOverride.objects.seen_by(actor).filter(party=party_id, ended_at=None, until_date__gt=today)
    if row.ended_at is None or timezone.localdate(row.ended_at) != today or row.until_date <= today or others.exists():
        raise PartyNotSeen
    row.ended_at, row.ended_name = None, ""
    row.save(update_fields=["ended_at", "ended_name"])
    record(actor, "insight.tier_restored", subject=("tier-override", row.pk), party_id=party_id, after={"tier": row.tier}, at=at)
    return row


def _of(actor: Viewer, party_id: int, override_id: int) -> TierOverride:
    require_seen(actor, party_id)
    require(actor, GIVE)
    row = TierOverride.objects.seen_by(actor).select_for_update(of=("self",)).filter(pk=override_id, party=party_id).first()
    if row is None:
        raise PartyNotSeen
    return row


def _end(actor: Viewer, row: TierOverride, at: datetime) -> None:
    row.ended_at, row.ended_name = at, actor.name
    row.save(update_fields=["ended_at", "ended_name"])
    record(actor, "insight.tier_taken_back", subject=("tier-override", row.pk), party_id=row.party_id, before={"tier": row.tier}, at=at)
