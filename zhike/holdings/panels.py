"""What the panels about holdings show, put together from what was read: groups of items, charts, months of transactions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Literal

from django.utils.translation import gettext as _

from zhike.core import dates, money
from zhike.core.charts import Chart, Part, Series, months_in_out
from zhike.core.words import language
from zhike.holdings import labels
from zhike.holdings.labels import Words
from zhike.holdings.models import Loan, Position, Transaction
from zhike.holdings.postings import MonthFlow
from zhike.holdings.queries import HeldAccount, MonthEnd
from zhike.holdings.rules import ASSETS, GROUPS, TOKENS, Group, Rung, group_of, rung, share

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Item:
    """One thing a customer holds or may act on; what is not her own (`role` says what she is on it) is not added up."""

    name: str
    risk: str
    number: str
    account_id: int | None
    role: Words
    share: Decimal | None
    state: Words
    tone: Literal["", "warn", "bad"]
    amount: Decimal | None
    currency: str
    rate: Decimal | None
    maturity: date | None
    rung: Rung | None
    is_renewed: bool
    note: str = ""
    is_own: bool = True


@dataclass(frozen=True)
class ItemGroup:
    """Items of one group, its sum in the main currency and what part of all assets that is."""

    title: Words
    token: str
    items: Sequence[Item]
    amount: Decimal
    share: Decimal | None


@dataclass(frozen=True)
class Ledger:
    """Everything held now, in groups; `currency` is what the sums are in, closed accounts are counted only."""

    groups: Sequence[ItemGroup]
    parts: Sequence[Part]
    currency: str
    assets: Decimal
    count_items: int
    count_closed: int


def ledger(accounts: Sequence[HeldAccount], loans: Sequence[Loan], currency: str, today: date) -> Ledger:
    """Accounts by what they are invested in, loans by themselves: a loan's own account is not listed beside it."""
    lent = {loan.account_id for loan in loans}
    groups: dict[Group, list[Item]] = {name: [] for name in GROUPS}
    closed = 0
    for held in accounts:
        product = held.account.product
        group = group_of(product.side if product else None, product.family if product else None)
        if held.account.status == "closed":
            closed += 1
        elif held.positions:
            for position in held.positions:
                groups[group_of(position.product.side, position.product.family)].append(_of_position(held, position))
        elif not (group == "loans" and held.account.pk in lent):
            groups[group].append(_of_account(held, today))
    running = [loan for loan in loans if not loan.state.startswith("finished")]
    groups["loans"] += [_of_loan(loan, today) for loan in running]
    sums = {
        name: sum((item.amount or NOTHING for item in items if item.is_own and item.currency == currency), NOTHING)
        for name, items in groups.items()
    }
    assets = sum((sums[name] for name in ASSETS), NOTHING)
    shown = [_group(name, groups[name], sums[name], assets) for name in GROUPS if groups[name]]
    parts = [Part(labels.GROUPS[name], sums[name], TOKENS[name]) for name in GROUPS if name in ASSETS and sums[name] > 0]
    return Ledger(shown, parts, currency, assets, sum(len(group.items) for group in shown), closed + len(loans) - len(running))


def _group(name: Group, items: list[Item], amount: Decimal, assets: Decimal) -> ItemGroup:
    ordered = sorted(items, key=lambda item: (-(item.amount or NOTHING), item.name))
    return ItemGroup(labels.GROUPS[name], TOKENS[name], ordered, amount, share(amount, assets) if name in ASSETS else None)


def _of_account(held: HeldAccount, today: date) -> Item:
    account, product = held.account, held.account.product
    state = "" if account.status == "open" else account.get_status_display()
    return Item(
        product.name if product else _("Account"), product.risk_level if product else "", account.account_no_masked, account.pk,
        *_part_of(held), state, "bad" if account.status == "frozen" else "", account.balance, account.currency,
        account.rate if account.rate is not None else (product.rate if product else None), account.maturity_date,
        rung(account.maturity_date, today), bool(account.is_auto_renewed), is_own=held.is_owner,
    )  # fmt: skip


