"""Writes of the fields themselves: an administrator declares, changes, retires them (fields.manage). A retired field keeps what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.parties import indexing
from zhike.parties.field_types import GROUPS, INDEXABLE, NAME, TYPES, WITH_CHOICES, names_a_credit_report, names_a_secret
from zhike.parties.models import DeclaredField


class FieldRefused(ValueError):
    """A field cannot be declared like this; `field` is the input at fault, `reason` a key of `field_forms.REASONS`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class FieldGiven:
    """A field as an administrator writes it; `name` and `type` count only when it is declared."""

    name: str
    type: str
    label_en: str
    label_zh: str
    group: str
    help_en: str = ""
    help_zh: str = ""
    kinds: Sequence[str] = ()
    choices: Sequence[Mapping[str, str]] = ()
    protection: str = "C1"
    is_required: bool = False
    is_indexed: bool = False
    place: int = 0


CHANGEABLE = (
    "label_en", "label_zh", "group", "help_en", "help_zh", "kinds", "choices", "protection", "is_required", "is_indexed", "place",
)  # fmt: skip


@transaction.atomic
def declare_field(*, actor: Viewer, at: datetime, given: FieldGiven) -> DeclaredField:
    """Declare a field. Raises PermissionDenied, FieldRefused: a bad or taken name, no choices, or one that would hold what
    authenticates a customer (R30)."""
    require(actor, "fields.manage")
    if NAME.fullmatch(given.name) is None:
        raise FieldRefused("name", "bad_name")
    if given.type not in TYPES:
        raise FieldRefused("type", "unknown")
    _check(given, given.name, given.type)
    last = DeclaredField.objects.filter(group=given.group).aggregate(last=Max("place"))["last"] or 0
    row = DeclaredField(name=given.name, type=given.type, **_values(given))
    row.place = given.place or last + 10
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as wrong:
        raise FieldRefused("name", "taken") from wrong
    indexing.ask(row)
    record(actor, "parties.field_declared", subject=("field", row.name), after={"type": row.type, **_values(given)}, at=at)
    return row


@transaction.atomic
def change_field(*, actor: Viewer, at: datetime, name: str, given: FieldGiven) -> DeclaredField:
    """Change what may change: neither name nor type, since values stand under them; a choice that is taken away stays readable where it
    was chosen. Raises PermissionDenied, FieldRefused, DeclaredField.DoesNotExist."""
    require(actor, "fields.manage")
    row = DeclaredField.objects.select_for_update().get(name=name)
    _check(given, row.name, row.type)
    before = {key: getattr(row, key) for key in CHANGEABLE}
    for key, value in _values(given).items():
        setattr(row, key, value)
    row.place = given.place or before["place"]
    row.save()
    indexing.ask(row)
    after = {key: getattr(row, key) for key in CHANGEABLE}
    differs = [key for key in CHANGEABLE if before[key] != after[key]]
    record(
        actor, "parties.field_changed", subject=("field", name), before={key: before[key] for key in differs},
        after={key: after[key] for key in differs}, at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def retire_field(*, actor: Viewer, at: datetime, name: str, retired: bool) -> None:
    """Take a field out of forms, filters and pages, or back into them; its values stay, its index goes and comes back. Raises DeclaredField.DoesNotExist."""
    require(actor, "fields.manage")
    row = DeclaredField.objects.select_for_update().get(name=name)
    row.retired_at = at if retired else None
    row.save(update_fields=["retired_at"])
    indexing.ask(row)
    record(actor, "parties.field_retired" if retired else "parties.field_returned", subject=("field", name), at=at)


@transaction.atomic
def index_field(*, actor: Viewer, at: datetime, name: str, indexed: bool) -> DeclaredField:
    """Ask for the index of a field, also anew where it failed, or for its end. Raises PermissionDenied, FieldRefused, DeclaredField.DoesNotExist."""
    require(actor, "fields.manage")
    row = DeclaredField.objects.select_for_update().get(name=name)
    if indexed and row.type not in INDEXABLE:
        raise FieldRefused("is_indexed", "no_index")
    if row.is_indexed != indexed:
        row.is_indexed = indexed
        row.save(update_fields=["is_indexed"])
        record(
            actor,
            "parties.field_changed",
            subject=("field", name),
            before={"is_indexed": not indexed},
            after={"is_indexed": indexed},
            at=at,
        )
    indexing.ask(row)
    return row


def _values(given: FieldGiven) -> dict[str, Any]:
    values = {key: getattr(given, key) for key in CHANGEABLE if key != "place"}
    return {**values, "kinds": list(given.kinds), "choices": [dict(choice) for choice in given.choices]}


def _check(given: FieldGiven, name: str, kind: str) -> None:
    for key in ("label_en", "label_zh"):
        if not getattr(given, key).strip():
            raise FieldRefused(key, "missing")
    if names_a_secret(name, given.label_en, given.label_zh):
        raise FieldRefused("name", "secret")
    if names_a_credit_report(name, given.label_en, given.label_zh):
        raise FieldRefused("name", "credit_report")
    if given.group not in GROUPS:
        raise FieldRefused("group", "unknown")
    if kind in WITH_CHOICES and len(given.choices) < 2:
        raise FieldRefused("choices", "few_choices")
    if given.is_indexed and kind not in INDEXABLE:
        raise FieldRefused("is_indexed", "no_index")
    values = [choice["value"] for choice in given.choices]
    if len(set(values)) != len(values):
        raise FieldRefused("choices", "same_choice")
