"""Files inside files: .gz, .zip, .tar.gz are opened as streams, never unpacked onto the disk, and never further than a file of that size
may unpack (`most_of`): a few kilobytes that unpack to a terabyte are an attack or a mistake, and neither may end the process."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from django.conf import settings

ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")
ALWAYS_FINE = 64 << 20  # bytes: even a file of nothing but noughts may unpack so far
MOST_MEMBERS = 100_000
PIECE = 1 << 20  # bytes that are unpacked at once


class UnpacksToTooMuch(Exception):
    """A packed file holds more than one of its size may; `str()` names it and the setting, in both languages."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(
            f"{name} unpacks to {said}. If the bank means it, raise ZHIKE_UNPACKED_RATIO or ZHIKE_UNPACKED_GB;"
            f" else have it sent anew / {name} 解压后过大,已拒绝;确属正常请调高 ZHIKE_UNPACKED_RATIO 或 ZHIKE_UNPACKED_GB,否则请重新发送"
        )


def most_of(packed: int) -> int:
    """How many bytes a file of `packed` bytes may unpack to."""
    return min(max(ALWAYS_FINE, packed * int(settings.UNPACKED_RATIO)), int(settings.UNPACKED_GB) * 10**9)


def members(path: Path, folder: Path) -> list[tuple[str, Path, str]]:
    """(name, path, member) of everything readable in `path`: itself, or each file in it where it is an archive. Raises UnpacksToTooMuch."""
    name = path.name if path == folder else path.relative_to(folder).as_posix()
    if not path.name.lower().endswith(ARCHIVES):
        return [(name, path, "")]
    inner: list[str] = []
    for one in _names(path):
        inner.append(one)
        if len(inner) > MOST_MEMBERS:
            raise UnpacksToTooMuch(path.name, f"more than {MOST_MEMBERS} files")
    return [(f"{name}/{one}", path, one) for one in sorted(inner)]


def _names(path: Path) -> Iterator[str]:
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            yield from (one.filename for one in archive.infolist() if not one.is_dir())
        return
    with ExitStack() as stack:
        yield from (one.name for one in _tar(stack, path) if one.isfile())


@contextmanager
def opened(path: Path, member: str = "") -> Iterator[IO[bytes]]:
    """A stream of the uncompressed bytes of a file or of an archive's member; reading it raises UnpacksToTooMuch."""
    with ExitStack() as stack:
        packed = path.stat().st_size
        if member and path.name.lower().endswith(".zip"):
            archive = stack.enter_context(zipfile.ZipFile(path))
            packed = min(packed, archive.getinfo(member).compress_size)
            stream: IO[bytes] = measured(stack.enter_context(archive.open(member)), path.name, packed)
        elif member:
            tar = _tar(stack, path)
            entry = tar.getmember(member)
            inner = tar.extractfile(entry)
            if inner is None:
                raise FileNotFoundError(f"{path}/{member}")
            packed = min(packed, entry.size)
            stream = stack.enter_context(inner)
        else:
            stream = stack.enter_context(path.open("rb"))
        if (member or path.name).lower().endswith(".gz"):
            stream = measured(stack.enter_context(cast("IO[bytes]", gzip.GzipFile(fileobj=stream))), path.name, packed)
        yield stream


def _tar(stack: ExitStack, path: Path) -> tarfile.TarFile:
    """A tar archive over a stream that is measured, since its lists of names are unpacked too."""
    stream = cast("IO[bytes]", stack.enter_context(path.open("rb")))
    if not path.name.lower().endswith(".tar"):
        stream = measured(stack.enter_context(cast("IO[bytes]", gzip.GzipFile(fileobj=stream))), path.name, path.stat().st_size)
    return stack.enter_context(tarfile.open(fileobj=stream, mode="r:"))


def measured(stream: IO[bytes], name: str, packed: int) -> IO[bytes]:
    """The same stream, which refuses to go further than a file of `packed` bytes may unpack."""
    return cast("IO[bytes]", io.BufferedReader(_Measured(stream, name, most_of(packed)), PIECE))


class _Measured(io.RawIOBase):
    """Unpacks a piece at a time, however much is asked for at once, and raises as soon as it has come too far."""

    def __init__(self, stream: IO[bytes], name: str, most: int) -> None:
        super().__init__()
        self._stream, self._name, self._most, self._at = stream, name, most, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the end is not known before it is reached")
        self._reach(place if whence == io.SEEK_SET else self._at + place)
        self._at = self._stream.seek(place, whence)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: object, /) -> int:
        view = memoryview(into).cast("B")  # type: ignore[arg-type]
        piece = self._stream.read(min(len(view), PIECE))
        self._reach(self._at + len(piece))
        self._at += len(piece)
        view[: len(piece)] = piece
        return len(piece)

    def _reach(self, place: int) -> None:
        if place > self._most:
            raise UnpacksToTooMuch(self._name, f"more than {self._most // 10**6} MB")
