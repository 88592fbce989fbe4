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
    risk_level = models.TextField(default="", blank=True, help_text="R1–R5 (R50)")
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
