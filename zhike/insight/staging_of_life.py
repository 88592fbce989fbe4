"""Stages, matrix, decline and retention of all customers at once: `stage_rules` as Ibis expressions, the same on DuckDB and Spark.

`month` is always the first day of a month. Tables of months have one row per customer and month, without gaps from her first month on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
from ibis.expr import datatypes as dt
from ibis.expr import types as ir

from zhike.insight.settings_rules import Churn, Matrix, Stages

Back = Callable[[int], Any]
KEY = "party_id"
AMOUNT, SUM = dt.Decimal(20, 2), dt.Decimal(24, 2)
MILLION = 1_000_000  # shares are compared as whole millionths, so that no engine rounds


def months_back(month: date, count: int) -> date:
    """The first day of the month `count` months before."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def facts(monthly: ir.Table, month: date, rules: Stages) -> ir.Table:
    """One row per customer of a month, as `stage_rules.Month`. `monthly`: party_id, month, aum (average), families, tenure (months)."""
    return compared(monthly, month, months_back(month, rules.compare_months))


def compared(monthly: ir.Table, month: Any, earlier: Any) -> ir.Table:
    """`facts` of a month beside an earlier one; both are days or values of an expression."""
    now = monthly.filter(monthly.month == month)
    then = monthly.filter(monthly.month == earlier)
    then = then.select(then_id=then[KEY], aum_before=then.aum, families_before=then.families)
    both = now.left_join(then, now[KEY] == then.then_id)
    return both.select(
        KEY, aum=both.aum.cast(AMOUNT), aum_before=both.aum_before.fill_null(0).cast(AMOUNT), families=both.families,
        families_before=both.families_before.fill_null(0), tenure=both.tenure,
    )  # fmt: skip


def lived(before: ir.Table | None, months: ir.Table, rules: Stages) -> ir.Table:
    """`stage_rules.live` for everybody of a month: party_id, stage, says, run. Who has no row in `months` keeps what she had."""
    told = months.select(now_id=months[KEY], now_says=_says(months, rules))
    if before is None:
        return told.select(party_id=told.now_id, stage=told.now_says, says=told.now_says, run=ibis.literal(0).cast("int32"))
    both = before.outer_join(told, before[KEY] == told.now_id)
    both = both.mutate(party=ibis.coalesce(both[KEY], both.now_id))
    both = both.mutate(again=ibis.cases((both.now_says == both.says, both.run + 1), else_=1))
    settled = both.stage.isnull() | (both.now_says == both.stage) | (both.again >= rules.hold_months)
    absent = both.now_says.isnull()
    return both.select(
        party_id=both.party,
        stage=ibis.cases((absent, both.stage), (settled, both.now_says), else_=both.stage),
        says=ibis.cases((absent, both.says), else_=both.now_says),
        run=ibis.cases((absent, both.run), (settled, 0), else_=both.again).cast("int32"),
    )


def _says(months: ir.Table, rules: Stages) -> Any:
    """`stage_rules.stage_of`."""
    shallow = (months.tenure < rules.explore_months) & (months.families < rules.explore_families)
    gone = (months.aum_before > 0) & (months.aum * MILLION <= months.aum_before * _share(1 - rules.decline_share))
    more = (months.aum > 0) & (months.aum * MILLION >= months.aum_before * _share(1 + rules.growth_share))
    grown = (months.families > months.families_before) | more
    return ibis.cases((shallow, "exploring"), (gone, "declining"), (grown, "growing"), else_="mature")


def placed(customers: ir.Table, before: ir.Table | None, rules: Matrix) -> ir.Table:
    """The cell of everybody among her business line and region: party_id, cell, and `was`, that of the last time.

    `customers`: party_id, line, region, value, potential; `before`: party_id, cell of the last time.
    """
    found = customers.mutate(was=ibis.null("string"))
    if before is not None:
        early = before.select(early_id=before[KEY], was=before.cell)
        found = customers.left_join(early, customers[KEY] == early.early_id)
    group = ibis.window(group_by=("line", "region"))
    found = found.mutate(others=found.count().over(group) - 1, less_value=_less(found, "value"), less_potential=_less(found, "potential"))
    high_value = _high(found, found.less_value, rules.value_high, rules.margin, ("symbiotic", "sustaining"))
    high_potential = _high(found, found.less_potential, rules.potential_high, rules.margin, ("symbiotic", "nurturing"))
    cell = ibis.cases(
        (high_value & high_potential, "symbiotic"), (high_value, "sustaining"), (high_potential, "nurturing"), else_="standardised"
    )
    return found.select(party_id=found[KEY], cell=cell, was=found.was)


def _less(table: ir.Table, column: str) -> Any:
    """How many of her group have less: her rank, equals sharing one."""
    return ibis.rank().over(ibis.window(group_by=("line", "region"), order_by=table[column]))


