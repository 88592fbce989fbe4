"""What is done with lists, visits and exported files when a customer is forgotten (`core.forgetting`)."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from zhike.core.forgetting import Gone, Rows, cleaned, declare
from zhike.workspace.export_actions import folder_of_exports

declare(
    Rows("workspace_visit"),
    Rows("workspace_listmember"),
)


@cleaned("workspace.exports")
def clean_exports(gone: Gone) -> int:
    """Delete exported files that wait to be fetched and hold her: whoever asked for one asks again. They lie there for a day at most."""
    gone.step("exports")
    hers = [path for path in folder_of_exports().iterdir() if path.is_file() and _holds(path, gone.needles)]
    for path in hers:
        path.unlink(missing_ok=True)
    return len(hers)


def _holds(path: Path, needles: Sequence[str]) -> bool:
    words = [word for needle in needles for word in (needle.encode(), needle.encode("gbk", "ignore"), needle.encode("utf-16-le")) if word]
    return any(word in content for content in _contents(path) for word in words)


def _contents(path: Path) -> list[bytes]:
    """The bytes of a file; of a workbook those of its parts."""
    if not zipfile.is_zipfile(path):
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as book:
        return [book.read(name) for name in book.namelist()]
