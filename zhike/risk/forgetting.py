"""What is done with risk profiles when a customer is forgotten: kept as long as the law asks, then they go."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.forgetting import Rows, declare

declare(Rows("risk_profile", _("Risk profiles"), is_law=True))
