"""What Python reads of what a customer holds to decide a condition: the same facts that `fields.py` asks of PostgreSQL, said without SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from zhike.access.scope import Viewer
from zhike.core.conditions.rows import Row
from zhike.holdings.models import Account, Card, Loan, Summary, Transaction

Value = Callable[[Any, date], Any]
AREA = "holdings"
_ACCOUNT_ONLY = "demand_deposit"  # what an account without a product is


@dataclass(frozen=True)
class HoldingFacts:
    """What one customer holds, each kind of it read when it is first asked for."""

    viewer: Viewer
    key: int

    @cached_property
    def summary(self) -> Summary | None:
        return Summary.objects.seen_by(self.viewer).filter(party=self.key, place__isnull=False).first()

    @cached_property
    def accounts(self) -> Sequence[Account]:
        rows = Account.objects.seen_by(self.viewer).filter(party=self.key, valid_to=None).select_related("product")
        return list(rows)

    @property
    def open_accounts(self) -> Sequence[Account]:
        return [one for one in self.accounts if one.status != "closed"]

    @cached_property
    def loans(self) -> Sequence[Loan]:
        return list(Loan.objects.seen_by(self.viewer).filter(party=self.key, valid_to=None))

    @cached_property
    def cards(self) -> Sequence[Card]:
        return list(Card.objects.seen_by(self.viewer).filter(party=self.key, valid_to=None))

    @cached_property
    def postings(self) -> Sequence[Transaction]:
        return list(Transaction.objects.seen_by(self.viewer).filter(account__in=[one.pk for one in self.accounts]))


def reader(viewer: Viewer) -> Callable[[int], HoldingFacts]:
    """Holdings of parties for a viewer."""
    return lambda key: HoldingFacts(viewer, key)


def _of(row: Row) -> HoldingFacts:
    facts: HoldingFacts = row[AREA]
    return facts


def of_summary(column: str) -> Value:
    return lambda row, _today: getattr(_of(row).summary, column) if _of(row).summary else None


def families(row: Row, _today: date) -> list[str]:
    return [family(one, _today) for one in _of(row).open_accounts]


def accounts(side: str) -> Callable[[Row, date], Iterable[Account]]:
    return lambda row, _today: [one for one in _of(row).open_accounts if (one.product.side if one.product else "liability") == side]


def loans(row: Row, _today: date) -> Iterable[Loan]:
    return _of(row).loans


def cards(row: Row, _today: date) -> Iterable[Card]:
    return _of(row).cards


def postings(row: Row, _today: date) -> Iterable[Transaction]:
    return _of(row).postings


def family(account: Account, _today: date) -> str:
    return account.product.family if account.product else _ACCOUNT_ONLY


def product_name(account: Account, _today: date) -> str | None:
    return (account.product.name or None) if account.product else None


def own(column: str) -> Value:
    """A column of the related row itself, a share in hundredths; an empty text is nothing."""
    name, _times, hundred = column.partition(" * ")

    def value(row: Any, _today: date) -> Any:
        found = getattr(row, name)
        return None if found is None or found == "" else found * 100 if hundred else found

    return value
