"""Value × potential: which strategy fits a customer, told anew at the end of each quarter (S32, domain §3.5)."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr import types as ir

from zhike.insight import exact, staging_of_life
from zhike.insight.exact import MONEY, ZERO
from zhike.insight.marts.customer_state import ANY_STEP, Step
from zhike.insight.settings_rules import Settings
from zhike.insight.terms import month_after

LOOK_BACK = 4  # ends of quarters from which the margin around the cut-offs takes its memory
YEAR = 12
RETAIL = ("individual", "sole_trader")


def customer_cell(customer_month: ir.Table, customer: ir.Table, lifetimes: ir.Table, *, step: Step = ANY_STEP) -> ir.Table:
    """One row per customer: the cell of value × potential at the last end of a quarter that is known; empty before the first one; and the one before that.

    Value: contribution of the twelve months up to it. Potential: what she seems to hold elsewhere (§3.8) and the salaries paid in, of the same
    months; or, where that is set and was said by then, her lifetime value, and no cell for whom none was said. Both by rank within business line and region. Nothing is carried from build to build: the margin's memory is that of the last four ends.
    """
    settings = step.settings_on(step.end)
    cells: ir.Table | None = None
    for month in ends(step.month, step.first, settings.matrix.months):
        people = _worth(customer_month, customer, month, settings)
        if month in step.foretold:  # all of an end are ranked by the same
            said = lifetimes.filter(lifetimes["month"] == ibis.date(month)).select(said_id="party_id", said="amount")
            people = people.inner_join(said, people["party_id"] == said["said_id"])
            people = people.select("party_id", "line", "region", "value", potential=people["said"])
        cells = staging_of_life.placed(people, cells, settings.matrix)
    if cells is None:
        return customer.select("party_id", cell=ibis.null("string"), cell_before=ibis.null("string"))
    return cells.select("party_id", cell=cells["cell"].cast("string"), cell_before=cells["was"].cast("string"))


def ends(month: date, first: date, every: int) -> list[date]:
    """The last months of quarters (`every` 3) up to a month and not before the first that is known, oldest first, four at most."""
    last = month_after(month, -((month.year * YEAR + month.month) % every))
    return [one for back in range(LOOK_BACK - 1, -1, -1) if (one := month_after(last, -back * every)) >= first]


def _worth(customer_month: ir.Table, customer: ir.Table, month: date, settings: Settings) -> ir.Table:
    """party_id, line, region, value, potential, of those who were there within the twelve months."""
    first = month_after(month, 1 - YEAR)
    rows = customer_month.filter((customer_month["month"] >= ibis.date(first)) & (customer_month["month"] <= ibis.date(month)))
    sums = rows.group_by(sum_id=rows["party_id"]).aggregate(
        **{name: rows[name].sum().cast(MONEY) for name in ("contribution", "own_out", "own_in", "salary")}
    )
    elsewhere = exact.times(exact.positive(sums["own_out"] - sums["own_in"]), ibis.literal(settings.wallet.held_elsewhere).cast(exact.RATE))
    sums = sums.select("sum_id", value=exact.filled(sums["contribution"]), potential=elsewhere + exact.filled(sums["salary"]))
    t = customer.filter(customer["status"] == "customer").inner_join(sums, customer["party_id"] == sums["sum_id"])
    line = ibis.ifelse(t["kind"].isin(RETAIL), "retail", "corporate")
    return t.select(
        "party_id", line=line, region=t["region"].fill_null(""), value=t["value"].cast(MONEY), potential=(t["potential"] + ZERO).cast(MONEY)
    )
