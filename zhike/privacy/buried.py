"""Who was deleted, outside the database: by keyed digest, one line a key, for copies that are made of older backups (`repeating`).

A line is written before the deletion is committed, since one that is missing brings somebody back; one too many does no harm: whether somebody may be
deleted is decided anew from what the restored copy holds. Without this installation's keys a digest says nothing of anybody.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from zhike.access import outside
from zhike.core.forgetting import Key
from zhike.parties.forgotten import MARK, key_digest

WHAT = "deletions"


def keep(keys: Iterable[Key], at: datetime, *, whole: Collection[int]) -> None:
    """Write outside whose keys are forgotten from `at` on; `whole`: the customers of whom nothing stays. Raises OSError: then nobody is deleted."""
    lines = [
        json.dumps(
            {"at": at.isoformat(), "source": key.source, "key": key_digest(key.source, key.external_key).hex(), "whole": key.party_id in whole}
        )
        for key in keys if not key.external_key.startswith(MARK)
    ]  # fmt: skip
    if lines:
        outside.append(WHAT, f"{at:%Y-%m}", lines)


def buried_since(folder: Path, since: datetime) -> dict[tuple[str, bytes], bool]:
    """The keys, by source and digest, of whom the files of a folder say that they were deleted after an instant, and whether wholly. Raises ValueError."""
    found: dict[tuple[str, bytes], bool] = {}
    for path in sorted(folder.glob(f"{WHAT}-*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                told = json.loads(line)
                key, is_whole = (str(told["source"]), bytes.fromhex(told["key"])), bool(told["whole"])
                if datetime.fromisoformat(told["at"]) > since:
                    found[key] = found.get(key, False) or is_whole
            except (ValueError, TypeError, KeyError) as wrong:
                raise ValueError(f"{path.name}, line {number}") from wrong
    return found
