"""The work behind a question: read it as its asker may, answer it, keep what came of it."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from zhike.access.work import Outcome, Task
from zhike.core.conditions.reading import Refused
from zhike.insight.lab import asking, keeping
from zhike.insight.lab.answering import Refusal, answered
from zhike.insight.lab.fields import catalogues
from zhike.insight.lab.models import LabQuestion
from zhike.insight.lab.wording import refusal_words, result_words


def answer(task: Task) -> Outcome:
    """Answer the question in the name of whoever asked it."""
    row = keeping.question(task.viewer, task.asked["question_id"])
    here = reverse("insight-lab-question", args=[row.pk])
    done = 0

    def told(_step: str) -> None:
        nonlocal done
        task.step(done)
        done += 1

    try:
        meant = asking.meant(asking.kept_in(row.asked), catalogues(task.viewer))
        found = answered(meant, settings.HOME, whom=keeping.among(task.viewer), memory=settings.MEMORY, told=told)
    except Refused:
        return _refused(task, row, {"reason": "closed"}, here)
    except Refusal as wrong:
        return _refused(task, row, {"reason": wrong.reason, **wrong.numbers}, here)
    keeping.keep_answer(actor=task.viewer, at=timezone.now(), row=row, answer=found)
    return Outcome(here, result_words(found))


def _refused(task: Task, row: LabQuestion, refusal: dict[str, object], here: str) -> Outcome:
    keeping.keep_refusal(actor=task.viewer, at=timezone.now(), row=row, refusal=refusal)
    return Outcome(here, refusal_words(refusal))
