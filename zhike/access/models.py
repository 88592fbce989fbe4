"""The bank's organisation, the people who log in, what they did, and the vault of sealed values.

`Unit` and `Employee` come from the bank's files and are read-only in Zhike; `Person` is made in Zhike. The vault, the viewer's key
and the audit are out of reach of the web's database role except where a grant in `migrations/` says otherwise.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.access.calendar_models import CalendarDay
from zhike.access.chain_models import AuditLink, AuditSeal, AuditWithheld  # noqa: F401 - Django finds models by this module
from zhike.access.roles import role_of
from zhike.access.scope_models import Absence, Admission, Barrier, BrokenGlass, ComposedRole, Listed, Participation
from zhike.access.session_models import Session
from zhike.access.team_models import ServiceTeam, TeamMember

__all__ = [
    "Absence", "Admission", "AuditEntry", "Barrier", "BrokenGlass", "CalendarDay", "ComposedRole", "Employee", "Listed", "Participation", "People", "Person",
    "ProtectedColumn", "ServiceTeam", "Session", "TeamMember", "Unit", "Vault", "ViewerSecret", "Work",
]  # fmt: skip


class Unit(models.Model):
    """A unit of the bank: head office, branch, sub-branch or outlet. Units form one tree by `parent`."""

    class Level(models.TextChoices):
        HEAD_OFFICE = "head_office", _("Head office")
        BRANCH = "branch", _("Branch")
        SUB_BRANCH = "sub_branch", _("Sub-branch")
        OUTLET = "outlet", _("Outlet")

    key = models.TextField(unique=True, help_text="the unit's number in the bank")
    name = models.TextField()
    level = models.TextField(choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    region = models.TextField(default="", db_default="", blank=True)
    opened_date = models.DateField(null=True)
    closed_date = models.DateField(null=True)
    source = models.TextField(default="", db_default="", blank=True)
    external_key = models.TextField(default="", db_default="", blank=True)
    row_digest = models.BinaryField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["source", "external_key"], name="unit_external_key")]

    def __str__(self) -> str:
        return self.name


class Employee(models.Model):
    """Somebody who works at the bank, as its personnel file says it. Being an employee does not let anybody log in."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        ON_LEAVE = "on_leave", _("On leave")
        LEFT = "left", _("Left")

    staff_no = models.TextField(unique=True)
    name = models.TextField()
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    post = models.TextField(default="other", db_default="other", help_text="as the feed `employees` lists it")
    status = models.TextField(choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE)
    team = models.TextField(default="", db_default="", blank=True)
    joined_date = models.DateField(null=True)
    left_date = models.DateField(null=True)
    source = models.TextField(default="", db_default="", blank=True)
    external_key = models.TextField(default="", db_default="", blank=True)
    row_digest = models.BinaryField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit", "team"], name="employee_unit_team"),
            models.Index(fields=["source", "external_key"], name="employee_external_key"),
        ]

    def __str__(self) -> str:
        return self.name


