"""The rows of the customer list, put together in Python: fifty rows of ten cells cost a template engine more than all their queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from html import escape  # Django's own is made for lazy texts and costs four times as much; there are hundreds of values on a page

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from zhike.core import dates, money
from zhike.core.money import Language
from zhike.core.templatetags.zhike import icon
from zhike.core.words import language
from zhike.holdings.queries import Held
from zhike.workspace.queries import CustomerRow

NOTHING = f'<span class="zk-missing">{money.MISSING}</span>'


@dataclass(frozen=True)
class _Drawing:
    """What stays the same for all rows of a page."""

    words: Language
    today: date
    address: str
    has_phones: bool
    has_money: bool

    def row(self, row: CustomerRow) -> str:
        party = row.party
        status = f'<span class="zk-badge zk-badge-light">{escape(str(party.status_word))}</span>' if party.status != "customer" else ""
        phone = f'<td class="zk-phone">{_masked(party.phone.masked if party.phone else "")}</td>' if self.has_phones else ""
        return (
            f'<tr><th scope="row"><span class="zk-row">{_icon(party.icon, str(party.kind))}'
            f'<a class="zk-row-link" href="{self.address}{party.id}/">{escape(party.name)}</a>{status}</span></th>'
            f'<td class="zk-num zk-number">{escape(party.customer_no) or money.MISSING}</td>{phone}{self.held(row.held) if self.has_money else ""}'
            f'<td class="zk-desk">{escape(party.rm) or money.MISSING}</td><td class="zk-desk">{escape(party.unit) or money.MISSING}</td>'
            f'<td class="zk-num zk-desk">{dates.full_day(party.since, self.words)}</td></tr>'
        )

    def held(self, held: Held | None) -> str:
        """The cells of what a customer holds."""
        if held is None:
            return (
                f'<td class="zk-right zk-name zk-aum">{NOTHING}</td><td class="zk-right zk-desk">{NOTHING}</td>'
                f'<td class="zk-right zk-desk">{money.MISSING}</td><td class="zk-maturity">{NOTHING}</td>'
            )
        others = f'<span class="zk-note" title="{escape(", ".join(held.others))}">+</span>' if held.others else ""
        loans = self.amount(held.loans, held.currency) if held.loans else NOTHING
        due = NOTHING
        if held.next_maturity_date:
            amount = self.amount(held.next_maturity_amount, held.currency)
            due = f'{dates.day(held.next_maturity_date, self.words, self.today)} <span class="zk-note">{amount}</span>'
        return (
            f'<td class="zk-right zk-name zk-aum">{self.amount(held.aum, held.currency)}{others}</td><td class="zk-right zk-desk">{loans}</td>'
            f'<td class="zk-right zk-desk">{held.count_families or money.MISSING}</td><td class="zk-maturity">{due}</td>'
        )

    def amount(self, value: Decimal | None, currency: str) -> str:
        """An amount as lists show it, exact on hover."""
        figure = money.money(value, self.words, currency=currency, dense=True)
        unit = f'<span class="zk-unit">{figure.unit}</span>' if figure.unit else ""
        return f'<span class="zk-num" title="{escape(money.exact(value, self.words, currency=currency))}">{escape(figure.prefix)}{figure.number}{unit}</span>'


def customer_rows(rows: Sequence[CustomerRow], *, has_phones: bool, has_money: bool) -> SafeString:
    """All `<tr>` of a page of customers; every word of a customer is escaped."""
    drawing = _Drawing(language(), timezone.localdate(), reverse("customers"), has_phones, has_money)
    return mark_safe("".join(map(drawing.row, rows)))  # noqa: S308 - escaped above


def _masked(value: str) -> str:
    return f'<span class="zk-mask">{escape(value)}</span>' if value else NOTHING


@cache
def _icon(name: str, word: str) -> str:
    return icon(name, word)
