"""Which table is made from which: a mart is a function whose parameters are named like its inputs, and the order follows from them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from graphlib import TopologicalSorter

import ibis

from zhike.insight import sources, terms
from zhike.insight.expected import EXPECTED, LIFETIMES
from zhike.insight.marts import customer_months, customer_state, holdings, matrix, mix, profile, profile_sides, rollups, value
from zhike.insight.network.files import FACTS
from zhike.insight.staging import accounts, customers, facts, registers

Made = Callable[..., ibis.Table]


@dataclass(frozen=True)
class Room:
    """A table of the build. `kept`: whether it is computed once and kept while the build runs; else it is part of what asks for it."""

    name: str
    make: Made
    inputs: tuple[str, ...]
    is_kept: bool = False

    @property
    def grain(self) -> str:
        """The first line of its description: one row per what."""
        return (self.make.__doc__ or "").strip().partition("\n")[0]


def room(make: Made, *, is_kept: bool = False, name: str = "") -> Room:
    """A room out of its function; what it takes by keyword alone is no table."""
    parameters = inspect.signature(make).parameters
    return Room(name or make.__name__, make, tuple(key for key, one in parameters.items() if one.kind is not one.KEYWORD_ONLY), is_kept)


# Large feeds, read file by file; what comes of a file is kept for good.
STAGED: Mapping[str, Room] = {
    one.name: one
    for one in map(
        room,
        (
            facts.balance,
            facts.posted_balance,
            facts.position,
            facts.flow,
            facts.event,
            facts.contact,
            facts.fee,
            facts.takings,
            facts.posted_rate,
        ),
    )
}
# What is there once for the business date.
NOW: tuple[Room, ...] = (
    room(accounts.product, is_kept=True), room(accounts.loan), room(accounts.account, is_kept=True), room(accounts.joint_holder, is_kept=True), room(accounts.owned), room(customers.household), room(customers.control_group),
    room(customers.manager), room(customers.risk_profile), room(customers.customer, is_kept=True), room(accounts.shop, is_kept=True),
)  # fmt: skip
# What is computed for months and kept by months.
MONTHLY: tuple[Room, ...] = (
    room(holdings.numbered, is_kept=True), room(holdings.balance_change), room(holdings.position_change), room(holdings.holding_month, is_kept=True), room(value.interest_income), room(value.priced_holding),
    room(value.account_value, is_kept=True), room(customer_months.value_part), room(customer_months.flow_part), room(customer_months.act_part),
    room(customer_months.fee_part), room(customer_months.customer_month, is_kept=True), room(customer_state.customer_states, is_kept=True),
)  # fmt: skip
# The same months added up by something else than customers. Nothing of the business date asks for them.
ADDED_UP: tuple[Room, ...] = tuple(
    room(one, is_kept=True)
    for one in (
        rollups.belonging_month,
        rollups.bank_month,
        rollups.unit_month,
        rollups.manager_month,
        rollups.household_month,
        rollups.group_month,
        rollups.family_month,
        mix.mix_month,
    )
)
# What is computed for the business date out of months.
DAILY: tuple[Room, ...] = (
    *(room(one) for one in (registers.cards, registers.registered_loans, registers.orders, registers.lines, registers.employers, registers.complaints)),
    room(registers.services, is_kept=True), room(profile.earlier_span), room(profile.customer_span, is_kept=True), room(profile.customer_accounts, is_kept=True), room(profile.early_acts, is_kept=True), room(profile.rfm, is_kept=True), room(profile.rfm_threshold, is_kept=True),
    room(matrix.customer_cell, is_kept=True), room(profile_sides.near_the_young), room(profile.profile, is_kept=True),
    room(rollups.concentration, is_kept=True),
)  # fmt: skip
BY_MONTH = (
    "holding_month",
    "account_value",
    "customer_month",
    "customer_states",
    "bank_month",
    "unit_month",
    "manager_month",
    "household_month",
    "group_month",
    "family_month",
    "mix_month",
)  # marts that land as Parquet by months
# Marts that large banks add up a few months at a time, with those inputs that have a month or day, by which column, and the rooms between.
IN_TURNS: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "holding_month": (
        dict.fromkeys(("balance", "posted_balance", "position"), "date") | {"months": "month"}, ("balance_change", "position_change"),
    ),
    "customer_month": (
        dict.fromkeys(("account_value", "flow", "event", "contact", "fee", "takings"), "month"), ("value_part", "flow_part", "act_part", "fee_part"),
    ),
}  # fmt: skip
CARRYING = ("holding_month",)  # of those: what begins with what the turn before ended with
BY_MONTH_READ = ("account_value",)  # the large one of what they read, of which no file is of one month anyhow
IN_PARTS = {
    "earlier_span": "customer_month"
}  # rooms of which a large bank computes a part of its customers at once, and the input that is parted, which lies in the order of customers
OF_EARLIER = ("earlier_span",)  # of months before that of the business date alone: the next day takes them as they are
STEPPED = ("customer_cell", "early_acts")  # rooms of the day that ask what is set
CARRIED = ("customer_states",)  # of those: what is computed month by month, each from the months before it
AS_GIVEN = (
    "profile",
    "customer_month",
)  # rooms whose joins are done as they are written: the profile stays in the order of customers, and the engine would join every account with every channel
BY_DAY = ("rfm_threshold", "profile", "concentration")  # marts that land as Parquet for the business date


def in_order(rooms: Iterable[Room]) -> list[Room]:
    """The rooms so that each comes after its inputs. Raises graphlib.CycleError."""
    by_name = {one.name: one for one in rooms}
    order = TopologicalSorter({one.name: [name for name in one.inputs if name in by_name] for one in by_name.values()}).static_order()
    return [by_name[name] for name in order]


def made(room: Room, known: Mapping[str, ibis.Table]) -> ibis.Table:
    """The expression of a room from what it asks for. Raises KeyError for an input that nobody makes."""
    return room.make(*(known[name] for name in room.inputs))


KEYS = ibis.schema({"source": "string", "external_key": "string", "party_id": "int64"})
DELIVERED = ibis.schema({"delivered_source": "string", "has_fees": "boolean"})  # every source, and whether it delivers fees
TIERS_GIVEN = ibis.schema({"party_id": "int64", "tier": "string", "from_date": "date", "until_date": "date"})
OPENING = facts.balance(sources.raw("balances")).schema()


@cache
def _declared() -> Mapping[str, ibis.Table]:
    """What rooms are given: landed feeds, what is set, what the build itself brings."""
    given = {
        **terms.SCHEMAS, "keys": KEYS, "opening": OPENING, "delivered": DELIVERED, "states_before": customer_state.STATES, "tiers_given": TIERS_GIVEN, "network": FACTS, "expected": EXPECTED, "lifetimes": LIFETIMES,
    }  # fmt: skip
    return {f"raw_{feed}": sources.raw(feed) for feed in sources.FEEDS} | {
        name: ibis.table(schema, name=name) for name, schema in given.items()
    }


def of_months(one: Room, known: Mapping[str, ibis.Table], months: Sequence[date], *, is_first: bool) -> ibis.Table:
    """The expression of a room of IN_TURNS for some months alone. Days before the first turn say how it begins."""
    dated, between = IN_TURNS[one.name]
    near = dict(known)
    for name, column in dated.items():
        near[name] = known[name].filter(known[name][column] < ibis.date(terms.month_after(months[-1])))
        if column == "month" or not is_first:
            near[name] = near[name].filter(near[name][column] >= ibis.date(months[0]))
    for name in between:
        near[name] = made(_rooms()[name], near)
    return made(one, near)


def of_customers(one: Room, known: Mapping[str, ibis.Table], first: int | None, after: int | None) -> ibis.Table:
    """The expression of a room of IN_PARTS for the customers from one key up to before another; None: from the lowest, up to the highest."""
    parted = known[IN_PARTS[one.name]]
    if first is not None:
        parted = parted.filter(parted["party_id"] >= first)
    if after is not None:
        parted = parted.filter(parted["party_id"] < after)
    return made(one, {**known, IN_PARTS[one.name]: parted})


@cache
def _rooms() -> Mapping[str, Room]:
    return {one.name: one for group in (STAGED.values(), NOW, MONTHLY, ADDED_UP, DAILY) for one in in_order(group)}


@cache
def of_room(name: str) -> ibis.Table:
    """A room over nothing but declared inputs. Raises KeyError for a name that nobody makes."""
    if name in _declared():
        return _declared()[name]
    one = _rooms()[name]
    rows = one.make(*(of_room(given) for given in one.inputs))
    return ibis.table(rows.schema(), name=name) if one.is_kept or name in STAGED else rows


@cache
def everything() -> Mapping[str, ibis.Table]:
    """Every room over nothing but declared inputs: what columns a table has, and what each is made from."""
    return {**_declared(), **{name: of_room(name) for name in _rooms()}}
