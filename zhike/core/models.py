"""The outbox: what happened, told to whoever reacts to it after the transaction has committed (decision 17)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """One thing that happened, waiting to be delivered or delivered. Keys only, nothing of class C2 in `payload`.

    One row per act, one per batch in bulk work. Delivered at least once, in order within a party.
    """

    name = models.TextField(help_text="dotted, past tense: parties.PartyMerged")
    version = models.PositiveSmallIntegerField(default=1)
    payload = models.JSONField(default=dict)
    party_id = models.BigIntegerField(null=True, help_text="the customer it is about; events of one customer keep their order")
    at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(db_default=Now(), help_text="not delivered before; moved on after a failure")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.TextField(default="", db_default="", blank=True)

    class Meta:
        db_table = "core_event"
        indexes = [models.Index(fields=["id"], name="event_waiting", condition=models.Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


class Delivered(models.Model):
    """What every row that a bank's file brought has in common; `core.merging` writes these columns.

    `row_digest` says whether the same row comes again. Valid time is half-open, by business date (decision 4); knowledge time is the batch.
    """

    source = models.TextField()
    external_key = models.TextField()
    row_digest = models.BinaryField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="exclusive; empty: in force")
    batch_id = models.BigIntegerField()

    class Meta:
        abstract = True
