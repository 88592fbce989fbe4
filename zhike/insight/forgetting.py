"""What is done with the profile when a customer is forgotten: it goes; the next build makes none, since her landed rows are hers no more."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.forgetting import Rows, declare

declare(Rows("insight_profile", _("Profile"), column="id"))
