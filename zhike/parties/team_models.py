"""Which customers a service team serves. The team and its members are `access.team_models`."""

from __future__ import annotations

from django.db import models

from zhike.access.scope import ScopedManager


class Teamed(models.Model):
    """A customer whom a service team serves in [from_at, until_at), unless that was ended before; each member sees her then."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    team = models.ForeignKey("access.ServiceTeam", models.CASCADE, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="taken back before its time")
    given_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    given_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "party"], condition=models.Q(ended_at=None), name="teamed_once"),
            models.CheckConstraint(condition=models.Q(until_at=None) | models.Q(until_at__gt=models.F("from_at")), name="teamed_ends"),
        ]
        indexes = [models.Index(fields=["party"], name="teamed_party")]
