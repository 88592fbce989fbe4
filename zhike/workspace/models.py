"""What one person keeps for herself: which customers she opened, which of them she pinned. Nobody else reads it, not even an administrator."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from zhike.access.scope import ScopedManager, Viewer, seen_filter


class Visit(models.Model):
    """A customer whose page a person has opened: when last, and since when it is pinned. Where the customer leaves her scope it is not shown."""

    scope_path = "party"

    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    opened_at = models.DateTimeField()
    pinned_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "party"], name="visit_once")]
        indexes = [models.Index(fields=["person", "-opened_at"], name="visit_latest")]

    @classmethod
    def seen_filter(cls, viewer: Viewer) -> Q:
        """Hers, of customers she sees."""
        hers = Q(person_id=viewer.person_id)
        scope = seen_filter(viewer, "party")
        return hers if scope is None else hers & scope
