"""Every contact with a customer, on any channel (S116). Part 1 keeps what the bank's systems deliver."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager


class Interaction(models.Model):
    """One contact: who, when, on which channel, about what, with which outcome."""

    class Direction(models.TextChoices):
        IN = "in", _("From the customer")
        OUT = "out", _("To the customer")

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    at = models.DateTimeField()
    channel = models.TextField()
    direction = models.TextField(choices=Direction.choices, default="", blank=True)
    employee = models.ForeignKey("access.Employee", models.SET_NULL, null=True, related_name="+", db_constraint=False)
    purpose = models.TextField(default="", blank=True)
    outcome = models.TextField(default="", blank=True)
    subject = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)
    seconds = models.BigIntegerField(null=True)
    source = models.TextField()
    external_key = models.TextField()
    batch_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["party", "-at", "-id"], name="interaction_party")]
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="interaction_key")]
