"""Every contact with a customer, on any channel (S116): what the bank's systems deliver, and what colleagues note down."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager


class Interaction(models.Model):
    """One contact: who, when, on which channel, about what, with which outcome."""

    class Direction(models.TextChoices):
        IN = "in", _("From the customer")
        OUT = "out", _("To the customer")

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    at = models.DateTimeField()
    channel = models.TextField()
    direction = models.TextField(choices=Direction.choices, default="", blank=True)
    employee = models.ForeignKey("access.Employee", models.SET_NULL, null=True, related_name="+", db_constraint=False)
    purpose = models.TextField(default="", blank=True)
    outcome = models.TextField(default="", blank=True)
    subject = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)
    seconds = models.BigIntegerField(null=True)
    source = models.TextField()
    external_key = models.TextField()
    batch_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["party", "-at", "-id"], name="interaction_party")]
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="interaction_key")]


class Note(models.Model):
    """What a colleague noted about a customer, for all who see the customer (S52, S57). Zhike's own (decision 2); class C3 never stands in it."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    author = models.ForeignKey("access.Person", models.PROTECT, related_name="+")
    text = models.TextField(help_text="plain text with light formatting (writing.py)")
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    pinned_at = models.DateTimeField(null=True, help_text="stands above the others for everybody")
    deleted_at = models.DateTimeField(null=True, help_text="set: shown to nobody, may be brought back")

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["party", "-written_at", "-id"], name="note_party", condition=models.Q(deleted_at=None))]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Mention(models.Model):
    """A colleague mentioned in a note, who finds it in her list until she has read it."""

    scope_path = "party"

    note = models.ForeignKey(Note, models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    mentioned_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "-mentioned_at", "-id"], name="mention_person"),
            models.Index(fields=["person"], name="mention_unread", condition=models.Q(read_at=None)),
        ]
        constraints = [models.UniqueConstraint(fields=["note", "person"], name="mention_once")]


class NoteFile(models.Model):
    """A file attached to a note; its content is encrypted on the disk (keeping.py)."""

    scope_path = "party"

    note = models.ForeignKey(Note, models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    name = models.TextField()
    media_type = models.TextField(help_text="by content (media.py)")
    size = models.BigIntegerField(help_text="bytes, before encryption")
    digest = models.BinaryField(help_text="keyed digest of the content: its name on the disk")
    added_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["party"], name="notefile_party"), models.Index(fields=["note"], name="notefile_note")]


class ChannelDay(models.Model):
    """What a customer did by herself on a channel on a day (log-ins, visits, browsing): events of the bank's systems, summed up, one row a batch that told of any.

    A row an event would be tens of millions a year of which nobody reads one; the events themselves stay in the warehouse. `keys` holds a number for each
    event, so that one delivered twice counts once.
    """

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField(help_text="in the bank's zone")
    channel = models.TextField()
    last_at = models.DateTimeField()
    kinds = ArrayField(models.TextField(), help_text="of each event: login, browse, counter_visit …")
    details = ArrayField(models.TextField(), help_text="what they were about, each once")
    keys = ArrayField(models.BigIntegerField(), help_text="hashtextextended of each event's key")
    seconds = models.BigIntegerField(null=True, help_text="of all of them together")
    source = models.TextField()
    external_key = models.TextField(help_text="the customer's key in the source: several rows share it")
    batch_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["party", "-last_at", "-id"], name="channelday_party"),
            BrinIndex(fields=["day"], name="channelday_days", pages_per_range=32),
        ]
