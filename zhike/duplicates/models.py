"""Pairs that look like one customer, and merges: kept as data, so that each can be taken apart again (decision 1)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager, Viewer, seen_filter


class Pair(models.Model):
    """Two parties that may be one customer. Seen by whom sees both: who sees one learns nothing of the other."""

    class State(models.TextChoices):
        LIKELY = "likely", _("Likely")
        MERGED = "merged", _("Merged")
        NEVER = "never", _("Not the same")

    left = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    right = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    probability = models.FloatField()
    features = models.JSONField(default=dict, help_text="feature → [level, weight in bits]; rules.KEYS")
    state = models.TextField(choices=State.choices, default=State.LIKELY)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", blank=True, help_text="login")

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="pair_once"),
            models.CheckConstraint(condition=Q(left__lt=models.F("right")), name="pair_ordered"),
        ]
        indexes = [
            models.Index(fields=["-probability", "id"], name="pair_likely", condition=Q(state="likely")),
            models.Index(fields=["right"], name="pair_right"),
        ]

    @property
    def certainty(self) -> float:
        """The probability as it is shown: nobody is told that it is certain."""
        return min(self.probability, 0.999)

    @classmethod
    def seen_filter(cls, viewer: Viewer) -> Q | None:
        """Both within the viewer's scope."""
        left, right = seen_filter(viewer, "left"), seen_filter(viewer, "right")
        return None if left is None or right is None else left & right


class Merge(models.Model):
    """Two parties became one: `absorbed_id` is no party any more, its keys and facts are the survivor's, until it is undone."""

    scope_path = "survivor"

    survivor = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    absorbed_id = models.BigIntegerField()
    absorbed_name = models.TextField()
    homes = models.JSONField(help_text="the parties whose keys came with the absorbed one: itself, and those merged into it before")
    chosen = models.JSONField(help_text="field → party whose value stays, where a person chose")
    absorbed_row = models.JSONField(help_text="the absorbed party as it stood")
    moved = models.JSONField(help_text="table.column → ids, of what Zhike itself keeps")
    dropped = models.JSONField(help_text="table → rows that the survivor had already")
    merged_at = models.DateTimeField()
    merged_by = models.TextField(help_text="login")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(default="", blank=True)

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["-merged_at", "id"], name="merge_latest"), models.Index(fields=["survivor"], name="merge_survivor")]

    @property
    def absorbed_no(self) -> str:
        """The customer number that the absorbed party had; empty for a prospect."""
        return str(self.absorbed_row.get("customer_no") or "")
