"""What a customer held on a past day, from what the bank's files had said by then: earlier versions lie in `HoldingHistory`, balances are
intervals. The first argument is the viewer; whom she sees is decided as of today.

PostgreSQL keeps of each delivery the last balance of a month (decision 7): between month ends a balance is the last one kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, prefetch_related_objects

from zhike.access.scope import Viewer
from zhike.holdings.models import Account, AccountRole, Card, Loan, Position, StandingOrder
from zhike.holdings.queries import NOTHING, Held, HeldAccount, Order

M = TypeVar("M", bound=Model)

_ROWS = """
select {columns} from (
    select (jsonb_populate_record(null::{table}, h."values")).* from holdings_holdinghistory h
    where h.kind = %(kind)s and h.valid_from <= %(on)s and h.valid_to > %(on)s and {past}) t where {condition}
union all select {columns} from {table} t
where t.valid_from <= %(on)s and (t.valid_to is null or t.valid_to > %(on)s) and {condition}
"""
_BALANCES = """
select a.id, coalesce(b.balance, p.balance_after), coalesce(b.valid_from, p.booking_date)
from unnest(%(ids)s::bigint[], %(currencies)s::text[]) a(id, currency)
left join lateral (
    select balance, valid_from from holdings_balance where account_id = a.id and currency = a.currency and valid_from <= %(on)s
    and (valid_to is null or valid_to > %(on)s) order by valid_from desc limit 1) b on true
left join lateral (
    select balance_after, booking_date from holdings_transaction where account_id = a.id and currency = a.currency and booking_date <= %(on)s
    and balance_after is not null order by booking_date desc, id desc limit 1) p
  on not exists (select 1 from holdings_balance x where x.account_id = a.id)
"""


def _rows(model: type[M], kind: str, on: date, condition: str, past: str, **values: Any) -> list[M]:
    """The rows of a table as they were on a day. `condition` is SQL over the alias `t`, `past` narrows the history, alias `h`."""
    shape = model._meta  # noqa: SLF001 - Django's documented way to ask a model for its columns
    fields = shape.concrete_fields
    columns = ", ".join(f't."{field.column}"' for field in fields)
    statement = _ROWS.format(columns=columns, table=shape.db_table, condition=condition, past=past)
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, "kind": kind, "on": on})
        return [model.from_db("default", [field.attname for field in fields], row) for row in cursor.fetchall()]


def accounts(viewer: Viewer, party_id: int, on: date) -> list[HeldAccount]:
    """All accounts on which a party (found for the viewer) had a role on that day, with that day's balances and positions."""
    return [held for _party, held in accounts_of(viewer, [party_id], on)]


def accounts_of(viewer: Viewer, ids: Sequence[int], on: date) -> list[tuple[int, HeldAccount]]:
    """As `accounts` for several parties found for the viewer: party and account, an account once for each of them that is on it."""
    roles = {
        (role.account_id, role.party_id): role
        for role in _rows(AccountRole, "role", on, "t.party_id = any(%(parties)s)", "h.party_id = any(%(parties)s)", parties=list(ids))
        if role.party_id
    }  # fmt: skip
    found = _rows(
        Account, "account", on, "(t.id = any(%(ids)s) or t.party_id = any(%(parties)s))",
        "(h.entity_id = any(%(ids)s) or h.party_id = any(%(parties)s))", ids=[account for account, _party in roles], parties=list(ids),
    )  # fmt: skip
    _put_balances(found, on)
    prefetch_related_objects(found, "product", "unit")
    positions: dict[int, list[Position]] = {}
    for position in _on_accounts(Position, "position", found, on):
        positions.setdefault(position.account_id, []).append(position)
    prefetch_related_objects([row for rows in positions.values() for row in rows], "product")
    by_key = {row.pk: row for row in found}
    own = {(row.pk, row.party_id) for row in found if row.party_id in set(ids)}
    return [
        (party, HeldAccount(by_key[account], roles.get((account, party)), positions.get(account, ())))
        for account, party in sorted(own | roles.keys()) if account in by_key
    ]  # fmt: skip


