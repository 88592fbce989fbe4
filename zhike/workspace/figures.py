"""The ledger of figures on a customer's page: each with its period, and against what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.core import dates
from zhike.core.charts import bar, sparkline
from zhike.core.pages import Figure
from zhike.core.templatetags.zhike import delta, money_filter
from zhike.core.words import language
from zhike.holdings.queries import Held, MonthEnd
from zhike.holdings.rules import NEAR_DAYS
from zhike.workspace.queries import Head


def figures(head: Head, today: date) -> list[Figure]:
    """AUM with its curve, deposits, wealth, loans, products, last contact. Without accounts only the last contact."""
    held = head.held
    return [*(_money_figures(held, head.history, today) if held else []), _contact_figure(head, today)]


def _money_figures(held: Held, history: Sequence[MonthEnd], today: date) -> list[Figure]:
    as_of = dates.day(held.as_of, language(), today) if held.as_of else ""
    others = _("and in %(currencies)s") % {"currencies": ", ".join(held.others)} if held.others else ""
    return [
        Figure(_("AUM, end of day"), money_filter(held.aum, held.currency), as_of, others, delta=_change(held, history), hero=True, picture=_curve(history)),
        Figure(_("Deposits"), money_filter(held.deposits, held.currency), "", _of_all(held.deposits, held.aum), picture=_bar(held.deposits, held.aum, "c1")),
        Figure(_("Investments"), money_filter(held.wealth, held.currency), "", _of_all(held.wealth, held.aum) or _("nothing invested with us"), picture=_bar(held.wealth, held.aum, "c2")),
        Figure(_("Loans"), money_filter(held.loans, held.currency), "", "" if held.loans else _("no loan with us")),
        Figure(_("Products"), _families(held.count_families), "", _items(held.count_accounts)),
        Figure(_("Next maturity"), dates.day(held.next_maturity_date, language(), today), "", _maturity_note(held, today)),
    ]  # fmt: skip


def _families(count: int) -> str:
    return ngettext("%(n)s family", "%(n)s families", count) % {"n": count}


def _items(count: int) -> str:
    return ngettext("%(n)s account", "%(n)s accounts", count) % {"n": count}


def _of_all(part: Decimal, whole: Decimal) -> str:
    return _("%(share)s of AUM") % {"share": f"{part / whole:.0%}"} if whole > 0 and part > 0 else ""


def _bar(part: Decimal, whole: Decimal, token: str) -> str:
    return bar(float(part / whole), token) if whole > 0 and part > 0 else ""


def _maturity_note(held: Held, today: date) -> SafeString | str:
    if held.next_maturity_date is None:
        return _("nothing falls due")
    amount = money_filter(held.next_maturity_amount, held.currency)
    if (held.next_maturity_date - today).days > NEAR_DAYS:
        return amount
    return format_html("{} · {}", amount, dates.relative(held.next_maturity_date, language(), today))


def _change(held: Held, history: Sequence[MonthEnd]) -> SafeString | None:
    if len(history) < 2:
        return None
    return delta(history[-1].deposits - history[-2].deposits, _("deposits, on last month"), held.currency)


def _curve(history: Sequence[MonthEnd]) -> str:
    if len(history) < 2:
        return ""
    return sparkline([float(month.deposits) for month in history], _("Deposits at %(n)s month ends") % {"n": len(history)}, 380, 60)


def _contact_figure(head: Head, today: date) -> Figure:
    if head.last_contact is None:
        return Figure(_("Last contact"), "—", "", _("none is recorded"))
    at = timezone.localtime(head.last_contact[0]).date()
    return Figure(_("Last contact"), dates.relative(at, language(), today), "", dates.full_day(at, language()))
