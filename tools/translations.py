"""Finds words a person sees that have no Simplified Chinese: in templates, in `_()` of Python code, and in the lists themselves.

Each area keeps its own zhike/<area>/locale/zh_Hans/LC_MESSAGES/django.po by hand; a word may stand in any area's list.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "zhike"
FUNCTIONS = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "ngettext", "ngettext_lazy", "pgettext_lazy"})

_TRANSLATE = re.compile(r"""\{%\s*trans(?:late)?\s+(?:"([^"]+)"|'([^']+)')""")
_INLINE = re.compile(r"""\b_\(\s*(?:"([^"]+)"|'([^']+)')\s*\)""")
_BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b([^%]*)%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL)
_VARIABLE = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")
_PLURAL = re.compile(r"\{%\s*plural\s*%\}")


def in_template(text: str) -> Iterator[str]:
    """The message ids of one template, as gettext knows them."""
    for pattern in (_TRANSLATE, _INLINE):
        yield from ((a or b).replace("%", "%%") for a, b in pattern.findall(text))
    for options, body in _BLOCK.findall(text):
        singular = _PLURAL.split(body)[0]
        if "trimmed" in options:
            singular = " ".join(line.strip() for line in singular.strip().splitlines())
        yield _VARIABLE.sub(lambda m: f"%({m.group(1)})s", singular.replace("%", "%%"))


def in_python(text: str) -> Iterator[str]:
    """The message ids of one Python file: the literal texts handed to gettext (the second one of pgettext)."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        position = 1 if name.startswith("pgettext") else 0
        if name in FUNCTIONS and len(node.args) > position:
            argument = node.args[position]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def used() -> dict[str, Path]:
    """Every message id that pages and code use, with the first file that does."""
    found: dict[str, Path] = {}
    for path in sorted([*PACKAGE.glob("**/templates/**/*.html"), *PACKAGE.glob("**/templates/**/*.txt")]):
        for message in in_template(path.read_text("utf-8")):
            found.setdefault(message, path)
    for path in sorted(p for p in PACKAGE.glob("**/*.py") if "tests" not in p.parts):
        for message in in_python(path.read_text("utf-8")):
            found.setdefault(message, path)
    return found


def problems() -> Iterator[str]:
    """What is missing or does not fit, one sentence each."""
    known: set[str] = set()
    plain: dict[str, str] = {}  # those without a context, of which one would win
    for path in sorted(PACKAGE.glob("**/locale/zh_Hans/LC_MESSAGES/django.po")):
        for entry in polib.pofile(str(path)):
            chinese = entry.msgstr or entry.msgstr_plural.get(0, "")
            known.add(entry.msgid)
            where = path.relative_to(ROOT)
            if not chinese or entry.fuzzy:
                yield f"{where}: {entry.msgid!r} has no Chinese"
            elif set(re.findall(r"%\(\w+\)s", entry.msgid)) != set(re.findall(r"%\(\w+\)s", chinese)):
                yield f"{where}: {entry.msgid!r} and its Chinese name different values"
            elif not entry.msgctxt and plain.setdefault(entry.msgid, chinese) != chinese:
                yield f"{where}: {entry.msgid!r} is {chinese} here and {plain[entry.msgid]} in another area; one of them wins at random"
    for message, path in used().items():
        if message not in known:
            yield f"{path.relative_to(ROOT)}: {message!r} is in no area's word list"


def main() -> int:
    """Prints every problem; 1 when there is any."""
    found = list(problems())
    for problem in found:
        print(problem)
    if found:
        print(f"{len(found)} words to put into zhike/<area>/locale/zh_Hans/LC_MESSAGES/django.po")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
