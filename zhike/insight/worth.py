"""What one customer is worth: read from the marts of the snapshot that counts, never from live tables. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings

from zhike.access.scope import Viewer, require
from zhike.insight import snapshots, warehouse
from zhike.insight.models import Profile
from zhike.insight.snapshots import Snapshot
from zhike.parties import queries as parties

RIGHT = "accounts.read"
NOTHING = Decimal(0)
MONTHS = 12
_MONTH = (
    "month", "aum", "aum_opening", "lum", "nnm", "mtm", "income", "fx", "margin", "commission", "fees", "direct_cost", "cost", "expected_loss",
    "before_tax", "contribution", "eva", "marginal",
)  # fmt: skip
_ACCOUNT = ("account", "family", "currency", "aum", "lum", "margin", "commission", "account_cost", "expected_loss", "nnm", "mtm")


@dataclass(frozen=True)
class Month:
    """A month of a customer, in CNY; `tax` is what makes `before_tax` the contribution."""

    month: date
    aum: Decimal
    aum_opening: Decimal
    lum: Decimal
    nnm: Decimal
    mtm: Decimal
    income: Decimal
    fx: Decimal
    margin: Decimal
    commission: Decimal
    fees: Decimal
    direct_cost: Decimal
    cost: Decimal
    expected_loss: Decimal
    before_tax: Decimal
    contribution: Decimal
    eva: Decimal
    marginal: Decimal

    @property
    def tax(self) -> Decimal:
        """Tax on what is left; relief where nothing is."""
        return self.before_tax - self.contribution

    @property
    def net_fees(self) -> Decimal:
        """Fees and commission, less what goes straight out again."""
        return self.commission + self.fees - self.direct_cost


@dataclass(frozen=True)
class AccountWorth:
    """What one account (or product held in it) earned and cost in the last month."""

    number: str
    family: str
    currency: str
    aum: Decimal
    lum: Decimal
    margin: Decimal
    commission: Decimal
    cost: Decimal
    expected_loss: Decimal
    nnm: Decimal
    mtm: Decimal

    @property
    def earned(self) -> Decimal:
        """Margin and commission less its own cost and expected loss."""
        return self.margin + self.commission - self.cost - self.expected_loss


@dataclass(frozen=True)
class Worth:
    """A customer's value as of a business date: the profile and the last twelve months, oldest first."""

    as_of: date
    profile: Profile
    months: Sequence[Month]

    def said(self, key: str) -> Any:
        """A field of the profile."""
        return getattr(self.profile, key)

    def total(self, name: str) -> Decimal:
        """A measure over the months."""
        return sum((getattr(month, name) for month in self.months), NOTHING)


def worth_of(viewer: Viewer, party_id: int) -> Worth | None:
    """What a customer is worth; None where nothing is computed yet or she is newer than that. Raises Http404 and PermissionDenied."""
    parties.require_seen(viewer, party_id)
    require(viewer, RIGHT)
    snapshot = snapshots.latest(settings.HOME)
    profile = Profile.objects.seen_by(viewer).filter(pk=party_id).first()
    if snapshot is None or profile is None:
        return None
    rows = _rows(snapshot, "customer_month", _MONTH, party_id, "order by month")
    return Worth(snapshot.business_date, profile, [Month(*row) for row in rows[-MONTHS:]])


def accounts_of(viewer: Viewer, party_id: int) -> list[AccountWorth]:
    """What a customer's accounts earned and cost in the month of the last business date, the best first."""
    parties.require_seen(viewer, party_id)
    require(viewer, RIGHT)
    snapshot = snapshots.latest(settings.HOME)
    if snapshot is None:
        return []
    month = snapshot.business_date.replace(day=1)
    rows = _rows(snapshot, "account_value", _ACCOUNT, party_id, f"and month = date '{month}'")
    found = [AccountWorth(masked(row[0]), *row[1:]) for row in rows]
    return sorted(found, key=lambda one: (-one.earned, one.number))


def masked(account: str) -> str:
    """A key of an account by its last four characters, as masks show a number."""
    return f"••••{account[-4:]}"


def _rows(snapshot: Snapshot, mart: str, columns: Sequence[str], party_id: int, more: str) -> list[tuple[Any, ...]]:
    parts = []
    for piece in snapshot.pieces.get(mart, ()):
        files = warehouse.mart_files(snapshots.root(settings.HOME) / piece.path)
        parts.append(f"select * from read_parquet({files}) where month between date '{piece.first}' and date '{piece.last}'")
    if not parts:
        return []
    with warehouse.connect(threads=1) as engine:
        where = f"where party_id = {int(party_id)} {more}"
        return engine.execute(f"select {', '.join(columns)} from ({' union all '.join(parts)}) {where}").fetchall()
