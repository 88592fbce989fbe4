"""Who may not be contacted, or whose data may only be kept, and since when (decision 19)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager


class ContactRestriction(models.Model):
    """A reason not to approach a customer, from when to when. Lifted, never deleted; two of a kind and channel are not in force at once."""

    class Kind(models.TextChoices):
        DO_NOT_CONTACT = "do_not_contact", _("Do not contact")
        COMPLAINT = "complaint", _("Complaint open")
        DECEASED = "deceased", _("Deceased")
        LIMITED = "limited", _("Processing restricted")
        HOLD = "hold", _("Legal hold")

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    kind = models.TextField(choices=Kind.choices)
    channel = models.TextField(default="", blank=True, help_text="the way it is about; empty: every way")
    reason = models.TextField()
    begins_at = models.DateTimeField()
    ends_date = models.DateField(null=True, help_text="the first day on which it is no more; empty: until somebody lifts it")
    lifted_at = models.DateTimeField(null=True)
    by_name = models.TextField()
    lifted_name = models.TextField(default="", blank=True)
    made_by = models.TextField(default="people", help_text="people, or the area whose event made it")

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["party"], name="restriction_party")]
        constraints = [
            models.UniqueConstraint(fields=["party", "kind", "channel"], condition=models.Q(lifted_at=None), name="restriction_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="restriction_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel}".strip()
