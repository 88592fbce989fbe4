"""How a note is written: plain text with paragraphs, lists, **bold** and links, and nothing else. No HTML goes in.

The text is escaped first and marked up afterwards, so that whatever stands in it can only ever be shown. Pure: no clock, no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Literal

from django.utils.safestring import SafeString, mark_safe

LONGEST_NOTE = 8_000  # characters
Block = tuple[Literal["p", "ul", "ol"], list[str]]

_BULLET = re.compile(r"^\s*[-*•·]\s+(.*)$")
_NUMBER = re.compile(r"^\s*\d{1,2}[.、)）]\s*(.*)$")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_LINK = re.compile(r"https?://[^\s<>\"'，。；：、！？（）【】《》“”]+")
_AFTER_LINK = ".,;:!?)]}"


def blocks(text: str) -> Iterator[Block]:
    """The paragraphs and lists of a text, line by line; an empty line ends either."""
    for is_empty, lines in groupby(text.replace("\r\n", "\n").split("\n"), key=lambda line: not line.strip()):
        if not is_empty:
            yield from _runs(lines)


def _runs(lines: Iterable[str]) -> Iterator[Block]:
    for kind, run in groupby(map(_line, lines), key=lambda line: line[0]):
        yield kind, [words for _kind, words in run]


def _line(line: str) -> tuple[Literal["p", "ul", "ol"], str]:
    if found := _BULLET.match(line):
        return "ul", found[1]
    if found := _NUMBER.match(line):
        return "ol", found[1]
    return "p", line.strip()


def formatted(text: str, names: Sequence[str] = ()) -> SafeString:
    """A note as HTML; `names` are the colleagues it mentions, whose `@name` is marked."""
    drawn = []
    for kind, lines in blocks(text):
        said = [_inline(line, names) for line in lines]
        drawn.append(f"<p>{'<br>'.join(said)}</p>" if kind == "p" else f"<{kind}>{''.join(f'<li>{line}</li>' for line in said)}</{kind}>")
    return mark_safe("".join(drawn))  # noqa: S308 - every word of it is escaped by _inline


def excerpt(text: str, most: int = 120) -> str:
    """The beginning of a note as one line."""
    line = " ".join(_BOLD.sub(r"\1", text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _inline(line: str, names: Sequence[str]) -> str:
    parts, last = [], 0
    for link in _LINK.finditer(line):
        address = link[0].rstrip(_AFTER_LINK)
        parts += [_words(line[last : link.start()], names), _anchor(address)]
        last = link.start() + len(address)
    return "".join([*parts, _words(line[last:], names)])


def _anchor(address: str) -> str:
    safe = escape(address)
    return f'<a href="{safe}" rel="noopener noreferrer" target="_blank">{safe}</a>'


def _words(text: str, names: Sequence[str]) -> str:
    shown = _BOLD.sub(r"<b>\1</b>", escape(text))
    if not names:
        return shown
    known = "|".join(re.escape(escape(name)) for name in sorted(names, key=len, reverse=True))
    return re.sub(f"@(?:{known})", r'<span class="zk-mention">\g<0></span>', shown)
