"""Panels about a customer's holdings, each with its own address, and the page of one account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core.asof import asked_day, day_of
from zhike.core.charts import Chart
from zhike.core.pages import Crumb, answer
from zhike.core.tables import Column, Page, page_of
from zhike.holdings import labels, panels, past, postings, queries
from zhike.holdings.counterparties import counterparties as moved_with
from zhike.holdings.labels import Words
from zhike.holdings.models import AccountRole, Card, Loan, Transaction
from zhike.parties import queries as parties

PANEL_ROWS, PAGE_ROWS = 20, 50
COLUMNS = (Column("date", gettext_lazy("Booked"), "booking_date"),)


@dataclass(frozen=True)
class HoldingsPanel:
    """holdings/_holdings.html"""

    ledger: panels.Ledger
    cards: Sequence[Card]
    orders: Sequence[queries.Order]
    past_loans: Sequence[Loan]
    party_id: int


@dataclass(frozen=True)
class ChartPanel:
    """holdings/_chart_panel.html: `chart` None: nothing to draw, `why` says so."""

    chart: Chart | None
    why: Words
    months: Sequence[postings.MonthFlow] = ()
    inflow: Decimal = Decimal(0)
    outflow: Decimal = Decimal(0)
    currency: str = ""


@dataclass(frozen=True)
class TransactionsPanel:
    """holdings/_transactions.html: a keyset page in months, with its filters. `url` is its own address; balances and numbers of accounts are
    theirs alone who may see accounts."""

    months: Sequence[tuple[date, Sequence[panels.Posting]]]
    page: Page[Transaction]
    filters: postings.Filters
    accounts: Sequence[tuple[int, str, str]]  # key, product, number
    url: str
    target: str
    shows_balances: bool


@dataclass(frozen=True)
class AccountPage:
    """holdings/account.html: one account, its holders, all its transactions."""

    title: str
    crumbs: Sequence[Crumb]
    held: queries.HeldAccount
    holders: Sequence[Holder]
    totals: postings.Totals | None
    transactions: TransactionsPanel | None
    reveal_url: str
    token: str
    account_class: Words


@dataclass(frozen=True)
class Holder:
    """Somebody with a role on an account; `name` is empty where she is not among the viewer's customers."""

    party_id: int
    name: str
    role: Words
    share: Decimal | None
    signing: str


@require_GET
def holdings(request: ViewerRequest, party_id: int) -> HttpResponse:
    """What a customer holds now."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "accounts.read")
    on = asked_day(request)
    accounts = accounts_of(request, party_id)
    own = own_ids(accounts)
    loans = past.loans(request.viewer, party_id, accounts, on) if on else queries.loans(request.viewer, party_id, own)
    found = panels.ledger(accounts, loans, main_currency(accounts), day_of(request))
    panel = HoldingsPanel(
        found,
        past.cards(request.viewer, party_id, on) if on else queries.cards(request.viewer, party_id),
        past.standing_orders(request.viewer, accounts, on) if on else queries.standing_orders(request.viewer, own),
        [x for x in loans if x.state.startswith("finished")],
        party_id,
    )
    return render(request, "holdings/_holdings.html", vars(panel))


@require_GET
def balances(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Month ends of two years."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "accounts.read")
    accounts = accounts_of(request, party_id)
    currency = main_currency(accounts)
    until = asked_day(request) or max(
        (held.account.balance_date for held in accounts if held.account.balance_date), default=timezone.localdate()
    )
    own = own_ids(accounts)
    found = queries.balances_at_month_ends(own, currency, until) or postings.balances_at_month_ends(own, currency, until)
    why = _("Balances of at least two month ends are needed for a curve.")
    return render(request, "holdings/_chart_panel.html", vars(ChartPanel(panels.balance_chart(found, currency), why)))


@require_GET
def flows(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Money in and out by month."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "transactions.read")
    accounts = accounts_of(request, party_id)
    currency = main_currency(accounts)
    numbers = [bytes(held.account.account_no_digest) for held in accounts if held.account.account_no_digest]
    found = postings.flows(own_ids(accounts, with_loans=False), currency, numbers, until=asked_day(request))
    came, went = sum((m.inflow for m in found), Decimal(0)), sum((m.outflow for m in found), Decimal(0))
    why = _("No money has moved on this customer's accounts.")
    return render(
        request, "holdings/_chart_panel.html", vars(ChartPanel(panels.flow_chart(found, currency), why, found, came, went, currency))
    )


@require_GET
def counterparties(request: ViewerRequest, party_id: int) -> HttpResponse:
    """With whom money moved over twelve months, and who of them is no customer yet."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "transactions.read")
    accounts = accounts_of(request, party_id)
    currency = main_currency(accounts)
    numbers = [bytes(held.account.account_no_digest) for held in accounts if held.account.account_no_digest]
    found = moved_with(request.viewer, own_ids(accounts, with_loans=False), numbers, currency, day_of(request))
    words = {"credit": _("Paid by"), "debit": _("Paid to")}
    ways = [(words[way], [row for row in found if row.direction == way]) for way in words if any(row.direction == way for row in found)]
    until = found[0].until if found else None
    return render(request, "holdings/_counterparties.html", {"ways": ways, "currency": currency, "until": until})


