"""Where every customer stands month by month: tier, stage of the relation, decline. A month is one step from the month before it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
from ibis.expr import types as ir

from zhike.insight import exact, staging_of_life, tier_measures, tiering
from zhike.insight.exact import MONEY
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.settings_rules import Settings
from zhike.insight.terms import SettingsOn, month_after
from zhike.insight.tier_rules import Scheme

DAYS_OF_A_MONTH = 30
LOOK_BACK = 24  # months that a step may look back; no threshold in months may be longer
# Steps begin from these columns; whoever reads the mart asks for tier, tier_effective, is_watched, stage and decline.
STATES = ibis.schema({
    "party_id": "int64", "month": "date", "aum": MONEY, "peak": MONEY, "families": "int64", "tenure": "int64", "last_initiated_date": "date",
    "tier": "string", "tier_effective": "string", **tiering.COLUMNS, "stage": "string", "says": "string", "run": "int32", "decline": "string",
})  # fmt: skip


def _default_settings(_day: date) -> Settings:
    return Settings()


@dataclass(frozen=True)
class Step:
    """What holds for one month. `end`: its last day that is known; `first`: the month before which nothing is known; `scheme_before`: the scheme of
    the month before; `foretold`: the ends of quarters of which a lifetime value was said, where potential is told by it (`marts/matrix.py`)."""

    month: date
    end: date
    first: date
    scheme: Scheme
    scheme_before: Scheme
    settings_on: SettingsOn = _default_settings
    foretold: frozenset[date] = frozenset()

    @property
    def settings(self) -> Settings:
        """What is set for the month."""
        return self.settings_on(self.end)

    @property
    def likeness(self) -> Hashable:
        """Steps that are alike differ in nothing but what `said` says: their expression is the same, and is put into SQL once."""
        return (
            self.first,
            repr((self.scheme, self.settings)),
            tuple(rung.key for rung in self.scheme_before.rungs),
            self.scheme.rates(self.month),
        )

    def said(self) -> Mapping[str, date | int]:
        """Days and numbers of the month by the names of the functions that expressions ask for them."""
        spanned = tier_measures.spanned_by(self.scheme.measure, self.month, self.first) if self.has_tiers else [self.month]
        return {
            "zk_compared": month_after(self.month, -_compared(self, self.settings)), "zk_known": self.end, "zk_span": spanned[0],
            "zk_days": tier_measures.days_of([self.month], self.settings_on, self.end), "zk_span_days": tier_measures.days_of(spanned, self.settings_on, self.end),
        }  # fmt: skip

    @property
    def has_tiers(self) -> bool:
        """Whether the measure of the scheme is computed here."""
        return self.scheme.measure in tier_measures.MEASURES


ANY_STEP = Step(date(2026, 1, 1), date(2026, 1, 31), date(2026, 1, 1), PUBLISHED["default"].scheme, PUBLISHED["default"].scheme)


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def zk_back(months: int) -> date:  # type: ignore[empty-body]
    """The first day of the month so many months before that of the step; the engine knows it (`Engine.say`), as all the following."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def zk_compared() -> date:  # type: ignore[empty-body]
    """The month that a stage compares this one with."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def zk_known() -> date:  # type: ignore[empty-body]
    """The last day of the month that is known."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def zk_span() -> date:  # type: ignore[empty-body]
    """The first month that the measure of the scheme is told from."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def zk_days() -> int:  # type: ignore[empty-body]
    """The days of the month that are known."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def zk_span_days() -> int:  # type: ignore[empty-body]
    """The days of the months that the measure is told from."""


def customer_states(customer_month: ir.Table, customer: ir.Table, states_before: ir.Table, *, step: Step = ANY_STEP) -> ir.Table:
    """One row per customer and month: tier by the scheme in force (§2.5), stage of the relation (§3.5), decline (§3.6).

    Everybody who was there in the month before is there again; who has nothing any more counts with nought. `states_before`: the months before
    this one, as STATES, at most LOOK_BACK of them; none: it is the first.
    """
    settings = step.settings
    last = states_before.filter(states_before["month"] == zk_back(1))
    now = _now(customer_month, customer, last)
    monthly = now.select("party_id", "month", "aum", "families", "tenure").union(
        states_before.select("party_id", "month", "aum", "families", "tenure")
    )
    tiers = _tiers(customer_month, last, now, step)
    facts = staging_of_life.compared(monthly, zk_back(0), zk_compared())
    lives = staging_of_life.lived(last.select("party_id", "stage", "says", "run"), facts, settings.stages)
    # a month before all others stands for the highest of those that are not read any more
    peaks = last.select("party_id", month=ibis.date(1900, 1, 1), aum=last["peak"])
    recent = monthly.filter(monthly["month"] >= zk_back(max(staging_of_life.looks_back(settings.churn))))
    habits = _habits(customer_month, now, tiers, step, settings)
    declines = staging_of_life.declines(recent.select("party_id", "month", "aum").union(peaks), habits, zk_back, settings.churn)
    declines = declines.select("party_id", decline="state")
    rows = now
    for part in (tiers, lives, declines):
        rows = rows.left_join(part, "party_id").drop("party_id_right")
    return rows.select(**{name: rows[name].cast(kind) for name, kind in STATES.items()})


def _compared(step: Step, settings: Settings) -> int:
    """How many months back a stage compares: not beyond the first month that is known, else everybody would seem to grow out of nothing."""
    known = (step.month.year - step.first.year) * 12 + step.month.month - step.first.month
    return min(settings.stages.compare_months, known)


