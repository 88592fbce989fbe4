"""Questions of the lab as they are kept: each is its asker's alone. Reads begin with the viewer; acts are audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from zhike.access import work
from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.insight.lab.asking import Asked
from zhike.insight.lab.models import LabQuestion
from zhike.insight.models import Profile
from zhike.insight.overview import sees_the_bank

READ, ASK = "insight.read", "predictors.manage"
KIND = "insight.lab"
KEPT_AWAY = timedelta(days=7)
MOST_SHOWN = 200
STEPS = 8  # reading, two days to compare recipes on, four to judge, learning


def may_ask(viewer: Viewer) -> None:
    """Raises PermissionDenied where the lab is closed to her: figures are of many customers, and training is entrusted to few."""
    require(viewer, READ)
    require(viewer, ASK)


def among(viewer: Viewer) -> pa.Table | None:
    """The customers whom a question of hers is put to; None: the whole bank is hers."""
    if sees_the_bank(viewer):
        return None
    keys = list(Profile.objects.seen_by(viewer).values_list("pk", flat=True))
    return pa.table({"party_id": pa.array(keys, pa.int64())})


def questions(viewer: Viewer) -> Sequence[LabQuestion]:
    """Hers, the latest first."""
    may_ask(viewer)
    return list(LabQuestion.objects.filter(person=viewer.person_id, away_at=None).order_by("-asked_at", "-id")[:MOST_SHOWN])


def question(viewer: Viewer, question_id: int) -> LabQuestion:
    """One of hers. Raises Http404."""
    may_ask(viewer)
    row = LabQuestion.objects.filter(pk=question_id, person=viewer.person_id, away_at=None).first()
    if row is None:
        raise Http404
    return row


def work_of(viewer: Viewer, row: LabQuestion) -> Any:
    """How far the answer is; None where that is not known any more."""
    try:
        return work.hers(viewer, row.work_id or 0)
    except Http404:
        return None


@transaction.atomic
def ask(*, actor: Viewer, at: datetime, asked: Asked) -> LabQuestion:
    """Keep a question and have it answered in the background."""
    may_ask(actor)
    title = asked.title or _("A question")
    row = LabQuestion.objects.create(person_id=actor.person_id or 0, title=title, asked=asked.plain, asked_at=at)
    task = work.start(actor=actor, at=at, kind=KIND, title=title, asked={"question_id": row.pk}, total=STEPS)
    LabQuestion.objects.filter(pk=row.pk).update(work_id=task.pk)
    record(actor, "insight.lab_asked", subject=("lab-question", row.pk), after=asked.plain, at=at)
    return row


@transaction.atomic
def keep_answer(*, actor: Viewer, at: datetime, row: LabQuestion, answer: Mapping[str, Any]) -> None:
    """Keep what came of it."""
    LabQuestion.objects.filter(pk=row.pk).update(answer=dict(answer), refusal=None, answered_at=at)
    after = {"rows": answer["rows"], "cases": answer["happened"], **answer["figures"]}
    record(actor, "insight.lab_answered", subject=("lab-question", row.pk), after=after, at=at)


@transaction.atomic
def keep_refusal(*, actor: Viewer, at: datetime, row: LabQuestion, refusal: Mapping[str, Any]) -> None:
    """Keep why there is no answer."""
    LabQuestion.objects.filter(pk=row.pk).update(refusal=dict(refusal), answer=None, answered_at=at)
    record(actor, "insight.lab_answered", subject=("lab-question", row.pk), after=refusal, at=at)


@transaction.atomic
def put_away(*, actor: Viewer, at: datetime, question_id: int, is_back: bool = False) -> None:
    """Throw a question of hers away, or bring it back while it is still there. Raises Http404."""
    may_ask(actor)
    rows = LabQuestion.objects.filter(pk=question_id, person=actor.person_id, away_at__isnull=not is_back)
    if not rows.update(away_at=None if is_back else at):
        raise Http404
    record(actor, "insight.lab_back" if is_back else "insight.lab_away", subject=("lab-question", question_id), at=at)


@transaction.atomic
def note_export(*, actor: Viewer, at: datetime, row: LabQuestion) -> None:
    """Note that an answer left as a file. It holds figures alone."""
    record(actor, "insight.lab_exported", subject=("lab-question", row.pk), after={"count": 0}, at=at)


def clear(at: datetime) -> int:
    """Remove what was thrown away a week ago; how many."""
    return LabQuestion.objects.filter(away_at__lt=at - KEPT_AWAY).delete()[0]
