"""Reads of what customers hold. The first argument is the viewer.

An account is reached through the roles people have on it: one found through a role-holder the viewer sees is hers to see, with all that
hangs on it (decision 11), even where its main holder is somebody else's customer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F

from zhike.access.scope import ScopedQuerySet, Viewer, Where, seen_where
from zhike.access.sealing import digest_of, last4_digest_of
from zhike.core import prepared
from zhike.holdings.models import Account, AccountRole, Card, Loan, Position, StandingOrder
from zhike.holdings.rules import month_ends
from zhike.parties import queries as parties

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Held:
    """What a party holds in its main currency (the one it has most in); `others` are the currencies left out."""

    currency: str
    deposits: Decimal
    wealth: Decimal
    loans: Decimal
    aum: Decimal
    count_accounts: int
    count_families: int
    next_maturity_date: date | None
    next_maturity_amount: Decimal | None
    as_of: date | None
    others: Sequence[str] = ()


@dataclass(frozen=True)
class MonthEnd:
    """What the accounts of one currency held at the end of a day."""

    day: date
    deposits: Decimal
    loans: Decimal


@dataclass(frozen=True)
class HeldAccount:
    """An account with what this party is on it. `role` None: the main holder, without a row among the roles."""

    account: Account
    role: AccountRole | None
    positions: Sequence[Position] = field(default_factory=tuple)

    @property
    def is_owner(self) -> bool:
        """Whether it counts as this party's own; on others' accounts she is a joint holder, an authorised person …"""
        return self.role is None or self.role.role == AccountRole.Role.OWNER


@dataclass(frozen=True)
class Walk:
    """The parties that hold something, one row of alias `s` each (`place`, `party_id`), as SQL to be ordered and cut by its page.

    `each`: a table whose keys `one.id` the walk is made for, one after the other, each along an index of its own. `beside`: a second source,
    of parties that the first has not. `paged`: a function that gives a page of the same rows in their natural order by itself.
    """

    source: str
    values: Mapping[str, Any]
    each: str = ""
    beside: str = ""
    paged: str = ""


def by_aum(viewer: Viewer, which: parties.Which, also: Where | None = None) -> Walk:
    """Along the index of places of the whole bank, along that of each unit, or through the viewer's book, which fits in a hand.

    Who is no customer any more or not yet holds nothing, as a rule: a walk would pass the whole bank to find fifty of them, so there
    the parties come first (`offset 0` keeps the two apart). `also`: a condition over `p`, the party, and `s`, its sum.
    """
    narrowed = parties.narrowed(viewer, which)
    if also:
        narrowed = also if narrowed.sql == "true" else narrowed & also
    joined = f" join parties_party p on p.id = s.party_id and {narrowed.sql}" if narrowed.sql != "true" else ""
    if viewer.by_book:
        return Walk(f"from holdings_book() s{joined} where true", narrowed.values)
    if which.is_few or which.status not in ("", "customer"):
        where = parties.listed(viewer, which) & also if also else parties.listed(viewer, which)
        found = f"select s.place, s.party_id from parties_party p join holdings_summary s on s.party_id = p.id where {where.sql}"  # noqa: S608 - conditions are written in queries
        return Walk(f"from ({found} and s.place is not null offset 0) s where true", where.values)
    if viewer.sees_all:
        paged = "holdings_reached" if viewer.is_barred and not joined else ""
        return Walk(f"from holdings_summary s{joined} where s.place is not null", narrowed.values, paged=paged)
    values = {**narrowed.values, "units": list(viewer.unit_ids)}
    others = "not exists (select 1 from parties_party q where q.id = s.party_id and q.unit_id = any(%(units)s::bigint[]))"
    beside = f"from holdings_book() s{joined} where {others}" if viewer.is_mixed else ""
    walked = f"from holdings_summary s{joined} where s.place is not null and s.unit_id = one.id"
    paged = "" if joined else "holdings_reached" if beside else "holdings_units"
    return Walk(walked, values, "unnest(%(units)s::bigint[])", beside, paged)


HOLDS_NOTHING = "not exists (select 1 from holdings_summary s where s.party_id = p.id)"  # of a party `p`


def summaries(viewer: Viewer, ids: Sequence[int]) -> dict[int, Held]:
    """What each of these parties holds now. A party without accounts is not in it."""
    found: dict[int, Held] = {}
    where = seen_where(viewer, alias="s")
    with prepared.cursor() as cursor:
        cursor.execute(_SUMMARIES.format(seen=where.sql), {**where.values, "ids": list(ids)})
        for party, *values in cursor.fetchall():
            main = found.get(party)
            found[party] = replace(main, others=(*main.others, values[0])) if main else Held(*values)
    return found


_SUMMARIES = """
select s.id, s.currency, s.deposits, s.wealth, s.loans, s.aum, s.count_accounts, s.count_families, s.next_maturity_date,
    s.next_maturity_amount, s.as_of