def _part_of(held: HeldAccount) -> tuple[Words, Decimal | None]:
    if held.role is None:
        return "", None
    return ("" if held.is_owner else held.role.get_role_display()), held.role.share


def _of_position(held: HeldAccount, position: Position) -> Item:
    product = position.product
    gain = share(position.market_value - position.cost, position.cost) if position.cost else None
    return Item(
        product.name, product.risk_level, held.account.account_no_masked, held.account.pk, *_part_of(held), "", "", position.market_value,
        position.currency, gain, held.account.maturity_date, None, False, "gain", held.is_owner,
    )  # fmt: skip


def _of_loan(loan: Loan, today: date) -> Item:
    overdue = loan.state == "running_overdue" or bool(loan.overdue_days)
    state = _("Overdue %(days)s days") % {"days": loan.overdue_days} if loan.overdue_days else labels.word(labels.LOAN_STATES, loan.state)
    owed = loan.balance if loan.balance is not None else loan.amount
    note = _("granted %(amount)s") % {"amount": money.money(loan.amount, language(), currency=loan.currency).text}
    return Item(
        loan.product.name if loan.product else _("Loan"), "", "", None, "", None, state if overdue else "", "bad" if overdue else "", owed,
        loan.currency, loan.rate, loan.maturity_date, rung(loan.maturity_date, today), False, note,
    )  # fmt: skip


def balance_chart(months: Sequence[MonthEnd], currency: str) -> Chart | None:
    """Month ends as an area, loans as a line below; None where there is nothing to compare."""
    if len(months) < 2:
        return None
    first, last = months[0], months[-1]
    words = {
        "from": money.money(first.deposits, language(), currency=currency).text, "since": dates.month(first.day, language()),
        "to": money.money(last.deposits, language(), currency=currency).text, "until": dates.month(last.day, language()),
    }  # fmt: skip
    series = [Series(_("Deposits and investments"), [float(m.deposits) for m in months], "c1", "area")]
    if any(month.loans for month in months):
        series.append(Series(_("Loans"), [float(m.loans) for m in months], "c6", "line"))
    sentence = _("Balances were %(from)s in %(since)s and are %(to)s in %(until)s.") % words
    return Chart("line", sentence, [dates.month(m.day, language()) for m in months], series, currency=currency, height=180)


def flow_chart(months: Sequence[MonthFlow], currency: str) -> Chart | None:
    """In and out by month; None where nothing moved."""
    if not months:
        return None
    came, went = sum((m.inflow for m in months), NOTHING), sum((m.outflow for m in months), NOTHING)
    words = {
        "in": money.money(came, language(), currency=currency).text, "out": money.money(went, language(), currency=currency).text,
        "since": dates.month(months[0].month, language()), "until": dates.month(months[-1].month, language()),
    }  # fmt: skip
    sentence = _("From %(since)s to %(until)s, %(in)s came in and %(out)s went out.") % words
    names = (_("Money in"), _("Money out"), _("Net"))
    at = [dates.month(m.month, language()) for m in months]
    return months_in_out(sentence, at, [m.inflow for m in months], [m.outflow for m in months], names, currency=currency)


@dataclass(frozen=True)
class Posting:
    """A transaction as a line: what it was (the bank's own words, else its kind), on which side, with whom."""

    row: Transaction
    what: Words
    more: str
    number: str


def by_month(rows: Iterable[Transaction]) -> list[tuple[date, list[Posting]]]:
    """Transactions, already newest first, under the months they were booked in."""
    return [(month, [_posting(row) for row in found]) for month, found in groupby(rows, key=lambda row: row.booking_date.replace(day=1))]


def _posting(row: Transaction) -> Posting:
    kind = labels.word(labels.KINDS_OF_POSTING, row.code)
    what = row.summary or row.counterparty_name or kind or row.source_code or _("Transaction")
    with_whom = " ".join(part for part in (row.counterparty_bank, row.counterparty_account_masked) if part)
    details = [
        row.counterparty_name if row.summary else "",
        with_whom,
        str(kind) if what is not kind else "",
        str(labels.word(labels.CHANNELS, row.channel)),
    ]
    return Posting(row, what, " · ".join(part for part in details if part), row.account.account_no_masked)
