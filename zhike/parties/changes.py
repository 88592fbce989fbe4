"""What changed about a party, as the bank's files told it: each earlier row held against what followed it. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps

from zhike.access.scope import Viewer
from zhike.parties import labels
from zhike.parties.labels import Words
from zhike.parties.models import Party, PartyHistory


@dataclass(frozen=True)
class Change:
    """A field of a party that changed on a business date. `who` and `id`: somebody here changed it, and may give it the old value again."""

    day: date
    field: Words
    before: Words
    after: Words
    who: str = ""
    id: int | None = None


def changes(viewer: Viewer, party_id: int) -> list[Change]:
    """What changed about a party, newest first: each earlier row held against what followed it."""
    now = Party.objects.seen_by(viewer).filter(pk=party_id).values(*labels.FIELDS).first() or {}
    rows = PartyHistory.objects.seen_by(viewer).filter(party=party_id, kind="party").order_by("-valid_to", "-pk")
    units = {str(pk): name for pk, name in apps.get_model("access", "Unit").objects.values_list("pk", "name")} if rows else {}
    found: list[Change] = []
    later: Mapping[str, Any] = now
    for row in rows:
        for name, field in labels.FIELDS.items():
            before, after = _plain(row.values.get(name)), _plain(later.get(name))
            if before != after:
                found.append(Change(row.valid_to, field, _shown(name, before, units), _shown(name, after, units)))
        later = row.values
    return found


def _plain(value: Any) -> str:
    return "" if value is None or value == "" else str(value)


def _shown(name: str, value: str, units: Mapping[str, str]) -> Words:
    if not value:
        return "—"
    if name.endswith("unit_id"):
        return units.get(value, value)
    if name in ("kind", "status"):
        choices: Mapping[str, Words] = dict(Party.Kind.choices if name == "kind" else Party.Status.choices)
        return labels.word(choices, value)
    return labels.word(labels.CODED.get(name, {}), value)
