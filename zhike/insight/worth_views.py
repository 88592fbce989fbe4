"""What a customer is worth: the panel of her page, and behind it the months and accounts that it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core import dates
from zhike.core.charts import Chart, Series
from zhike.core.pages import Crumb, Words, address, answer
from zhike.core.words import language
from zhike.insight.profile_worth import BANDS, REASONS
from zhike.insight.settings_labels import entry_word
from zhike.insight.sides import HerSides, of_customer
from zhike.insight.standing import Standing, standing_of
from zhike.insight.worth import AccountWorth, Month, Worth, accounts_of, worth_of
from zhike.parties import queries as parties


@dataclass(frozen=True)
class Part:
    """One line of the sum: what it is, how much in twelve months; `is_sum` closes it."""

    title: Words
    amount: Decimal
    is_sum: bool = False


@dataclass(frozen=True)
class ValuePanel:
    """insight/_value.html. `worth` None: nothing is computed for this customer yet."""

    party_id: int
    worth: Worth | None
    parts: Sequence[Part] = ()
    contribution: Chart | None = None
    growth: Chart | None = None
    reason: Words = ""
    wallet: Words = ""
    standing: Standing | None = None
    hers: HerSides | None = None


@dataclass(frozen=True)
class ValuePage:
    """insight/value.html."""

    title: str
    crumbs: Sequence[Crumb]
    worth: Worth | None
    months: Sequence[Month]
    accounts: Sequence[tuple[Words, AccountWorth]]
    month_heads: Sequence[Words]
    account_heads: Sequence[Words]


@require_GET
def panel(request: ViewerRequest, party_id: int) -> HttpResponse:
    """What a customer is worth in twelve months, where it comes from, how it moved."""
    worth = worth_of(request.viewer, party_id)
    require(request.viewer, "customers.read")  # it says why somebody gave her a tier
    if worth is None:
        return render(request, "insight/_value.html", {"panel": ValuePanel(party_id, None)})
    shown = ValuePanel(
        party_id, worth, parts_of(worth), contribution_chart(worth.months), growth_chart(worth.months),
        REASONS.get(worth.said("below_cost_reason") or "", ""), BANDS.get(worth.said("wallet_band") or "", ""),
        standing_of(request.viewer, worth, timezone.localdate()), of_customer(request.viewer, worth.profile),
    )  # fmt: skip
    return render(request, "insight/_value.html", {"panel": shown})


@require_GET
def page(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The rows behind it: every month and measure, and what each account earned and cost in the last month."""
    require(request.viewer, "customers.read")
    worth = worth_of(request.viewer, party_id)
    customer = parties.party(request.viewer, party_id)
    crumbs = [Crumb(customer.name, address("customer", party_id)), Crumb(_("Customer value"))]
    accounts = [(entry_word(f"costs.account.{one.family}"), one) for one in accounts_of(request.viewer, party_id)]
    shown = ValuePage(_("Customer value"), crumbs, worth, worth.months[::-1] if worth else [], accounts, _month_heads(), _account_heads())
    return answer(request, "insight/value.html", {name: getattr(shown, name) for name in ValuePage.__dataclass_fields__})


def _month_heads() -> list[str]:
    return [
        _("AUM"), _("Net new money"), _("Market effect"), _("Interest"), _("Exchange rates"), _("Loans"), _("FTP margin"), _("Fees and commission"),
        _("Cost to serve"), _("Expected loss"), _("Tax"), _("Contribution"), "EVA",
    ]  # fmt: skip


def _account_heads() -> list[str]:
    return [
        _("AUM"), _("Loans"), _("Net new money"), _("Market effect"), _("FTP margin"), _("Commission"), _("Cost of the account"), _("Expected loss"),
        _("Earned"),
    ]  # fmt: skip


def parts_of(worth: Worth) -> list[Part]:
    """The sum that ends in the contribution of twelve months."""
    return [
        Part(_("FTP margin"), worth.total("margin")), Part(_("Fees and commission"), worth.total("net_fees")),
        Part(_("Cost to serve"), -worth.total("cost")), Part(_("Expected loss"), -worth.total("expected_loss")),
        Part(_("Tax"), -worth.total("tax")), Part(_("Contribution"), worth.total("contribution"), is_sum=True),
    ]  # fmt: skip


def contribution_chart(months: Sequence[Month]) -> Chart:
    """Contribution month by month."""
    names, values = _names(months), [float(month.contribution) for month in months]
    return Chart("bars", _("Contribution by month"), names, (Series(_("Contribution"), values, "c1"),), height=160)


def growth_chart(months: Sequence[Month]) -> Chart:
    """How AUM moved, in its four parts, which add up to the change."""
    parts = (
        (_("Net new money"), "nnm", "c1"),
        (_("Market effect"), "mtm", "c2"),
        (_("Interest"), "income", "c3"),
        (_("Exchange rates"), "fx", "c5"),
    )
    drawn = tuple(Series(title, [float(getattr(month, name)) for month in months], token, "bar", "growth") for title, name, token in parts)
    return Chart("bars", _("What moved AUM, by month"), _names(months), drawn, height=160)


def _names(months: Sequence[Month]) -> list[str]:
    return [dates.month(month.month, language()) for month in months]
