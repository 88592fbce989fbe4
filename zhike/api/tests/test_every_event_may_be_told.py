"""No event of the house is forgotten in the catalogue of what other programs may be told, and each travels in keys only."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import zhike
from zhike.api.catalogue import EVENTS
from zhike.core.events import name_of

# What an event may carry: keys, codes, days; never a name, a value or a text of somebody's.
KEYS = {
    "party_id", "party_ids", "survivor_id", "absorbed_id", "interaction_id", "note_id", "correction_id", "tag_id", "batch_id", "mentioned",
    "fields", "field", "version", "predictor", "business_date", "channel", "source", "batch_date", "state", "act", "is_on", "purpose", "glass_id", "person_id", "verdict", "people", "unusual_id",
}  # fmt: skip


def classes() -> Iterator[type]:
    """Every event class of every area's events.py."""
    for file in sorted(Path(zhike.__path__[0]).glob("*/events.py")):
        if file.parent.name != "core":
            module = importlib.import_module(f"zhike.{file.parent.name}.events")
            yield from (one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__)


def test_the_catalogue_names_every_event_of_the_house_and_no_other():
    assert {name_of(one) for one in classes()} == set(EVENTS)


@pytest.mark.parametrize("event", classes(), ids=name_of)
def test_an_event_carries_keys_only(event):
    assert {field.name for field in dataclasses.fields(event)} <= KEYS
