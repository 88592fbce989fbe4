"""Who the bank deals with, how to reach them, how they are linked, and who looks after them.

Every fact says since when it is true in the bank (`valid_from`, half-open) and which batch brought it. Protected values are present
only as digest, last-four digest and mask; names stay in clear, scope is their wall (decision 13).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager
from zhike.core.models import Delivered
from zhike.parties.consent_models import Consent
from zhike.parties.forgotten_models import Forgotten
from zhike.parties.handover_models import Handover, HandoverCustomer
from zhike.parties.own_models import Correction, Declared, DeclaredChange, DeclaredField, DeclaredKey, Tag, Tagging, Trash
from zhike.parties.restriction_models import ContactRestriction
from zhike.parties.team_models import Teamed

__all__ = [
    "Assignment", "Consent", "ContactPoint", "ContactRestriction", "Correction", "Declared", "DeclaredChange", "DeclaredField", "DeclaredKey", "Forgotten", "GroupMember", "Handover", "HandoverCustomer", "Identifier", "NameToken",
    "Party", "PartyHistory", "PartySource", "Relationship", "Tag", "Tagging", "Teamed", "Trash",
]  # fmt: skip


class Party(Delivered):
    """A person or organisation the bank deals with, has dealt with or wants to deal with (S2, S8, S9)."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", _("Individual")
        SOLE_TRADER = "sole_trader", _("Sole trader")
        COMPANY = "company", _("Company")
        FINANCIAL_INSTITUTION = "financial_institution", _("Financial institution")
        INSTITUTION = "institution", _("Government or institution")
        UNINCORPORATED = "unincorporated", _("Branch without legal personality")

    class Status(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        PROSPECT = "prospect", _("Prospect")
        FORMER = "former", _("Former customer")

    scope_path = ""

    kind = models.TextField(choices=Kind.choices)
    status = models.TextField(choices=Status.choices, default=Status.CUSTOMER)
    name = models.TextField()
    short_name = models.TextField(default="", blank=True)
    name_tokens = ArrayField(
        models.TextField(), default=list, help_text="characters, pairs, pinyin readings, initials, Latin words (decision 14)"
    )
    customer_no = models.TextField(default="", blank=True, help_text="empty for prospects (S8)")
    sex = models.TextField(default="", blank=True)
    birth_date = models.DateField(null=True)
    nationality = models.TextField(default="", blank=True)
    occupation = models.TextField(default="", blank=True)
    employer_name = models.TextField(default="", blank=True)
    education = models.TextField(default="", blank=True)
    marital_status = models.TextField(default="", blank=True)
    income_band = models.TextField(default="", blank=True)
    region = models.TextField(default="", blank=True)
    industry = models.TextField(default="", blank=True, help_text="GB/T 4754")
    size_class = models.TextField(default="", blank=True)
    registered_capital = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    established_date = models.DateField(null=True)
    unit = models.ForeignKey(
        "access.Unit", models.PROTECT, null=True, related_name="+", help_text="managing unit; scope follows it (decision 11)"
    )
    opening_unit = models.ForeignKey("access.Unit", models.PROTECT, null=True, related_name="+")
    since_date = models.DateField(null=True)
    left_date = models.DateField(null=True)
    is_staff = models.BooleanField(default=False)
    is_related_party = models.BooleanField(default=False)
    lead_source = models.TextField(default="", blank=True)
    main_rm = models.ForeignKey("access.Employee", models.SET_NULL, null=True, related_name="+", help_text="empty: public pool")
    rm_ids = ArrayField(models.BigIntegerField(), default=list, help_text="main and assisting RMs today: whose own book this is in")
    barrier_ids = ArrayField(
        models.BigIntegerField(),
        null=True,
        help_text="special lists she stands on, by a trigger; empty for nearly all: seen by whom all of them admit",
    )

    objects = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["unit", "id"], name="party_unit"),
            models.Index(fields=["name", "id"], name="party_name"),
            models.Index(fields=["since_date", "id"], name="party_since"),
            models.Index(fields=["status", "id"], name="party_status", condition=~models.Q(status="customer")),
            models.Index(fields=["customer_no"], name="party_customer_no"),
            GinIndex(fields=["name_tokens"], name="party_tokens"),
            GinIndex(fields=["rm_ids"], name="party_rms"),
            models.Index(fields=["id"], name="party_listed", condition=models.Q(barrier_ids__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], name="party_first_key"),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["individual", "sole_trader", "company", "financial_institution", "institution", "unincorporated"]
                ),
                name="party_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class NameToken(models.Model):
    """A Latin word of somebody's name tokens, once for the whole bank: what a half-typed name is widened along (`parties_find`)."""

    token = models.TextField(primary_key=True, db_collation="C", help_text="small Latin letters and digits, 2 to 60")