def _high(table: ir.Table, less: Any, cut: Decimal, margin: Decimal, highs: tuple[str, ...]) -> Any:
    at = ibis.cases(
        (table.was.isnull(), _share(cut)), (table.was.isin(highs), _share(cut - margin)), else_=_share(min(cut + margin, Decimal(1)))
    )
    return (table.others > 0) & (less * MILLION >= table.others * at)


def declines(monthly: ir.Table, habits: ir.Table, month: date | Back, rules: Churn) -> ir.Table:
    """`stage_rules.states_of` for everybody of a month: party_id, is_<state> for each state, and `state`, the gravest.

    `monthly`: party_id, month, aum (average); `habits`: party_id, acts, acts_before, quiet_days (null: never), is_closed, has_lost_tier.
    `month`: the first day of a month, or what tells the month so many months before it.
    """
    back = (lambda count: ibis.date(months_back(month, count))) if isinstance(month, date) else month
    now = back(0)
    known = monthly.filter(monthly.month <= now).mutate(aum=monthly.aum.cast(SUM))
    short, long, lost_from = (back(count) for count in looks_back(rules))
    peaks = known.group_by(peak_id=known[KEY]).aggregate(peak=known.aum.max())
    rows = known.filter(known.month >= ibis.least(long, lost_from, short))
    rows = rows.inner_join(peaks, rows[KEY] == peaks.peak_id)
    past, low = rows.month < now, (rows.aum < _amount(rules.lost_amount)) | (rows.aum * MILLION < rows.peak * _share(rules.lost_share))
    sums = rows.group_by(sum_id=rows[KEY]).aggregate(
        now=rows.aum.max(where=rows.month == now), peak=rows.peak.max(),
        short_sum=rows.aum.sum(where=past & (rows.month >= short)), short_count=rows.count(where=past & (rows.month >= short)),
        long_sum=rows.aum.sum(where=past & (rows.month >= long)), long_count=rows.count(where=past & (rows.month >= long)),
        low=rows.count(where=low & (rows.month >= lost_from)),
    )  # fmt: skip
    found = habits.left_join(sums, habits[KEY] == sums.sum_id)
    return _stated(found.mutate(**_flags(found, rules)))


def looks_back(rules: Churn) -> tuple[int, int, int]:
    """How many months before this one a decline, a severe one and a loss are told from."""
    return rules.decline_months, rules.severe_months, rules.lost_months - 1


def _flags(found: ir.Table, rules: Churn) -> dict[str, Any]:
    quiet = found.quiet_days.isnull() | (found.quiet_days >= rules.dormant_days)
    fewer = found.acts * MILLION <= found.acts_before * _share(1 - rules.activity_share)
    lost = (found.low >= rules.lost_months) & (found.peak >= _amount(rules.lost_amount))
    flags = {
        "lost": found.is_closed | lost.fill_null(False),
        "severe": _below(found.now, found.long_sum, found.long_count, rules.severe_share, Decimal(0)),
        "decline": _below(found.now, found.short_sum, found.short_count, rules.decline_share, rules.decline_amount),
        "tier_loss": found.has_lost_tier,
        "dormant": quiet,
        "activity": (found.acts_before > 0) & fewer,
    }
    return {f"is_{name}": flag.fill_null(False) for name, flag in flags.items()}


def _below(now: Any, total: Any, count: Any, share: Decimal, amount: Decimal) -> Any:
    """`stage_rules._is_below`, multiplied out as there."""
    now, total = now.fill_null(0).cast(SUM), total.fill_null(0).cast(SUM)
    count = count.fill_null(0)
    is_share = now * count * MILLION <= total * _share(1 - share)
    return (count > 0) & (total > 0) & is_share & (total - now * count >= _amount(amount) * count)


def _stated(found: ir.Table) -> ir.Table:
    flags = ("lost", "severe", "decline", "tier_loss", "dormant", "activity")
    state = ibis.cases(*((found[f"is_{name}"], name) for name in flags), else_="steady")
    return found.select(KEY, *(f"is_{name}" for name in flags), state=state)


def kept(customers: ir.Table, *by: str) -> ir.Table:
    """`stage_rules.retention` by some columns (the stage, the tier, the outlet at the start): start, both, aum_start, aum_kept.

    `customers`: party_id, was_active, is_active, aum_start, aum_end, is_excluded, and the columns grouped by.
    """
    counted = customers.filter(customers.was_active & ~customers.is_excluded)
    smaller = ibis.least(counted.aum_start, counted.aum_end).cast(SUM)
    return counted.group_by(*by).aggregate(
        start=counted.count(),
        both=counted.count(where=counted.is_active),
        aum_start=counted.aum_start.cast(SUM).sum(),
        aum_kept=smaller.sum(),
    )


def _share(share: Decimal) -> int:
    """A share in millionths."""
    return int(share * MILLION)


def _amount(amount: Decimal) -> Any:
    return ibis.literal(amount, AMOUNT)
