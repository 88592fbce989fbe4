"""The events that other programs may be told of, and in which words. What is not listed here never leaves the house."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TRIAL = "api.Trial"
EVENTS: Mapping[str, str | Promise] = {
    "ingestion.BatchLoaded": _("A delivery of the bank's systems is in force"),
    "engagement.InteractionRecorded": _("A contact with a customer was kept"),
    "parties.DeclaredChanged": _("Somebody changed what Zhike knows of a customer"),
}
