"""Tiers of all customers at once: `tier_rules.step` as an Ibis expression, one month at a time.

A build keeps the table of states of the last month end and takes one step with the measures of the next; a history is a chain of steps. It
is the same on DuckDB and Spark; a property test holds it to the rule for a single customer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import ibis
from ibis.expr import datatypes as dt
from ibis.expr import types as ir

from zhike.insight.tier_rules import Scheme

AMOUNT = dt.Decimal(20, 2)
KEY = "party_id"
# One row per customer and month: `tier_rules.State`, by places on the ladder.
COLUMNS = {
    "computed": "int32", "effective": "int32", "below": "int32", "best": "int32", "is_watched": "boolean", "was_rated": "boolean", "why": "string",
}  # fmt: skip


def first(values: ir.Table, month: date, scheme: Scheme) -> ir.Table:
    """The states of the first month that is known. `values`: party_id, value (decimal; null counts as nought)."""
    computed = _computed(_value(values.value), scheme)
    return _states(values[KEY], computed, computed, ibis.literal(0), ibis.literal(0), scheme, month, ibis.literal("first"), values)


def stepped(before: ir.Table, values: ir.Table, month: date, scheme: Scheme) -> ir.Table:
    """The states after `month`: of those before, and of those who are new. Who has no value any more holds nothing."""
    now = values.select(now_id=values[KEY], value=_value(values.value))
    both = before.outer_join(now, before[KEY] == now.now_id)
    both = both.mutate(
        party=ibis.coalesce(both[KEY], both.now_id), computed_now=_computed(_value(both.value), scheme), is_new=both[KEY].isnull()
    )
    applied = both.mutate(effective_now=_applies(both, scheme, month))
    stays = applied.effective_now == applied.effective
    below, best = _or_nought(applied.below, stays), _or_nought(applied.best, stays)
    if scheme.rates(month):
        is_below = applied.computed_now < applied.effective_now
        below, best = _or_nought(below + 1, is_below), _or_nought(ibis.greatest(best, applied.computed_now), is_below)
    why = ibis.cases(
        (applied.is_new, "first"), (applied.effective_now > applied.effective, "up"), (applied.effective_now < applied.effective, "down"),
        else_="kept",
    )  # fmt: skip
    return _states(applied.party, applied.computed_now, applied.effective_now, below, best, scheme, month, why, applied)


def over_months(
    months: Iterable[tuple[date, ir.Table]], scheme: Scheme, *, start: ir.Table | None = None, keep: Callable[[ir.Table], ir.Table] = lambda one: one
) -> Iterable[tuple[date, ir.Table]]:  # fmt: skip
    """The states of every month, oldest first. `keep` puts a month's rows where the next step reads them, so that nothing is computed twice."""
    state = start
    for month, values in months:
        state = keep(first(values, month, scheme) if state is None else stepped(state, values, month, scheme))
        yield month, state


def named(states: ir.Table, scheme: Scheme) -> ir.Table:
    """States with the keys of the tiers: party_id, computed_tier, effective_tier, is_watched, why."""
    return states.select(
        KEY,
        computed_tier=_key(states.computed, scheme),
        effective_tier=_key(states.effective, scheme),
        is_watched=states.is_watched,
        why=states.why,
    )


def served(tiers: ir.Table, overrides: ir.Table, day: date) -> ir.Table:
    """`named` with the service tier: of the override that holds on a day and began last, else the effective one.

    `overrides`: party_id, tier, from_date, until_date (half-open); at most one of a customer begins on a day.
    """
    latest = given_on(overrides, lambda _rows: day)
    found = tiers.left_join(latest, tiers[KEY] == latest.given_id)
    return found.mutate(service_tier=ibis.coalesce(found.given, found.effective_tier)).drop("given_id", "given")


def given_on(overrides: ir.Table, day: Callable[[ir.Table], Any]) -> ir.Table:
    """given_id (the customer), given: the tier of the override that holds on a day and began last. `day`: a date, or a column of `overrides`."""
    held = overrides.filter((overrides.from_date <= day(overrides)) & (overrides.until_date > day(overrides)))
    return held.group_by(given_id=held[KEY]).aggregate(given=held.tier.argmax(held.from_date))


def flows(before: ir.Table, now: ir.Table, column: str = "effective_tier") -> ir.Table:
    """Who moved where between two states of all customers: was, became ("" where there is none), customers."""
    early = before.select(early_id=before[KEY], was=before[column])
    late = now.select(late_id=now[KEY], became=now[column])
    both = early.outer_join(late, early.early_id == late.late_id)
    moved = both.select(was=both.was.fill_null(""), became=both.became.fill_null(""))
    return moved.group_by("was", "became").aggregate(customers=moved.count())


def moves(before: ir.Table, now: ir.Table) -> ir.Table:
    """Who is in another tier in two states of the same customers: party_id, was, became."""
    late = now.select(late_id=now[KEY], became=now.effective_tier)
    both = before.inner_join(late, before[KEY] == late.late_id)
    return both.filter(both.effective_tier != both.became).select(KEY, was=both.effective_tier, became=both.became)


def _value(value: Any) -> Any:
    return value.cast(AMOUNT).fill_null(ibis.literal(0).cast(AMOUNT))


def _computed(value: Any, scheme: Scheme) -> Any:
    """`Scheme.of`: the highest tier first."""
    rungs = [(place, rung) for place, rung in enumerate(scheme.rungs) if place][::-1]
    return ibis.cases(*((value >= ibis.literal(rung.least, AMOUNT), place) for place, rung in rungs), else_=0)


def _applies(both: ir.Table, scheme: Scheme, month: date) -> Any:
    """`tier_rules._applies`, where a new customer has the month's own tier."""
    private = [place for place, rung in enumerate(scheme.rungs) if rung.is_private]
    grace = ibis.cases((both.effective.isin(private), scheme.private_grace), else_=scheme.grace) if private else ibis.literal(scheme.grace)
    target = {"last": both.computed, "best": both.best, "one_step": both.effective - 1}[scheme.down]
    cases = [(both.is_new, both.computed_now), (both.below >= grace, target)]
    if scheme.up == "next_month":
        cases.append((both.was_rated & (both.computed > both.effective), both.computed))
    effective = ibis.cases(*cases, else_=both.effective)
    return ibis.greatest(effective, both.computed_now) if scheme.up == "at_once" and scheme.rates(month) else effective


def _or_nought(value: Any, condition: Any) -> Any:
    return ibis.cases((condition, value), else_=0)


def _states(
    party: Any, computed: Any, effective: Any, below: Any, best: Any, scheme: Scheme, month: date, why: Any, table: ir.Table
) -> ir.Table:
    """A table of states with the types of COLUMNS."""
    made = {
        KEY: party, "computed": computed, "effective": effective, "below": below, "best": best, "is_watched": below > scheme.watch_after,
        "was_rated": ibis.literal(scheme.rates(month)), "why": why,
    }  # fmt: skip
    return table.select(**{name: value.cast(COLUMNS[name]) if name in COLUMNS else value for name, value in made.items()})


def _key(place: Any, scheme: Scheme) -> Any:
    return ibis.cases(*((place == number, rung.key) for number, rung in enumerate(scheme.rungs)), else_="")
