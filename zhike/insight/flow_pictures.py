"""Flows between two ladders as an SVG drawn here: ribbons for those who move. It prints, needs no script, and is only beside its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, BAR, GAP, LEAST, LABEL = 640, 10, 10, 2.0, 150


@dataclass(frozen=True)
class Node:
    """A tier on one side: its key, word and colours."""

    key: str
    word: str
    look: str


@dataclass(frozen=True)
class _Ribbon:
    look: str
    path: str
    word: str


def flow_picture(
    flows: Sequence[tuple[str, str, int]], left: Sequence[Node], right: Sequence[Node], label: str, *, height: int = 260
) -> SafeString:
    """Ribbons from the left nodes to the right ones, top to bottom as given, as thick as customers are many. Empty where nobody moves."""
    moves = [flow for flow in flows if flow[2] > 0]
    total = sum(count for _was, _became, count in moves)
    if not total:
        return SafeString("")
    scale = (height - GAP * max(len(left), len(right))) / total
    starts = _tops(left, [(was, count) for was, _became, count in moves], scale)
    ends = _tops(right, [(became, count) for _was, became, count in moves], scale)
    ribbons = list(_ribbons(moves, left, right, starts, ends, scale))
    drawn = format_html_join(
        "", '<path class="zki-flow zki-{}" d="{}"><title>{}</title></path>', ((one.look, one.path, one.word) for one in ribbons)
    )
    labels = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        [*_words(left, starts, moves, 0, scale), *_words(right, ends, moves, 1, scale)],
    )
    return format_html(
        '<svg class="zki-flows" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>', WIDTH, height, label, drawn, labels
    )


def _tops(side: Sequence[Node], counts: Sequence[tuple[str, int]], scale: float) -> dict[str, float]:
    """Where each node with customers begins."""
    tops, at = {}, GAP / 2
    for node in side:
        size = sum(count for key, count in counts if key == node.key)
        if size:
            tops[node.key] = at
            at += max(size * scale, LEAST) + GAP
    return tops


def _ribbons(
    moves: Sequence[tuple[str, str, int]],
    left: Sequence[Node],
    right: Sequence[Node],
    starts: Mapping[str, float],
    ends: Mapping[str, float],
    scale: float,
) -> Sequence[_Ribbon]:
    order = {node.key: n for n, node in enumerate(right)}
    looks, words = {node.key: node.look for node in right}, {node.key: node.word for node in (*left, *right)}
    out, into, found = dict(starts), dict(ends), []
    for node in left:
        for was, became, count in sorted((one for one in moves if one[0] == node.key), key=lambda one: order.get(one[1], 0)):
            thick = max(count * scale, LEAST)
            a, b, x1, x2 = out[was], into[became], LABEL, WIDTH - LABEL
            middle = (x1 + x2) / 2
            path = (
                f"M{x1},{a:.1f}C{middle},{a:.1f} {middle},{b:.1f} {x2},{b:.1f}L{x2},{b + thick:.1f}"
                f"C{middle},{b + thick:.1f} {middle},{a + thick:.1f} {x1},{a + thick:.1f}Z"
            )
            found.append(_Ribbon(looks[became], path, f"{words[was]} → {words[became]}: {count:,}"))
            out[was] += thick
            into[became] += thick
    return found


def _words(
    side: Sequence[Node], tops: Mapping[str, float], moves: Sequence[tuple[str, str, int]], part: int, scale: float
) -> Sequence[tuple[object, ...]]:
    """Name and count of each node beside its ribbons; names that would lie on each other are pushed apart."""
    found, last = [], -20.0
    for node in side:
        if node.key in tops:
            count = sum(flow[2] for flow in moves if flow[part] == node.key)
            y = max(tops[node.key] + max(count * scale, LEAST) / 2 + 4, last + 14)
            last = y
            x, anchor = (LABEL - 8, "end") if part == 0 else (WIDTH - LABEL + 8, "start")
            found.append((x, f"{y:.1f}", anchor, f"{node.word} {count:,}"))
    return found
