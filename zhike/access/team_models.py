"""Service teams around customers, and who has which post in them. Which customers a team serves is `parties.teamed`."""

from __future__ import annotations

from django.db import models

from zhike.access.scope_models import Grant


class ServiceTeam(models.Model):
    """People of several posts, and maybe several units, who serve the same customers: each member sees them, with what her own role lets her do."""

    name = models.TextField()
    pattern = models.TextField(help_text="team_rules.PATTERNS: which posts have to be filled")
    unit = models.ForeignKey(
        "access.Unit", models.PROTECT, null=True, related_name="+", help_text="whose manager keeps it; empty: the bank's"
    )
    made_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="from then on it opens nobody any more")

    class Meta:
        db_table = "access_serviceteam"
        constraints = [models.UniqueConstraint(models.functions.Lower("name"), condition=models.Q(ended_at=None), name="serviceteam_name")]

    def __str__(self) -> str:
        return self.name


class TeamMember(Grant):
    """Somebody in a team at a post, in [from_at, until_at); without `until_at` for as long as the team is."""

    until_at = models.DateTimeField(null=True)  # type: ignore[assignment]
    team = models.ForeignKey(ServiceTeam, models.CASCADE, related_name="+")
    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    post = models.TextField(help_text="team_rules.POSTS")

    class Meta:
        db_table = "access_teammember"
        constraints = [
            models.CheckConstraint(condition=models.Q(until_at=None) | models.Q(until_at__gt=models.F("from_at")), name="teammember_ends")
        ]

    def __str__(self) -> str:
        return f"{self.team_id}: {self.person_id}"
