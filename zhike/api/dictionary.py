"""Classes of the columns of tokens and calls out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("api_token", _("Keys by which programs ask"), "C1", "person", c2="digest begins"),
    Table("api_kept", _("What a request made, so that it is not made twice"), "C1", "once"),
    Table("api_subscription", _("Where events are told"), "C1", "bank", c2="secret_sealed"),
    Table("api_delivery", _("Events told, by keys only"), "C1", "once"),
)