class PartySource(models.Model):
    """The only place where a feed's customer key lives (decision 1): (source, external key) → party. A merge moves the key, an undo moves it back."""

    scope_path = "party"

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_constraint=False)
    source = models.TextField()
    external_key = models.TextField()
    home_id = models.BigIntegerField(null=True, help_text="the party this was the key of before merges; empty: never merged")

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="partysource_key")]


class PartyHistory(models.Model):
    """What a party was before it changed: the whole earlier row, for the interval in which it was true."""

    scope_path = "party"

    kind = models.TextField()
    entity_id = models.BigIntegerField()
    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_constraint=False)
    valid_from = models.DateField()
    valid_to = models.DateField()
    values = models.JSONField()
    batch_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["party", "valid_from"], name="partyhistory_party"),
            models.Index(fields=["kind", "entity_id", "valid_from"], name="partyhistory_entity"),
        ]


class PartyFact(Delivered):
    """A fact about a party, every version a row of its own."""

    scope_path = "party"

    objects = ScopedManager()

    class Meta:
        abstract = True


class Identifier(PartyFact):
    """An identity document or registration number. The number itself is in the vault."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_constraint=False)
    id_type = models.TextField()
    id_no_digest = models.BinaryField()
    id_no_last4 = models.BinaryField(null=True)
    id_no_masked = models.TextField()
    issued_date = models.DateField(null=True)
    expires_date = models.DateField(null=True, help_text="9999-12-31: long-term")
    issuer = models.TextField(default="", blank=True)
    is_main = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["party"], name="identifier_party"),
            models.Index(fields=["id_no_digest"], name="identifier_digest"),
            models.Index(fields=["id_no_last4"], name="identifier_last4"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], condition=models.Q(valid_to=None), name="identifier_open")
        ]


class ContactPoint(PartyFact):
    """A way to reach a party. Exactly one protected value; the district of an address stays in clear."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", _("Mobile")
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        ADDRESS = "address", _("Address")
        WECHAT = "wechat", _("WeChat")

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_constraint=False)
    kind = models.TextField(choices=Kind.choices)
    purpose = models.TextField(default="", blank=True)
    value_digest = models.BinaryField()
    value_last4 = models.BinaryField(null=True)
    value_masked = models.TextField()
    region = models.TextField(default="", blank=True)
    is_main = models.BooleanField(default=False)
    is_valid = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["party"], name="contactpoint_party"),
            models.Index(fields=["value_digest"], name="contactpoint_digest"),
            models.Index(fields=["value_last4"], name="contactpoint_last4"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], condition=models.Q(valid_to=None), name="contactpoint_open")
        ]


class Relationship(PartyFact):
    """What `to_party` is to `party`. Every relationship is kept from both sides, so that either page reads its own rows."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_constraint=False)
    to_party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_constraint=False)
    type = models.TextField()
    share = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    confidence = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    verified_by = models.TextField(default="", blank=True)
    is_reciprocal = models.BooleanField(default=False, help_text="derived from the row delivered for the other side")

    class Meta:
        indexes = [models.Index(fields=["party"], name="relationship_party"), models.Index(fields=["to_party"], name="relationship_to")]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], condition=models.Q(valid_to=None), name="relationship_open"),
            models.CheckConstraint(condition=models.Q(share=None) | models.Q(share__gte=0, share__lte=1), name="relationship_share"),
        ]


class GroupMember(PartyFact):
    """Membership in a household or in one of the three kinds of corporate group, which are never mixed (domain §2.1)."""

    class Kind(models.TextChoices):
        HOUSEHOLD = "household", _("Household")
        CONTROL = "control_group", _("Group by control")
        ECONOMIC = "economic_group", _("Group by economic dependence")
        SUPPLY_CHAIN = "supply_chain", _("Supply chain")

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_constraint=False)
    group_key = models.TextField()
    kind = models.TextField(choices=Kind.choices)
    name = models.TextField()
    member_role = models.TextField(default="", blank=True)
    is_head = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["party"], name="groupmember_party"),
            models.Index(fields=["source", "group_key"], name="groupmember_group"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], condition=models.Q(valid_to=None), name="groupmember_open")
        ]


class Assignment(PartyFact):
    """Which relationship manager looks after a party, as main or assisting, from when to when (S42). No open main one: public pool."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_constraint=False)
    employee = models.ForeignKey("access.Employee", models.CASCADE, related_name="+", db_constraint=False)
    role = models.TextField(choices=[("main", _("Main RM")), ("assisting", _("Assisting RM"))])
    from_date = models.DateField()
    to_date = models.DateField(null=True)
    handed_date = models.DateField(null=True, help_text="since when a hand-over has ended it, whatever the source still says (decision 45)")
    handover_id = models.BigIntegerField(null=True, help_text="that hand-over")

    class Meta:
        indexes = [models.Index(fields=["party"], name="assignment_party"), models.Index(fields=["employee"], name="assignment_employee")]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], condition=models.Q(valid_to=None), name="assignment_open")
        ]
