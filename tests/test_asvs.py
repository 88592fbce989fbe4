"""docs/security.md walks OWASP ASVS 5.0.0: every requirement of levels 1 and 2 stands there once, in order."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "security.md"
# Section → how many of its requirements are of level 1 or 2; within a section those come first.
REQUIRED = {
    "1": (2, 9, 11, 3, 2), "2": (3, 3, 4, 1), "3": (0, 2, 4, 6, 5, 0, 2), "4": (3, 1, 2, 4), "5": (1, 3, 2, 3), "6": (3, 12, 4, 4, 5, 3, 0, 4),
    "7": (3, 4, 2, 5, 2, 2), "8": (2, 3, 1, 1), "9": (3, 4), "10": (2, 2, 4, 11, 5, 2, 3), "11": (2, 3, 3, 4, 1, 1), "12": (3, 2, 4),
    "13": (1, 5, 2, 5), "14": (2, 4, 3), "15": (3, 3, 7), "16": (1, 5, 4, 3, 3),
}  # fmt: skip
NUMBERS = [
    f"{chapter}.{section}.{one}"
    for chapter, counts in REQUIRED.items()
    for section, count in enumerate(counts, start=1)
    for one in range(1, count + 1)
]


def test_every_requirement_stands_in_the_table_once_with_how_it_stands_and_why() -> None:
    rows = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert [number for number, _how, _why in rows] == NUMBERS
    assert {how for _number, how, _why in rows} == {"yes", "partly", "not met", "–"}
    assert [number for number, _how, why in rows if len(why) < 4] == []
