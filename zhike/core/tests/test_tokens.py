"""Colours: both themes define every token, and every text and graphic can be read on every ground (WCAG 2.2)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parent.parent / "static" / "core" / "tokens.css").read_text("utf-8")
GROUNDS = ("surface", "paper", "sunken", "hover", "selected")
TEXTS = ("ink", "ink-2", "ink-3", "accent", "rise", "fall", "ok", "warn", "bad", "idle")
GRAPHICS = ("line-3", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8")
TIERS = ("base", "gold", "platinum", "diamond", "private")
PAIRS = (
    *((text, ground) for text in TEXTS for ground in GROUNDS), ("on-accent", "accent"), ("on-accent", "accent-hover"), ("accent", "accent-soft"),
    *((f"{tone}", f"{tone}-soft") for tone in ("ok", "warn", "bad", "idle")), *((f"tier-{tier}", f"tier-{tier}-ground") for tier in TIERS),
    ("toast-ink", "toast"), ("toast-accent", "toast"),
)  # fmt: skip


def tokens(theme: str) -> dict[str, str]:
    """The hexadecimal tokens of a theme's block."""
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{(.*?)\n\}}', CSS, re.DOTALL)
    assert block, theme
    return dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6});", block[1]))


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_both_themes_define_the_same_names() -> None:
    assert set(tokens("light")) == set(tokens("dark"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_on_every_ground(theme: str) -> None:
    colours = tokens(theme)
    weak = {f"{text} on {ground}": round(ratio, 2) for text, ground in PAIRS if (ratio := contrast(colours[text], colours[ground])) < 4.5}
    assert not weak


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_line_of_a_chart_can_be_seen(theme: str) -> None:
    colours = tokens(theme)
    weak = {token: round(ratio, 2) for token in GRAPHICS if (ratio := contrast(colours[token], colours["surface"])) < 3.0}
    assert not weak


def test_overdue_and_up_are_not_the_same_red() -> None:
    assert tokens("light")["bad"] != tokens("light")["rise"]
