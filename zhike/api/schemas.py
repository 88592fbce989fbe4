"""The shapes in which the API answers and is asked. Amounts are texts of two decimals, days and instants ISO 8601, codes as the feeds list them.

A protected value is only ever its stored mask. Whatever the token or its person may not read is left out or null.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

MOST = 9_223_372_036_854_775_807  # of a key: PostgreSQL's bigint
NO_NUL = r"^[^\x00]*$"  # PostgreSQL keeps no NUL in a text
Kind = Literal["individual", "sole_trader", "company", "financial_institution", "institution", "unincorporated"]
Status = Literal["customer", "prospect", "former"]
Channel = Literal[
    "counter", "atm", "mobile_app", "online_bank", "phone", "email", "sms", "wechat", "visit", "branch_visit", "letter", "system", "pos", "other"
]  # fmt: skip
Purpose = Literal["care", "maturity", "sales", "complaint_follow_up", "enquiry", "service", "collection", "visit"]
Outcome = Literal["reached", "no_answer", "intent", "refused", "agreed", "done", "delivered", "failed"]
Line = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
Text = Annotated[str, StringConstraints(max_length=4000, pattern=NO_NUL)]


def one_or_more(names: Sequence[str]) -> str:
    """The pattern of names separated by commas, or of nothing; among them the bank's own fields as `declared.name`."""
    one = rf"({'|'.join(names)}|declared\.[a-z][a-z0-9_]{{1,39}})"
    return f"^({one}(,{one})*)?$"


class Held(Schema):
    """What a customer holds in the currency she has most in."""

    currency: str
    aum: Decimal
    deposits: Decimal
    investments: Decimal
    loans: Decimal
    accounts: int
    families: int
    next_maturity_date: date | None
    next_maturity_amount: Decimal | None
    as_of: date | None
    other_currencies: list[str]


class Customer(Schema):
    """A customer in a list. With `fields` only these, and always `id`. `declared`: what is known in the bank's own fields (/fields), by name."""

    id: int
    customer_no: str | None = None
    name: str | None = None
    kind: str | None = None
    status: str | None = None
    manager: str | None = None
    unit: str | None = None
    since_date: date | None = None
    phone: str | None = None
    held: Held | None = None
    tags: list[str] | None = None
    declared: dict[str, Any] | None = None


class Document(Schema):
    """An identity document: its number masked."""

    type: str
    number: str
    expires_date: date | None


class CustomerWhole(Customer):
    """One customer."""

    sex: str | None = None
    birth_date: date | None = None
    industry: str | None = None
    is_staff: bool | None = None
    is_related_party: bool | None = None
    assisting: list[str] | None = None
    document: Document | None = None


class Customers(Schema):
    """A page of customers; `next` is the cursor of the page after it. `is_cut`: a search found more than are shown."""

    data: list[Customer]
    next: str | None
    is_cut: bool = False


class ContactPoint(Schema):
    """A way to reach a customer, masked."""

    kind: str
    value: str
    region: str
    is_main: bool
    is_valid: bool


class ContactPoints(Schema):
    data: list[ContactPoint]


class Consent(Schema):
    """What counts today of one purpose and channel; an empty channel stands for every one. `at` and `notice_version`: of the entry that decides it."""

    purpose: str
    channel: str
    answer: str
    at: datetime | None
    notice_version: str
    expires_date: date | None
    entries: int


class Consents(Schema):
    data: list[Consent]


class MayBeContacted(Schema):
    """Whether a customer may be approached at this moment; where not, why: kinds of restrictions, `refused`, `expired`, `no_consent`."""

    yes: bool
    because: list[str]


class OfferAnswer(Schema):
    """Whether a product on sale may be offered to the customer; `because`: the codes of all reasons, those that refuse and those that ask for something."""

    product_id: int
    name: str
    risk_level: str
    may_be_offered: bool
    needs_second_person: bool
    needs_outlet: bool
    because: list[str]


class Suitability(Schema):
    """A customer's risk profile and each investment product on sale held against it. `valid_until` is the first day that no longer counts."""

    level: str
    assessed_date: date | None
    valid_until: date | None
    data: list[OfferAnswer]


