"""Tiers given by hand (S34, domain §2.5): who has which, why, until when, and what it costs."""

from __future__ import annotations

from django.db import models

from zhike.access.scope import ScopedManager


class TierOverride(models.Model):
    """A tier that people gave a customer for a time, whatever her money says: the service tier while it holds. Taken back, never deleted."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    tier = models.TextField(help_text="key of a tier of the scheme in force when it was given")
    from_date = models.DateField(help_text="the first day on which it holds")
    until_date = models.DateField(help_text="the first day on which it holds no more")
    why = models.TextField()
    tier_was = models.TextField(default="", blank=True, help_text="the tier that applied when it was given; empty: none was computed")
    cost = models.DecimalField(
        max_digits=14, decimal_places=2, default=0, help_text="CNY a year that serving her costs more than in the tier that applied"
    )
    given_at = models.DateTimeField()
    given_name = models.TextField(help_text="who proposed it")
    approved_name = models.TextField(default="", blank=True, help_text="who approved it; empty: nobody had to")
    ended_at = models.DateTimeField(null=True, help_text="when it was taken back")
    ended_name = models.TextField(default="", blank=True, help_text="who took it back; empty: nobody has")

    objects = ScopedManager()

    class Meta:
        db_table = "insight_tieroverride"
        indexes = [
            models.Index(fields=["party"], name="tieroverride_party"),
            models.Index(fields=["until_date", "id"], condition=models.Q(ended_at=None), name="tieroverride_until"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(why=""), name="tieroverride_why"),
            models.CheckConstraint(condition=models.Q(until_date__gt=models.F("from_date")), name="tieroverride_days"),
        ]

    def __str__(self) -> str:
        return f"{self.tier} {self.from_date}"