class People(BaseUserManager["Person"]):
    """Finds people by what they type at log-in."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """The person with this login, capitals ignored; raises `Person.DoesNotExist`."""
        return self.get(login=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """Somebody who may log in to Zhike. Her role says what she may do, her employee record whose customers she sees."""

    class Role(models.TextChoices):
        RELATIONSHIP_MANAGER = "relationship_manager", _("Relationship manager")
        TEAM_LEADER = "team_leader", _("Team leader")
        BRANCH_MANAGER = "branch_manager", _("Branch manager")
        CONTACT_CENTRE_AGENT = "contact_centre_agent", _("Contact-centre agent")
        ANALYST = "analyst", _("Analyst")
        ADMINISTRATOR = "administrator", _("Administrator")
        COMPLIANCE_OFFICER = "compliance_officer", _("Compliance officer")
        AUDITOR = "auditor", _("Auditor")

    class Language(models.TextChoices):
        BROWSER = "", _("As the browser says")
        ENGLISH = "en", "English"
        CHINESE = "zh-hans", "中文"

    class Theme(models.TextChoices):
        SYSTEM = "", _("As the device says")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class MoneyDirection(models.TextChoices):
        LANGUAGE = "", _("As the language does")
        RED_UP = "red-up", _("Red is up")
        GREEN_UP = "green-up", _("Green is up")

    class Density(models.TextChoices):
        NORMAL = "", _("As usual")
        COMPACT = "compact", _("Compact")
        ROOMY = "roomy", _("Roomy")

    class StartPage(models.TextChoices):
        HOME = "", _("Home")
        CUSTOMERS = "customers", _("Customers")

    login = models.TextField(unique=True, help_text="small letters; what she types")
    name = models.TextField()
    employee = models.ForeignKey(Employee, models.SET_NULL, null=True, blank=True, related_name="+")
    role = models.TextField(help_text="the key of a role: one of rules.ROLES, or one that was composed (`access_role`)")
    role_version = models.IntegerField(
        default=0, db_default=0, help_text="copy of the role's, kept by triggers: what a process remembers holds"
    )
    barrier_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        db_default=[],
        help_text="every special list there is, kept by triggers: so none is asked for",
    )
    grants = models.JSONField(
        default=list, db_default=[], help_text="what was opened to her until a date, kept by triggers; `access.grants` reads it"
    )
    language = models.TextField(choices=Language.choices, default="", db_default="", blank=True)
    theme = models.TextField(choices=Theme.choices, default="", db_default="", blank=True)
    money_direction = models.TextField(choices=MoneyDirection.choices, default="", db_default="", blank=True)
    density = models.TextField(choices=Density.choices, default="", db_default="", blank=True)
    start_page = models.TextField(choices=StartPage.choices, default="", db_default="", blank=True, help_text="where log-in leads to")
    is_active = models.BooleanField(default=True, db_default=True)
    has_left = models.BooleanField(default=False, db_default=False, help_text="the personnel file says so; kept by each load of it")
    role_withdrawn_at = models.DateTimeField(
        null=True,
        help_text="since when no group of the bank's own log-in gives her a role; empty: one does, or roles do not come from there",
    )
    networks = models.TextField(
        default="", db_default="", blank=True, help_text="from where alone she may come, such as 10.1.0.0/16; empty: as her role"
    )
    is_demo = models.BooleanField(default=False, db_default=False, help_text="offered on the log-in page where ZHIKE_DEMO is set")
    failures = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="wrong passwords since `first_failure_at`")
    first_failure_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = People()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = []  # that the role is there, a foreign key written in a migration holds

    def __str__(self) -> str:
        return self.name

    @property
    def may_enter(self) -> bool:
        """Whether she is let in at all: nobody has closed her account, and she has not left the bank."""
        return self.is_active and not self.has_left

    @property
    def has_rights(self) -> bool:
        """Whether her role holds: she may enter, and the bank's own log-in has not withdrawn it. Pages, tokens and background work ask this."""
        return self.may_enter and self.role_withdrawn_at is None

    def get_role_display(self) -> str:
        """What her role is called."""
        if self.role in self.Role.values:
            return str(self.Role(self.role).label)
        found = role_of(self)
        return found.title if found else self.role