@require_GET
def transactions(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Transactions of all the customer's accounts, twenty at a time."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "transactions.read")
    accounts = accounts_of(request, party_id)
    named = accounts if request.viewer.may("accounts.read") else ()
    choices = [
        (held.account.pk, held.account.product.name if held.account.product else "", held.account.account_no_masked) for held in named
    ]
    ids = [held.account.pk for held in accounts]
    panel = _transactions(request, ids, choices, reverse("customer-transactions", args=[party_id]), PANEL_ROWS)
    return render(request, "holdings/_transactions.html", vars(panel))


@require_GET
def account(request: ViewerRequest, account_id: int) -> HttpResponse:
    """One account with all its transactions."""
    held = queries.account(request.viewer, account_id)
    if held is None:
        raise Http404
    require(request.viewer, "customers.read")
    require(request.viewer, "accounts.read")
    shown = None
    if request.viewer.may("transactions.read"):
        shown = _transactions(request, [account_id], (), reverse("account", args=[account_id]), PAGE_ROWS)
    if request.headers.get("HX-Target") and shown:
        return answer(request, "holdings/_transactions.html", vars(shown))
    roles = queries.holders(account_id)
    names = parties.names(request.viewer, [row.party_id for row in roles if row.party_id] or [held.account.party_id or 0])
    main = next((row.party_id for row in roles if row.party_id in names), None) or next(iter(names), None)
    title = held.account.product.name if held.account.product else _("Account")
    crumbs = [
        Crumb(_("Customers"), reverse("customers")),
        *([Crumb(names[main], reverse("customer", args=[main]))] if main else []),
        Crumb(title),
    ]
    page = AccountPage(
        title, crumbs, held, [_holder(row, names) for row in roles], postings.totals(account_id) if shown else None, shown,
        reverse("customer-reveal", args=[main]) if main and main == held.account.party_id and request.viewer.may("contacts.reveal") else "",
        bytes(held.account.account_no_digest).hex() if held.account.account_no_digest else "",
        labels.word(labels.ACCOUNT_CLASSES, held.account.account_class),
    )  # fmt: skip
    return answer(request, "holdings/account.html", vars(page))


def accounts_of(request: ViewerRequest, party_id: int) -> list[queries.HeldAccount]:
    """The accounts of a customer today, or as of the past day that is asked for."""
    on = asked_day(request)
    return past.accounts(request.viewer, party_id, on) if on else queries.accounts(request.viewer, party_id)


def _holder(row: AccountRole, names: dict[int, str]) -> Holder:
    key = row.party_id or 0
    return Holder(key, names.get(key, ""), row.get_role_display(), row.share, row.signing_rule)


def _transactions(
    request: ViewerRequest, ids: Sequence[int], choices: Sequence[tuple[int, str, str]], url: str, size: int
) -> TransactionsPanel:
    asked = request.GET
    chosen = int(asked["account"]) if asked.get("account", "").isdigit() else None
    direction = asked.get("direction", "") if asked.get("direction") in ("credit", "debit") else ""
    filters = postings.Filters(chosen, direction, asked.get("words", "").strip()[:80])
    page = page_of(
        postings.transactions(ids, filters, until=asked_day(request)),
        COLUMNS,
        asked.dict(),
        sort="date",
        by="booking_date",
        descending=True,
        size=size,
    )
    return TransactionsPanel(panels.by_month(page.rows), page, filters, choices, url, "transactions", request.viewer.may("accounts.read"))


def own_ids(accounts: Sequence[queries.HeldAccount], *, with_loans: bool = True) -> list[int]:
    """The accounts that are the customer's own. What is paid back into a loan's account is not money coming in."""
    return [
        held.account.pk
        for held in accounts
        if held.is_owner and (with_loans or held.account.product is None or held.account.product.side != "asset")
    ]


def main_currency(accounts: Sequence[queries.HeldAccount]) -> str:
    """The currency in which a customer has most: by the sum of balances, then by the number of accounts."""
    sums: dict[str, tuple[Decimal, int]] = {}
    for held in accounts:
        amount, count = sums.get(held.account.currency, (Decimal(0), 0))
        sums[held.account.currency] = (amount + abs(held.account.balance or 0), count + 1)
    return max(sums, key=lambda currency: sums[currency], default="CNY")
