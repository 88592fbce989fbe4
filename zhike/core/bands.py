"""Bands between edges, in words: "below 18", "26 to 35", "6M and more"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from zhike.core.money import money
from zhike.core.words import language


def band(edges: Sequence[int | Decimal], number: int, *, is_money: bool) -> str:
    """The words of a band: `number` 0 lies below the first edge, 1 between it and the second, and so on. Whole numbers are told by their
    last member, amounts (CNY) by the edge that they stay below."""
    said = [_amount(edge) if is_money else str(edge) for edge in edges]
    if number == 0:
        return _("below %(edge)s") % {"edge": said[0]}
    if number == len(edges):
        return _("%(edge)s and more") % {"edge": said[-1]}
    last = said[number] if is_money else str(edges[number] - 1)
    return _("%(first)s to %(last)s") % {"first": said[number - 1], "last": last}


def _amount(edge: int | Decimal) -> str:
    """Edges are round: no decimals that say nothing (`5万`, not `5.0万`)."""
    figure = money(Decimal(edge), language())
    whole, _point, decimals = figure.number.partition(".")
    return replace(figure, number=whole if not decimals.strip("0") else figure.number).text
