"""What the API reads of holdings, transactions, contacts and batches. The first argument is the viewer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import Http404

from zhike.access.scope import Viewer, require
from zhike.api import schemas
from zhike.core.tables import Column, page_of
from zhike.engagement import queries as engagement
from zhike.holdings import postings
from zhike.holdings import queries as holdings
from zhike.ingestion import queries as ingestion
from zhike.parties import queries as parties

BOOKED, AT, DAY = (Column("date", "", "booking_date"),), (Column("at", "", "at"),), (Column("date", "", "batch_date"),)


@dataclass(frozen=True)
class PageAsked:
    """A page of a list: after a cursor (empty: from the first row), and how many rows."""

    cursor: str = ""
    most: int = 50

    @property
    def query(self) -> dict[str, str]:
        return {"after": self.cursor} if self.cursor else {}


@dataclass(frozen=True)
class TransactionsAsked:
    """Which transactions: booked in [since, until), of one account, in one direction."""

    page: PageAsked = field(default_factory=PageAsked)
    account_id: int | None = None
    direction: str = ""
    since: date | None = None
    until: date | None = None


def held(viewer: Viewer, party_id: int) -> schemas.Holdings:
    """Accounts with positions, loans and cards of a customer. Raises PartyNotSeen."""
    parties.require_seen(viewer, party_id)
    require(viewer, "accounts.read")
    accounts = holdings.accounts(viewer, party_id)
    own = [one.account.pk for one in accounts if one.is_owner]
    return schemas.Holdings(
        accounts=[_account(one) for one in accounts],
        loans=[_loan(loan) for loan in holdings.loans(viewer, party_id, own)],
        cards=[
            schemas.Card(id=card.pk, account_id=card.account_id, number=card.card_no_masked, side=card.side, status=card.status)
            for card in holdings.cards(viewer, party_id)
        ],
    )


def account(viewer: Viewer, account_id: int) -> schemas.Account:
    """One account. Raises Http404 where no role-holder of it is seen."""
    found = holdings.account(viewer, account_id)
    if found is None:
        raise Http404
    require(viewer, "accounts.read")
    return _account(found)


def _account(one: holdings.HeldAccount) -> schemas.Account:
    row, product = one.account, one.account.product
    return schemas.Account(
        id=row.pk, number=row.account_no_masked, product=product.name if product else None, family=product.family if product else None,
        side=product.side if product else None, currency=row.currency, status=row.status, role=one.role.role if one.role else "owner",
        balance=row.balance, balance_date=row.balance_date, rate=row.rate if row.rate is not None else (product.rate if product else None),
        opened_date=row.opened_date, maturity_date=row.maturity_date, is_auto_renewed=row.is_auto_renewed,
        positions=[_position(position) for position in one.positions],
    )  # fmt: skip


def _position(row: Any) -> schemas.Position:
    return schemas.Position(
        product=row.product.name, product_code=row.product.external_key, units=row.units, market_value=row.market_value, currency=row.currency,
        position_date=row.position_date,
    )  # fmt: skip


def _loan(row: Any) -> schemas.Loan:
    return schemas.Loan(
        id=row.pk, account_id=row.account_id, product=row.product.name if row.product else None, currency=row.currency, amount=row.amount,
        balance=row.balance, rate=row.rate, granted_date=row.granted_date, maturity_date=row.maturity_date, state=row.state,
        overdue_days=row.overdue_days,
    )  # fmt: skip


def month_ends(viewer: Viewer, party_id: int, today: date) -> schemas.MonthEnds:
    """What a customer's own accounts held at the last 24 month ends, in her main currency. Raises PartyNotSeen."""
    parties.require_seen(viewer, party_id)
    require(viewer, "accounts.read")
    sums = holdings.summaries(viewer, [party_id]).get(party_id)
    if sums is None:
        return schemas.MonthEnds(currency=None, data=[])
    own = holdings.own_account_ids(viewer, party_id)
    rows = holdings.balances_at_month_ends(own, sums.currency, sums.as_of or today)
    return schemas.MonthEnds(
        currency=sums.currency, data=[schemas.MonthEnd(date=row.day, deposits=row.deposits, loans=row.loans) for row in rows]
    )


