"""Who looked at whom on which day, and what of all that is unusual. The audit itself is `access_auditentry`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Look(models.Model):
    """That a person opened a customer's page on a day. One row a person, customer and day, written along with her list of those opened last;
    a customer who is merged later keeps the looks of his own page."""

    pk = models.CompositePrimaryKey("customer_id", "day", "person_id")
    customer_id = models.BigIntegerField()
    day = models.DateField(help_text="the bank's day")
    person_id = models.BigIntegerField(help_text="no foreign key: a look outlives the person")
    first_at = models.DateTimeField(help_text="the first time on this day")

    class Meta:
        indexes = [models.Index(fields=["person_id", "day"], name="look_of_person")]


class Unusual(models.Model):
    """Access of a person on a day that is worth somebody's eyes; see `unusual`. Found again, it is brought up to date until it was reviewed."""

    class Kind(models.TextChoices):
        OUTSIDE = "outside", _("Many customers whom neither she nor her unit looks after")
        NIGHT = "night", _("Customers opened or numbers revealed at night")
        REVEALS = "reveals", _("Many numbers revealed")
        EXPORTS = "exports", _("Many customers exported")
        LEAVING = "leaving", _("Many customers opened or exported shortly before leaving")

    person_id = models.BigIntegerField()
    day = models.DateField()
    kind = models.TextField(choices=Kind.choices)
    count = models.PositiveIntegerField(help_text="customers, or reveals")
    limit = models.PositiveIntegerField(help_text="from which number on it counted as unusual then")
    found_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.BigIntegerField(null=True)
    reviewed_name = models.TextField(default="", db_default="", blank=True)
    is_explained = models.BooleanField(null=True, help_text="what the review came to; empty: not reviewed")
    note = models.TextField(default="", db_default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person_id", "day", "kind"], name="unusual_once"),
            models.CheckConstraint(condition=models.Q(reviewed_at=None) | ~models.Q(note=""), name="unusual_reviewed_with_a_note"),
        ]
        indexes = [models.Index(fields=["-found_at"], name="unusual_latest")]
