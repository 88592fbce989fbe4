"""Questions as matrices: rows are customers of as-of days, columns what was known then, and beside them what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr.types import Table, Value

from zhike.insight.predictors import outcomes
from zhike.insight.predictors.features import Feature
from zhike.insight.predictors.outcomes import Ends
from zhike.insight.predictors.questions import Question, Terms
from zhike.insight.predictors.table_files import FloatArray
from zhike.insight.snapshots import Snapshot

Ints = npt.NDArray[np.int64]
AGES = (30, 45, 60)  # where bands of age begin
MOST_ROWS = 20_000  # of one as-of day that are learned from or judged; an even part of larger banks


@dataclass(frozen=True)
class Matrix:
    """Rows of one or several as-of days. `origin`: the place of the row's day in `origins`; `rule`: the question's plain figure; `money`: AUM on the day."""

    features: tuple[Feature, ...]
    values: FloatArray
    party: Ints
    origin: Ints
    origins: tuple[date, ...]
    happened: FloatArray
    teaches: npt.NDArray[np.bool_]
    rule: FloatArray
    money: FloatArray
    later: FloatArray  # contribution of the months after
    groups: dict[str, npt.NDArray[np.object_]]

    def __len__(self) -> int:
        return len(self.party)

    def of(self, these: npt.NDArray[np.bool_]) -> Matrix:
        """Some of the rows."""
        groups = {name: one[these] for name, one in self.groups.items()}
        return Matrix(
            self.features, self.values[these], self.party[these], self.origin[these], self.origins, self.happened[these], self.teaches[these],
            self.rule[these], self.money[these], self.later[these], groups,
        )  # fmt: skip


def learned_from(home: Path, ends: Ends, question: Question, features: Sequence[Feature], origins: Sequence[date], terms: Terms, memory: str | None = None, whom: pa.Table | None = None) -> Matrix:  # fmt: skip
    """The rows of these as-of days, with what happened; `whom`: of these customers alone (party_id). Raises FromTheFuture where a feature was not known then."""
    parts = []
    with outcomes.opened(memory) as engine:
        among = "true"
        if whom is not None:
            engine.register("whom", whom)
            among = "party_id in (select party_id from whom)"
        for day in origins:
            snapshot = ends.by_month[day.replace(day=1)]
            outcomes.is_known(features, snapshot, day)
            where = f"{part_of(engine, home, snapshot)} and {among}"
            t = outcomes.now_and_later(engine, home, ends, snapshot, question.horizon_months, where, question.at_end)
            terms = replace(terms, as_of=day, end=(ends.after(day, question.horizon_months) or [snapshot])[-1].business_date)
            t = t.filter(question.population(t, terms))
            outcomes.none_from_later(engine, t, features, day)
            teaches = question.learned_from(t, terms) if question.learned_from else ibis.literal(True)
            beside = {"happened": question.target(t, terms).cast("float64"), "teaches": teaches.fill_null(False), "later": t["later_contribution"].cast("float64").fill_null(0.0)}  # fmt: skip
            parts.append(outcomes.ask(engine, _columns(t, question, features, beside)))
    return _matrix(parts, features, origins)


def asked(engine: duckdb.DuckDBPyConnection, home: Path, snapshot: Snapshot, question: Question, features: Sequence[Feature], terms: Terms, where: str = "true") -> Matrix:  # fmt: skip
    """The rows of the population on a day, nothing known of what comes."""
    t = outcomes.now(engine, home, snapshot, where)
    t = t.filter(question.population(t, terms))
    nothing = {"happened": ibis.literal(0.0), "teaches": ibis.literal(True), "later": ibis.literal(0.0)}
    return _matrix([outcomes.ask(engine, _columns(t, question, features, nothing))], features, [snapshot.business_date])


def part_of(engine: duckdb.DuckDBPyConnection, home: Path, snapshot: Snapshot) -> str:
    """An SQL condition that takes an even part of a large bank's customers, the same ones on every day."""
    outcomes.now(engine, home, snapshot)
    count = engine.execute("select count(*) from known").fetchall()[0][0]
    return "true" if count <= MOST_ROWS else f"hash(party_id) % 1000000 < {int(1_000_000 * MOST_ROWS / count)}"


def _columns(t: Table, question: Question, features: Sequence[Feature], beside: dict[str, Value]) -> Table:
    born = t["as_of"].year() - t["birth_date"].year()
    age = ibis.cases(*((born < age, f"<{age}") for age in AGES), else_=f"{AGES[-1]}+")
    rows = t.select(
        "party_id", **beside, rule_=question.rule(t).cast("float64"), money_=t["aum"].cast("float64").fill_null(0.0), sex_=t["sex"],
        age_=ibis.ifelse(t["birth_date"].isnull(), ibis.null("string"), age), region_=t["region"],
        **{f"x_{one.key}": one.value(t) for one in features},
    )  # fmt: skip
    return rows.filter(rows["happened"].notnull()).order_by("party_id")


def _matrix(parts: Sequence[pa.Table], features: Sequence[Feature], origins: Sequence[date]) -> Matrix:
    whole = pa.concat_tables(parts)

    def column(name: str) -> FloatArray:
        return np.asarray(whole.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)

    values = np.empty((len(whole), len(features)), dtype=np.float64)
    for place, one in enumerate(features):
        values[:, place] = column(f"x_{one.key}")
    groups = {name: np.asarray(whole.column(f"{name}_").to_numpy(zero_copy_only=False), dtype=object) for name in ("sex", "age", "region")}
    return Matrix(
        tuple(features), values, np.asarray(whole.column("party_id").to_numpy(), dtype=np.int64),
        np.repeat(np.arange(len(parts)), [len(one) for one in parts]), tuple(origins), column("happened"),
        np.asarray(whole.column("teaches").to_numpy(zero_copy_only=False), dtype=bool), column("rule_"), column("money_"), column("later"), groups,
    )  # fmt: skip
