"""Classes of the columns of risk profiles: what somebody said of her means and experience is C2."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(Table("risk_profile", _("Risk profiles of customers"), "C2", "law", c1="assessed_date valid_to_date method place"))
