"""An honest answer to "can this be foreseen?": any table in, figures out that would hold if one used it (§4.6, R67).

Identifiers and suspected leaks are left out and named. The recipe is chosen within the rows that are learned from, never by those it is
judged on. With a time, what is judged is later than all that was learned from.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from zhike.insight.predictors.choosing import Told, chosen_by_part, chosen_by_time, columns_of_periods, level_with, origins_in, predicted
from zhike.insight.predictors.measuring import intervals, measured
from zhike.insight.predictors.recipes import Matter, Rows, logistic, rule
from zhike.insight.predictors.suspecting import Suspect, alone_auc, is_identifier, suspects
from zhike.insight.predictors.table_files import CannotRead, Column, FloatArray, Table

YES = ("1", "yes", "y", "true", "t", "是", "有", "bad", "churned")
LAST = 0.8  # what is learned from of rows in the order of time
WINDOWS = 4
ROW_ORDER = "rows"


@dataclass(frozen=True)
class Question:
    """What is to be foreseen, and out of what. `time`: a column, or "rows" where the rows stand in the order of time."""

    target: str
    positive: str | None = None
    drop: Collection[str] = ()
    keep: Collection[str] = ()
    time: str | None = None
    folds: int = 5


@dataclass(frozen=True)
class Judged:
    """Chances said of rows that were not learned from, the same of both baselines, and how it went part by part."""

    happened: FloatArray
    said: FloatArray
    logistic: FloatArray
    rule: FloatArray
    parts: list[dict[str, Any]]
    recipe: str
    chosen_by: dict[str, float]


def tried(table: Table, question: Question, test: Table | None, say: Told) -> dict[str, Any]:
    """What `zhike predictor try --json` says. Raises CannotRead where the question does not fit the table."""
    learned_rows = len(table)
    whole = joined(table, test) if test else table
    happened = _happened(whole.column(question.target), question.positive)
    order = _in_time(whole, question.time) if question.time and not test else None
    used, left_out, found = _usable(whole, question, happened, order)
    if order is not None:
        used, happened = [_ordered(column, order) for column in used], happened[order]
    changes = columns_of_periods(used) if order is not None else {}
    matter = Matter(used, frozenset(changes), happened)
    simplest = max(used, key=lambda column: alone_auc(_part(column, slice(0, learned_rows)), happened[:learned_rows]))
    if order is not None:
        judged = _later(matter, simplest, list(changes.values()), say)
    elif test:
        judged = _once(matter, simplest, np.arange(learned_rows), np.arange(learned_rows, len(whole)), say)
    else:
        judged = _in_folds(matter, simplest, question.folds, say)
    return _told(judged, simplest, left_out, found, sorted(changes), whole)


def joined(table: Table, test: Table) -> Table:
    """The rows of both, under the words of the first; what the second has beyond is nothing."""
    columns = []
    for one in table.columns:
        other = test.column(one.name)
        values = other.values
        if one.kind == "word":
            place = {word: float(at) for at, word in enumerate(one.labels)}
            of_other = np.array([place.get(word, np.nan) for word in other.labels] + [np.nan])
            values = of_other[np.where(np.isfinite(values), values, len(other.labels)).astype(np.int64)]
        columns.append(Column(one.name, one.kind, np.concatenate([one.values, values]), one.labels))
    return Table(tuple(columns), table.rows_in_file + test.rows_in_file)


def _happened(target: Column, positive: str | None) -> FloatArray:
    if not np.isfinite(target.values).all():
        raise CannotRead(f"{target.name} is empty in some rows: a question without an answer cannot be learned from.")
    found = np.unique(target.values)
    words = [target.labels[int(one)] if target.kind == "word" else f"{one:g}" for one in found]
    if positive is None and len(found) == 2:
        positive = next((word for word in words if word.casefold() in YES), words[-1])
    if positive not in words or len(found) < 2:
        raise CannotRead(f"{target.name} has the values {', '.join(words[:8])}: say which one is meant with --positive.")
    return (target.values == found[words.index(positive)]).astype(np.float64)


def _in_time(table: Table, time: str) -> Rows:
    if time.casefold() in (ROW_ORDER, "row"):
        return np.arange(len(table))
    column = table.column(time)
    if column.kind == "word" or not np.isfinite(column.values).all():
        raise CannotRead(f"{column.name} cannot be put in order of time: days or numbers in every row are needed.")
    return np.argsort(column.values, kind="stable")


def _usable(
    table: Table, question: Question, happened: FloatArray, order: Rows | None
) -> tuple[list[Column], list[dict[str, str]], list[Suspect]]:
    """Columns to learn from; those left out and why; those suspected, of which the kept ones are learned from all the same."""
    time = question.time if order is not None and question.time not in (ROW_ORDER, "row") else None
    gone = {name.casefold() for name in (*question.drop, question.target, *([time] if time else []))}
    kept = {name.casefold() for name in question.keep}
    for name in (*question.drop, *question.keep):
        table.column(name)
    left_out, used = [], []
    for column in table.columns:
        if column.name.casefold() in gone:
            continue
        if column.name.casefold() not in kept and is_identifier(column, len(table)):
            left_out.append({"column": column.name, "why": "says who, not what"})
        elif len(np.unique(column.values)) > 1:
            used.append(column)
    known_on = table.column(time).values if time and table.column(time).kind == "day" else None
    found = suspects(used, happened, known_on)
    names = {one.column for one in found if one.column.casefold() not in kept}
    left_out += [{"column": one.column, "why": f"suspected: {one.why}"} for one in found if one.column in names]
    used = [column for column in used if column.name not in names]
    if not used:
        raise CannotRead("No column is left to learn from.")
    return used, left_out, found


def _ordered(column: Column, order: Rows) -> Column:
    return Column(column.name, column.kind, column.values[order], column.labels)


def _part(column: Column, rows: slice) -> Column:
    return Column(column.name, column.kind, column.values[rows], column.labels)


def _in_folds(matter: Matter, simplest: Column, folds: int, say: Told) -> Judged:
    """Every row is judged by what was learned from the other folds; each fold chooses for itself."""
    said, plain, simple = (np.zeros(len(matter.happened)) for _ in range(3))
    parts: list[dict[str, Any]] = []
    figures: dict[str, float] = {}
    names: list[str] = []
    for number, (seen, asked) in enumerate(StratifiedKFold(folds, shuffle=True, random_state=1).split(said, matter.happened), start=1):
        say(f"fold {number} of {folds}")
        name, figures = chosen_by_part(matter, seen)
        names.append(name)
        said[asked] = expit(predicted(name, matter, seen, asked))
        plain[asked] = expit(logistic(matter, seen, asked))
        simple[asked] = expit(rule(matter, seen, asked, simplest))
        parts.append({"fold": number, "rows": len(asked), "recipe": name, **asdict(measured(matter.happened[asked], said[asked]))})
    return Judged(matter.happened, said, plain, simple, parts, max(set(names), key=names.count), figures)


def _once(matter: Matter, simplest: Column, seen: Rows, asked: Rows, say: Told) -> Judged:
    """A file to learn from, another to be judged on."""
    say("choosing a recipe")
    name, figures = chosen_by_part(matter, seen)
    said, plain, simple = (
        expit(one) for one in (predicted(name, matter, seen, asked), logistic(matter, seen, asked), rule(matter, seen, asked, simplest))
    )
    happened = matter.happened[asked]
    return Judged(
        happened, said, plain, simple, [{"fold": 1, "rows": len(asked), "recipe": name, **asdict(measured(happened, said))}], name, figures
    )


def _later(matter: Matter, simplest: Column, changes: list[FloatArray], say: Told) -> Judged:
    """Learned from the first four fifths, judged on the last; in windows, also as it would be if learned anew before each."""
    rows = len(matter.happened)
    first = int(rows * LAST)
    seen, asked = np.arange(first), np.arange(first, rows)
    say("choosing a recipe over rolling origins")
    name, figures = chosen_by_time(matter, seen, origins_in(first, changes))
    say(f"judging {name} on the last fifth")
    said = _levelled(name, matter, seen, asked)
    parts = []
    for number, window in enumerate(np.array_split(asked, WINDOWS), start=1):
        happened = matter.happened[window]
        if not 0 < happened.sum() < len(happened):
            continue
        part = {
            "fold": number,
            "rows": len(window),
            "recipe": name,
            "rate": float(happened.mean()),
            **asdict(measured(happened, said[window - first])),
        }
        if number > 1:
            say(f"learning anew before window {number}")
            anew = measured(happened, _levelled(name, matter, np.arange(window[0]), window))
            part |= {"learned_anew": {"auc": anew.auc, "ece": anew.ece}}
        parts.append(part)
    plain, simple = expit(logistic(matter, seen, asked)), expit(rule(matter, seen, asked, simplest))
    return Judged(matter.happened[asked], said, plain, simple, parts, name, figures)


def _levelled(name: str, matter: Matter, seen: Rows, asked: Rows) -> FloatArray:
    """Chances at the level of the latest tenth of what was learned from."""
    latest = seen[-max(len(seen) // 10, 50) :]
    both = predicted(name, matter, seen, np.concatenate([latest, asked]))
    shift = level_with(matter.happened[latest], both[: len(latest)])
    return np.asarray(expit(both[len(latest) :] + shift), dtype=np.float64)


def _told(
    judged: Judged, simplest: Column, left_out: list[dict[str, str]], found: list[Suspect], of_period: list[str], table: Table
) -> dict[str, Any]:
    of_parts = [part["auc"] for part in judged.parts]
    return {
        **asdict(measured(judged.happened, judged.said)),
        "intervals": intervals(judged.happened, judged.said),
        "folds": judged.parts,
        "stability": {"lowest_auc": min(of_parts, default=None), "highest_auc": max(of_parts, default=None)},
        "suspected_leaks": [asdict(one) for one in found],
        "left_out": left_out,
        "same_within_a_period": of_period,
        "recipe": judged.recipe,
        "recipes_compared": judged.chosen_by,
        "baseline": {
            "logistic": asdict(measured(judged.happened, judged.logistic)),
            "rule": {"column": simplest.name, "auc": float(roc_auc_score(judged.happened, judged.rule))},
        },
        "rows": len(table),
        "rows_in_file": table.rows_in_file,
        "rows_judged": len(judged.happened),
        "rate": float(judged.happened.mean()),
    }
