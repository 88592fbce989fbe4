"""What one person keeps for herself: which customers she opened and pinned, her views and lists. Nobody else reads it, not even an
administrator, except a view that she shares, which holds no customer."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

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


class SavedView(models.Model):
    """A way of looking at customers that somebody has kept: which ones, in what order, with which columns. It holds no customer: whoever
    opens it sees her own."""

    class Shared(models.TextChoices):
        OWN = "own", _("Only me")
        UNIT = "unit", _("My unit")
        BANK = "bank", _("Everybody")

    owner = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    name = models.TextField()
    asked = models.JSONField(
        default=dict, help_text="what the address of the list would say: view, kind, status, q, sort, order, condition"
    )
    columns = ArrayField(models.TextField(), default=list, help_text="names in order; empty: the usual ones")
    shared = models.TextField(choices=Shared.choices, default=Shared.OWN)
    unit = models.ForeignKey("access.Unit", models.SET_NULL, null=True, related_name="+", help_text="the owner's, while shared with it")
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, help_text="thrown away; may be brought back")

    class Meta:
        indexes = [models.Index(fields=["owner"], name="savedview_owner")]
        constraints = [models.CheckConstraint(condition=Q(shared__in=["own", "unit", "bank"]), name="savedview_shared")]

    def __str__(self) -> str:
        return self.name


class ViewLook(models.Model):
    """How one person has a view: her columns and their widths, whether it is among her tabs and where, whether her list begins with it."""

    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    view = models.TextField(help_text="mine, all, pool, list-<number>, or the number of a saved view")
    saved = models.ForeignKey(SavedView, models.CASCADE, null=True, related_name="+")
    columns = ArrayField(models.TextField(), default=list, help_text="empty: as the view says")
    widths = models.JSONField(default=dict, help_text="column to pixels")
    place = models.IntegerField(null=True, help_text="among her tabs, from the left; empty: not there")
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "view"], name="viewlook_once"),
            models.UniqueConstraint(fields=["person"], condition=Q(is_default=True), name="viewlook_default"),
        ]


class CustomerList(models.Model):
    """A list of customers that a person has put together by hand, under a name of hers."""

    owner = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    name = models.TextField()
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, help_text="thrown away; may be brought back")

    class Meta:
        indexes = [models.Index(fields=["owner"], name="customerlist_owner")]

    def __str__(self) -> str:
        return self.name


class ListMember(models.Model):
    """A customer on somebody's list. Where the customer leaves her scope it is not shown."""

    scope_path = "party"

    list = models.ForeignKey(CustomerList, models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    added_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "party"], name="listmember_once")]

    @classmethod
    def seen_filter(cls, viewer: Viewer) -> Q:
        """On lists of hers, of customers she sees."""
        hers = Q(list__owner_id=viewer.person_id)
        scope = seen_filter(viewer, "party")
        return hers if scope is None else hers & scope


class NoticeChoice(models.Model):
    """What a person wants the bell to tell, and up to when she has looked at it. No row: everything, and nothing looked at yet."""

    person = models.OneToOneField("access.Person", models.CASCADE, related_name="+")
    muted = ArrayField(models.TextField(), default=list, help_text="kinds of workspace.notices.KINDS that she does not want")
    looked_at = models.DateTimeField(null=True)
