"""Control files: what the bank says it has sent, so that a file that is short or long is noticed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class FileFigures:
    """What the control file says about one file; None where it says nothing."""

    rows: int | None = None
    bytes: int | None = None
    md5: str | None = None
    sums: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ControlFile:
    """The control file of one batch. `fault` says why it could not be read."""

    files: dict[str, FileFigures]
    batch_date: date | None = None
    source: str = ""
    text: str = ""
    fault: str = ""

    def figures(self, name: str) -> FileFigures | None:
        """What is said about a file, by its name with or without the folder, ending and .gz."""
        short = name.rsplit("/", 1)[-1].removesuffix(".gz")
        for key in (name, short, short.rsplit(".", 1)[0]):
            if key in self.files:
                return self.files[key]
        return None


def read_control(paths: list[Path], form: Literal["json", "lines", "flag"]) -> ControlFile:
    """Read the control files of a batch. One that cannot be read gives a `fault`, never an error."""
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)
    try:
        if form == "flag":
            return ControlFile({path.stem: FileFigures() for path in paths}, text=text)
        return _from_json(json.loads(text), text) if form == "json" else _from_lines(text)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return ControlFile({}, text=text, fault=str(error) or type(error).__name__)


def _from_json(data: dict[str, Any], text: str) -> ControlFile:
    files = {
        name: FileFigures(one.get("rows"), one.get("bytes"), one.get("md5"), {key: str(value) for key, value in one.get("sum", {}).items()})
        for name, one in data.get("files", {}).items()
    }
    day = data.get("batch_date")
    return ControlFile(files, _day(str(day)) if day else None, str(data.get("source", "")), text)


def _from_lines(text: str) -> ControlFile:
    """`name rows [bytes]` a line, parted by blanks, tabs, commas or bars; other lines are refused."""
    files = {}
    for line in filter(None, (one.strip() for one in text.splitlines())):
        parts = [part for part in re.split(r"[\s,;|+]+", line) if part]
        files[parts[0]] = FileFigures(int(parts[1]), int(parts[2]) if len(parts) > 2 else None)
    return ControlFile(files, text=text)


def _day(text: str) -> date:
    return date.fromisoformat(text if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:8]}")
