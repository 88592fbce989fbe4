"""What customers hold: accounts with the roles people have on them, balances, positions, loans, cards, standing orders, transactions.

Accounts and everything on them carry the main holder's party; a thing is visible where any role-holder is (decision 11).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import ScopedManager
from zhike.core.models import Delivered


def money(*, null: bool = True) -> models.DecimalField:  # type: ignore[type-arg]
    """An amount: numeric(20,2), its currency in the row's `currency`."""
    return models.DecimalField(max_digits=20, decimal_places=2, null=null)


def rate() -> models.DecimalField:  # type: ignore[type-arg]
    """A yearly rate or share: numeric(9,6); 0.031 is 3.1 %."""
    return models.DecimalField(max_digits=9, decimal_places=6, null=True)


class SourcedRow(Delivered):
    """One current row per source key; what it was before lies in `HoldingHistory`."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, null=True, related_name="+", db_constraint=False, help_text="main holder")

    objects = ScopedManager()

    class Meta:
        abstract = True


class Account(SourcedRow):
    """An account or contract of any side: deposit, loan account, wealth account, card account (S4)."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        FROZEN = "frozen", _("Frozen")
        DORMANT = "dormant", _("Dormant")

    account_no_digest = models.BinaryField(null=True)
    account_no_last4 = models.BinaryField(null=True)
    account_no_masked = models.TextField(default="", blank=True)
    product = models.ForeignKey("products.Product", models.PROTECT, null=True, related_name="+", db_constraint=False)
    unit = models.ForeignKey(
        "access.Unit", models.PROTECT, null=True, related_name="+", db_constraint=False, help_text="opening unit; not what scope follows"
    )
    currency = models.TextField()
    status = models.TextField(choices=Status.choices, default=Status.OPEN)
    account_class = models.TextField(default="", blank=True)
    opened_date = models.DateField(null=True)
    closed_date = models.DateField(null=True)
    start_date = models.DateField(null=True)
    maturity_date = models.DateField(null=True)
    rate = rate()
    principal = money()
    is_auto_renewed = models.BooleanField(null=True)
    statement_cycle = models.TextField(default="", blank=True)
    balance = money()
    balance_date = models.DateField(null=True, help_text="the end of this day")

    class Meta:
        indexes = [
            models.Index(fields=["party"], name="account_party"),
            models.Index(fields=["account_no_digest"], name="account_no"),
            models.Index(fields=["account_no_last4"], name="account_no_last4"),
        ]
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="account_key")]


class AccountRole(SourcedRow):
    """What a party is on an account: owner, joint holder, authorised person, guarantor …"""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        JOINT_HOLDER = "joint_holder", _("Joint holder")
        AUTHORISED = "authorised", _("Authorised person")
        AGENT = "agent", _("Agent")
        GUARANTOR = "guarantor", _("Guarantor")
        CO_BORROWER = "co_borrower", _("Co-borrower")
        BENEFICIARY = "beneficiary", _("Beneficiary")
        PAYER = "payer", _("Payer")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False)
    role = models.TextField(choices=Role.choices)
    share = rate()
    signing_rule = models.TextField(default="", blank=True)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["party"], name="accountrole_party"), models.Index(fields=["account"], name="accountrole_account")]
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="accountrole_key")]


class Balance(models.Model):
    """A balance in force `[valid_from, valid_to)`: the current one and those that covered a month end; every change is in the warehouse (decision 7)."""

    scope_path = "party"

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False)
    party = models.ForeignKey("parties.Party", models.CASCADE, null=True, related_name="+", db_constraint=False)
    currency = models.TextField()
    balance = money(null=False)
    available = money()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    source = models.TextField()
    batch_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["party", "valid_from"], name="balance_party")]
        constraints = [models.UniqueConstraint(fields=["account", "currency", "valid_from"], name="balance_from")]


class Position(SourcedRow):
    """Units of a product held in an account, at the latest delivered day."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False)
    product = models.ForeignKey("products.Product", models.PROTECT, related_name="+", db_constraint=False)
    position_date = models.DateField()
    units = models.DecimalField(max_digits=20, decimal_places=6)
    nav = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    market_value = money(null=False)
    cost = money()
    currency = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["party"], name="position_party"), models.Index(fields=["account"], name="position_account")]
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="position_key")]


class Loan(SourcedRow):
    """A loan as granted, with its state."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        RUNNING_OVERDUE = "running_overdue", _("Running, overdue")
        FINISHED = "finished", _("Finished, paid")
        FINISHED_UNPAID = "finished_unpaid", _("Finished, unpaid")

    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+", db_constraint=False)
    product = models.ForeignKey("products.Product", models.PROTECT, null=True, related_name="+", db_constraint=False)
    amount = money(null=False)
    balance = money()
    currency = models.TextField()
    granted_date = models.DateField()
    maturity_date = models.DateField(null=True)
    term_months = models.BigIntegerField(null=True)
    instalment = money()
    rate = rate()
    state = models.TextField(choices=State.choices, default="", blank=True)
    five_class = models.TextField(default="", blank=True)
    overdue_days = models.BigIntegerField(null=True)
    purpose = models.TextField(default="", blank=True)
    guarantee_type = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["party"], name="loan_party"), models.Index(fields=["account"], name="loan_account")]
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="loan_key")]


