"""Batches: what was delivered, what came of it, and what is kept aside until somebody corrects it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Batch(models.Model):
    """One attempt at one business date of one source. A later attempt at the same date supersedes it (decision 4)."""

    class State(models.TextChoices):
        STARTED = "started", _("Being loaded")
        LOADED = "loaded", _("Loaded")
        UNCHANGED = "unchanged", _("Nothing new")
        FAILED = "failed", _("Failed")
        SUPERSEDED = "superseded", _("Superseded")

    source = models.TextField()
    layout = models.TextField()
    batch_date = models.DateField()
    attempt = models.IntegerField()
    state = models.TextField(choices=State.choices, default=State.STARTED)
    content_digest = models.TextField(help_text="over file names and bytes: the same again changes nothing")
    path = models.TextField(default="", help_text="where it was delivered")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)
    person_login = models.TextField(default="", blank=True)
    kind = models.TextField(choices=[("load", _("Delivery")), ("correction", _("Corrected rows"))], default="load")
    landing_attempt = models.IntegerField(help_text="the attempt whose landing holds the rows: a replay reads an earlier one")
    headers = models.JSONField(default=dict, help_text="first line of each delivered file: corrected rows are read below it again")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "batch_date", "attempt"], name="batch_attempt")]
        indexes = [models.Index(fields=["-batch_date", "-id"], name="batch_recent")]


class FeedRun(models.Model):
    """What came of one feed in a batch: in = loaded + unchanged + rejected + held, always."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="feeds")
    feed = models.TextField()
    position = models.IntegerField(help_text="order of loading")
    mode = models.TextField()
    files = models.JSONField(default=list)
    count_in = models.BigIntegerField(default=0)
    count_loaded = models.BigIntegerField(default=0)
    count_unchanged = models.BigIntegerField(default=0)
    count_rejected = models.BigIntegerField(default=0)
    count_held = models.BigIntegerField(default=0)
    is_merged = models.BooleanField(default=True, help_text="false: landed only, its area does not exist yet")
    seconds = models.JSONField(default=dict)
    state = models.TextField(default="started")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "feed"], name="feedrun_feed"),
            models.CheckConstraint(
                name="feedrun_adds_up",
                condition=models.Q(state__in=["started", "failed"])
                | models.Q(
                    count_in=models.F("count_loaded") + models.F("count_unchanged") + models.F("count_rejected") + models.F("count_held")
                ),
            ),
        ]


class Check(models.Model):
    """A check figure of a batch: expected against counted."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="checks")
    name = models.TextField()
    expected = models.TextField(default="", blank=True)
    actual = models.TextField(default="", blank=True)
    ok = models.BooleanField()
    severity = models.TextField(default="warning")

    class Meta:
        indexes = [models.Index(fields=["batch"], name="check_batch")]


class Reject(models.Model):
    """A row kept aside: where it stood, which field, why. The line itself is sealed; opening it is audited."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rejects")
    feed = models.TextField()
    file = models.TextField()
    line = models.BigIntegerField()
    field = models.TextField(default="", blank=True)
    reason = models.TextField()
    severity = models.TextField(default="reject")
    value_masked = models.TextField(default="", blank=True, help_text="the value with letters and digits hidden where it is protected")
    row_sealed = models.BinaryField(null=True)
    replayed_by = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["batch", "reason", "id"], name="reject_reason"),
            models.Index(fields=["batch", "feed", "file", "line"], name="reject_line"),
        ]


class Held(models.Model):
    """A row whose parent has not arrived yet (`on_missing = "hold"`); tried again with every later batch of its source."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="+")
    source = models.TextField()
    feed = models.TextField()
    missing_field = models.TextField()
    missing_key = models.TextField()
    row = models.JSONField(help_text="the staged row; protected values only as digest and mask")
    released_by = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["source", "feed"], condition=models.Q(released_by=None), name="held_waiting")]


class DataAsOf(models.Model):
    """Up to which business date each source has been loaded: what the top bar of every page says."""

    source = models.TextField(primary_key=True)
    batch_date = models.DateField()
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="+")
    switched_at = models.DateTimeField()


class Import(models.Model):
    """A table that a person brought in the browser: what it holds stays sealed, and only she reads it. `mapping`: a target for every head."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        DONE = "done", _("Taken")
        UNDONE = "undone", _("Taken back")

    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    name = models.TextField(help_text="of the file")
    sealed = models.BinaryField(help_text="heads, lines and broken lines as JSON, encrypted")
    heads = models.JSONField()
    mapping = models.JSONField(default=list)
    mode = models.TextField(default="update", db_default="update", help_text="create, update or both (examining.MODES)")
    alike = models.TextField(
        default="skip", db_default="skip", help_text="what is done with new rows that look like somebody (examining.POLICIES)"
    )
    answers = models.JSONField(default=dict, db_default={}, help_text="what she said of single rows: line → skip, create, or a party's key")
    findings_sealed = models.BinaryField(null=True, help_text="what its rows would do, as the preview shows it, encrypted")
    state = models.TextField(choices=State.choices, default=State.DRAFT)
    count_rows = models.PositiveIntegerField(default=0)
    count_created = models.PositiveIntegerField(default=0, db_default=0, help_text="prospects it made")
    count_changed = models.PositiveIntegerField(default=0, help_text="customers of whom something was new")
    count_unchanged = models.PositiveIntegerField(default=0)
    count_skipped = models.PositiveIntegerField(default=0, db_default=0, help_text="left out: there already, or alike")
    count_rejected = models.PositiveIntegerField(default=0)
    work_id = models.BigIntegerField(null=True, help_text="the work that takes it")
    changes = models.JSONField(default=list, help_text="what an undo takes back")
    taggings = models.JSONField(default=list, help_text="tag and parties, the same")
    created = models.JSONField(default=dict, db_default={}, help_text="prospects it made: key → what she was made of, in one word")
    stayed = models.JSONField(
        default=list, db_default=[], help_text="prospects that its undo left, because something was done with them since"
    )
    filled = models.JSONField(
        default=list, db_default=[], help_text="prospects of whom it filled blanks: party, fields, contact points, mark"
    )
    rejects_sealed = models.BinaryField(null=True, help_text="the refused rows with their reasons, encrypted")
    purged_at = models.DateTimeField(null=True, help_text="when the file and its rows were forgotten")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-created_at"], name="import_latest")]

    def __str__(self) -> str:
        return self.name
