"""Lifetime value of every customer: what each product family earns, times the chance that it and the customer stay, less what she costs (S24, S30).

    Σ months 1 … 36   (Σ families: kept(t) × (margin + commission − cost of the account − expected loss)  +  staying(t) × (fees − cost to serve)) ÷ (1 + d)^(t ÷ 12)
    + what she will buy again of funds, wealth products, insurance (BG/NBD × Gamma-Gamma, `own_purchases.py`), where that comes nearer to what came

Earned and cost are the monthly means of the last three months as they were known on the day; `kept` is sBG by family, `staying` sBG over customers.
What a family that is not held yet may bring is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.stats import spearmanr

from zhike.insight import snapshots
from zhike.insight.predictors import outcomes, own_purchases
from zhike.insight.predictors.matrices import Ints
from zhike.insight.predictors.outcomes import Ends
from zhike.insight.predictors.own_purchases import Bought, Buying
from zhike.insight.predictors.rolling import TooLittle
from zhike.insight.predictors.survival import LEAST, Keeping, fit
from zhike.insight.predictors.table_files import FloatArray
from zhike.insight.snapshots import Snapshot
from zhike.insight.terms import month_after
from zhike.insight.warehouse import mart_files

NAME = "lifetime_value"
MONTHS = 36
DISCOUNT = 0.06  # a year
SEEN = 3  # months that what she earns is the mean of
ALL = "*"  # the customer herself, and families with too few spells
JUDGED = 4
AHEAD = 12  # months by which it is judged, or as many as are known, at least
LEAST_AHEAD = 3


@dataclass(frozen=True)
class Value:
    """What was learned: how families are kept, and customers (`*`), and how families are bought again."""

    keeping: Mapping[str, Keeping]
    buying: Mapping[str, Buying] = field(default_factory=dict)

    def text(self) -> str:
        """As text."""
        buying = {name: one.plain for name, one in self.buying.items()}
        return json.dumps({"recipe": "survival", "keeping": {name: asdict(one) for name, one in self.keeping.items()}, "buying": buying})


def read(text: str) -> Value:
    """From its text."""
    said = json.loads(text)
    keeping = {name: Keeping(**one) for name, one in said["keeping"].items()}
    return Value(keeping, {name: Buying.of(one) for name, one in said.get("buying", {}).items()})


@dataclass(frozen=True)
class Earning:
    """Customers of a day: what they earn a month by family, for how long they have kept it, fees less costs, and AUM."""

    party: Ints
    family: tuple[str, ...]
    earned: FloatArray  # customers × families
    kept: FloatArray
    tenure: FloatArray
    rest: FloatArray
    bought: Mapping[str, Bought] = field(default_factory=dict)  # of families that are bought again


def earning(engine: duckdb.DuckDBPyConnection, home: Path, snapshot: Snapshot) -> Earning:
    """What is known on a day, out of the snapshot of that day."""
    month = snapshot.business_date.replace(day=1)
    _marts(engine, home, snapshot)
    for statement in _EARNED:
        engine.execute(statement.format(first=f"date '{month_after(month, 1 - SEEN)}'", last=f"date '{month}'"))
    rows = engine.execute("select distinct family from earned order by 1").fetchall()
    family = tuple(row[0] for row in rows)
    sums = ", ".join(f"coalesce(sum(e.amount) filter (family = '{one}'), 0)::double as e_{n}, coalesce(max(kept) filter (family = '{one}'), 0)::double as k_{n}" for n, one in enumerate(family))  # fmt: skip
    people = "select party_id from known where status = 'customer' and coalesce(accounts_open, 0) > 0"
    outcomes.now(engine, home, snapshot)
    table = engine.sql(
        f"select p.party_id, {sums + ', ' if sums else ''} any_value(r.amount)::double as rest, any_value(r.tenure)::double as tenure from ({people}) p left join earned e using (party_id)"
        " left join rest r using (party_id) group by p.party_id order by p.party_id"
    ).to_arrow_table()

    def column(name: str) -> FloatArray:
        return np.nan_to_num(np.asarray(table.column(name).to_numpy(zero_copy_only=False), dtype=np.float64))

    def columns(letter: str) -> FloatArray:
        return np.column_stack([column(f"{letter}_{n}") for n in range(len(family))]) if family else np.zeros((len(table), 0))

    purchases = {name: own_purchases.bought(engine, name, month) for name in own_purchases.BOUGHT}
    return Earning(np.asarray(table.column("party_id").to_numpy(), dtype=np.int64), family, columns("e"), columns("k"), column("tenure"), column("rest"), purchases)  # fmt: skip


_HELD = "aum + lum <> 0"
_EARNED = (
    f"""create or replace temp table earned as
    with held as (
        select party_id, bucket as family, month, sum(margin + commission - account_cost - expected_loss) as amount, bool_or({_HELD}) as is_held
        from account_value where month <= {{last}} group by all
    )
    select party_id, family, coalesce(sum(amount) filter (month >= {{first}}), 0) / {SEEN} as amount, count(*) filter (is_held) as kept
    from held group by all having bool_or(is_held and month = {{last}})""",
    f"""create or replace temp table rest as
    select party_id, sum(fees - direct_cost - (cost - account_cost)) filter (month between {{first}} and {{last}}) / {SEEN} as amount, count(*) as tenure
    from customer_month where month <= {{last}} group by party_id""",
)
# Spells that began after the first known month: for how many months a family was held, and whether it ended.
_SPELLS = f"""
with held as (select party_id, {{family}} as family, month from account_value where {_HELD} and month <= $1 group by all),
first as (select min(month) as month from held),
spell as (select party_id, family, min(month) as began, max(month) as last from held group by all)
select family, date_diff('month', began, last) + 1 as months, last < $1 as ended, count(*) as many
from spell where began > (select month from first) group by all order by all
"""


def learn(engine: duckdb.DuckDBPyConnection, home: Path, snapshot: Snapshot) -> Value:
    """How families and customers were kept, as known on a day."""
    _marts(engine, home, snapshot)
    month = snapshot.business_date.replace(day=1)
    keeping: dict[str, Keeping] = {}
    for family in ("'*'", "bucket"):
        rows = engine.execute(_SPELLS.format(family=family), [month]).fetchall()
        for name in sorted({row[0] for row in rows}):
            own = [row for row in rows if row[0] == name]
            if sum(row[3] for row in own) >= LEAST and any(row[2] for row in own):
                keeping[name] = fit([row[1] + row[2] for row in own], [row[2] for row in own], [row[3] for row in own])
    if ALL not in keeping:
        raise TooLittle("no_cases")
    return Value(keeping, own_purchases.learn(engine, month_after(month, 1 - SEEN), month))


def purchases_worth(value: Value, people: Earning, family: str, months: int = MONTHS) -> FloatArray:
    """CNY that what each customer will buy again of a family earns over so many months; nothing for who has not bought yet."""
    total, known = np.zeros(len(people.party)), people.bought.get(family)
    if known is None or family not in value.buying or not len(people.party):
        return total
    t = np.arange(months, dtype=np.float64)
    kept = value.keeping.get(family, value.keeping[ALL]).survival(t, np.zeros(1))
    place = np.minimum(np.searchsorted(people.party, known.party), len(people.party) - 1)
    there = people.party[place] == known.party
    total[place[there]] = value.buying[family].worth(known, months, kept, (1 + DISCOUNT) ** (-(t + 1) / 12))[there]
    return total


def worth(value: Value, people: Earning, months: int = MONTHS) -> FloatArray:
    """CNY of each customer over so many months to come."""
    return held_worth(value, people, months) + sum(
        (purchases_worth(value, people, one, months) for one in value.buying), np.zeros(len(people.party))
    )


def held_worth(value: Value, people: Earning, months: int = MONTHS) -> FloatArray:
    """Of what each holds today."""
    t = np.arange(1, months + 1, dtype=np.float64)
    discount = (1 + DISCOUNT) ** (-t / 12)
    stays = value.keeping[ALL].survival(t[None, :], people.tenure[:, None]) * discount
    total = (stays * people.rest[:, None]).sum(axis=1)
    for place in range(len(people.family)):
        total += family_worth(value, people, place, months)
    return np.asarray(total, dtype=np.float64)


def family_worth(value: Value, people: Earning, place: int, months: int = MONTHS) -> FloatArray:
    """Of what each holds of one family."""
    t = np.arange(1, months + 1, dtype=np.float64)
    discount = (1 + DISCOUNT) ** (-t / 12)
    total, holds = np.zeros(len(people.party)), np.flatnonzero(people.kept[:, place] > 0)
    keeping = value.keeping.get(people.family[place], value.keeping[ALL])
    kept = keeping.survival(t[None, :], people.kept[holds, place][:, None]) * discount
    total[holds] = people.earned[holds, place] * np.minimum(kept, discount).sum(axis=1)
    return total


def plain(people: Earning, months: int = MONTHS) -> FloatArray:
    """What is said while no version is approved: what each earns now, for as long."""
    return np.asarray((people.earned.sum(axis=1) + people.rest) * months, dtype=np.float64)


def judged(home: Path, ends: Ends, memory: str | None = None) -> tuple[Value, dict[str, Any]]:
    """What is learned as of the last month end, and its card: on days before, what was said then against what came. Raises TooLittle."""
    by_day: list[dict[str, Any]] = []
    days: list[tuple[FloatArray, dict[str, FloatArray], FloatArray]] = []
    ahead = next((months for months in (AHEAD, 6, LEAST_AHEAD) if len(ends.origins(months)) >= JUDGED), 0)
    if not ahead:
        raise TooLittle("no_days")
    with outcomes.opened(memory) as engine:
        for day in ends.origins(ahead)[-JUDGED:]:
            snapshot = ends.by_month[day.replace(day=1)]
            value, people = learn(engine, home, snapshot), earning(engine, home, snapshot)
            held, as_now = held_worth(value, people, ahead), plain(people, ahead)
            again = {name: purchases_worth(value, people, name, ahead) for name in value.buying}
            came = _came(engine, home, ends, day, ahead, people.party)
            bought = {name: _bought_later(engine, value, people, name, day, ahead, float(one.sum())) for name, one in again.items()}
            days.append((held, again, came))
            by_day.append({"bought": bought,
                "day": day.isoformat(), "rows": len(held), "held_rank_correlation": _rank(held, came), "held_said": float(held.sum()), "seen": float(came.sum()),
                "rule": _rank(as_now, came), "rule_said": float(as_now.sum()),
            })  # fmt: skip
        value = learn(engine, home, ends.latest)
    taken = _nearer(by_day)
    for one, (held, again, came) in zip(by_day, days, strict=True):
        said = held + sum((again[name] for name in taken if name in again), np.zeros(len(held)))
        one |= {"rank_correlation": _rank(said, came), "said": float(said.sum()), "top_tenth": _top(said, came)}
    value = replace(value, buying={name: one for name, one in value.buying.items() if name in taken})
    mean = {name: float(np.mean([one[name] for one in by_day])) for name in ("rank_correlation", "rule", "top_tenth")}
    figures = {"rank_correlation": mean["rank_correlation"], "said_to_seen": sum(one["said"] for one in by_day) / sum(one["seen"] for one in by_day), "top_tenth": mean["top_tenth"]}  # fmt: skip
    card = {
        "figures": figures, "baseline": {"rule": {"rank_correlation": mean["rule"]}}, "recipe": "survival", "by_day": by_day, "judged_months": ahead,
        "judged_days": [one["day"] for one in by_day], "learned_days": [ends.origins(0)[0].isoformat(), ends.latest.business_date.isoformat()],
        "months": MONTHS, "discount": DISCOUNT, "keeping": {name: asdict(one) for name, one in value.keeping.items()},
        "buying": {name: one.plain for name, one in value.buying.items()}, "threshold": 0.0,
        "horizon_months": MONTHS, "features": [], "seconds": {},
    }  # fmt: skip
    return value, card


def _bought_later(
    engine: duckdb.DuckDBPyConnection, value: Value, people: Earning, family: str, day: date, ahead: int, again: float
) -> dict[str, float]:
    """Of those who have bought of a family: purchases expected and made in the months after, what the family earned of its holders, and what was said of it
    with (`again`) and without what they buy again. Expects the marts as they are known at the end."""
    first, known, place = (
        month_after(day.replace(day=1)),
        people.bought[family],
        people.family.index(family) if family in people.family else -1,
    )
    engine.register("these", pa.table({"party_id": pa.array(known.party)}))
    (made,) = engine.execute(
        f"select count(*) from (select party_id from account_value semi join these using (party_id) where bucket = $1 and month between $2 and $3 group by party_id, month having sum(nnm) >= {own_purchases.LEAST_AMOUNT})",
        [family, first, month_after(first, ahead - 1)],
    ).fetchall()[0]  # fmt: skip
    engine.register("these", pa.table({"party_id": pa.array(people.party)}))
    (earned,) = engine.execute(
        "select coalesce(sum(margin + commission - account_cost - expected_loss), 0)::double from account_value semi join these using (party_id) where bucket = $1 and month between $2 and $3",
        [family, first, month_after(first, ahead - 1)],
    ).fetchall()[0]  # fmt: skip
    held = float(family_worth(value, people, place, ahead).sum()) if place >= 0 else 0.0
    return {
        "expected": float(value.buying[family].expected(known, ahead).sum()),
        "made": float(made),
        "earned": float(earned),
        "held": held,
        "again": again,
    }


def _nearer(by_day: list[dict[str, Any]]) -> set[str]:
    """The families of which what is said comes nearer to what came with what is bought again than without it, over the judged days together."""
    taken = set()
    for name in own_purchases.BOUGHT:
        found = [one["bought"][name] for one in by_day if name in one["bought"]]
        held, again, earned = (sum(one[key] for one in found) for key in ("held", "again", "earned"))
        if found and abs(held + again - earned) < abs(held - earned):
            taken.add(name)
    return taken


def _came(engine: duckdb.DuckDBPyConnection, home: Path, ends: Ends, day: date, ahead: int, party: Ints) -> FloatArray:
    """What each customer really brought in the months after, before tax."""
    _marts(engine, home, ends.whole)
    first = month_after(day.replace(day=1))
    engine.register("these", pa.table({"party_id": pa.array(party)}))
    rows = engine.execute(
        "select t.party_id, coalesce(sum(c.before_tax), 0)::double from these t left join customer_month c on c.party_id = t.party_id and c.month between $1 and $2"
        " group by t.party_id order by t.party_id",
        [first, month_after(first, ahead - 1)],
    ).fetchall()
    return np.array([row[1] for row in rows])


def _rank(said: FloatArray, came: FloatArray) -> float:
    return float(spearmanr(said, came).statistic)


def _top(said: FloatArray, came: FloatArray) -> float:
    """What of everything that came from customers who bring something the tenth that was said to be worth most brought."""
    top = np.argsort(-said, kind="stable")[: max(len(said) // 10, 1)]
    return float(came[top].sum() / np.maximum(came, 0).sum())


def _marts(engine: duckdb.DuckDBPyConnection, home: Path, snapshot: Snapshot) -> None:
    for name in ("account_value", "customer_month"):
        parts = [
            f"select * from read_parquet({mart_files(snapshots.root(home) / one.path)}) where month between date '{one.first}' and date '{one.last}'"
            for one in snapshot.pieces[name]
        ]
        engine.execute(f"create or replace temp view {name} as {' union all by name '.join(parts)}")
