"""Words that people see: which language is on, and which words still lack their Chinese.

`missing_words` is what the test of every area asks: all text marked for translation in Python and templates, less what the
hand-kept `django.po` files hold.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.utils.translation import get_language
from django.utils.translation.template import templatize

from zhike.core.money import Language

_MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
_STRING = r"""u?((?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"))"""
_TEMPLATE_MARK = re.compile(rf"(?<![\w.])(?:_|n?gettext(?:_noop)?|n?pgettext\(\s*{_STRING}\s*,)\(?\s*{_STRING}", re.DOTALL)


def language() -> Language:
    """The language of this request: "zh" for every kind of Chinese, else "en"."""
    return "zh" if (get_language() or "").lower().startswith("zh") else "en"


def marked_words(package: Path) -> Iterator[tuple[str, Path]]:
    """Every text marked for translation below `package`, with the file it stands in; tests and migrations are left out."""
    for path in sorted(package.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(package).parts):
            yield from ((text, path) for text in _in_python(path.read_text("utf-8")))
    for path in sorted(package.rglob("*.html")):
        yield from ((text, path) for text in _in_template(path.read_text("utf-8")))


def missing_words(package: Path) -> list[tuple[str, Path]]:
    """Marked texts without a Chinese translation in any area's django.po."""
    known: set[str] = set()
    for path in package.glob("**/locale/zh_Hans/LC_MESSAGES/django.po"):
        known |= {entry.msgid for entry in polib.pofile(str(path)) if entry.translated()}
    return [(text, path) for text, path in marked_words(package) if text not in known]


def _in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name not in _MARKERS:
            continue
        text = node.args[1 if name.startswith("p") else 0] if len(node.args) > name.startswith("p") else None
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value:
            yield text.value


def _in_template(source: str) -> Iterator[str]:
    for match in _TEMPLATE_MARK.finditer(templatize(source)):
        text = ast.literal_eval(match.group(2))
        if text:
            yield text
