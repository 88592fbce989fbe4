"""The registers of whoever answers for privacy: purposes, impact assessments, sharing, incidents (R20, R22, R26, R27, R33, R34)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One entry of a register. Closed when it is over, never deleted; every change is an entry of the audit with before and after."""

    class Kind(models.TextChoices):
        PURPOSE = "purpose", _("Purposes")
        ASSESSMENT = "assessment", _("Impact assessments")
        SHARING = "sharing", _("Sharing")
        IMPORTANT = "important", _("Important data")
        INCIDENT = "incident", _("Incidents")

    kind = models.TextField(choices=Kind.choices)
    title = models.TextField()
    facts = models.JSONField(help_text="by `register_rules.FACTS` of its kind")
    began_at = models.DateTimeField(help_text="of an incident: when it was discovered")
    made_name = models.TextField()
    changed_at = models.DateTimeField()
    changed_name = models.TextField()
    authority_at = models.DateTimeField(null=True, help_text="of an incident: when the authority was told")
    persons_at = models.DateTimeField(null=True, help_text="of an incident: when those concerned were told")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "privacy_entry"
        indexes = [models.Index(fields=["kind", "closed_at", "-began_at"], name="entry_kind")]
        constraints = [models.CheckConstraint(condition=~models.Q(title=""), name="entry_title")]

    def __str__(self) -> str:
        return self.title
