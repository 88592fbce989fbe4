"""Classes of the columns of products: what the bank sells is public."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("products_product", _("What the bank sells"), "public", "bank"),
    Table("products_risklevel", _("What risk products were said to have"), "public", "bank"),
)
