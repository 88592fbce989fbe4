"""Reports that somebody keeps, and to whom they are sent. No customer is in them: whoever opens or receives one sees her own."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Report(models.Model):
    """A question under a name."""

    class Shared(models.TextChoices):
        OWN = "own", _("Only me")
        UNIT = "unit", _("My unit")
        ROLE = "role", _("Everybody of my role")
        BANK = "bank", _("Everybody")

    owner = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    name = models.TextField()
    asked = models.JSONField(help_text="what its address says: rows, columns, measures, months, on, version, only, sort")
    shared = models.TextField(choices=Shared.choices, default=Shared.OWN)
    unit = models.ForeignKey("access.Unit", models.SET_NULL, null=True, related_name="+", help_text="the owner's, while shared with it")
    role = models.TextField(default="", blank=True, help_text="the owner's, while shared with it")
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, help_text="put away; may be brought back")

    class Meta:
        indexes = [models.Index(fields=["owner"], name="report_owner")]
        constraints = [
            models.CheckConstraint(condition=Q(shared__in=["own", "unit", "role", "bank"]), name="report_shared"),
            models.CheckConstraint(condition=~Q(name=""), name="report_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """That a report is sent to somebody, who asked for it herself, with what she sees on the day it is sent."""

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", _("every Monday")
        MONTHLY = "monthly", _("on the first of each month")

    report = models.ForeignKey(Report, models.CASCADE, related_name="+")
    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    address = models.TextField(help_text="where to; its domain is one of ZHIKE_MAIL_DOMAINS")
    rhythm = models.TextField(choices=Rhythm.choices, help_text="how often it is sent")
    has_file = models.BooleanField(default=False, help_text="with the workbook, where ZHIKE_MAIL_FILES allows it")
    language = models.TextField(default="en", help_text="hers when she asked")
    next_date = models.DateField(help_text="the day on which it is sent next")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "person"], name="subscription_once"),
            models.CheckConstraint(condition=Q(rhythm__in=["weekly", "monthly"]), name="subscription_rhythm"),
        ]
        indexes = [models.Index(fields=["next_date"], name="subscription_next")]
