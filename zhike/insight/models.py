"""What the bank has set for measures, tiers and stages, from which day on, and its tier schemes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.insight.lab.models import LabQuestion
from zhike.insight.network.models import NetworkPlace, Tie
from zhike.insight.override_models import TierOverride
from zhike.insight.profile_models import Build, BuildRun, Gone, Profile
from zhike.insight.score_models import PredictorFinding, PredictorVersion, Score, ScoreOutcome, ScoreOverrule, ScoreRun

__all__ = [
    "Build",
    "BuildRun",
    "DatedSetting",
    "Gone",
    "LabQuestion",
    "NetworkPlace",
    "PredictorFinding",
    "PredictorVersion",
    "Profile",
    "Score",
    "ScoreOutcome",
    "ScoreOverrule",
    "ScoreRun",
    "Tie",
    "TierOverride",
]


class DatedSetting(models.Model):
    """One value of `settings_rules.Settings` that holds from a day on, until a later row of the same path. Rows are only ever added; what was
    set for a day last, holds for it. No customer hangs on it."""

    path = models.TextField(help_text="group, field and, of a mapping, entry: costs.act.counter")
    value = models.TextField(help_text="as `dated` writes it; a number without thousands, a rate as a fraction")
    from_date = models.DateField()
    set_at = models.DateTimeField()
    set_name = models.TextField(help_text="who proposed it")
    approved_name = models.TextField(default="", blank=True, help_text="who approved it; empty: nobody had to")
    why = models.TextField()

    class Meta:
        db_table = "insight_datedsetting"
        indexes = [models.Index(fields=["path", "-from_date", "-id"], name="datedsetting_path")]
        constraints = [models.CheckConstraint(condition=~models.Q(why=""), name="datedsetting_why")]

    def __str__(self) -> str:
        return f"{self.path} {self.from_date}"


class TierScheme(models.Model):
    """A version of a tier scheme (客户等级). A draft is changed until it is put in force from a day on, by two people; then never again. On a
    day the scheme that was put in force for the latest day up to it holds; without one, the default that Zhike ships with."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_FORCE = "in_force", _("In force")
        DISCARDED = "discarded", _("Discarded")

    title = models.TextField()
    number = models.PositiveIntegerField(help_text="1 is the first version of a title")
    rules = models.JSONField(help_text="`scheme_forms.as_json` of it")
    state = models.TextField(choices=State.choices, default=State.DRAFT)
    from_date = models.DateField(null=True, help_text="the first day on which it holds")
    made_at = models.DateTimeField()
    made_name = models.TextField()
    changed_at = models.DateTimeField()
    changed_name = models.TextField()
    why = models.TextField(default="", blank=True, help_text="why it was put in force")
    approved_name = models.TextField(default="", blank=True, help_text="who approved it; empty: nobody had to")
    trial = models.JSONField(
        null=True, help_text="`shadowing.Shadow` of the last shadow run of these rules; empty: none since they changed"
    )
    trial_at = models.DateTimeField(null=True, help_text="when it was run in the shadow")

    class Meta:
        db_table = "insight_tierscheme"
        constraints = [
            models.UniqueConstraint(fields=["title", "number"], name="tierscheme_version"),
            models.CheckConstraint(condition=~models.Q(title=""), name="tierscheme_title"),
            models.CheckConstraint(condition=~models.Q(state="in_force") | models.Q(from_date__isnull=False), name="tierscheme_day"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"
