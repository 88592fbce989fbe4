"""Classes of the columns of what is set for measures, tiers and stages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare
from zhike.insight.profile_fields import FIELDS

declare(
    Table("insight_build", _("Days that were computed"), "C1", "bank"),
    Table("insight_buildrun", _("How a computation goes or went"), "C1", "bank"),
    Table("insight_gone", _("Who is gone since the profile was computed"), "C1", "customer"),
    Table(
        "insight_profile",
        _("What every customer is like today"),
        "C2",
        "customer",
        c1=" ".join(field.key for field in FIELDS if field.level == "C1"),
    ),
    Table("insight_labquestion", _("Questions tried in the lab, with their answers"), "C1", "person", c2="title asked"),
    Table("insight_networkplace", _("Where customers stand in the payment network"), "C2", "customer"),
    Table("insight_tie", _("With whom outside the bank customers deal"), "C2", "customer"),
    Table("insight_datedsetting", _("Settings of measures, tiers and stages, from which day on"), "C1", "bank"),
    Table("insight_tieroverride", _("Tiers given to customers by hand"), "C2", "customer"),
    Table("insight_predictorversion", _("Register of predictors and their versions"), "C1", "bank"),
    Table("insight_predictorfinding", _("What watching predictors found"), "C1", "bank"),
    Table("insight_scorerun", _("Scorings: which version, of which day"), "C1", "bank"),
    Table("insight_score", _("Chances of customers"), "C2", "customer"),
    Table("insight_scoreoutcome", _("What came of earlier chances"), "C2", "customer"),
    Table("insight_scoreoverrule", _("What people say against chances"), "C2", "customer"),
    Table("insight_tierscheme", _("Tier schemes and their versions"), "C1", "bank"),
)
