"""What the bank sells, by side of the balance sheet and family (domain §2.3)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.core.models import Delivered


class Product(Delivered):
    """One product. No customer hangs on it, so it has no scope."""

    class Side(models.TextChoices):
        LIABILITY = "liability", _("Liability side")
        ASSET = "asset", _("Asset side")
        INTERMEDIARY = "intermediary", _("Intermediary")

    name = models.TextField()
    side = models.TextField(choices=Side.choices)
    family = models.TextField()

    class Offering(models.TextChoices):
        PUBLIC = "public", _("Offered to everybody")
        PRIVATE = "private", _("Offered to qualified investors only")

    risk_level = models.TextField(default="", blank=True, help_text="R1–R5 as the seller says; what counts stands in `RiskLevel` (R50)")
    offering = models.TextField(choices=Offering.choices, default=Offering.PUBLIC, db_default=Offering.PUBLIC)
    asset_kind = models.TextField(default="", db_default="", blank=True, help_text="fixed_income, mixed, equity, derivative (R59)")
    issuer = models.TextField(default="", blank=True)
    is_agency = models.BooleanField(default=False)
    currency = models.TextField(default="", blank=True)
    term_days = models.BigIntegerField(null=True)
    min_amount = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    on_sale_date = models.DateField(null=True)
    off_sale_date = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="product_key")]

    def __str__(self) -> str:
        return self.name


class RiskLevel(Delivered):
    """What risk a product was said to have, and from when to when (R50). A version for each change of a level, none for other changes."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="+", db_constraint=False)
    issuer_level = models.TextField(default="", blank=True, help_text="R1–R5; empty: the issuer says nothing of its own")
    seller_level = models.TextField(default="", blank=True, help_text="R1–R5; empty: the bank has not rated it")
    level = models.TextField(help_text="the higher of the two")

    class Meta:
        indexes = [models.Index(fields=["product", "valid_from"], name="risklevel_product")]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], condition=models.Q(valid_to=None), name="risklevel_now"),
            models.CheckConstraint(condition=models.Q(level__in=["R1", "R2", "R3", "R4", "R5"]), name="risklevel_level"),
        ]

    def __str__(self) -> str:
        return self.level
