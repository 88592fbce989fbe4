"""The head of the customer list, put together in Python as its rows are: ten columns with their links cost a template engine a tenth of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.utils.safestring import SafeString, mark_safe

from zhike.core.templatetags.zhike import icon
from zhike.workspace.asking import Lens
from zhike.workspace.columns import ListColumn
from zhike.workspace.queries import DESCENDING_FIRST

ON_PHONE = frozenset({"name", "number", "phone", "aum", "maturity"})


@dataclass(frozen=True)
class Heads:
    """`<col>`s and `<th>`s of the columns, in their order, with the widths the person gave them."""

    cols: SafeString
    cells: SafeString


def heads(wanted: Lens, query: Sequence[tuple[str, Any]]) -> Heads:
    """The heads of a list as it is asked. `query`: the parameters of its address, which the links that sort keep."""
    kept = [(name, values) for name, values in query if name not in ("sort", "order", "after", "before")]
    return Heads(
        mark_safe("".join(_col(column, wanted.look.widths.get(column.name)) for column in wanted.columns)),  # noqa: S308 - escaped below
        mark_safe("".join(_cell(column, wanted, kept) for column in wanted.columns)),  # noqa: S308 - escaped below
    )


def _col(column: ListColumn, width: int | None) -> str:
    wide = f' width="{width:d}"' if width else ""
    return f'<col data-zk-column="{escape(column.name)}"{wide}>'


def _cell(column: ListColumn, wanted: Lens, kept: Sequence[tuple[str, Any]]) -> str:
    asked = wanted.asked
    cut = f"{'zk-right' if column.right else ''}{'' if column.name in ON_PHONE else ' zk-desk'}"
    title = escape(str(column.title))
    if not column.sort or asked.words:  # what was searched for stands in the order of its likeness
        return f'<th scope="col" data-zk-head class="{cut}">{title}</th>'
    is_sorted = asked.sort == column.sort
    sorted_by = f' aria-sort="{"descending" if asked.descending else "ascending"}"' if is_sorted else ""
    arrow = f" {icon('arrow-down' if asked.descending else 'arrow-up', size=13)}" if is_sorted else ""
    link = urlencode([*kept, ("sort", column.sort), ("order", _next_order(column, wanted))], doseq=True)
    return f'<th scope="col" data-zk-head class="{cut}"{sorted_by}><a href="?{escape(link)}">{title}{arrow}</a></th>'


def _next_order(column: ListColumn, wanted: Lens) -> str:
    if wanted.asked.sort == column.sort:
        return "asc" if wanted.asked.descending else "desc"
    return "desc" if column.sort in DESCENDING_FIRST else "asc"
