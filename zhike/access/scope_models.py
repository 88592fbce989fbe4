"""Roles that were composed, and what opens or closes customers beside a role: absences, participants, special lists, broken glass.

Whatever opens something ends by a date that stands in its row. Triggers copy what is in force or yet to come into `access_person.grants`,
so that no page asks these tables whose customers its viewer sees.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class ComposedRole(models.Model):
    """A role. Those of `rules.ROLES` stand here by name alone (their definition is the code's, kept up by `zhike init`); of all others this is it."""

    name = models.TextField(primary_key=True, help_text="the key people's rows carry; never changed")
    title = models.TextField(default="", db_default="", blank=True)
    scope = models.TextField(help_text="rules.Breadth")
    permissions = ArrayField(models.TextField(), default=list, db_default=[])
    is_builtin = models.BooleanField(default=False, db_default=False)
    version = models.IntegerField(default=1, db_default=1, help_text="grows with every change")
    retired_at = models.DateTimeField(null=True, help_text="given to nobody any more; who has it keeps it")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "access_role"

    def __str__(self) -> str:
        return self.title or self.name


class Grant(models.Model):
    """What opens customers to a person from an instant until another, and may be ended before."""

    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    reason = models.TextField()
    given_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="taken back before its time")

    class Meta:
        abstract = True


class Absence(Grant):
    """Somebody is away, and a deputy sees what her role and place open to her. The deputy's own role says what she may do there."""

    absent = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    deputy = models.ForeignKey("access.Person", models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(until_at__gt=models.F("from_at")), name="absence_ends"),
            models.CheckConstraint(condition=~models.Q(absent=models.F("deputy")), name="absence_deputy_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.absent_id} → {self.deputy_id}"


class Participation(Grant):
    """Somebody takes part in the work for one customer for a time."""

    party_id = models.BigIntegerField()
    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["party_id"], name="participation_party")]
        constraints = [models.CheckConstraint(condition=models.Q(until_at__gt=models.F("from_at")), name="participation_ends")]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.person_id}"


class BrokenGlass(Grant):
    """Somebody opened a customer to herself in an emergency, for minutes. A second person says afterwards whether that was right."""

    class Verdict(models.TextChoices):
        APPROVED = "approved"
        OBJECTED = "objected"

    party_id = models.BigIntegerField()
    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")
    reviewed_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.TextField(default="", db_default="", blank=True)
    remark = models.TextField(default="", db_default="", blank=True)

    class Meta:
        db_table = "access_brokenglass"
        indexes = [
            models.Index(fields=["party_id"], name="brokenglass_party"),
            models.Index(fields=["from_at"], name="brokenglass_open", condition=models.Q(reviewed_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("person")), name="brokenglass_second_person"
            ),
            models.CheckConstraint(condition=models.Q(verdict__in=["", "approved", "objected"]), name="brokenglass_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.person_id}"


class Barrier(models.Model):
    """A special list: its customers are seen by nobody but those it admits, whatever their scope."""

    class Kind(models.TextChoices):
        STAFF = "staff"
        PRIVATE_BANKING = "private_banking"
        EXPOSED = "exposed"
        OTHER = "other"

    name = models.TextField(unique=True)
    kind = models.TextField()
    reason = models.TextField(default="", db_default="", blank=True)
    made_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="from then on it closes nobody any more")

    def __str__(self) -> str:
        return self.name


class Listed(models.Model):
    """A customer on a special list. A trigger copies the lists that hold into `parties_party.barrier_ids`."""

    barrier = models.ForeignKey(Barrier, models.CASCADE, related_name="+")
    party_id = models.BigIntegerField()
    reason = models.TextField(default="", db_default="", blank=True)
    listed_by = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    listed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["party_id"], name="listed_party"),
            models.Index(fields=["barrier", "party_id"], name="listed_barrier"),
        ]

    def __str__(self) -> str:
        return f"{self.barrier_id}: {self.party_id}"


class Admission(Grant):
    """Somebody whom a special list admits; without `until_at` for as long as the list is."""

    until_at = models.DateTimeField(null=True)  # type: ignore[assignment]
    barrier = models.ForeignKey(Barrier, models.CASCADE, related_name="+")
    person = models.ForeignKey("access.Person", models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.barrier_id}: {self.person_id}"
