"""Files inside files: .gz, .zip, .tar.gz are opened as streams, never unpacked onto the disk."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")


def members(path: Path, folder: Path) -> list[tuple[str, Path, str]]:
    """(name, path, member) of everything readable in `path`: itself, or each file in it where it is an archive."""
    name = path.name if path == folder else path.relative_to(folder).as_posix()
    if not path.name.lower().endswith(ARCHIVES):
        return [(name, path, "")]
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            inner = [one.filename for one in archive.infolist() if not one.is_dir()]
    else:
        with tarfile.open(path) as tar:
            inner = [one.name for one in tar if one.isfile()]
    return [(f"{name}/{one}", path, one) for one in sorted(inner)]


@contextmanager
def opened(path: Path, member: str = "") -> Iterator[IO[bytes]]:
    """A stream of the uncompressed bytes of a file or of an archive's member."""
    with ExitStack() as stack:
        if member and path.name.lower().endswith(".zip"):
            stream: IO[bytes] = stack.enter_context(stack.enter_context(zipfile.ZipFile(path)).open(member))
        elif member:
            inner = stack.enter_context(tarfile.open(path)).extractfile(member)
            if inner is None:
                raise FileNotFoundError(f"{path}/{member}")
            stream = stack.enter_context(inner)
        else:
            stream = stack.enter_context(path.open("rb"))
        if (member or path.name).lower().endswith(".gz"):
            stream = stack.enter_context(cast("IO[bytes]", gzip.GzipFile(fileobj=stream)))
        yield stream
