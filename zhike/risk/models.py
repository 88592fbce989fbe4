"""What customers said of themselves when their risk was assessed (R51–R56, R59). The bank's own systems assess; here it is read only (decision 2)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager
from zhike.core.models import Delivered


class Profile(Delivered):
    """One assessment. A later one replaces it for decisions, and it stays; one that a file corrects ends and stands anew."""

    class InvestorType(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary investor")
        PROFESSIONAL = "professional", _("Professional investor")

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    level = models.TextField(help_text="C1–C5 (R53)")
    assessed_date = models.DateField()
    valid_to_date = models.DateField(null=True, help_text="exclusive, as the file says; never longer than the setting (R54)")
    method = models.TextField(default="", blank=True)
    place = models.TextField(default="", blank=True, help_text="counter: in person at the outlet (R55)")
    experience_years = models.BigIntegerField(null=True, help_text="of investing; empty: unknown (R56)")
    investor_type = models.TextField(choices=InvestorType.choices, default=InvestorType.ORDINARY, help_text="R51")
    qualified_by = models.TextField(default="", blank=True, help_text="experience_and_assets, assets, income; empty: not qualified (R59)")
    qualified_date = models.DateField(null=True)
    evidence = models.TextField(default="", blank=True, help_text="what proves that she is qualified")
    is_remote_agreed = models.BooleanField(default=False, help_text="agreed in writing to buy high risk away from the outlet (R55)")

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["party", "-assessed_date", "-id"], name="riskprofile_party")]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], condition=models.Q(valid_to=None), name="riskprofile_now"),
            models.CheckConstraint(condition=models.Q(level__in=["C1", "C2", "C3", "C4", "C5"]), name="riskprofile_level"),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.assessed_date}"
