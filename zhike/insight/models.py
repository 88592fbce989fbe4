"""What the bank has set for measures, tiers and stages, from which day on."""

from __future__ import annotations

from django.db import models

from zhike.insight.profile_models import Build, Profile

__all__ = ["Build", "DatedSetting", "Profile"]


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
