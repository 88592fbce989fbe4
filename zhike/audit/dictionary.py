"""Classes of the columns of looks and unusual access."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("audit_look", _("Who opened whose page on which day"), "C1", "audit"),
    Table("audit_unusual", _("Access worth somebody's eyes"), "C1", "audit", c2="reviewed_name note"),
)
