"""The hand-over of a book: from whom, why, as of which day, and each customer with who takes her over (移交交接)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager


class Handover(models.Model):
    """A book, or a part of one, that goes from one manager to others as one act, and may be taken back as one."""

    class Reason(models.TextChoices):
        LEAVING = "leaving", _("Leaves the bank")
        MOVED = "moved", _("Moves to another post")
        ABSENCE = "absence", _("Is absent for long")
        BALANCE = "balance", _("Books are evened out")
        OTHER = "other", _("Another reason")

    class State(models.TextChoices):
        DRAFT = "draft", _("Being prepared")
        PROPOSED = "proposed", _("Waits for agreement")
        DONE = "done", _("Handed over")
        UNDONE = "undone", _("Taken back")

    giver = models.ForeignKey("access.Employee", models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        "access.Unit", models.PROTECT, null=True, related_name="+", help_text="the giver's unit of that day, whose manager decides"
    )
    receiver_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="employees who take over")
    reason = models.TextField(choices=Reason.choices)
    cutoff_date = models.DateField(help_text="up to this day what the customers bring counts as the giver's")
    ends_login = models.BooleanField(default=False, help_text="the giver's log-in is closed with it")
    closed_person_ids = ArrayField(
        models.BigIntegerField(), default=list, blank=True, help_text="whose log-in it closed, to be opened by an undo"
    )
    state = models.TextField(choices=State.choices, default=State.DRAFT)
    count_customers = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey("access.Person", models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    proposal_id = models.BigIntegerField(null=True, help_text="the proposal by which it was last put forward")
    done_at = models.DateTimeField(null=True)
    done_date = models.DateField(null=True, help_text="the day of it at the bank")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-made_at"], name="handover_latest")]
        constraints = [models.CheckConstraint(condition=models.Q(state__in=["draft", "proposed", "done", "undone"]), name="handover_state")]

    def __str__(self) -> str:
        return f"handover {self.pk}"


class HandoverCustomer(models.Model):
    """A customer of a hand-over. While `in_force` it overlays what the source says of who looks after her (decision 45)."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        IN_FORCE = "in_force", _("Waits for the source")
        CONFIRMED = "confirmed", _("The source says so too")
        OVERTAKEN = "overtaken", _("The source decided otherwise since")
        UNDONE = "undone", _("Taken back")

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False)
    role = models.TextField(choices=[("main", _("Main RM")), ("assisting", _("Assisting RM"))], help_text="what the giver was to her")
    receiver = models.ForeignKey("access.Employee", models.PROTECT, null=True, related_name="+")
    frozen = models.JSONField(default=dict, help_text="her balances and what falls due, as they stood when it was put forward")
    state = models.TextField(choices=State.choices, default=State.PLANNED)

    objects = ScopedManager()
    scope_path = "party"

    class Meta:
        indexes = [models.Index(fields=["party"], name="handovercustomer_party")]
        constraints = [models.UniqueConstraint(fields=["handover", "party"], name="handovercustomer_once")]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.party_id}"