def _now(customer_month: ir.Table, customer: ir.Table, last: ir.Table) -> ir.Table:
    """Everybody of the month before and of this one: the month's average, families, tenure, what was the most and the latest so far."""
    rows = customer_month.filter(customer_month["month"] == zk_back(0))
    people = rows.select("party_id").union(last.select("party_id"), distinct=True)
    this = rows.select(
        this_id=rows["party_id"], aum_sum=rows["aum_sum"], count_families=rows["count_families"], latest=rows["last_initiated_date"]
    )
    was = last.select(was_id=last["party_id"], was_peak=last["peak"], was_latest=last["last_initiated_date"], was_tenure=last["tenure"])
    who = customer.select(who_id=customer["party_id"], since_date=customer["since_date"], left_date=customer["left_date"])
    t = people.left_join(this, people["party_id"] == this["this_id"])
    t = t.left_join(was, t["party_id"] == was["was_id"])
    t = t.left_join(who, t["party_id"] == who["who_id"])
    aum = exact.filled(exact.average(t["aum_sum"], zk_days()))
    since = t["since_date"]
    months = (zk_back(0).year() * 12 + zk_back(0).month()).cast("int64") - (since.year() * 12 + since.month()).cast("int64")
    t = t.mutate(aum=aum, tenure=ibis.coalesce(months, t["was_tenure"] + 1, ibis.literal(0, "int64")))
    return t.select(
        "party_id", "aum", "left_date", "since_date", month=zk_back(0), families=t["count_families"].fill_null(0),
        tenure=ibis.ifelse(t["tenure"] > 0, t["tenure"], ibis.literal(0, "int64")),
        peak=ibis.ifelse(t["was_peak"] > t["aum"], t["was_peak"], t["aum"]), last_initiated_date=ibis.coalesce(t["latest"], t["was_latest"]),
    )  # fmt: skip


def _tiers(customer_month: ir.Table, last: ir.Table, now: ir.Table, step: Step) -> ir.Table:
    """party_id, the columns of `tiering`, tier, tier_effective; all empty where the measure of the scheme is not computed here."""
    if not step.has_tiers:
        return now.select(
            "party_id",
            **{name: ibis.null(kind) for name, kind in {**tiering.COLUMNS, "tier": "string", "tier_effective": "string"}.items()},
        )
    values = tier_measures.told(customer_month, step.scheme.measure, zk_span(), zk_back(0), zk_span_days())
    values = now.select("party_id").left_join(values, "party_id").drop("party_id_right")
    states = tiering.stepped(_under(last, step), values, step.month, step.scheme)
    named = tiering.named(states, step.scheme)
    named = named.select(named_id=named["party_id"], tier=named["computed_tier"], tier_effective=named["effective_tier"])
    return states.inner_join(named, states["party_id"] == named["named_id"]).drop("named_id")


def _under(last: ir.Table, step: Step) -> ir.Table:
    """The states of the month before as places on the ladder of this month's scheme.

    On another ladder everybody keeps the tier of the same name and begins to count anew; whose tier is gone begins as a new customer does.
    """
    rows = last.filter(last["effective"].notnull())
    keys = [rung.key for rung in step.scheme.rungs]
    if keys == [rung.key for rung in step.scheme_before.rungs]:
        return rows.select("party_id", *tiering.COLUMNS)
    kept = rows.filter(rows["tier_effective"].isin(keys))
    effective = _place(kept["tier_effective"], keys)
    computed = ibis.coalesce(_place(kept["tier"], keys), effective)
    nought = ibis.literal(0, "int32")
    return kept.mutate(computed=computed, effective=effective, below=nought, best=nought).select("party_id", *tiering.COLUMNS)


def _place(tier: Any, keys: Sequence[str]) -> Any:
    return ibis.cases(*((tier == key, number) for number, key in enumerate(keys)), else_=ibis.null("int32")).cast("int32")


def _habits(customer_month: ir.Table, now: ir.Table, tiers: ir.Table, step: Step, settings: Settings) -> ir.Table:
    """What decline is told from besides AUM: own transactions (in months, as everywhere), how long quiet, whether she left, whether she fell."""
    count = max(1, round(settings.churn.activity_days / DAYS_OF_A_MONTH))
    rows = customer_month.filter((customer_month["month"] >= zk_back(2 * count - 1)) & (customer_month["month"] <= zk_back(0)))
    is_late = rows["month"] >= zk_back(count - 1)
    acts = rows.group_by(acts_id=rows["party_id"]).aggregate(
        acts=ibis.ifelse(is_late, rows["initiated"], 0).sum().cast("int64"),
        acts_before=ibis.ifelse(is_late, 0, rows["initiated"]).sum().cast("int64"),
    )
    fell = tiers.select(fell_id=tiers["party_id"], has_lost_tier=(tiers["why"] == "down").fill_null(False))
    t = now.left_join(acts, now["party_id"] == acts["acts_id"])
    t = t.left_join(fell, t["party_id"] == fell["fell_id"])
    first = ibis.date(step.first)
    # of whom no transaction is known is quiet since she came, or since anything is known at all
    quiet_since = ibis.coalesce(t["last_initiated_date"], ibis.ifelse(t["since_date"] > first, t["since_date"], first))
    return t.select(
        "party_id", acts=t["acts"].fill_null(0), acts_before=t["acts_before"].fill_null(0),
        quiet_days=zk_known().delta(quiet_since, unit="day").cast("int64"),
        is_closed=(t["left_date"] <= zk_known()).fill_null(False), has_lost_tier=t["has_lost_tier"].fill_null(False),
    )  # fmt: skip
