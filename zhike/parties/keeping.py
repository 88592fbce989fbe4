"""Writes of declared values: what only people know about a party, kept with its history (decision 2, S3, S14).

Whoever saves says which version she saw. Fields that nobody else touched since are saved; one that somebody else changed meanwhile is
given back as a conflict, field by field, and nothing of the save is kept until she has chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import connection, transaction

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.core.events import publish
from zhike.parties.declared import declared_fields
from zhike.parties.events import DeclaredChanged
from zhike.parties.field_types import Definition, NotThis, Value, both, checked
from zhike.parties.models import Declared, DeclaredChange, Party
from zhike.parties.queries import PartyNotSeen

Choice = Literal["mine", "theirs", "both"]
TEXTS = frozenset({"text", "long_text"})


class ValuesRefused(ValueError):
    """Some texts are no values of their fields: field → reason, a key of `labels.REFUSALS`."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(str(dict(reasons)))
        self.reasons = reasons


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else changed since the version she saw, to something else than she wants."""

    definition: Definition
    mine: Value
    theirs: Value
    by: str
    at: datetime

    @property
    def may_keep_both(self) -> bool:
        """Whether both can stand: texts below each other, choices together."""
        return self.definition.type in (*TEXTS, "choices")


class ValuesConflict(Exception):
    """Somebody else saved meanwhile; nothing of this save is kept. `version` is what there is now."""

    def __init__(self, conflicts: Sequence[Conflict], version: int) -> None:
        super().__init__(", ".join(conflict.definition.name for conflict in conflicts))
        self.conflicts, self.version = conflicts, version


@dataclass(frozen=True)
class Saved:
    """What came of a save: the version now in force, and the fields that changed (none: nothing was to be done)."""

    version: int
    fields: Sequence[str] = field(default_factory=tuple)


@transaction.atomic
def save_values(
    *,
    actor: Viewer,
    at: datetime,
    party_id: int,
    version: int,
    given: Mapping[str, Sequence[str]],
    chosen: Mapping[str, Choice] | None = None,
) -> Saved:
    """Keep the typed texts of some fields; a field that is not in `given` stays. `chosen`: her answer to a conflict, by field.

    Raises PartyNotSeen, PermissionDenied without customers.edit, ValuesRefused, ValuesConflict.
    """
    kind = _kind_of(actor, party_id)
    require(actor, "customers.edit")
    offered = {definition.name: definition for definition in declared_fields(actor, kind=kind)}
    wanted = _checked(actor, party_id, {name: offered[name] for name in given if name in offered}, given)
    kept = _locked(actor, at, party_id)
    decided = _decided(actor, offered, wanted, kept, version, chosen or {})
    return _write(actor, at, kept, decided)


@transaction.atomic
def restore_values(*, actor: Viewer, at: datetime, party_id: int, change_ids: Sequence[int], side: Literal["before", "after"]) -> Saved:
    """Give fields back the value that these changes found (`before`) or left (`after`): undo, or an old value from the history.

    Raises PartyNotSeen, also for changes of other parties, and PermissionDenied without customers.edit.
    """
    kind = _kind_of(actor, party_id)
    require(actor, "customers.edit")
    offered = {definition.name for definition in declared_fields(actor, kind=kind)}
    changes = DeclaredChange.objects.seen_by(actor).filter(party=party_id, pk__in=list(change_ids), name__in=offered).order_by("-pk")
    wanted = {change.name: getattr(change, side) for change in changes}
    if not wanted:
        raise PartyNotSeen
    return _write(actor, at, _locked(actor, at, party_id), wanted)


def changes_of_version(viewer: Viewer, party_id: int, version: int) -> list[int]:
    """The changes that one save made, for its undo."""
    return list(DeclaredChange.objects.seen_by(viewer).filter(party=party_id, version=version).values_list("pk", flat=True))


def _kind_of(viewer: Viewer, party_id: int) -> str:
    kind: str | None = Party.objects.seen_by(viewer).filter(pk=party_id).values_list("kind", flat=True).first()
    if kind is None:
        raise PartyNotSeen
    return kind


def _checked(viewer: Viewer, party_id: int, fields: Mapping[str, Definition], given: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    wrong: dict[str, str] = {}
    for name, definition in fields.items():
        try:
            values[name] = checked(definition, given[name])
        except NotThis as refused:
            wrong[name] = refused.reason
    pointed = {name: int(str(values[name])) for name, one in fields.items() if one.type == "customer" and values.get(name)}
    seen = set(Party.objects.seen_by(viewer).filter(pk__in=pointed.values()).values_list("pk", flat=True)) if pointed else set()
    unseen = {name: str(key) for name, key in pointed.items() if key not in seen}
    kept = Declared.objects.seen_by(viewer).filter(party=party_id).values_list("values", flat=True).first() if unseen else None
    wrong |= {name: "not_a_customer" for name, key in unseen.items() if (kept or {}).get(name) != key}  # whom somebody else chose may stay
    if wrong:
        raise ValuesRefused(wrong)
    return values


def _locked(actor: Viewer, at: datetime, party_id: int) -> Declared:
    """The party's values, held until the end of the transaction, so that two saves come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into parties_declared (party_id, "values", version, changed_at, changed_by_id) values (%s, '{}', 0, %s, %s)
               on conflict (party_id) do nothing""",
            [party_id, at, actor.person_id],
        )
    return Declared.objects.seen_by(actor).select_for_update(of=("self",)).get(party=party_id)


def _decided(
    actor: Viewer,
    offered: Mapping[str, Definition],
    wanted: Mapping[str, Value],
    kept: Declared,
    version: int,
    chosen: Mapping[str, Choice],
) -> dict[str, Value]:
    """What is to be written; raises ValuesConflict for what she has not chosen about."""
    if kept.version == version:
        return dict(wanted)
    since = DeclaredChange.objects.seen_by(actor).filter(party=kept.party_id, version__gt=version, name__in=list(wanted)).order_by("pk")
    first, last = {change.name: change for change in reversed(since)}, {change.name: change for change in since}
    decided, conflicts = dict(wanted), []
    for name, base in first.items():
        theirs = kept.values.get(name)
        if wanted[name] == base.before:  # she left it alone
            del decided[name]
        elif wanted[name] == theirs:
            continue
        elif name in chosen:
            decided[name] = _resolved(wanted[name], theirs, chosen[name])
        else:
            conflicts.append(Conflict(offered[name], wanted[name], theirs, last[name].person_name, last[name].at))
    if conflicts:
        raise ValuesConflict(conflicts, kept.version)
    return decided


def _resolved(mine: Value, theirs: Value, choice: Choice) -> Value:
    if choice == "theirs":
        return theirs
    if choice == "both" and isinstance(mine, list) and isinstance(theirs, list):
        return [*theirs, *(one for one in mine if one not in theirs)]
    if choice == "both" and isinstance(mine, str) and isinstance(theirs, str):
        return both(mine, theirs)
    return mine


def _write(actor: Viewer, at: datetime, kept: Declared, decided: Mapping[str, Value]) -> Saved:
    """Write what differs, its history, one audit entry and one event."""
    changed = {name: value for name, value in decided.items() if kept.values.get(name) != value}
    if not changed:
        return Saved(kept.version)
    before: dict[str, Any] = {name: kept.values.get(name) for name in changed}
    kept.values = {name: value for name, value in {**kept.values, **changed}.items() if value is not None}
    kept.version, kept.changed_at, kept.changed_by_id = kept.version + 1, at, actor.person_id
    kept.save(update_fields=["values", "version", "changed_at", "changed_by"])
    DeclaredChange.objects.bulk_create(
        DeclaredChange(
            party_id=kept.party_id, name=name, version=kept.version, before=before[name], after=value, at=at, person_id=actor.person_id,
            person_name=actor.name,
        )
        for name, value in changed.items()
    )  # fmt: skip
    record(actor, "parties.declared", subject=("party", kept.party_id), party_id=kept.party_id, before=before, after=changed, at=at)
    publish(DeclaredChanged(kept.party_id, sorted(changed), kept.version), party_id=kept.party_id)
    return Saved(kept.version, sorted(changed))