from holdings_sum s where s.id = any(%(ids)s::bigint[]) and {seen} order by s.aum desc, s.currency
"""


def opened_sum(viewer: Viewer, party_id: int) -> Held | None:
    """What the party that `parties.about` opened in this transaction holds now; None: nothing, or not for this viewer (accounts.read)."""
    if not viewer.may("accounts.read"):
        return None
    with prepared.cursor() as cursor:
        cursor.execute(_OPENED_SUM, {"party": party_id})
        found = cursor.fetchall()
    return replace(Held(*found[0]), others=tuple(row[0] for row in found[1:])) if found else None


_OPENED_SUM = """
select s.currency, s.deposits, s.wealth, s.loans, s.aum, s.count_accounts, s.count_families, s.next_maturity_date, s.next_maturity_amount, s.as_of
from holdings_summary_opened s where s.party_id = %(party)s::bigint order by s.aum desc, s.currency
"""


def parties_by_number(viewer: Viewer, text: str, *, most: int) -> list[int]:
    """Parties with an account or card of this number: the whole of it, or its last four. Needs contacts.read, as numbers do, and accounts.read:
    that it finds somebody tells whose account it is."""
    plain = text.strip().replace(" ", "")
    if (
        not (viewer.may("contacts.read") and viewer.may("accounts.read"))
        or len(plain) < 4
        or not any(character.isdigit() for character in plain)
    ):
        return []
    found: dict[int, None] = {}
    for model, kind, column in ((Account, "account_no", "account_no"), (Card, "card_no", "card_no")):
        digest, part = (last4_digest_of(kind, plain), "last4") if len(plain) == 4 else (digest_of(kind, plain), "digest")
        rows = model.objects.seen_by(viewer).filter(**{f"{column}_{part}": digest}, party__isnull=False)
        found |= dict.fromkeys(rows.order_by("pk").values_list("party_id", flat=True)[:most])
    return list(found)[:most]


def accounts(viewer: Viewer, party_id: int) -> list[HeldAccount]:
    """All accounts on which a party the viewer sees has a role, or whose main holder it is; closed ones last."""
    roles = AccountRole.objects.seen_by(viewer).filter(party=party_id, valid_to=None)
    by_role = [HeldAccount(row.account, row) for row in roles.select_related("account__product", "account__unit").order_by("pk")]
    known = {held.account.pk for held in by_role}
    own = Account.objects.seen_by(viewer).filter(party=party_id, valid_to=None).select_related("product", "unit")
    found = by_role + [HeldAccount(account, None) for account in own if account.pk not in known]
    positions: dict[int, list[Position]] = {}
    for position in on_accounts(Position, [held.account.pk for held in found]).filter(valid_to=None).select_related("product"):
        positions.setdefault(position.account_id, []).append(position)
    return [HeldAccount(held.account, held.role, positions.get(held.account.pk, ())) for held in found]


def accounts_of(viewer: Viewer, ids: Sequence[int]) -> list[tuple[int, HeldAccount]]:
    """As `accounts` for several parties, whatever their number in three statements: party and account, an account once for each of them that
    has a role on it or is its main holder."""
    roles = AccountRole.objects.seen_by(viewer).filter(party__in=list(ids), valid_to=None, account__valid_to=None)
    found = {
        (row.account_id, row.party_id): HeldAccount(row.account, row) for row in roles.select_related("account__product").order_by("-pk")
    }
    own = Account.objects.seen_by(viewer).filter(party__in=list(ids), valid_to=None).select_related("product")
    found = {(row.pk, row.party_id): HeldAccount(row, None) for row in own} | found
    positions: dict[int, list[Position]] = {}
    for position in on_accounts(Position, {account for account, _party in found}).filter(valid_to=None):
        positions.setdefault(position.account_id, []).append(position)
    return [
        (party, replace(held, positions=positions.get(account, ()))) for (account, party), held in sorted(found.items()) if party is not None
    ]  # fmt: skip


def own_account_ids(viewer: Viewer, party_id: int) -> list[int]:
    """The keys of the accounts whose main holder a party is, where the viewer sees it: those that count as its own (a joint account
    counts once in the bank)."""
    where = seen_where(viewer)
    with prepared.cursor() as cursor:
        cursor.execute(_OWN_ACCOUNTS.format(seen=where.sql), {**where.values, "party": party_id})
        return [key for (key,) in cursor.fetchall()]


_OWN_ACCOUNTS = """
select a.id from parties_party p join holdings_account a on a.party_id = p.id and a.valid_to is null where p.id = %(party)s and {seen}
"""


def on_accounts(model: Any, ids: Iterable[int]) -> ScopedQuerySet[Any]:
    """Rows of a table that hangs on accounts, for accounts that have been found through a role-holder the viewer sees."""
    rows: ScopedQuerySet[Any] = model.objects.unscoped(
        reason="the accounts were found through a role-holder whom the viewer sees (decision 11)"
    )
    return rows.filter(account__in=list(ids))


def loans(viewer: Viewer, party_id: int, ids: Sequence[int]) -> list[Loan]:
    """Loans of a party, or repaid from one of these accounts of hers; running ones first."""
    found = {row.pk: row for row in Loan.objects.seen_by(viewer).filter(party=party_id, valid_to=None).select_related("product")}
    found |= {row.pk: row for row in on_accounts(Loan, ids).filter(valid_to=None).select_related("product")}
    return sorted(found.values(), key=lambda row: (row.state.startswith("finished"), row.maturity_date or date.max, row.pk))


def cards(viewer: Viewer, party_id: int) -> list[Card]:
    """Cards of a party."""
    rows = Card.objects.seen_by(viewer).filter(party=party_id, valid_to=None)
    return list(rows.order_by(F("closed_date").asc(nulls_first=True), "pk"))


@dataclass(frozen=True)
class Order:
    """A standing order for a viewer: to whom it pays is told to whoever may see transactions, and is empty for everybody else."""

    amount: Decimal
    currency: str
    code: str
    bank: str = ""
    number: str = ""


_OF_ORDERS, _TO_WHOM = ("amount", "currency", "source_code"), ("counterparty_bank", "counterparty_account_masked")


def standing_orders(viewer: Viewer, ids: Sequence[int]) -> list[Order]:
    """Standing orders on accounts that have been found for the viewer; the other side is not even read for whom it is not."""
    columns = (*_OF_ORDERS, *(_TO_WHOM if viewer.may("transactions.read") else ()))
    rows = on_accounts(StandingOrder, ids).filter(valid_to=None).order_by("-amount", "pk")
    return [Order(*row) for row in rows.values_list(*columns)]


_MONTH_ENDS = """
select e.day, sum(b.balance) filter (where p.side is distinct from 'asset'), sum(b.balance) filter (where p.side = 'asset')
from unnest(%(days)s::date[]) e(day)
join holdings_balance b on b.account_id = any(%(accounts)s) and b.valid_from <= e.day and (b.valid_to is null or b.valid_to > e.day)
join holdings_account a on a.id = b.account_id left join products_product p on p.id = a.product_id
where b.currency = %(currency)s group by e.day order by e.day
"""


def balances_at_month_ends(ids: Sequence[int], currency: str, until: date, *, count: int = 24) -> list[MonthEnd]:
    """What these accounts (found for the viewer) held at each of the last month ends, oldest first; months before the first balance
    are left out. Row security holds in the statement."""
    if not ids:
        return []
    with prepared.cursor() as cursor:
        cursor.execute(_MONTH_ENDS, {"days": month_ends(until, count), "accounts": list(ids), "currency": currency})
        return [MonthEnd(day, deposits or NOTHING, owed or NOTHING) for day, deposits, owed in cursor.fetchall()]


def opened_month_ends(party_id: int, currency: str, until: date, *, count: int = 24) -> list[MonthEnd]:
    """As `balances_at_month_ends`, of the accounts in force whose main holder is the party that `parties.about` opened in this transaction."""
    with prepared.cursor() as cursor:
        cursor.execute(_OPENED_MONTH_ENDS, {"days": month_ends(until, count), "party": party_id, "currency": currency})
        return [MonthEnd(day, deposits or NOTHING, owed or NOTHING) for day, deposits, owed in cursor.fetchall()]


_OPENED_MONTH_ENDS = """
select e.day, sum(b.balance) filter (where b.side is distinct from 'asset'), sum(b.balance) filter (where b.side = 'asset')
from unnest(%(days)s::date[]) e(day)
join holdings_balance_opened b on b.party_id = %(party)s::bigint and b.valid_from <= e.day and (b.valid_to is null or b.valid_to > e.day)
where b.currency = %(currency)s group by e.day order by e.day
"""


def curves(viewer: Viewer, ids: Sequence[int], *, count: int = 24) -> dict[int, list[Decimal]]:
    """What each of these parties had in deposits at the last month ends, oldest first, in its main currency: for a page of a list."""
    where = seen_where(viewer)
    found: dict[int, list[Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute("select max(as_of) from holdings_summary where party_id = any(%s)", [list(ids)])
        until = cursor.fetchone()[0]
        if until is None:
            return found
        cursor.execute(_CURVES.format(seen=where.sql), {**where.values, "ids": list(ids), "days": month_ends(until, count)})
        for party, amount in cursor.fetchall():
            found.setdefault(party, []).append(amount or NOTHING)
    return found


_CURVES = """
select p.id, sum(b.balance) filter (where d.side is distinct from 'asset')
from unnest(%(days)s::date[]) e(day) cross join parties_party p
join holdings_summary s on s.party_id = p.id and s.place is not null
join holdings_account a on a.party_id = p.id and a.valid_to is null left join products_product d on d.id = a.product_id
join holdings_balance b on b.account_id = a.id and b.currency = s.currency and b.valid_from <= e.day and (b.valid_to is null or b.valid_to > e.day)
where p.id = any(%(ids)s) and {seen} group by p.id, e.day order by p.id, e.day
"""


def account(viewer: Viewer, account_id: int) -> HeldAccount | None:
    """One account by whichever of its role-holders the viewer sees; None: not there, or not for her."""
    role = AccountRole.objects.seen_by(viewer).filter(account=account_id, valid_to=None).select_related("account__product", "account__unit")
    found = role.order_by("pk").first()
    if found is not None:
        return HeldAccount(found.account, found)
    own = Account.objects.seen_by(viewer).filter(pk=account_id).select_related("product", "unit").first()
    return HeldAccount(own, None) if own else None


def holders(account_id: int) -> list[AccountRole]:
    """Everybody with a role on an account that has been found for the viewer; whose name she may read is parties' to say."""
    return list(on_accounts(AccountRole, [account_id]).filter(valid_to=None).order_by("pk"))


