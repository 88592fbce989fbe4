"""Questions that people tried, each behind the wall of whoever asked. No customer hangs on them: answers are figures of many."""

from __future__ import annotations

from django.db import models


class LabQuestion(models.Model):
    """A question that somebody put to the profile, and what came of it: an answer, a refusal, or neither while it is worked on."""

    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    title = models.TextField(help_text="what she calls it")
    asked = models.JSONField(help_text="`lab.asking.Asked.plain`: of whom, what should have happened, months, fields left out")
    work_id = models.BigIntegerField(null=True, help_text="the work that answers it")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, help_text="when the answer or the refusal came")
    answer = models.JSONField(null=True, help_text="`lab.answering.answered`: the card")
    refusal = models.JSONField(null=True, help_text="why there is no card: a reason and its numbers")
    away_at = models.DateTimeField(null=True, help_text="when she threw it away; it can be brought back for a week")

    class Meta:
        db_table = "insight_labquestion"
        indexes = [models.Index(fields=["person", "-asked_at", "-id"], name="labquestion_latest")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(title=""), name="labquestion_title"),
            models.CheckConstraint(condition=models.Q(answer__isnull=True) | models.Q(refusal__isnull=True), name="labquestion_one"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether it is still worked on."""
        return self.answer is None and self.refusal is None
