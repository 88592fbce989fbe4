"""Classes of the columns of duplicates and merges."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("duplicates_pair", _("Two who may be one customer"), "C1", "customer"),
    Table("duplicates_merge", _("Two customers made one"), "C2", "customer", c1="homes moved merged_at merged_by undone_at undone_by"),
)
