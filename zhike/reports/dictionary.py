"""Classes of the columns of kept reports and of whom they are sent to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("reports_report", _("Reports that somebody kept"), "C1", "person"),
    Table("reports_subscription", _("To whom reports are sent"), "C1", "person"),
)
