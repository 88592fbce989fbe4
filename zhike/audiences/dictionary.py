"""Classes of the columns of audiences and segments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("audiences_audience", _("Audiences that somebody kept"), "C1", "person", c2="condition note"),
    Table("audiences_audienceversion", _("What an audience asked before"), "C1", "person", c2="condition"),
    Table("audiences_membership", _("Who is and was in a segment"), "C1", "customer"),
    Table("audiences_standing", _("Which lines of a segment a customer misses"), "C1", "customer"),
)
