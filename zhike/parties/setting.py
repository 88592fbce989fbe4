"""One declared value for many parties at once: looked at before, set-based, with what takes it back (`importing.undo_import`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from zhike.access.actions import record
from zhike.access.scope import Viewer, Where, require, seen_where
from zhike.core.events import publish
from zhike.parties import labels
from zhike.parties.declared import declared_fields
from zhike.parties.events import DeclaredImported
from zhike.parties.field_types import Definition, NotThis, Value, checked
from zhike.parties.importing import Imported


@dataclass(frozen=True)
class Setting:
    """A value for a field; None takes it away. `fits` and `already` are conditions over the alias `p`: whom it may be set for, who has it."""

    definition: Definition
    value: Value

    @property
    def fits(self) -> Where:
        """Parties of a kind that has the field."""
        kinds = list(self.definition.kinds)
        return Where("p.kind = any(%(set_kinds)s::text[])", {"set_kinds": kinds}) if kinds else Where("true", {})

    @property
    def already(self) -> Where:
        """Parties of whom just this is known."""
        kept = '(select d."values" -> %(set_name)s from parties_declared d where d.party_id = p.id)'
        return Where(f"{kept} is not distinct from %(set_value)s::jsonb", {"set_name": self.definition.name, "set_value": self.json})

    @property
    def json(self) -> str | None:
        """The value as it is kept."""
        return None if self.value is None else json.dumps(self.value, ensure_ascii=False)


def settable(viewer: Viewer) -> list[Definition]:
    """The fields that she may set for many: a reference to another customer is one customer's own."""
    return [one for one in declared_fields(viewer) if one.type != "customer"] if viewer.may("customers.edit") else []


def setting_of(viewer: Viewer, name: str, given: Sequence[str]) -> Setting | None:
    """What is to be set, from typed texts; None for no field of hers. Raises NotThis."""
    definition = next((one for one in settable(viewer) if one.name == name), None)
    return Setting(definition, checked(definition, given)) if definition else None


def refusal(wrong: NotThis) -> str:
    """Why a text is no value of its field, in words."""
    return str(labels.REFUSALS[wrong.reason])


@transaction.atomic
def set_for_many(*, actor: Viewer, at: datetime, chosen: Where, wanted: Setting) -> Imported:
    """Set it for these parties, as far as the actor sees them and the field is theirs. Three statements, one audit entry, one event.
    Raises PermissionDenied without customers.edit."""
    require(actor, "customers.edit")
    where = chosen & seen_where(actor) & wanted.fits & Where(f"not ({wanted.already.sql})", wanted.already.values)
    values: dict[str, Any] = {**where.values, "at": at, "person": actor.person_id, "person_name": actor.name}
    with connection.cursor() as cursor:
        cursor.execute(f"select p.id from parties_party p where {where.sql} order by p.id", values)  # noqa: S608 - conditions are written in the program
        values["ids"] = [key for (key,) in cursor.fetchall()]
        cursor.execute(_BEGIN, values)
        cursor.execute(_TAKE_AWAY if wanted.value is None else _SET, values)
        rows = cursor.fetchall()
    name, party_ids = wanted.definition.name, sorted(party for party, _change in rows)
    after = {"field": name, "value": wanted.value, "parties": len(rows)}
    record(actor, "parties.set_for_many", subject=("field", name), after=after, at=at)
    publish(DeclaredImported(party_ids))
    return Imported(frozenset(party_ids), [change for _party, change in rows])


_BEGIN = """
insert into parties_declared (party_id, "values", version, changed_at, changed_by_id)
select one, '{}', 0, %(at)s, %(person)s from unnest(%(ids)s::bigint[]) one order by one on conflict (party_id) do nothing
"""
_CHANGE = """
with was as (select d.id, d."values" -> %(set_name)s as value from parties_declared d
             where d.party_id = any(%(ids)s) order by d.party_id for update),
changed as (update parties_declared d set "values" = {values}, version = d.version + 1, changed_at = %(at)s, changed_by_id = %(person)s
            from was where was.id = d.id returning d.party_id, d.version, was.value)
insert into parties_declaredchange (party_id, name, version, before, after, at, person_id, person_name)
select party_id, %(set_name)s, version, value, %(set_value)s::jsonb, %(at)s, %(person)s, %(person_name)s from changed returning party_id, id
"""
_SET = _CHANGE.format(values='d."values" || jsonb_build_object(%(set_name)s::text, %(set_value)s::jsonb)')
_TAKE_AWAY = _CHANGE.format(values='d."values" - %(set_name)s::text')