@dataclass(frozen=True)
class Due:
    """What falls due next at a party."""

    party_id: int
    day: date
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class FallingDue:
    """The first of those at whom something falls due within a span, how many they are, and how much by currency."""

    rows: Sequence[Due]
    count: int
    sums: Mapping[str, Decimal]


@dataclass(frozen=True)
class Book:
    """The customers of one main manager (None: of nobody) and what they hold in the currency they have most in."""

    employee_id: int | None
    name: str
    customers: int
    aum: Decimal
    currency: str


_DUE = """
with due as (
    select s.party_id, s.next_maturity_date as day, coalesce(s.next_maturity_amount, 0) as amount, s.currency
    from holdings_summary s join parties_party p on p.id = s.party_id
    where {where} and s.next_maturity_date >= %(since)s and s.next_maturity_date < %(until)s)
select party_id, day, amount, currency, count(*) over (),
    (select jsonb_object_agg(c.currency, c.total::text) from (select currency, sum(amount) as total from due group by 1) c)
from due order by day, amount desc, party_id limit %(most)s
"""


def falling_due(viewer: Viewer, since: date, until: date, *, most: int) -> FallingDue:
    """At whom something falls due next in [since, until), soonest first: along the units' index of maturities, or through the book."""
    where = parties.listed(viewer, parties.Which())
    near = " and s.unit_id = any(%(units)s::bigint[])" if viewer.unit_ids and not viewer.employee_ids and not viewer.opened else ""
    asked = {**where.values, "since": since, "until": until, "most": most, "units": list(viewer.unit_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_DUE.format(where=where.sql + near), asked)
        rows = cursor.fetchall()
    sums = json.loads(rows[0][5]) if rows and isinstance(rows[0][5], str) else rows[0][5] if rows else {}
    return FallingDue([Due(*row[:4]) for row in rows], rows[0][4] if rows else 0, {name: Decimal(amount) for name, amount in sums.items()})


_BOOKS = """
select p.main_rm_id, coalesce(e.name, ''), s.currency, count(*), coalesce(sum(s.aum), 0)
from parties_party p left join access_employee e on e.id = p.main_rm_id
left join holdings_summary s on s.party_id = p.id and s.place is not null
where {where} and p.status = 'customer' group by 1, 2, 3
"""


def books(viewer: Viewer) -> list[Book]:
    """The customers that the viewer sees by their main manager, largest assets first; each in its manager's main currency."""
    where = parties.listed(viewer, parties.Which())
    found: dict[int | None, Book] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS.format(where=where.sql), where.values)
        for employee, name, currency, count, aum in sorted(cursor.fetchall(), key=lambda row: row[4], reverse=True):
            known = found.get(employee)
            found[employee] = (
                replace(known, customers=known.customers + count) if known else Book(employee, name, count, aum, currency or "")
            )
    return list(found.values())