class Relationship(Schema):
    """What somebody is to the customer. `customer_id` and `name` are null where she lies outside the reach of this token."""

    type: str
    customer_id: int | None
    name: str | None
    share: Decimal | None
    since_date: date | None


class GroupMember(Schema):
    customer_id: int
    name: str
    role: str
    is_head: bool


class Group(Schema):
    """A household or corporate group, with those of its members that lie within reach."""

    kind: str
    name: str
    members: list[GroupMember]


class Relationships(Schema):
    data: list[Relationship]
    groups: list[Group]


class Position(Schema):
    product: str
    product_code: str
    units: Decimal
    market_value: Decimal
    currency: str
    position_date: date


class Account(Schema):
    """An account, its number masked. `role`: what the customer is on it."""

    id: int
    number: str
    product: str | None
    family: str | None
    side: str | None
    currency: str
    status: str
    role: str
    balance: Decimal | None
    balance_date: date | None
    rate: Decimal | None
    opened_date: date | None
    maturity_date: date | None
    is_auto_renewed: bool | None
    positions: list[Position]


class Loan(Schema):
    id: int
    account_id: int | None
    product: str | None
    currency: str
    amount: Decimal
    balance: Decimal | None
    rate: Decimal | None
    granted_date: date
    maturity_date: date | None
    state: str
    overdue_days: int | None


class Card(Schema):
    id: int
    account_id: int | None
    number: str
    side: str
    status: str


class Holdings(Schema):
    """Everything a customer holds now."""

    accounts: list[Account]
    loans: list[Loan]
    cards: list[Card]


class MonthEnd(Schema):
    """What was held at the end of a day, in `currency`; the last one may be the day the data reach to."""

    date: date
    deposits: Decimal
    loans: Decimal


class MonthEnds(Schema):
    currency: str | None
    data: list[MonthEnd]


class Transaction(Schema):
    """One posting; other parties' account numbers are masked."""

    id: int
    account_id: int
    booking_date: date
    value_date: date | None
    amount: Decimal
    currency: str
    direction: Literal["credit", "debit"]
    code: str | None
    summary: str | None
    balance_after: Decimal | None
    counterparty_name: str | None
    counterparty_account: str | None
    counterparty_bank: str | None
    channel: str | None
    is_reversal: bool | None


class Transactions(Schema):
    data: list[Transaction]
    next: str | None


class Interaction(Schema):
    """One contact with a customer."""

    id: int
    customer_id: int
    at: datetime
    channel: str
    direction: str
    purpose: str
    outcome: str
    subject: str
    text: str
    seconds: int | None
    employee: str | None
    source: str


class Interactions(Schema):
    data: list[Interaction]
    next: str | None


class NewInteraction(Schema):
    """A contact to be kept. `at` left out: now; it cannot lie in the future."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    direction: Literal["in", "out"]
    at: AwareDatetime | None = None
    purpose: Purpose | None = None
    outcome: Outcome | None = None
    subject: Line = ""
    text: Text = ""
    seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None


class Batch(Schema):
    """A delivery of a bank system. In = loaded + unchanged + rejected + held."""

    id: int
    source: str
    batch_date: date
    attempt: int
    state: str
    rows_in: int
    rows_loaded: int
    rows_unchanged: int
    rows_rejected: int
    rows_held: int


class Batches(Schema):
    data: list[Batch]
    next: str | None


class Me(Schema):
    """Whom the token stands for, and what it opens."""

    login: str
    name: str
    role: str
    scope: str
    rights: list[str]
    token: str
    expires_at: datetime
    data_as_of: date | None


class WhatIsWrong(Schema):
    """Where something does not fit: a JSON pointer into the body, a parameter, or a header; and what would fit."""

    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    detail: str


class ProblemDetails(Schema):
    """Problem details (RFC 9457). `type` leads to its kind in the documentation."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    right: str | None = None
    number: str | None = None
    errors: list[WhatIsWrong] | None = None
