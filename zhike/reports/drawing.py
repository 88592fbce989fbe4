"""The table and the chart of a report. The table's rows are put together in Python: a thousand cells cost a template engine more than the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from zhike.core import money
from zhike.core.charts import Chart, Series
from zhike.core.money import Language, Unit
from zhike.core.words import language
from zhike.reports.catalogue import DIMENSIONS, MEASURES, Measure
from zhike.reports.naming import Names
from zhike.reports.rules import Asked, Key, Line, Pivot, Value, place_text

MOST_DRAWN = 30  # categories of a chart
MOST_SERIES = 8
DRAWN_AS_LINE = 6  # periods from which on a line says more than bars


@dataclass(frozen=True)
class Table:
    """A pivot ready to be shown. `units`: the one unit that a measure's amounts are written in throughout."""

    asked: Asked
    pivot: Pivot
    names: Names
    words: Language
    units: Sequence[Unit | None]

    @property
    def measures(self) -> list[Measure]:
        """What stands in it, in order."""
        return [MEASURES[name] for name in self.asked.measures]

    @property
    def heads(self) -> list[str]:
        """What its columns across are called."""
        return [self.names.of(name, member) for key in self.pivot.columns for name, member in zip(self.asked.columns, key, strict=True)]

    @property
    def row_title(self) -> str:
        """What stands down."""
        return " › ".join(str(DIMENSIONS[name].title) for name in self.asked.rows) or _("Total")

    def rows(self) -> SafeString:
        """All `<tr>` of the body; each cell leads to the customers behind it."""
        return mark_safe("".join(self._row(line) for line in self.pivot.lines))  # noqa: S308 - escaped below

    def total(self) -> SafeString:
        """The `<tr>` of the whole."""
        return mark_safe(self._row(self.pivot.total))  # noqa: S308 - escaped below

    def _row(self, line: Line) -> str:
        depth, deepest = line.depth, len(self.asked.rows)
        name = self.names.of(self.asked.rows[depth - 1], line.key[-1]) if depth else _("Total")
        look = "zkr-total" if not depth else f"zkr-depth-{depth}" + (" zkr-sum" if depth < deepest else "")
        cells = "".join(self._cells(line, key, values) for key, values in zip(self.pivot.columns, line.values, strict=True))
        return f'<tr class="{look}"><th scope="row">{escape(name)}</th>{cells}{self._cells(line, (), line.total)}</tr>'

    def _cells(self, line: Line, column: Key, values: Sequence[Value] | None) -> str:
        if not values:
            return '<td class="zk-right"></td>' * len(self.asked.measures)
        place = escape(place_text(line.key, column))
        total = " zkr-across" if self.asked.columns and not column else ""
        return "".join(
            f'<td class="zk-right{total}"><button type="submit" form="zkr-behind" name="at" value="{place}" title="{self._exact(at, value)}">{self._shown(at, value)}</button></td>'
            for at, value in enumerate(values)
        )

    def _shown(self, at: int, value: Value) -> str:
        return shown(self.measures[at], value, self.words, self.units[at])

    def _exact(self, at: int, value: Value) -> str:
        return exactly(self.measures[at], value, self.words)


def table(asked: Asked, pivot: Pivot, names: Names) -> Table:
    """A pivot with a unit for each measure."""
    words = language()
    units: list[Unit | None] = []
    for at, name in enumerate(asked.measures):
        amounts = [values[at] for line in pivot.lines for values in (*line.values, line.total) if values]
        units.append(money.column_unit(amounts, words) if MEASURES[name].shape == "money" else None)
    return Table(asked, pivot, names, words, units)


def shown(measure: Measure, value: Value, words: Language, unit: Unit | None = None) -> str:
    """A value as a table shows it."""
    match measure.shape:
        case "money":
            return money.money(value, words, unit=unit).text
        case "rate":
            return money.percent(value)
        case "number":
            return money.MISSING if value is None else f"{value:,.2f}"
        case _:
            return money.count(None if value is None else int(value))


def exactly(measure: Measure, value: Value, words: Language) -> str:
    """A value to the cent, for hover and files."""
    return money.exact(value, words) if measure.shape == "money" else shown(measure, value, words)


def drawn(found: Table) -> Chart | None:
    """The first measure as a chart: what stands down as categories, what stands across as series; time as a line where there is enough of it."""
    asked, pivot, measure = found.asked, found.pivot, found.measures[0]
    depth = _depth_drawn(found)
    down = asked.rows[depth - 1] if asked.rows else ""
    lines = [line for line in pivot.lines if line.depth == depth][:MOST_DRAWN]
    if len(lines) < 2 and len(pivot.columns) < 2:
        return None
    unit = {"money": "money", "rate": "percent"}.get(measure.shape, "count")
    time = DIMENSIONS[asked.columns[0]].is_time if asked.columns else False
    if time and lines:  # months run along the axis; what stands down are the lines
        names = found.heads
        series = [(found.names.of(down, line.key[-1]), [_value(values) for values in line.values]) for line in lines[:MOST_SERIES]]
    elif asked.columns and lines:
        names = [found.names.of(down, line.key[-1]) for line in lines]
        series = [(head, [_value(line.values[at]) for line in lines]) for at, head in enumerate(found.heads[:MOST_SERIES])]
    elif lines:
        names = [found.names.of(down, line.key[-1]) for line in lines]
        series = [(str(measure.title), [_value(line.total) for line in lines])]
    else:
        names, series = found.heads, [(str(measure.title), [_value(values) for values in pivot.total.values])]
    is_line = len(names) >= DRAWN_AS_LINE and (time or (bool(down) and DIMENSIONS[down].is_time))
    sentence = _("%(measure)s by %(dimensions)s") % {
        "measure": measure.title, "dimensions": " × ".join(str(DIMENSIONS[name].title) for name in (*([down] if down else []), *asked.columns)),
    }  # fmt: skip
    kind = "line" if is_line else "bar"
    drawn_series = tuple(Series(name, values, f"c{at % 8 + 1}", kind) for at, (name, values) in enumerate(series))  # type: ignore[arg-type]
    return Chart("line" if is_line else "bars", sentence, names, drawn_series, unit=unit, height=260)  # type: ignore[arg-type]


def _depth_drawn(found: Table) -> int:
    """The outermost dimension down the side that has more than one member: a single branch is no picture, its tiers are."""
    depths = range(1, len(found.asked.rows) + 1)
    return next((depth for depth in depths if sum(line.depth == depth for line in found.pivot.lines) > 1), 1)


def _value(values: Sequence[Value] | None) -> float | None:
    return None if not values or values[0] is None else float(Decimal(values[0]))
