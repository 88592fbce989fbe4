"""Today's profile of every customer, as pages, lists and conditions read it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager
from zhike.insight.profile_fields import FIELDS


class Profile(models.Model):
    """One row per customer: what `profile_fields` says, as of the last build. Written by `zhike insight build` alone, set-wise; a column that is
    empty was not known then. The key is the customer's own: a merge leaves the row to the next build."""

    scope_path = "party"

    party = models.OneToOneField(
        "parties.Party", models.DO_NOTHING, primary_key=True, db_column="id", db_constraint=False, related_name="+"
    )

    objects = ScopedManager()

    class Meta:
        db_table = "insight_profile"


for _field in FIELDS:
    Profile.add_to_class(_field.key, _field.column())


class Gone(models.Model):
    """A customer who was merged into another, or forgotten, since her row of the profile was computed: the files that the rows came from may still have it (`columns`)."""

    id = models.BigIntegerField(primary_key=True)  # her own key, which a merge is not to give to the survivor

    class Meta:
        db_table = "insight_gone"

    def __str__(self) -> str:
        return str(self.pk)


class Build(models.Model):
    """A day that was computed: which snapshot of the warehouse counts for it, and whether `insight_profile` shows it. No customer in it."""

    business_date = models.DateField(help_text="the day it is as of")
    version = models.IntegerField(help_text="1: as reported first; a later one where files of that time were corrected")
    engine = models.TextField(default="duckdb", help_text="what computed it")
    customers = models.BigIntegerField(help_text="how many customers it has")
    is_shown = models.BooleanField(default=False, help_text="whose rows stand in insight_profile; of one build at most")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    seconds = models.JSONField(default=dict, help_text="how long each step took")

    class Meta:
        db_table = "insight_build"
        constraints = [
            models.UniqueConstraint(fields=["business_date", "version"], name="build_once"),
            models.UniqueConstraint(fields=["is_shown"], condition=models.Q(is_shown=True), name="build_shown"),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.version}"


class BuildRun(models.Model):
    """A computation as it goes: asked for by a load, running, done, or failed and why. No customer in it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    class Failure(models.TextChoices):
        MEMORY = "memory", _("the memory it may use (ZHIKE_MEMORY) was not enough")
        DISK = "disk", _("the disk is full")
        KILLED = "killed", _("it was broken off")
        OTHER = "other", _("a fault that the log tells of")

    state = models.TextField(choices=State.choices)
    step = models.TextField(default="", blank=True, help_text="the table it is at")
    steps = models.IntegerField(default=0, help_text="how many steps it has begun")
    failure = models.TextField(default="", blank=True, choices=Failure.choices, help_text="why it failed")
    business_date = models.DateField(null=True, help_text="the day it computed")
    is_new = models.BooleanField(default=False, help_text="false where nothing had changed since the last one")
    started_at = models.DateTimeField(help_text="when it began or, of one that waits, was asked for")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "insight_buildrun"
        constraints = [models.UniqueConstraint(fields=["state"], condition=models.Q(state="waiting"), name="buildrun_waiting")]

    def __str__(self) -> str:
        return f"{self.state} {self.started_at}"