def _put_balances(found: Sequence[Account], on: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"ids": [row.pk for row in found], "currencies": [row.currency for row in found], "on": on})
        known = {key: (balance, day) for key, balance, day in cursor.fetchall()}
    for row in found:
        row.balance, row.balance_date = known.get(row.pk, (None, None))


def _on_accounts(model: type[M], kind: str, found: Iterable[Account], on: date) -> list[M]:
    rows = list(found)
    return _rows(
        model, kind, on, "t.account_id = any(%(ids)s)", "h.party_id = any(%(holders)s)", ids=[row.pk for row in rows],
        holders=[row.party_id for row in rows if row.party_id],
    )  # fmt: skip


def loans(viewer: Viewer, party_id: int, held: Sequence[HeldAccount], on: date) -> list[Loan]:
    """Loans of a party, or repaid from one of these accounts of hers, as they stood on that day; running ones first."""
    own = [one.account for one in held if one.is_owner]
    found = _rows(
        Loan, "loan", on, "(t.party_id = %(party)s or t.account_id = any(%(ids)s))", "h.party_id = any(%(holders)s)", party=party_id,
        ids=[row.pk for row in own], holders=[party_id, *(row.party_id for row in own if row.party_id)],
    )  # fmt: skip
    prefetch_related_objects(found, "product")
    return sorted(found, key=lambda row: (row.state.startswith("finished"), row.maturity_date or date.max, row.pk))


def cards(viewer: Viewer, party_id: int, on: date) -> list[Card]:
    """Cards of a party on that day."""
    found = _rows(Card, "card", on, "t.party_id = %(party)s", "h.party_id = %(party)s", party=party_id)
    return sorted(found, key=lambda row: (row.closed_date is not None, row.pk))


def standing_orders(viewer: Viewer, held: Sequence[HeldAccount], on: date) -> list[Order]:
    """Standing orders on the party's own accounts on that day; to whom they pay as in `queries.standing_orders`."""
    found = _on_accounts(StandingOrder, "order", [one.account for one in held if one.is_owner], on)
    is_told = viewer.may("transactions.read")
    return [
        Order(row.amount, row.currency, row.source_code, *((row.counterparty_bank, row.counterparty_account_masked) if is_told else ()))
        for row in sorted(found, key=lambda row: (-row.amount, row.pk))
    ]


def summary(held: Sequence[HeldAccount], party_id: int, on: date) -> Held | None:
    """What `Summary` said on that day: the accounts whose main holder the party was, in the currency it had most in (summaries.py says how
    sides add up). None: nothing."""
    by_currency: dict[str, list[HeldAccount]] = {}
    for one in held:
        if one.account.party_id == party_id and one.account.status != "closed":
            by_currency.setdefault(one.account.currency, []).append(one)
    found = sorted((_added_up(currency, rows, on) for currency, rows in by_currency.items()), key=lambda sums: (-sums.aum, sums.currency))
    if not found:
        return None
    main, *others = found
    return Held(**{**vars(main), "others": tuple(sums.currency for sums in others)})


def _added_up(currency: str, held: Sequence[HeldAccount], on: date) -> Held:
    deposits = wealth = owed = NOTHING
    due: dict[date, Decimal] = {}
    families = set()
    for one in held:
        account, product = one.account, one.account.product
        side, balance = product.side if product else None, account.balance or NOTHING
        families.add((product.family if product else "") or "demand_deposit")
        if side == "asset":
            owed += balance
            continue
        if side == "intermediary":
            wealth += sum((position.market_value for position in one.positions), NOTHING) if one.positions else balance
        else:
            deposits += balance
        if account.maturity_date and account.maturity_date >= on and side is not None:
            amount = account.balance if account.balance is not None else account.principal
            due[account.maturity_date] = due.get(account.maturity_date, NOTHING) + (amount or NOTHING)
    days = [one.account.balance_date for one in held if one.account.balance_date]
    first = min(due, default=None)
    return Held(
        currency, deposits, wealth, owed, deposits + wealth, len(held), len(families), first, due[first] if first else None, max(days, default=None)
    )  # fmt: skip
