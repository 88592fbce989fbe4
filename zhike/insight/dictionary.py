"""Classes of the columns of what is set for measures, tiers and stages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("insight_datedsetting", _("Settings of measures, tiers and stages, from which day on"), "C1", "bank"),
)
