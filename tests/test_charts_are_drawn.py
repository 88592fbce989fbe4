"""A page with a chart brings what draws it: without, a picture is blank and nothing says why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "zhike"
TEMPLATES = {str(path.relative_to(path.parents[1])): path.read_text() for path in ROOT.glob("*/templates/*/*.html")}
INCLUDED = re.compile(r'{% include "([^"]+)"')


def with_parts(name: str, seen: frozenset[str] = frozenset()) -> str:
    """A template with everything that it includes by name."""
    text = TEMPLATES.get(name, "")
    return text + "".join(with_parts(one, seen | {name}) for one in INCLUDED.findall(text) if one not in seen)


DRAWN = [name for name, text in TEMPLATES.items() if "{% extends" in text and "{% chart " in with_parts(name)]


def test_pages_with_charts_are_found() -> None:
    assert {"insight/home.html", "insight/mix.html", "reports/report.html"} <= set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_a_page_with_a_chart_brings_what_draws_it(name: str) -> None:
    assert 'include "core/_chart_scripts.html"' in TEMPLATES[name], "its block of scripts lacks them"