class Card(SourcedRow):
    """A debit or credit card. Of its expiry only the month of renewal is kept (R30)."""

    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+", db_constraint=False)
    role = models.ForeignKey(AccountRole, models.SET_NULL, null=True, related_name="+", db_constraint=False)
    card_no_digest = models.BinaryField(null=True)
    card_no_last4 = models.BinaryField(null=True)
    card_no_masked = models.TextField(default="", blank=True)
    type = models.TextField(default="", blank=True)
    tier = models.TextField(default="", blank=True)
    side = models.TextField(default="", blank=True)
    issued_date = models.DateField(null=True)
    activated_date = models.DateField(null=True)
    closed_date = models.DateField(null=True)
    renewal_month = models.DateField(null=True)
    limit_amount = money()
    status = models.TextField(default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["party"], name="card_party"),
            models.Index(fields=["card_no_digest"], name="card_no"),
            models.Index(fields=["card_no_last4"], name="card_no_last4"),
        ]
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="card_key")]


class StandingOrder(SourcedRow):
    """A payment order repeated until cancelled."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False)
    amount = money(null=False)
    currency = models.TextField()
    counterparty_bank = models.TextField(default="", blank=True)
    counterparty_account_digest = models.BinaryField(null=True)
    counterparty_account_masked = models.TextField(default="", blank=True)
    code = models.TextField(default="", blank=True)
    source_code = models.TextField(default="", blank=True)
    frequency = models.TextField(default="", blank=True)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["party"], name="standingorder_party"),
            models.Index(fields=["account"], name="standingorder_account"),
        ]
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="standingorder_key")]


class Payroll(SourcedRow):
    """An employer's agreement to pay its people through the bank (代发工资); `party` is the employer."""

    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+", db_constraint=False)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    headcount = models.BigIntegerField(null=True, help_text="as the agreement says; how many are paid stands in `Salary`")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="payroll_key")]


class Salary(models.Model):
    """One payment to an employee under a payroll agreement; `party` is the employee."""

    scope_path = "party"

    payroll = models.ForeignKey(Payroll, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    pay_date = models.DateField()
    amount = money(null=False)
    source = models.TextField()
    external_key = models.TextField()
    batch_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["payroll", "pay_date"], name="salary_payroll"),
            models.Index(fields=["party", "pay_date"], name="salary_party"),
        ]
        constraints = [models.UniqueConstraint(fields=["source", "external_key"], name="salary_key")]


class HoldingHistory(models.Model):
    """What an account, role, loan, card, order or position was before it changed."""

    scope_path = "party"

    kind = models.TextField()
    entity_id = models.BigIntegerField()
    party = models.ForeignKey("parties.Party", models.CASCADE, null=True, related_name="+", db_constraint=False)
    valid_from = models.DateField()
    valid_to = models.DateField()
    values = models.JSONField()
    batch_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["party", "valid_from"], name="holdinghistory_party"),
            models.Index(fields=["kind", "entity_id", "valid_from"], name="holdinghistory_entity"),
        ]


class Transaction(models.Model):
    """One posting. Immutable: a correction or reversal is a row of its own (decision 8).

    The table is partitioned by month of `booking_date`; the migration makes it, and `holdings_begin_month` its partitions.
    """

    scope_path = "party"

    class Direction(models.TextChoices):
        CREDIT = "credit", _("In")
        DEBIT = "debit", _("Out")

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False)
    party = models.ForeignKey("parties.Party", models.CASCADE, null=True, related_name="+", db_constraint=False)
    booking_date = models.DateField()
    value_date = models.DateField(null=True)
    at = models.DateTimeField(null=True)
    amount = money(null=False)
    currency = models.TextField()
    direction = models.TextField(choices=Direction.choices)
    code = models.TextField(null=True)
    source_code = models.TextField(null=True)
    balance_after = money()
    counterparty_name = models.TextField(null=True)
    counterparty_account_digest = models.BinaryField(null=True)
    counterparty_account_masked = models.TextField(null=True)
    counterparty_bank = models.TextField(null=True)
    channel = models.TextField(null=True)
    summary = models.TextField(null=True)
    is_own_transfer = models.BooleanField(null=True)
    is_reversal = models.BooleanField(null=True)
    is_customer_initiated = models.BooleanField(null=True)
    source = models.TextField()
    external_key = models.TextField()
    batch_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        managed = False
        db_table = "holdings_transaction"


class Summary(models.Model):
    """What a party holds now, added up per currency in the batch that changed it; lists read this and never add up accounts."""

    scope_path = "party"

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    unit = models.ForeignKey(
        "access.Unit", models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False,
        help_text="copy of the party's managing unit for ordering; the party's own decides who sees",
    )  # fmt: skip
    currency = models.TextField()
    place = models.BigIntegerField(
        null=True, help_text="by which lists order: AUM in hundredths, where this is the currency the party has most in; else empty"
    )
    deposits = money(null=False)
    wealth = money(null=False)
    loans = money(null=False)
    aum = money(null=False)
    count_accounts = models.IntegerField()
    count_families = models.IntegerField()
    next_maturity_date = models.DateField(null=True)
    next_maturity_amount = money()
    as_of = models.DateField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["-place", "party"], name="summary_place", condition=models.Q(place__isnull=False)),
            models.Index(
                fields=["unit", "next_maturity_date"], name="summary_maturity", condition=models.Q(next_maturity_date__isnull=False)
            ),
            models.Index(fields=["unit", "-place", "party"], name="summary_unit", condition=models.Q(place__isnull=False)),
        ]
        constraints = [models.UniqueConstraint(fields=["party", "currency"], name="summary_party")]
