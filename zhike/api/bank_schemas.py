"""The shapes of what the bank made itself: its own fields, tags, conditions, and pairs of customers that may be one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict


class Choice(Schema):
    """A value that may be chosen, and what people call it in the reader's language."""

    value: str
    label: str


class DeclaredField(Schema):
    """A field that the bank has declared itself. `kinds` empty: for customers of every kind."""

    name: str
    type: str
    label: str
    help: str
    group: str
    kinds: list[str]
    choices: list[Choice]
    is_required: bool
    protection: str


class DeclaredFields(Schema):
    data: list[DeclaredField]


class Tag(Schema):
    id: int
    name: str
    colour: str


class Tags(Schema):
    data: list[Tag]


class ConditionField(Schema):
    """A field that a condition may ask. `choices` null: none, or too many to be listed."""

    name: str
    label: str
    kind: str
    unit: str
    choices: list[Choice] | None


class ConditionRelation(Schema):
    """Something of which a customer `has` some; `catalogue`: what may be asked of each."""

    name: str
    label: str
    catalogue: str


class ConditionCatalogue(Schema):
    fields: list[ConditionField]
    relations: list[ConditionRelation]


class ConditionOperator(Schema):
    """A way to compare; `shape`: what its value looks like."""

    name: str
    label: str
    shape: str


class Conditions(Schema):
    """What `where` may say. `catalogues` by name: `c0` is the customer's own; `operators` by the kind of a field."""

    catalogues: dict[str, ConditionCatalogue]
    operators: dict[str, list[ConditionOperator]]


class DuplicateSide(Schema):
    customer_id: int
    customer_no: str | None
    name: str
    unit: str | None


class DuplicateReason(Schema):
    """Why two look like one, in words; what speaks against it weighs less than nought (bits)."""

    words: str
    weight: float


class Duplicate(Schema):
    """Two customers that may be one. Seen by whom sees both."""

    id: int
    state: str
    probability: float
    left: DuplicateSide
    right: DuplicateSide
    reasons: list[DuplicateReason]
    found_at: datetime
    decided_at: datetime | None


class Duplicates(Schema):
    data: list[Duplicate]
    next: str | None


class DuplicateField(Schema):
    """A field of both, as people read it."""

    name: str
    label: str
    left: str
    right: str
    is_different: bool


class DuplicateWhole(Duplicate):
    """A pair with its fields side by side. `survivor_id`: who is proposed to stay."""

    fields: list[DuplicateField]
    survivor_id: int


class Mark(Schema):
    """What somebody decided about a pair: `never` the same, or `likely` after all."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["likely", "never"]


class AuditEntry(Schema):
    """Who did what, when, on whom, why, through which door and from where; before and after where the act keeps them."""

    id: int
    at: datetime
    login: str
    person: str
    act: str
    label: str
    subject_type: str
    subject_id: str
    customer_id: int | None
    reason: str
    door: str
    address: str
    request: str
    before: Any
    after: Any


class AuditEntries(Schema):
    data: list[AuditEntry]
    next: str | None
