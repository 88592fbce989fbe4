"""What a build takes: the landed files that count, whose keys are whose, what was set; and words by which two of them are told apart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from zhike.insight import snapshots
from zhike.insight.engines import Part
from zhike.insight.expected import NOTHING, Said
from zhike.insight.published_schemes import SchemeOn, default_scheme
from zhike.insight.settings_rules import Suitability
from zhike.insight.snapshots import Snapshot
from zhike.insight.terms import SettingsOn, month_after, months_between
from zhike.insight.warehouse import read_manifest


class Given(NamedTuple):
    """A tier that people gave a customer, half-open [from_date, until_date)."""

    party_id: int
    tier: str
    from_date: date
    until_date: date


@dataclass(frozen=True)
class Inputs:
    """What a build takes: landed files with their places, whose keys are whose, and what was set. `keys` is an Arrow table of KEYS,
    `given` the tiers given by hand that hold on the day, one a customer; `network` what the payment network said last up to the day, if anything; `said` what predictors said before it."""

    home: Path
    as_of: date
    files: Sequence[tuple[str, Part]]  # feed, file
    keys: pa.Table
    settings_on: SettingsOn
    scheme_on: SchemeOn = default_scheme
    given: Sequence[Given] = ()
    network: Path | None = None
    said: Said = NOTHING

    @property
    def network_day(self) -> str:
        """The day of that network, as its folder is called; empty where there is none."""
        return self.network.parent.name if self.network else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The landed files by their paths below the warehouse."""
        return tuple(sorted(str(part.path.relative_to(snapshots.root(self.home))) for _feed, part in self.files))


def landed(home: Path, as_of: date) -> list[tuple[str, Part]]:
    """Every landed file that counts up to a day, in the order in which it became known, with the rejects beside it."""
    found: list[tuple[str, Part]] = []
    folder = home / "warehouse" / "landing"
    order = 0
    for source in sorted(child.name for child in folder.iterdir() if child.is_dir()) if folder.is_dir() else []:
        files = sorted(
            (one for one in read_manifest(home, source).files if one.batch_date <= as_of), key=lambda one: (one.batch_date, one.attempt)
        )
        seen: dict[Path, int] = {}
        for one in files:
            path = folder / source / one.path
            if path.parent not in seen:
                order += 1
                seen[path.parent] = order
                found.append(("_rejects", Part(path.parent / "_rejects.parquet", source, one.batch_date.isoformat(), order)))
            found.append((one.feed, Part(path, source, one.batch_date.isoformat(), seen[path.parent])))
    return found


def business_dates(home: Path) -> list[date]:
    """Every business date that something landed for."""
    return sorted({date.fromisoformat(part.batch_date) for _feed, part in landed(home, date.max)})


def keys_digest(keys: pa.Table) -> str:
    """Who is which customer, as one word; in whatever order the rows come."""
    ordered = keys.sort_by([("source", "ascending"), ("external_key", "ascending")]).combine_chunks()
    digest = hashlib.sha256()
    for column in ordered.columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers():
                digest.update(buffer or b"")
    return digest.hexdigest()[:24]


def settings_digest(inputs: Inputs, first: date, until: date) -> str:
    """What was set for the months up to a day and which tier schemes held, as one word. No figure depends on who may be offered what."""
    days = [month_after(month) - timedelta(days=1) for month in months_between(month_after(first, -1), until)]
    return hashlib.sha256(
        "\n".join(repr((replace(inputs.settings_on(day), suitability=Suitability()), inputs.scheme_on(day))) for day in days).encode()
    ).hexdigest()[:24]


def given_digest(given: Sequence[Given]) -> str:
    """Which tiers were given by hand, as one word; empty where none was."""
    return hashlib.sha256(repr(sorted(tuple(one) for one in given)).encode()).hexdigest()[:24] if given else ""


def is_same(before: Snapshot, inputs: Inputs) -> bool:
    """Whether a snapshot was computed from exactly these inputs."""
    if (
        before.inputs != inputs.names
        or before.keys != keys_digest(inputs.keys)
        or before.given != given_digest(inputs.given)
        or before.network != inputs.network_day
        or (before.said, before.silence) != (inputs.said.names, inputs.said.silence)
    ):
        return False
    return before.settings == settings_digest(inputs, before.first_month, before.business_date)
