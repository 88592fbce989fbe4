"""What a file is, told by its content and never by its name; and which kinds may be kept. Pure.

Allowed: PDF, pictures, Word, Excel and PowerPoint files without macros, plain text. A name only lends its stem.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping

TEXT = "text/plain"
_OFFICE = "application/vnd.openxmlformats-officedocument."
EXTENSIONS: Mapping[str, str] = {
    "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "text/plain": "txt",
    f"{_OFFICE}wordprocessingml.document": "docx", f"{_OFFICE}spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}presentationml.presentation": "pptx",
}  # fmt: skip
_SAME = frozenset({"jpeg", "csv", "md", "log"})  # further endings that tell the truth
_STARTS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
_PARTS = (("word/document.xml", "wordprocessingml.document"), ("xl/workbook.xml", "spreadsheetml.sheet"), ("ppt/presentation.xml", "presentationml.presentation"))  # fmt: skip
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|svg|script|\?xml|!--)", re.IGNORECASE)
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


class FileRefused(Exception):
    """A file that is not kept: `reason` is empty, large, kind (not one of those allowed) or macro (an office file that carries a program)."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(f"{name}: {reason}")
        self.reason, self.name = reason, name


def media_type_of(content: bytes) -> str:
    """What a file is, as one of `EXTENSIONS`. Raises FileRefused."""
    if not content:
        raise FileRefused("empty")
    for start, found in _STARTS:
        if content.startswith(start):
            return found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if _is_text(content):
        return "text/plain"
    raise FileRefused("kind")


def _office(content: bytes) -> str:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as wrong:
        raise FileRefused("kind") from wrong
    if any(name.casefold().endswith(("vbaproject.bin", ".exe", ".js", ".ole")) for name in names):
        raise FileRefused("macro")
    for part, found in _PARTS:
        if part in names and "[Content_Types].xml" in names:
            return f"{_OFFICE}{found}"
    raise FileRefused("kind")


def _is_text(content: bytes) -> bool:
    """Readable as UTF-8 or GB 18030, without control characters, and not a page that a browser would run."""
    if _CONTROLS.search(content) or _MARKUP.match(content.removeprefix(b"\xef\xbb\xbf")):
        return False
    try:
        encoding_of(content)
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(content: bytes) -> str:
    """How a plain text is written: UTF-8, else GB 18030. Raises UnicodeDecodeError for neither."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        content.decode("gb18030")
        return "gb18030"
    return "utf-8"


def safe_name(name: str, media_type: str) -> str:
    """The name a file is kept under: its last part without what a file system or header stumbles over, ending in what it is."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem, _dot, ending = _UNFIT.sub("_", last).rpartition(".")
    right = EXTENSIONS[media_type]
    if not stem:
        stem, ending = ending, ""
    kept = ending.casefold() if ending.casefold() == right or (ending.casefold() in _SAME and right in ("jpg", "txt")) else right
    return f"{stem.strip(' .')[:80] or 'file'}.{kept}"
