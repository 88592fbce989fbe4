"""What customers ask about their data, and how it was answered (R25)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.access.scope import ScopedManager
from zhike.privacy.register_models import Entry

__all__ = ["Entry", "RightsRequest"]


class RightsRequest(models.Model):
    """A customer's request over her data, from the day it was received to its answer. What she was given is not kept, only that she was."""

    class Kind(models.TextChoices):
        KNOW = "know", _("To know what is kept")
        COPY = "copy", _("A copy")
        PORT = "port", _("Her data to take elsewhere")
        CORRECT = "correct", _("To correct")
        DELETE = "delete", _("To delete")
        EXPLAIN = "explain", _("An explanation")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("request", "Open")
        DONE = "done", pgettext_lazy("request", "Answered")
        REFUSED = "refused", pgettext_lazy("request", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("request", "Withdrawn")

    class Regime(models.TextChoices):
        CHINA = "cn", _("China (PIPL)")
        EUROPE = "eu", _("Europe (GDPR)")

    class Requester(models.TextChoices):
        SELF = "self", _("the customer")
        AGENT = "agent", _("somebody she authorised")
        KIN = "kin", _("next of kin")

    class Identity(models.TextChoices):
        DOCUMENT = "document", _("identity document seen")
        CALL_BACK = "call_back", _("called back at the number kept")
        APP = "app", _("asked in the app, logged in")
        KNOWN = "known", _("known in person")

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    kind = models.TextField(choices=Kind.choices)
    regime = models.TextField(choices=Regime.choices, default=Regime.CHINA)
    requester = models.TextField(choices=Requester.choices, default=Requester.SELF)
    wanted = models.TextField(help_text="in the customer's words")
    state = models.TextField(choices=State.choices, default=State.OPEN)
    received_at = models.DateTimeField()
    received_name = models.TextField()
    due_date = models.DateField(help_text="the last day to answer; moved once by an extension")
    remind_date = models.DateField(null=True, help_text="from this day on the bell tells of it: five working days before the last")
    extended_reason = models.TextField(default="", blank=True)
    identity = models.TextField(
        choices=Identity.choices, default="", blank=True, help_text="how one was sure who asks; empty: not checked yet"
    )
    identity_at = models.DateTimeField(null=True)
    identity_name = models.TextField(default="", blank=True)
    given_at = models.DateTimeField(null=True, help_text="when the data were last handed out")
    answer = models.TextField(default="", blank=True)
    outcome = models.JSONField(null=True, help_text="of a deletion: measure, rows by table, and what stays: why, until when")
    carried_out_at = models.DateTimeField(null=True, help_text="when a deletion was carried out")
    decided_at = models.DateTimeField(null=True)
    decided_name = models.TextField(default="", blank=True)

    objects = ScopedManager()

    class Meta:
        db_table = "privacy_request"
        indexes = [models.Index(fields=["due_date", "id"], name="request_open", condition=models.Q(state="open"))]
        constraints = [
            models.CheckConstraint(condition=models.Q(state="open") | models.Q(decided_at__isnull=False), name="request_decided"),
            models.CheckConstraint(condition=~models.Q(wanted=""), name="request_wanted"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"
