"""Charts: typed descriptions drawn by ECharts in the browser, and small drawings made here as SVG.

No inline style anywhere (the content security policy forbids it): sizes are SVG attributes, colours are classes named after the
tokens `c1` … `c8`, whose meaning is fixed (deposits, wealth, funds, insurance, metals, loans, other, reference).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import count as counter
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

Words = str | Promise
_ids = counter(1)


@dataclass(frozen=True)
class Series:
    """One series of a chart. `token` is a colour token such as `c1`, `flow-in`; `kind` line, area or bar."""

    name: Words
    values: Sequence[float | None]
    token: str = "c1"  # noqa: S105 a colour, no secret
    kind: Literal["line", "area", "bar", "tick"] = "bar"
    stack: str = ""


@dataclass(frozen=True)
class Row:
    """A category of a chart as a row of its table."""

    name: str
    values: Sequence[float | None]
    link: str = ""
    note: str = ""
    is_marked: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart by what it shows. `sentence` says in words what the picture says; it is its label and stands alone without script.

    `unit`: "money" writes axis values as money of `currency`, "count" as whole numbers, "percent" as percentages, "duration" seconds as
    minutes and seconds. `threshold`: a dashed line with its own label. `links`: for every category where a click on it leads; the same
    links stand in the table. `notes`: for every category a word more in the table. `marked`: the category that the page is about.
    `is_lying`: bars lie from the left, the first on top, for categories with long names.
    """

    kind: Literal["line", "bars", "diverging"]
    sentence: Words
    categories: Sequence[str]
    series: Sequence[Series]
    unit: Literal["money", "count", "percent", "duration"] = "money"
    currency: str = "CNY"
    height: int = 200
    threshold: float | None = None
    threshold_label: Words = ""
    links: Sequence[str] = ()
    notes: Sequence[str] = ()
    marked: int | None = None
    is_lying: bool = False
    id: str = field(default_factory=lambda: f"chart-{next(_ids)}")

    @property
    def description(self) -> dict[str, Any]:
        """What the browser is told, as plain JSON."""
        plain = asdict(self)
        plain["sentence"] = str(self.sentence)
        plain["threshold_label"] = str(self.threshold_label)
        for drawn in plain["series"]:
            drawn["name"] = str(drawn["name"])
            drawn["values"] = [None if value is None else float(value) for value in drawn["values"]]
        return plain

    @property
    def id_of_data(self) -> str:
        """The id of the script element that holds the description."""
        return f"{self.id}-data"

    @property
    def rows(self) -> list[Row]:
        """The same as a table: one row a category, one column a series."""
        return [
            Row(
                name, [series.values[at] for series in self.series], self.links[at] if self.links else "",
                self.notes[at] if self.notes else "", at == self.marked,
            )
            for at, name in enumerate(self.categories)
        ]  # fmt: skip


def months_in_out(sentence: Words, months: Sequence[str], inflow: Sequence[Any], outflow: Sequence[Any], names: tuple[Words, Words, Words],
                  currency: str = "CNY") -> Chart:  # fmt: skip
    """Money in and out by month: in upwards, out downwards, the net as a short tick. `outflow` is given as positive amounts.

    `names` are the words for in, out and net.
    """
    ins = [float(value or 0) for value in inflow]
    outs = [-float(value or 0) for value in outflow]
    net = [up + down for up, down in zip(ins, outs, strict=True)]
    return Chart("diverging", sentence, months, (
        Series(names[0], ins, "flow-in", "bar", "flow"),
        Series(names[1], outs, "flow-out", "bar", "flow"),
        Series(names[2], net, "ink", "tick"),
    ), currency=currency)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A part of a whole: its name, size and colour token."""

    name: Words
    value: Any
    token: str


def sparkline(values: Sequence[float | None], label: str = "", width: int = 92, height: int = 22) -> SafeString:
    """A line without axes over `values`, gaps left out, a dot at its end. Fewer than two values draw nothing."""
    points = [(at, value) for at, value in enumerate(values) if value is not None]
    if len(points) < 2:
        return mark_safe('<span class="zk-missing">—</span>')
    low, high = min(v for _, v in points), max(v for _, v in points)
    span = (high - low) or 1
    pad, step = 3, (width - 6) / (len(values) - 1)
    drawn = [(pad + at * step, height - pad - (value - low) / span * (height - 2 * pad)) for at, value in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
    end_x, end_y = drawn[-1]
    return format_html(
        '<svg class="zk-spark" width="{}" height="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<polyline points="{}"></polyline><circle cx="{}" cy="{}" r="2"></circle></svg>',
        width, height, width, height, label, path, f"{end_x:.1f}", f"{end_y:.1f}",
    )  # fmt: skip


def stacked_bar(parts: Sequence[Part], label: str = "") -> SafeString:
    """One horizontal bar of parts to scale. Negative and empty parts are left out; a sliver is never narrower than 0.4 %."""
    sizes = [(part, max(float(part.value or 0), 0.0)) for part in parts]
    whole = sum(size for _, size in sizes) or 1.0
    at, drawn = 0.0, []
    for part, size in sizes:
        if size:
            share = max(size / whole * 100, 0.4)
            drawn.append((part.token, f"{min(at, 99.6):.3f}%", f"{share:.3f}%", str(part.name), f"{size / whole:.1%}"))
            at += size / whole * 100
    inside = format_html_join("", '<rect class="zk-fill-{}" x="{}" width="{}" height="100%"><title>{} {}</title></rect>', drawn)
    return format_html(
        '<svg class="zk-stack" role="img" aria-label="{}">{}</svg>', label or "; ".join(f"{d[3]} {d[4]}" for d in drawn), inside
    )


def bar(share: float, tone: str = "accent", label: str = "") -> SafeString:
    """A track filled to `share` (0…1), in a token's colour; a share above nought is always visible."""
    shown = 0.0 if share <= 0 else min(max(share, 0.02), 1.0)
    speak = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="zk-bar" {}><rect class="zk-fill-track" width="100%" height="100%"></rect><rect class="zk-fill-{}" width="{}" height="100%"></rect></svg>',
        speak, tone, f"{shown:.2%}",
    )  # fmt: skip
