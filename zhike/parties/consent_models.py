"""The ledger of consents: what a customer agreed to and took back, from the bank's files and from people, in one table (R20, R22, R24, R62)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager


class Consent(models.Model):
    """One entry: at that instant consent for a purpose was given, was withdrawn, has ended at its source, or an entry was cancelled as a mistake.

    Entries are only added (a trigger refuses to change one); what counts on a day is derived from them (`consent_rules`). Rows of the source `own` were
    written here, all others came with the bank's files.
    """

    class State(models.TextChoices):
        GIVEN = "given", _("Given")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        ENDED = "ended", _("No longer delivered")
        CANCELLED = "cancelled", _("Entry cancelled")

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    purpose = models.TextField(help_text="what the data may be used for: service, marketing …")
    channel = models.TextField(default="", blank=True, help_text="the way it is about; empty: every way")
    state = models.TextField(choices=State.choices)
    at = models.DateTimeField(help_text="when it was given or withdrawn; where a file does not say, the beginning of its batch date")
    notice_version = models.TextField(default="", blank=True, help_text="of the notice the customer had read")
    expires_date = models.DateField(null=True, help_text="the first day on which it no longer holds; empty: until it is withdrawn")
    evidence = models.TextField(default="", blank=True, help_text="how it can be proven: a form's number, a recording")
    by_name = models.TextField(default="", blank=True, help_text="who wrote it here; empty: a file")
    cancels_id = models.BigIntegerField(null=True, help_text="the entry that this one cancels")
    source = models.TextField()
    external_key = models.TextField(help_text="of a file: party, purpose and channel, so that several entries share it")
    row_digest = models.BinaryField(null=True)
    valid_from = models.DateField(help_text="the business date that brought it")
    batch_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["party", "at"], name="consent_party")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=["given", "withdrawn", "ended", "cancelled"]), name="consent_state"),
            models.CheckConstraint(
                condition=models.Q(state="cancelled", cancels_id__isnull=False) | ~models.Q(state="cancelled") & models.Q(cancels_id=None),
                name="consent_cancels",
            ),
            models.CheckConstraint(condition=~models.Q(source="own") | ~models.Q(evidence=""), name="consent_evidence"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"
