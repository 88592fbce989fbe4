"""What Zhike owns about a party, because only people know it (decision 2): declared fields and their values, tags, corrections asked for.

Written by people through the web role; a load never touches these tables, except that it confirms corrections.
"""

from __future__ import annotations

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager, Viewer, reached
from zhike.parties.field_types import GROUPS, TYPES


class DeclaredField(models.Model):
    """A field that an administrator declared, or that Zhike ships (`is_builtin`). Retired instead of deleted: what was kept stays readable."""

    name = models.TextField(unique=True, help_text="small letters, digits, underscores; never changes")
    label_en = models.TextField()
    label_zh = models.TextField()
    help_en = models.TextField(default="", blank=True)
    help_zh = models.TextField(default="", blank=True)
    type = models.TextField()
    choices = models.JSONField(default=list, help_text="value, en, zh of each choice, in order")
    kinds = ArrayField(models.TextField(), default=list, help_text="kinds of party it belongs to; empty: all")
    group = models.TextField(default="other", db_column="field_group")
    place = models.PositiveIntegerField(default=0, help_text="order within the group")
    protection = models.TextField(default="C1", help_text="C1, or C2: personal, needs contacts.read; C3 is refused (R30)")
    is_required = models.BooleanField(default=False)
    is_indexed = models.BooleanField(
        default=False, help_text="an index was asked for: the worker makes it; `index_state` says whether it is there"
    )
    index_state = models.TextField(default="", blank=True, help_text="making, there, failed, going; empty: none is there or asked for")
    index_error = models.TextField(default="", blank=True, help_text="why making or dropping it failed, in the database's words")
    is_builtin = models.BooleanField(default=False)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(type__in=TYPES), name="declaredfield_type"),
            models.CheckConstraint(condition=models.Q(group__in=GROUPS), name="declaredfield_group"),
            models.CheckConstraint(condition=models.Q(protection__in=["C1", "C2"]), name="declaredfield_protection"),
            models.CheckConstraint(condition=models.Q(name__regex=r"^[a-z][a-z0-9_]{1,39}$"), name="declaredfield_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Declared(models.Model):
    """The declared values of one party, all in one: name of the field → value as `field_types.checked` gives it. No row: nothing is known."""

    scope_path = "party"

    party = models.OneToOneField("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    values = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0, help_text="counts the saves; what somebody began to edit names the one she saw")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")

    objects = ScopedManager()


class DeclaredKey(models.Model):
    """What an index compares of one value of an indexed field (one row for each chosen one of several): written by a trigger on `Declared` alone.

    The column is `of_party`, since a merge needs to move nothing here: it moves the values.
    """

    scope_path = "party"

    field = models.ForeignKey(DeclaredField, models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False, db_column="of_party")
    word = models.TextField(
        null=True, db_collation="C", help_text="of texts, choices and keys: small ASCII letters, at most 200 characters"
    )
    place = models.BigIntegerField(
        null=True, help_text="money in hundredths, numbers in millionths (at most 9e18), days since 2000-01-01, 1 for yes"
    )

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["field", "word", "party"], name="declaredkey_word", condition=models.Q(word__isnull=False)),
            models.UniqueConstraint(fields=["field", "place", "party"], name="declaredkey_place", condition=models.Q(place__isnull=False)),
        ]
        indexes = [models.Index(fields=["party", "field"], name="declaredkey_party")]


class DeclaredChange(models.Model):
    """One value that one save changed: what it was and what it became."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    name = models.TextField(help_text="of the declared field")
    version = models.PositiveIntegerField(help_text="the save it belongs to")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    at = models.DateTimeField()
    person = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    person_name = models.TextField(help_text="as it was then")

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["party", "name", "-at"], name="declaredchange_value")]


class Tag(models.Model):
    """A word that people put on customers, the same word for the whole bank. Retired instead of deleted: it leaves pages and comes back with all."""

    name = models.TextField()
    colour = models.TextField(default="c6", help_text="of the palette: c1 to c8")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=models.Q(retired_at=None), name="tag_name"),
            models.CheckConstraint(condition=models.Q(colour__regex="^c[1-8]$"), name="tag_colour"),
        ]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a party: who put it there, and when."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    person = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "party"], name="tagging_once")]
        indexes = [models.Index(fields=["party"], name="tagging_party")]


class Correction(models.Model):
    """What somebody says a source has wrong (decision 2): shown until the source's next file brings it, or somebody refuses it.

    Of a protected value only digest and mask stand here; the value is in the vault.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Asked")
        SENT = "sent", _("Sent to the source")
        CONFIRMED = "confirmed", _("Confirmed by the source")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    field = models.TextField(help_text="a field of the party, or contact, document")
    kind = models.TextField(default="", blank=True, help_text="kind of contact point, type of document")
    subject_id = models.BigIntegerField(null=True, help_text="the contact point or document that is wrong; empty: one is missing")
    was = models.TextField(default="", blank=True, help_text="as it was shown: a mask where it is protected")
    proposed = models.TextField(default="", blank=True, help_text="as the source would deliver it; empty where it is protected")
    proposed_digest = models.BinaryField(null=True)
    proposed_last4 = models.BinaryField(null=True)
    proposed_masked = models.TextField(default="", blank=True)
    reason = models.TextField()
    state = models.TextField(choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    asked_name = models.TextField()
    sent_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_name = models.TextField(default="", blank=True, help_text="empty where the source confirmed it")
    answer = models.TextField(default="", blank=True, help_text="why it was refused")

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "party", "field", "kind", Coalesce("subject_id", 0, output_field=models.BigIntegerField()),
                condition=models.Q(state__in=["open", "sent"]), name="correction_once",
            ),
            models.CheckConstraint(condition=models.Q(state__in=["open", "sent", "confirmed", "refused", "withdrawn"]), name="correction_state"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["party", "-asked_at"], name="correction_party"),
            models.Index(fields=["-asked_at"], name="correction_open", condition=models.Q(state__in=["open", "sent"])),
        ]


class Trash(models.Model):
    """What somebody deleted, as rows taken out of their tables: nothing reads them any more, and restoring puts them back under their ids.

    `unit` and `rm_ids` say who sees it: those of the customer it belongs to.
    """

    kind = models.TextField(help_text="prospect, relation, note …: whose area restores it")
    title = models.TextField()
    rows = models.JSONField(help_text="table and its rows, in the order in which they are put back")
    party_id = models.BigIntegerField(null=True, help_text="the customer it belongs to, who may be in here herself")
    unit = models.ForeignKey("access.Unit", models.SET_NULL, null=True, related_name="+")
    rm_ids = ArrayField(models.BigIntegerField(), default=list)
    deleted_at = models.DateTimeField()
    deleted_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    deleted_name = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["-deleted_at"], name="trash_latest")]

    @classmethod
    def seen_filter(cls, viewer: Viewer) -> models.Q | None:
        """Hers, and what belonged to customers she sees."""
        if viewer.sees_all and not viewer.is_barred:
            return None
        open_ones = models.Q()
        if viewer.is_barred:
            party = apps.get_model("parties", "Party")  # whose module reads this one
            listed = party.objects.unscoped(reason="keys of customers on special lists, to leave them out").filter(
                barrier_ids__isnull=False
            )
            open_ones = ~models.Q(party_id__in=listed.exclude(barrier_ids__contained_by=list(viewer.list_ids)).values("pk"))
        if viewer.sees_all:
            return open_ones
        return (reached(viewer, unit="unit_id", rms="rm_ids", key="party_id") | models.Q(deleted_by_id=viewer.person_id)) & open_ones
