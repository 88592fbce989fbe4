"""A person says against a chance what she knows, with a reason and until a day; the chance itself never changes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.insight.models import Score, ScoreOverrule
from zhike.parties.queries import PartyNotSeen, require_seen

SAY = "scores.overrule"
LONGEST = timedelta(days=366)
LONGEST_REASON = 500


class OverruleRefused(ValueError):
    """It cannot be said like this: `field` is the input at fault, `reason` one of no_chance, no_day, past, too_far, no_reason, too_long."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@transaction.atomic
def overrule(
    *, actor: Viewer, at: datetime, party_id: int, predictor: str, will_happen: bool, until: date | None, why: str
) -> ScoreOverrule:
    """Say it; what was said before about the same ends. Raises PartyNotSeen, PermissionDenied without scores.overrule, OverruleRefused."""
    require_seen(actor, party_id)
    require(actor, SAY)
    today = timezone.localdate(at)
    score = Score.objects.seen_by(actor).filter(party=party_id, predictor=predictor).order_by("-chance").first()
    if score is None:
        raise OverruleRefused("predictor", "no_chance")
    if until is None:
        raise OverruleRefused("until", "no_day")
    if until <= today or until > today + LONGEST:
        raise OverruleRefused("until", "past" if until <= today else "too_far")
    if not why.strip() or len(why) > LONGEST_REASON:
        raise OverruleRefused("why", "too_long" if why.strip() else "no_reason")
    ScoreOverrule.objects.seen_by(actor).filter(party=party_id, predictor=predictor, ended_at=None).update(
        ended_at=at, ended_name=actor.name
    )
    row = ScoreOverrule(
        party_id=party_id, predictor=predictor, will_happen=will_happen, why=why.strip(), from_date=today, until_date=until, chance=score.chance,
        version=score.version, given_at=at, given_name=actor.name,
    )  # fmt: skip
    row.save(force_insert=True)
    after = {"predictor": predictor, "will_happen": will_happen, "until_date": until.isoformat(), "chance": str(score.chance), "version": score.version}  # fmt: skip
    record(actor, "insight.score_overruled", subject=("score-overrule", row.pk), party_id=party_id, reason=row.why, after=after, at=at)
    return row


@transaction.atomic
def take_back(*, actor: Viewer, at: datetime, party_id: int, overrule_id: int) -> ScoreOverrule:
    """End it. Raises PartyNotSeen, also for one that is over; PermissionDenied."""
    require_seen(actor, party_id)
    require(actor, SAY)
    row = ScoreOverrule.objects.seen_by(actor).select_for_update(of=("self",)).filter(pk=overrule_id, party=party_id, ended_at=None).first()
    if row is None:
        raise PartyNotSeen
    row.ended_at, row.ended_name = at, actor.name
    row.save(update_fields=["ended_at", "ended_name"])
    record(
        actor,
        "insight.overrule_taken_back",
        subject=("score-overrule", row.pk),
        party_id=party_id,
        before={"predictor": row.predictor},
        at=at,
    )
    return row