class AuditEntry(models.Model):
    """Who did what, when, why, on whom. Entries are only ever added: a trigger refuses all else, the owner's too (R30, decision 13).

    `act` is dotted: area.verb. `person_id` carries no foreign key, because an entry outlives the person.
    """

    at = models.DateTimeField(db_default=Now())
    person_id = models.BigIntegerField(null=True, help_text="empty: the system, or nobody who could be recognised")
    login = models.TextField(default="", db_default="")
    act = models.TextField(help_text="dotted: people.added, session.opened, contacts.revealed")
    area = models.TextField()
    subject_type = models.TextField(default="", db_default="")
    subject_id = models.TextField(default="", db_default="")
    party_id = models.BigIntegerField(null=True)
    reason = models.TextField(default="", db_default="")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.TextField(default="", db_default="")
    door = models.TextField(default="", db_default="", help_text="see `doors`; empty: written before doors were kept")
    address = models.TextField(default="", db_default="", help_text="the network address of whoever asked; empty: there is none")
    stamp = models.BinaryField(null=True, help_text="see `stamping`: that this program wrote the entry")

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="audit_at"),
            models.Index(fields=["person_id", "-at"], name="audit_person"),
            models.Index(fields=["party_id", "-at"], name="audit_party", condition=models.Q(party_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"


class Work(models.Model):
    """Something a person asked for that takes longer than a page: how far it is, and what came of it. She alone reads it.

    What is done at once but may be taken back later stands here as well, with the address that takes it back.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    kind = models.TextField(help_text="whose function does it: area.verb")
    title = models.TextField(help_text="what she asked for, in her words of that day")
    language = models.TextField(default="en", help_text="in which it answers")
    asked = models.JSONField(default=dict, help_text="with what; only she and the worker read it, so it may hold what she typed")
    state = models.TextField(choices=State.choices, default=State.WAITING)
    begun = models.PositiveSmallIntegerField(default=0, help_text="how often it was begun")
    done_count = models.BigIntegerField(default=0)
    total_count = models.BigIntegerField(null=True, help_text="empty: nobody knows yet")
    note = models.TextField(default="", blank=True, help_text="what came of it, in words")
    error = models.TextField(default="", blank=True, help_text="why it failed and what to do, in words")
    result_url = models.TextField(default="", blank=True, help_text="where its result is fetched")
    undo_url = models.TextField(default="", blank=True, help_text="what takes it back, by POST")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="until when its result is kept")

    class Meta:
        indexes = [models.Index(fields=["person", "-asked_at"], name="work_latest")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=["waiting", "running", "done", "failed", "cancelled"]), name="work_state")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether something may still happen by itself."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def is_page(self) -> bool:
        """Whether its result is a page to look at, which stays, and no file."""
        return self.expires_at is None and self.kind.startswith(("insight.", "privacy."))

    @property
    def has_result(self) -> bool:
        """Whether its result can still be fetched."""
        return self.state == self.State.DONE and bool(self.result_url) and (self.expires_at is None or self.expires_at > timezone.now())


class Vault(models.Model):
    """The ciphertext of one protected value, found by its digest. The web role has no right on it; see `access.reveal`."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    kind = models.TextField(help_text="SealKind of ingestion.feeds")
    last4 = models.BinaryField(null=True, help_text="8 bytes; null where a last four means nothing")
    masked = models.TextField()
    sealed = models.BinaryField(help_text="see access.sealing for its layout")
    key_version = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "access_vault"


class ViewerSecret(models.Model):
    """The key that signed viewers are checked with, as the two padded keys of HMAC-SHA-256. Only `access.viewer()` reads it."""

    version = models.PositiveSmallIntegerField(primary_key=True)
    inner_key = models.BinaryField(help_text="key xor ipad, 64 bytes")
    outer_key = models.BinaryField(help_text="key xor opad, 64 bytes")

    class Meta:
        db_table = "access_viewersecret"


class ProtectedColumn(models.Model):
    """A column that holds digests of protected values beside a party: where `access.reveal` looks whether a value is that party's."""

    table = models.TextField()
    digest_column = models.TextField()
    party_column = models.TextField()
    permission = models.TextField(help_text="who may have it revealed: contacts.reveal, accounts.reveal …")

    class Meta:
        db_table = "access_protectedcolumn"
        constraints = [models.UniqueConstraint(fields=["table", "digest_column"], name="protectedcolumn_once")]


from zhike.access.approval_models import ApprovalRule, Proposal, ProposalStep  # noqa: E402, F401 - models of a topic of their own
