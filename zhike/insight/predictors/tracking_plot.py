"""The plot that shows whether lifetime value can be trusted: repeat purchases of all, week by week, expected and real.

A plain SVG with nothing to load, for a report or a browser, in both languages.
"""

from __future__ import annotations

from html import escape

import numpy as np

from zhike.insight.predictors.lifetime import Lifetime
from zhike.insight.predictors.table_files import FloatArray

WIDTH, HEIGHT = 860, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 64, 56
EXPECTED, REAL, QUIET = "#066fd1", "#d6336c", "#6c7a91"


def svg(found: Lifetime) -> str:
    """The whole picture. The weeks that were learned from end at the dashed line."""
    weeks = len(found.expected)
    real = found.happened.weekly if found.happened else np.array([])
    top = _round_up(max(float(found.expected.max()), float(real.max()) if len(real) else 0.0, 1.0))
    learned = weeks - found.ahead
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Inter, Noto Sans CJK SC, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 24, "Repeat purchases of all customers, cumulative / 全部客户重复购买累计次数", size=15, color="#182433"),
        *_grid(weeks, top),
        f'<line x1="{_x(learned, weeks):.1f}" x2="{_x(learned, weeks):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="{QUIET}" stroke-dasharray="5 4"/>',
        _text(_x(learned, weeks) + 6, TOP + 12, f"learned up to week {learned} / 训练至第 {learned} 周"),
        _line(found.expected, weeks, top, EXPECTED),
        _line(real, weeks, top, REAL),
        _text(LEFT, 46, "— expected / 预期", color=EXPECTED),
        _text(LEFT + 120, 46, "— real / 实际" if len(real) else "", color=REAL),
        _text(WIDTH - RIGHT, HEIGHT - 14, "week / 周", anchor="end"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def html(found: Lifetime) -> str:
    """The picture in a page of its own."""
    return f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Repeat purchases / 重复购买</title>\n{svg(found)}</html>\n'


def _round_up(value: float) -> float:
    step = 10.0 ** np.floor(np.log10(value))
    return float(next(step * times for times in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * times >= value))


def _x(week: float, weeks: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * week / weeks


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _text(x: float, y: float, said: str, *, size: int = 12, color: str = QUIET, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}">{escape(said)}</text>'


def _line(values: FloatArray, weeks: int, top: float, color: str) -> str:
    points = " ".join(f"{_x(week, weeks):.1f},{_y(float(value), top):.1f}" for week, value in enumerate(values, start=1))
    return f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2.2"/>'


def _grid(weeks: int, top: float) -> list[str]:
    parts = []
    for part in range(5):
        value = top * part / 4
        y = _y(value, top)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e6e8ec"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{value:,.0f}", anchor="end"))
    every = max(weeks // 8, 1)
    parts += [_text(_x(week, weeks), HEIGHT - BOTTOM + 20, str(week), anchor="middle") for week in range(0, weeks + 1, every)]
    return parts
