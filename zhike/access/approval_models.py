"""What somebody proposed and somebody else decides, what happened to it, and when which act needs it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.access.approval_rules import DECIDE, Put, is_open


class Proposal(models.Model):
    """An act that waits for a second person. What was proposed never changes; it is decided once, and never by whoever proposed it.

    A trigger holds that to the database's owner too (migration `approvals`).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a decision")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Lapsed")

    kind = models.TextField(help_text="whose function does it: area.act")
    subject_type = models.TextField(default="", blank=True)
    subject_id = models.TextField(default="", blank=True, help_text="one open proposal of a kind about a subject")
    asked = models.JSONField(default=dict, help_text="with what exactly the act is done")
    words = models.JSONField(
        default=dict, help_text="language → title, and lines of what, before, after; as they were when it was proposed"
    )
    why = models.TextField()
    language = models.TextField(default="en", help_text="in which the act answers its proposer")
    proposer = models.ForeignKey("access.Person", models.PROTECT, related_name="+")
    proposer_name = models.TextField()
    approver_unit = models.ForeignKey(
        "access.Unit", models.PROTECT, null=True, related_name="+", help_text="empty: only who sees the whole bank"
    )
    approver_permission = models.TextField(default=DECIDE)
    party_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="customers whom the approver must see")
    confirmer_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="people who must agree before it is decided")
    confirmed_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    state = models.TextField(choices=State.choices, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("access.Person", models.PROTECT, null=True, related_name="+", help_text="empty: nobody, it lapsed")
    decided_name = models.TextField(default="", blank=True)
    answer = models.TextField(default="", blank=True, help_text="what whoever decided said, or why it lapsed")
    note = models.TextField(default="", blank=True, help_text="what came of the act, in words")
    result_url = models.TextField(default="", blank=True, help_text="where what came of it is seen")

    class Meta:
        indexes = [
            models.Index(fields=["deadline_at"], name="proposal_open", condition=models.Q(state="proposed")),
            models.Index(fields=["-proposed_at"], name="proposal_latest"),
            models.Index(fields=["proposer", "-proposed_at"], name="proposal_hers"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "approved", "refused", "withdrawn", "expired"]), name="proposal_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["approved", "refused"])
                | models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("proposer")),
                name="proposal_four_eyes",
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed", decided_at__isnull=True) | ~models.Q(state="proposed") & models.Q(decided_at__isnull=False),
                name="proposal_decided",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"], condition=models.Q(state="proposed") & ~models.Q(subject_id=""), name="proposal_once"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def put(self) -> Put:
        """What decides who may approve it."""
        return Put(self.proposer_id, self.approver_unit_id, self.approver_permission)

    @property
    def can_be_decided(self) -> bool:
        """Whether it waits, and its deadline has not passed."""
        return is_open(self.state, self.deadline_at, timezone.now())

    @property
    def unconfirmed_ids(self) -> list[int]:
        """Who has not agreed yet."""
        return [one for one in self.confirmer_ids if one not in self.confirmed_ids]


class ProposalStep(models.Model):
    """What happened to a proposal, or what somebody said about it; only ever added."""

    class What(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("approval", "Proposed")
        CONFIRMED = "confirmed", _("Has agreed")
        COMMENTED = "commented", _("Said")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Lapsed")

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    person = models.ForeignKey("access.Person", models.SET_NULL, null=True, related_name="+")
    person_name = models.TextField(default="", blank=True)
    what = models.TextField(choices=What.choices)
    words = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["proposal", "at"], name="proposalstep_of")]

    def __str__(self) -> str:
        return f"{self.what} {self.proposal_id}"


class ApprovalRule(models.Model):
    """When acts of a kind need approval, from a day to a day; without a row what the kind itself says holds."""

    kind = models.TextField()
    from_date = models.DateField()
    to_date = models.DateField(null=True, help_text="the first day on which it no longer holds")
    is_needed = models.BooleanField()
    above = models.PositiveIntegerField(default=0, help_text="where it concerns more than this")
    set_at = models.DateTimeField()
    set_name = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(to_date=None), name="approvalrule_open"),
            models.CheckConstraint(
                condition=models.Q(to_date=None) | models.Q(to_date__gte=models.F("from_date")), name="approvalrule_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.from_date}"