def transactions(viewer: Viewer, party_id: int, asked: TransactionsAsked) -> schemas.Transactions:
    """Postings on a customer's accounts, newest first. Raises PartyNotSeen."""
    parties.require_seen(viewer, party_id)
    require(viewer, "transactions.read")
    ids = [one.account.pk for one in holdings.accounts(viewer, party_id)]
    filters = postings.Filters(asked.account_id, asked.direction, "", asked.since, asked.until)
    page = page_of(postings.transactions(ids, filters), BOOKED, asked.page.query, sort="date", descending=True, size=asked.page.most)
    return schemas.Transactions(
        data=[_transaction(row, has_balance=viewer.may("accounts.read")) for row in page.rows], next=page.next or None
    )


def _transaction(row: Any, *, has_balance: bool) -> schemas.Transaction:
    return schemas.Transaction(
        id=row.pk, account_id=row.account_id, booking_date=row.booking_date, value_date=row.value_date, amount=row.amount, currency=row.currency,
        direction=row.direction, code=row.code, summary=row.summary, balance_after=row.balance_after if has_balance else None, counterparty_name=row.counterparty_name,
        counterparty_account=row.counterparty_account_masked, counterparty_bank=row.counterparty_bank, channel=row.channel,
        is_reversal=row.is_reversal,
    )  # fmt: skip


def interactions(viewer: Viewer, party_id: int, asked: PageAsked, *, channel: str = "") -> schemas.Interactions:
    """Contacts with a customer, newest first. Raises PartyNotSeen."""
    parties.require_seen(viewer, party_id)
    require(viewer, "interactions.read")
    rows = engagement.interactions(viewer, party_id, channel=channel)
    page = page_of(rows, AT, asked.query, sort="at", descending=True, size=asked.most)
    return schemas.Interactions(data=[_interaction(row) for row in page.rows], next=page.next or None)


def interaction(viewer: Viewer, interaction_id: int) -> schemas.Interaction:
    """One contact. Raises Http404 where its customer is not seen."""
    found = engagement.interaction(viewer, interaction_id)
    if found is None:
        raise Http404
    return _interaction(found)


def _interaction(row: Any) -> schemas.Interaction:
    return schemas.Interaction(
        id=row.pk, customer_id=row.party_id, at=row.at, channel=row.channel, direction=row.direction, purpose=row.purpose, outcome=row.outcome,
        subject=row.subject, text=row.text, seconds=row.seconds, employee=row.employee.name if row.employee else None, source=row.source,
    )  # fmt: skip


def batches(viewer: Viewer, asked: PageAsked) -> schemas.Batches:
    """Deliveries of the bank's systems, newest first."""
    require(viewer, "batches.read")
    page = page_of(ingestion.recent_batches(viewer), DAY, asked.query, sort="date", descending=True, size=asked.most)
    return schemas.Batches(data=[_batch(row) for row in page.rows], next=page.next or None)


def batch(viewer: Viewer, batch_id: int) -> schemas.Batch:
    """One delivery. Raises Http404."""
    require(viewer, "batches.read")
    found = ingestion.recent_batches(viewer).filter(pk=batch_id).first()
    if found is None:
        raise Http404
    return _batch(found)


def _batch(row: Any) -> schemas.Batch:
    return schemas.Batch(
        id=row.pk, source=row.source, batch_date=row.batch_date, attempt=row.attempt, state=row.state, rows_in=row.count_in,
        rows_loaded=row.count_loaded, rows_unchanged=row.count_unchanged, rows_rejected=row.count_rejected, rows_held=row.count_held,
    )  # fmt: skip
