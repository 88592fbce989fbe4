"""What the payment network says of a customer: whom she leads to, and where she stands in it. Computed as a whole, never written by hand."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager


class Tie(models.Model):
    """A customer and somebody outside the bank with whom she deals: over twelve months, in the bank's own currency (S41)."""

    scope_path = "party"

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", _("Supplier")  # she pays it
        BUYER = "buyer", _("Buyer")  # it pays her
        EMPLOYER = "employer", _("Employer")  # she works there

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    outsider = models.CharField(max_length=16, help_text="key of who is outside, from its name")
    kind = models.TextField(choices=Kind, help_text="what it is to her")
    name = models.TextField(help_text="as payments name it most often")
    banks = models.TextField(blank=True, default="", help_text="where it has its accounts")
    amount = models.DecimalField(max_digits=20, decimal_places=2, help_text="paid in twelve months")
    count = models.BigIntegerField(help_text="payments; 0: only declared")
    months = models.BigIntegerField(help_text="months with a payment")
    first_date = models.DateField(null=True, help_text="the first payment of these months")
    last_date = models.DateField(null=True, help_text="the last payment of these months")

    objects = ScopedManager()

    class Meta:
        db_table = "insight_tie"
        constraints = [models.UniqueConstraint(fields=["party", "outsider", "kind"], name="tie_once")]
        indexes = [models.Index(fields=["outsider"], name="tie_outsider")]

    def __str__(self) -> str:
        return f"{self.outsider} {self.kind}"


class NetworkPlace(models.Model):
    """Where a customer stands among all who pay each other."""

    scope_path = "party"

    party = models.OneToOneField("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    community = models.BigIntegerField(help_text="who deals more with each other than with others has the same number")
    community_size = models.BigIntegerField(help_text="customers in it")
    influence_percentile = models.IntegerField(help_text="100: through whom most money passes (PageRank)")
    payers = models.BigIntegerField(help_text="who pay her")
    payees = models.BigIntegerField(help_text="whom she pays")
    received = models.DecimalField(max_digits=20, decimal_places=2, help_text="by transfers and salaries in twelve months")
    paid = models.DecimalField(max_digits=20, decimal_places=2, help_text="by transfers in twelve months")
    largest_received = models.DecimalField(max_digits=20, decimal_places=2, help_text="from one payer")

    objects = ScopedManager()

    class Meta:
        db_table = "insight_networkplace"

    def __str__(self) -> str:
        return f"{self.community}"
