"""Audiences hold no customer: whoever opens one sees her own. Only a segment keeps who is in it, behind the wall of customers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager


class Audience(models.Model):
    """A condition on customers under a name (S20). As a segment its membership is kept from day to day, and it may set a tag."""

    class Shared(models.TextChoices):
        OWN = "own", _("Only me")
        TEAM = "team", _("My team")
        UNIT = "unit", _("My unit")
        BANK = "bank", _("Everybody")

    owner = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    name = models.TextField()
    note = models.TextField(default="", blank=True, help_text="what it is for")
    condition = models.JSONField(help_text="stored form of its latest version")
    version = models.IntegerField(default=1)
    shared = models.TextField(choices=Shared.choices, default=Shared.OWN)
    unit = models.ForeignKey(
        "access.Unit", models.SET_NULL, null=True, related_name="+", help_text="the owner's, while shared with it or a team of it"
    )
    team = models.TextField(default="", blank=True, help_text="the owner's, while shared with it")
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    segment_since = models.DateField(null=True, help_text="since when membership is kept; empty: it is no segment")
    tag = models.ForeignKey("parties.Tag", models.SET_NULL, null=True, related_name="+", help_text="set on who is in the segment")
    kept_date = models.DateField(null=True, help_text="the last day on which membership was brought up to date")
    kept_version = models.IntegerField(null=True, help_text="the version that was kept then")
    kept_tag_id = models.BigIntegerField(null=True, help_text="the tag that was set then")
    fault = models.TextField(default="", blank=True, help_text="why membership could not be kept lately: a rules.FAULTS; empty: it could")

    class Meta:
        indexes = [models.Index(fields=["owner"], name="audience_owner")]
        constraints = [
            models.CheckConstraint(condition=Q(shared__in=["own", "team", "unit", "bank"]), name="audience_shared"),
            models.CheckConstraint(condition=Q(tag=None) | Q(segment_since__isnull=False), name="audience_tag_of_segment"),
        ]

    def __str__(self) -> str:
        return self.name


class AudienceVersion(models.Model):
    """What an audience asked from one change to the next."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="+")
    number = models.IntegerField()
    condition = models.JSONField()
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "number"], name="audienceversion_once")]


class Membership(models.Model):
    """A customer's stay in a segment, half-open, and which lines of the condition brought her in and out (numbers from 0 of the version then)."""

    scope_path = "party"

    class Tagged(models.TextChoices):
        NOT = "", _("no tag")
        SET = "set", _("set by the segment")
        HAD = "had", _("had it already")
        TAKEN = "taken", _("taken off by somebody, and left so")

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    joined_date = models.DateField()
    left_date = models.DateField(null=True)
    came = models.JSONField(default=dict, help_text="version, lines that did not hold the day before; no lines: it was not known")
    went = models.JSONField(default=dict, help_text="version, lines that no longer held")
    tagged = models.TextField(choices=Tagged.choices, default="", blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "party"], condition=Q(left_date=None), name="membership_once")]
        indexes = [
            models.Index(fields=["audience", "joined_date"], name="membership_joined"),
            models.Index(fields=["audience", "left_date"], name="membership_left"),
            models.Index(fields=["party"], name="membership_party"),
        ]


class Standing(models.Model):
    """Which lines of a segment's condition a customer who is not in it missed when it was last kept: one bit each, the first line the lowest.
    Who missed them all has no row. Only so can it be told which line brought somebody in; nobody but the nightly job reads it."""

    scope_path = "party"

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    missed = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "party"], name="standing_once")]
        indexes = [models.Index(fields=["party"], name="standing_party")]
