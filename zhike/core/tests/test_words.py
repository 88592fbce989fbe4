"""Every word a person sees has its Chinese, and no template carries what the content security policy forbids."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from zhike.core.frontend import ICONS, sprite
from zhike.core.words import marked_words, missing_words

PACKAGE = Path(__file__).parent.parent.parent
TEMPLATES = sorted(PACKAGE.rglob("templates/**/*.html"))


AREAS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())


@pytest.mark.parametrize("area", AREAS)
def test_no_word_of_an_area_lacks_its_chinese(area: str) -> None:
    missing = sorted(
        {f"{path.relative_to(PACKAGE)}: {text}" for text, path in missing_words(PACKAGE) if path.is_relative_to(PACKAGE / area)}
    )
    assert not missing, "\n".join(missing)


def test_words_are_found_in_python_and_in_templates(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text('from x import _\nA = _("One thing")\n', "utf-8")
    (tmp_path / "page.html").write_text('{% load i18n %}{% translate "Two things" %}{% include "x" with a=_("Three") %}', "utf-8")
    assert {text for text, _ in marked_words(tmp_path)} == {"One thing", "Two things", "Three"}


def test_placeholders_survive_translation() -> None:
    wrong = []
    for path in PACKAGE.glob("**/locale/zh_Hans/LC_MESSAGES/django.po"):
        for entry in polib.pofile(str(path)):
            texts = [entry.msgstr, *entry.msgstr_plural.values()]
            needed = set(re.findall(r"%\(\w+\)s|\{\w+\}", entry.msgid))
            wrong += [f"{path}: {entry.msgid}" for text in texts if text and set(re.findall(r"%\(\w+\)s|\{\w+\}", text)) - needed]
    assert not wrong


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_template_has_no_inline_style_or_script(path: Path) -> None:
    source = path.read_text("utf-8")
    assert not re.search(r"""\sstyle=["']|<style|\son\w+=["']""", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_template_uses_only_declared_icons(path: Path) -> None:
    used = set(re.findall(r'{%\s*icon\s+"([\w-]+)"', path.read_text("utf-8"))) | set(
        re.findall(r'mark="([\w-]+)"', path.read_text("utf-8"))
    )
    assert used - {"good", "nothing", "first", "lock", "broken"} <= set(ICONS)


def test_the_sprite_holds_each_icon_once(tmp_path: Path) -> None:
    (tmp_path / "phone.svg").write_text(
        '<svg class="x">\n<path stroke="none" d="M0 0h24v24H0z" fill="none" />\n<path d="M5 4h4" />\n</svg>', "utf-8"
    )
    assert sprite(tmp_path, ("phone", "phone")).count('<symbol id="phone"') == 1
    assert 'd="M0 0h24v24H0z"' not in sprite(tmp_path, ("phone",))
