"""The rows of the customer list, put together in Python: fifty rows of ten cells cost a template engine more than all their queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from html import escape  # Django's own is made for lazy texts and costs four times as much; there are hundreds of values on a page

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from zhike.core import dates, money
from zhike.core.charts import sparkline
from zhike.core.money import Language
from zhike.core.templatetags.zhike import delta, icon
from zhike.core.words import language
from zhike.workspace.columns import ListColumn
from zhike.workspace.queries import CustomerRow

NOTHING = f'<span class="zk-missing">{money.MISSING}</span>'


@dataclass(frozen=True)
class _Drawing:
    """What stays the same for all rows of a page."""

    words: Language
    today: date
    address: str
    tick: str  # what its check box is called
    columns: Sequence[ListColumn]

    def row(self, row: CustomerRow) -> str:
        party = row.party
        tick = (
            f'<td class="zk-tick-cell"><label><input class="zk-tick" type="checkbox" value="{party.id}" aria-label="{self.tick} {escape(party.name)}"></label></td>'
            if self.tick
            else ""
        )
        cells = [_CELLS[column.name](self, row) if column.name in _CELLS else self.plain(column, row) for column in self.columns]
        return f"<tr>{tick}{''.join(cells)}</tr>"

    def name(self, row: CustomerRow) -> str:
        party = row.party
        status = f'<span class="zk-badge zk-badge-light">{escape(str(party.status_word))}</span>' if party.status != "customer" else ""
        return (
            f'<th scope="row"><span class="zk-row">{_icon(party.icon, str(party.kind))}'
            f'<a class="zk-row-link" href="{self.address}{party.id}/">{escape(party.name)}</a>{status}</span></th>'
        )

    def number(self, row: CustomerRow) -> str:
        return f'<td class="zk-num zk-number">{escape(row.party.customer_no) or money.MISSING}</td>'

    def phone(self, row: CustomerRow) -> str:
        return f'<td class="zk-phone">{_masked(row.party.phone.masked if row.party.phone else "")}</td>'

    def aum(self, row: CustomerRow) -> str:
        held = row.held
        if held is None:
            return f'<td class="zk-right zk-name zk-aum">{NOTHING}</td>'
        others = f'<span class="zk-note" title="{escape(", ".join(held.others))}">+</span>' if held.others else ""
        return f'<td class="zk-right zk-name zk-aum">{self.amount(held.aum, held.currency)}{others}</td>'

    def maturity(self, row: CustomerRow) -> str:
        held = row.held
        if held is None or held.next_maturity_date is None:
            return f'<td class="zk-maturity">{NOTHING}</td>'
        amount = self.amount(held.next_maturity_amount, held.currency)
        return f'<td class="zk-maturity">{dates.day(held.next_maturity_date, self.words, self.today)} <span class="zk-note">{amount}</span></td>'

    def change(self, row: CustomerRow) -> str:
        change = row.curve[-1] - row.curve[-2] if len(row.curve) > 1 else None
        return f'<td class="zk-right zk-desk">{NOTHING if change is None else delta(change, "", row.held.currency if row.held else "CNY")}</td>'

    def curve(self, row: CustomerRow) -> str:
        label = _("Deposits at %(n)s month ends") % {"n": len(row.curve)}
        return f'<td class="zk-desk">{sparkline([float(one) for one in row.curve], label) if len(row.curve) > 1 else NOTHING}</td>'

    def tier(self, row: CustomerRow) -> str:
        tier = row.tier
        return f'<td class="zk-desk">{_tier(tier.look, tier.word) if tier else NOTHING}</td>'

    def last_contact(self, row: CustomerRow) -> str:
        at = row.last_contact
        shown = dates.relative(timezone.localtime(at).date(), self.words, self.today) if at else NOTHING
        return f'<td class="zk-desk zk-nowrap">{shown}</td>'

    def plain(self, column: ListColumn, row: CustomerRow) -> str:
        """A cell without a look of its own."""
        value = column.value(row)
        cut = f"{'zk-right ' if column.right else ''}{'zk-num ' if column.shape == 'date' else ''}zk-desk"
        if value is None or value == "":
            return f'<td class="{cut}">{NOTHING}</td>'
        if column.shape == "number":
            return f'<td class="{cut}"><span class="zk-num">{value:,f}</span></td>'
        if isinstance(value, Decimal):
            return f'<td class="{cut}">{self.amount(value, row.held.currency if row.held else "CNY")}</td>'
        if isinstance(value, date):
            return f'<td class="{cut}">{dates.full_day(value, self.words)}</td>'
        return f'<td class="{cut}">{escape(str(value))}</td>'

    def amount(self, value: Decimal | None, currency: str) -> str:
        """An amount as lists show it, exact on hover."""
        figure = money.money(value, self.words, currency=currency, dense=True)
        unit = f'<span class="zk-unit">{figure.unit}</span>' if figure.unit else ""
        return f'<span class="zk-num" title="{escape(money.exact(value, self.words, currency=currency))}">{escape(figure.prefix)}{figure.number}{unit}</span>'


_CELLS: Mapping[str, Callable[[_Drawing, CustomerRow], str]] = {
    "name": _Drawing.name, "number": _Drawing.number, "phone": _Drawing.phone, "aum": _Drawing.aum, "maturity": _Drawing.maturity,
    "change": _Drawing.change, "curve": _Drawing.curve, "last_contact": _Drawing.last_contact, "tier": _Drawing.tier,
}  # fmt: skip


def customer_rows(rows: Sequence[CustomerRow], columns: Sequence[ListColumn], *, has_ticks: bool = False) -> SafeString:
    """All `<tr>` of a page of customers; every word of a customer is escaped."""
    drawing = _Drawing(language(), timezone.localdate(), reverse("customers"), _("Choose") if has_ticks else "", columns)
    return mark_safe("".join(map(drawing.row, rows)))  # noqa: S308 - escaped above


def _masked(value: str) -> str:
    return f'<span class="zk-mask">{escape(value)}</span>' if value else NOTHING


@cache
def _icon(name: str, word: str) -> str:
    return icon(name, word)


@cache
def _tier(look: str, word: str) -> str:
    """`core/_tier.html`."""
    return f'<span class="zk-badge zk-tier-{look}">{icon("credit-card")}{escape(word)}</span>'
