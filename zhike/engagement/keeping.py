"""Files on the disk of the installation: encrypted with its key, named by a keyed digest of their content, readable by its user alone."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings

from zhike.access.sealing import digest_of_file, open_file, seal_file


class FileMissing(Exception):
    """A file that the database knows is not on the disk: restore ZHIKE_HOME/files from the backup."""


def keep(content: bytes) -> bytes:
    """Keep a content and give back its digest; the same content is kept once. A transaction that fails leaves the file: it harms nobody
    and is there when the same one comes again, until `note_actions.forget_orphans` finds that nobody did."""
    digest = digest_of_file(content)
    place = place_of(digest)
    if place.exists():
        place.touch()  # young again: its row is being written
        return digest
    for folder in (place.parent.parent, place.parent):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    handle, draft = tempfile.mkstemp(dir=place.parent, prefix=".draft-")  # mkstemp gives 0600
    with os.fdopen(handle, "wb") as file:
        file.write(seal_file(content))
    Path(draft).replace(place)
    return digest


def kept(digest: bytes) -> bytes:
    """The content behind a digest. Raises FileMissing."""
    try:
        return open_file(place_of(digest).read_bytes())
    except FileNotFoundError as wrong:
        raise FileMissing(bytes(digest).hex()) from wrong


def older_than(instant: datetime) -> dict[Path, bytes]:
    """What lies on the disk since before an instant, with its digest; drafts of writes that were killed among it, with none."""
    found: dict[Path, bytes] = {}
    for place in (settings.INSTALLATION.home / "files").glob("??/*"):
        if place.is_file() and place.stat().st_mtime < instant.timestamp():
            found[place] = b"" if place.name.startswith(".") else bytes.fromhex(place.name)
    return found


def place_of(digest: bytes) -> Path:
    """Where a content is kept."""
    name = bytes(digest).hex()
    home: Path = settings.INSTALLATION.home
    return home / "files" / name[:2] / name
