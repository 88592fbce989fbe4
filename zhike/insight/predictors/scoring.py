"""Say of everybody what is likely: set-wise, into Parquet that is never overwritten, and today's into `insight_score` (S107, R23).

As of the last month end that is computed, since a month so far does not compare with whole ones. Used is each predictor's champion; where none is
approved, the question's plain rule. Challengers and shadows say theirs into Parquet alone. Who refused automated decisions has no chance at all.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, transaction

from zhike.access.actions import record
from zhike.access.scope import Viewer, entered
from zhike.insight import snapshots
from zhike.insight.models import PredictorVersion, ScoreRun
from zhike.insight.predictors import aftermath, everybody, feature_rows, learners, lifetime_value, matrices, model_files, outcomes
from zhike.insight.predictors.everybody import People
from zhike.insight.predictors.learners import Fitted
from zhike.insight.predictors.lifetime_value import Value
from zhike.insight.predictors.matrices import Ints
from zhike.insight.predictors.outcomes import Ends
from zhike.insight.predictors.questions import QUESTIONS, Question
from zhike.insight.predictors.reasons import reasons_of
from zhike.insight.predictors.rolling import TooLittle
from zhike.insight.predictors.table_files import FloatArray
from zhike.insight.predictors.training import terms_on
from zhike.insight.snapshots import Snapshot
from zhike.insight.terms import month_after
from zhike.parties.restrictions import without_automated_decisions

Step = Callable[[str], None]
State = PredictorVersion.State
SAYING = (State.CHAMPION, State.CHALLENGER, State.SHADOW)
MOST_REASONS = 20_000  # of one predictor told beforehand; others when somebody asks
COLUMNS = ("party_id", "predictor", "version", "as_of", "chance", "amount", "tenth", "is_above", "reasons")


@dataclass
class Saying:
    """A version (None: the rule) that is asked, and what it has said so far."""

    question: Question
    version: PredictorVersion | None
    fitted: Fitted
    threshold: float
    is_used: bool
    learned: date  # the last month that taught it
    party: list[Ints] = field(default_factory=list)
    chance: list[FloatArray] = field(default_factory=list)
    refused: int = 0
    likeliest: Likeliest | None = None  # those whose reasons are told beforehand, as far as they are known

    @property
    def number(self) -> int:
        """Of the version; 0: the rule."""
        return self.version.number if self.version else 0

    def say(self, people: People, may: npt.NDArray[np.bool_]) -> None:
        """Ask it of those of a part who may be asked about."""
        name = self.question.name
        asked = people.asked[name]
        rows = asked & may
        self.refused += int((asked & ~may).sum())
        features = self.fitted.model.features
        values = people.of(features, rows)
        chance = self.fitted.chances(values if self.version else people.rules[name][rows])
        self.party.append(people.party[rows])
        self.chance.append(chance)
        if self.is_used and features:
            above = chance >= self.threshold
            more = Likeliest(people.party[rows][above], chance[above], values[above])
            self.likeliest = more.first() if self.likeliest is None else self.likeliest.and_of(more)


@dataclass(frozen=True)
class Likeliest:
    """Customers above a threshold, the likeliest first, with what their reasons are told from: a row of features each."""

    party: Ints
    chance: FloatArray
    values: FloatArray

    def first(self) -> Likeliest:
        """So many of them as are told of beforehand."""
        rows = np.argsort(-self.chance, kind="stable")[:MOST_REASONS]
        return Likeliest(self.party[rows], self.chance[rows], self.values[rows])

    def and_of(self, more: Likeliest) -> Likeliest:
        """These and those of another part."""
        both = ((getattr(self, name), getattr(more, name)) for name in ("party", "chance", "values"))
        return Likeliest(*(np.concatenate(pair) for pair in both)).first()


@dataclass(frozen=True)
class Said:
    """What a version (None: the rule) said of everybody, and how many it did not speak of because they refused."""

    predictor: str
    version: PredictorVersion | None
    table: pa.Table
    refused: int
    is_used: bool
    learned: date

    def learned_until(self, as_of: date) -> date:
        """The day after which nothing taught what is said as of a day, which is the last one of its month."""
        return as_of if self.learned <= as_of.replace(day=1) else month_after(self.learned) - timedelta(days=1)


def score(*, actor: Viewer, at: datetime, names: Sequence[str] = (), as_of: date | None = None, step: Step = lambda _what: None) -> list[ScoreRun]:  # fmt: skip
    """Score customers by these predictors (none: all) as of the last month end up to a day. Raises TooLittle where no month is computed."""
    home = settings.HOME
    ends = outcomes.month_ends(home)
    found = [one for one in ends.by_month.values() if as_of is None or one.business_date <= as_of] if ends else []
    if ends is None or not found:
        raise TooLittle("no_days")
    snapshot = max(found, key=lambda one: one.business_date)
    began = time.perf_counter()
    with entered(actor):
        refused = np.array(sorted(without_automated_decisions(actor, at=at)), dtype=np.int64)
    questions = [QUESTIONS[name] for name in names or QUESTIONS if name in QUESTIONS]
    told = _chances(home, ends, snapshot, questions, refused, actor, step)
    seconds = time.perf_counter() - began
    with ThreadPoolExecutor(1, "lifetime_value") as aside, transaction.atomic(), entered(actor):
        worth = None
        if not names or lifetime_value.NAME in names:
            step(lifetime_value.NAME)
            worth = aside.submit(_amounts, home, snapshot, _valuing(home), refused)  # while what is likely goes into PostgreSQL
        step("write")
        runs = _keep(home, told, snapshot, at=at, seconds=seconds)
        if worth is not None:
            amounts, seconds = worth.result()
            runs += _keep(home, amounts, snapshot, at=at, seconds=seconds)
        after = {"as_of": snapshot.business_date.isoformat(), "predictors": {run.predictor: run.customers for run in runs}}
        record(actor, "insight.scored", after=after, at=at)
        days = set(ScoreRun.objects.filter(is_shown=True).values_list("as_of", flat=True))
    feature_rows.only(home, days)
    return runs


def score_what_is_due(*, actor: Viewer, at: datetime, step: Step = lambda _what: None) -> list[ScoreRun]:
    """Score where a month end is computed that nothing was scored of yet; else nothing. What builds and the worker ask for."""
    ends = outcomes.month_ends(settings.HOME)
    if ends is None:
        return []
    with entered(actor):
        is_done = ScoreRun.objects.filter(as_of__gte=ends.latest.business_date).exists()
    return [] if is_done else score(actor=actor, at=at, step=step)


def _chances(
    home: Path, ends: Ends, snapshot: Snapshot, questions: Sequence[Question], refused: Ints, actor: Viewer, step: Step
) -> list[Said]:
    """Every question of everybody, each feature read once."""
    with entered(actor):
        sayings = [one for question in questions for one in _sayings(home, ends, question)]
    if not sayings:
        return []
    terms, asked = terms_on(snapshot.business_date), {key for one in sayings for key in one.fitted.model.features}
    keys = (
        sorted(asked | set(feature_rows.keys_kept(home, snapshot))) if asked else []
    )  # the reasons of other predictors are still asked for
    with outcomes.opened(settings.MEMORY) as engine, feature_rows.keeping(home, snapshot, keys) as rows:
        for where in everybody.parts(engine, home, snapshot):
            step("read")
            people = everybody.people(engine, home, snapshot, questions, keys, terms, where)
            may = ~np.isin(people.party, refused)
            rows.keep(people.party, people.values, may)
            for one in sayings:
                step(one.question.name)
                one.say(people, may)
    step("reasons")
    return [Said(one.question.name, one.version, _table(one, snapshot, _told(one)), one.refused, one.is_used, one.learned) for one in sayings]  # fmt: skip


def _valuing(home: Path) -> list[tuple[PredictorVersion | None, Value | None]]:
    """The versions of lifetime value that are asked, with what each learned; without a champion also what a customer brings now for as long (no version)."""
    rows = list(PredictorVersion.objects.filter(predictor=lifetime_value.NAME, state__in=SAYING).order_by("number"))
    found: list[tuple[PredictorVersion | None, Value | None]] = [
        (row, lifetime_value.read(model_files.read_text(home, row.predictor, row.number, row.digest))) for row in rows
    ]
    return found if any(row.state == State.CHAMPION for row in rows) else [*found, (None, None)]


def _amounts(
    home: Path, snapshot: Snapshot, versions: Sequence[tuple[PredictorVersion | None, Value | None]], refused: Ints
) -> tuple[list[Said], float]:
    """Lifetime value of everybody by these versions, and the seconds that it took. Asks PostgreSQL nothing, so that another thread may do it."""
    began = time.perf_counter()
    with outcomes.opened(settings.MEMORY) as engine:
        people = lifetime_value.earning(engine, home, snapshot)
    may = ~np.isin(people.party, refused)
    party, nobody = people.party[may], np.zeros(int(may.sum()), dtype=bool)
    found = []
    for row, value in versions:
        amount = lifetime_value.plain(people) if value is None else lifetime_value.worth(value, people)
        table = rows_of(
            lifetime_value.NAME, row.number if row else 0, snapshot.business_date, party, amount=amount[may], above=nobody, told={}
        )
        learned = (row.last_date if row else snapshot.business_date).replace(day=1)
        found.append(Said(lifetime_value.NAME, row, table, int((~may).sum()), row is None or row.state == State.CHAMPION, learned))
    return found, time.perf_counter() - began


def _sayings(home: Path, ends: Ends, question: Question) -> list[Saying]:
    rows = list(PredictorVersion.objects.filter(predictor=question.name, state__in=SAYING).order_by("number"))
    found = [
        Saying(
            question, row, model_files.read(home, row.predictor, row.number, row.digest), row.threshold, row.state == State.CHAMPION,
            month_after(row.last_date.replace(day=1), question.horizon_months),
        ) for row in rows
    ]  # fmt: skip
    if not any(one.is_used for one in found):
        found += _rule(home, ends, question)
    return found


def _rule(home: Path, ends: Ends, question: Question) -> list[Saying]:
    """The question's plain figure with the rates of the last day whose horizon is over; before there is one, nothing is said."""
    origins = ends.origins(question.horizon_months)
    if not origins:
        return []
    rows = matrices.learned_from(home, ends, question, (), origins[-1:], terms_on(origins[-1]), settings.MEMORY)
    taught = rows.of(rows.teaches)
    if not taught.happened.any():
        return []
    fitted = learners.learn("rule", taught)
    learned = month_after(origins[-1].replace(day=1), question.horizon_months)
    return [Saying(question, None, fitted, float(np.quantile(fitted.chances(taught.rule), 0.9)), True, learned)]


def _told(one: Saying) -> Mapping[int, str]:
    """The reasons of the likeliest, as JSON by customer."""
    people = one.likeliest
    if people is None or not len(people.party):
        return {}
    said = reasons_of(one.fitted.model, people.values)
    return {int(key): json.dumps(reasons) for key, reasons in zip(people.party, said, strict=True)}


def _table(one: Saying, snapshot: Snapshot, told: Mapping[int, str]) -> pa.Table:
    """What a version says, as rows of `insight_score`."""
    party, chance = np.concatenate(one.party), np.concatenate(one.chance)
    return rows_of(one.question.name, one.number, snapshot.business_date, party, chance=chance, above=chance >= one.threshold, told=told)


def rows_of(predictor: str, number: int, as_of: date, party: Ints, *, above: npt.NDArray[np.bool_], told: Mapping[int, str], chance: FloatArray | None = None, amount: FloatArray | None = None) -> pa.Table:  # fmt: skip
    """Rows of `insight_score`, by chance or by amount."""
    ordered = chance if chance is not None else amount
    assert ordered is not None
    place = np.empty(len(party), dtype=np.int64)
    place[np.argsort(-ordered, kind="stable")] = np.arange(len(party))
    nothing = pa.nulls(len(party), pa.float64())
    return pa.table({
        "party_id": pa.array(party), "predictor": pa.array([predictor] * len(party)), "version": pa.array(np.full(len(party), number), pa.int32()),
        "as_of": pa.array([as_of] * len(party), pa.date32()), "chance": pa.array(np.round(chance, 6)) if chance is not None else nothing,
        "amount": pa.array(np.round(amount, 2)) if amount is not None else nothing,
        "tenth": pa.array(1 + place * 10 // max(len(party), 1), pa.int16()), "is_above": pa.array(above),
        "reasons": pa.array([told.get(int(key)) for key in party], pa.string()) if told else pa.nulls(len(party), pa.string()),
    })  # fmt: skip


def _keep(home: Path, told: Sequence[Said], snapshot: Snapshot, *, at: datetime, seconds: float) -> list[ScoreRun]:
    """Parquet first, then which files count and what is shown, within the caller's transaction. `seconds`: that all of it took to say."""
    runs = []
    for one in told:
        number = one.version.number if one.version else 0
        path = new_path(home, one.predictor, snapshot.business_date, number)
        pq.write_table(one.table, path, compression="zstd")
        runs.append(
            ScoreRun(
                predictor=one.predictor, version=one.version, as_of=snapshot.business_date, customers=len(one.table), refused=one.refused,
                path=str(path.relative_to(snapshots.root(home))), scored_at=at, seconds=round(seconds / len(told), 3), is_used=one.is_used,
                learned_until=one.learned_until(snapshot.business_date),
            )
        )  # fmt: skip
    for run in runs:
        run.save(force_insert=True)
    used = [(run, one.table) for run, one in zip(runs, told, strict=True) if one.is_used]
    show([run for run, _table in used], [table for _run, table in used])
    return runs


def new_path(home: Path, predictor: str, as_of: date, number: int) -> Path:
    """A file that is not there yet: of the day, the version, and how often both were scored."""
    folder = snapshots.root(home) / "scores" / predictor
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    times = 1
    while (path := folder / f"{as_of:%Y%m%d}-{number}-{times}.parquet").exists():
        times += 1
    return path


def show(runs: Sequence[ScoreRun], tables: Sequence[pa.Table], *, is_going_back: bool = False) -> None:
    """Let `insight_score` hold these runs instead of what it held of their predictors; who was merged or deleted since is left out.

    What is said of an earlier day than the one that is shown is only kept, but where one goes back to an earlier version."""
    shown = dict(ScoreRun.objects.filter(is_shown=True).values_list("predictor", "as_of"))
    latest = [run for run in runs if is_going_back or shown.get(run.predictor, run.as_of) <= run.as_of]
    names = [run.predictor for run in latest]
    ScoreRun.objects.filter(predictor__in=names, is_shown=True).update(is_shown=False)
    ScoreRun.objects.filter(pk__in=[run.pk for run in latest]).update(is_shown=True, is_used=True)
    listed = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute("create temp table showing_scores (like insight_score including defaults) on commit drop")
        cursor.execute("alter table showing_scores drop column id")
        with cursor.copy(f"copy showing_scores ({listed}) from stdin (format csv)") as copy:
            for table in tables:
                for batch in table.select(list(COLUMNS)).to_batches(max_chunksize=50_000):
                    out = io.BytesIO()
                    pyarrow.csv.write_csv(batch, out, pyarrow.csv.WriteOptions(include_header=False))
                    copy.write(out.getvalue())
        cursor.execute("delete from insight_score where predictor = any(%s)", [names])
        cursor.execute(f"insert into insight_score ({listed}) select {', '.join('s.' + one for one in COLUMNS)} from showing_scores s join parties_party p on p.id = s.party_id where s.predictor = any(%s)", [names])  # fmt: skip
        aftermath.keep_listed(runs)
        cursor.execute("drop table showing_scores")


def show_champion(predictor: str) -> ScoreRun | None:
    """Bring back what the present champion (or, without one, the rule) said last, out of its Parquet; None where it never said anything. As the job role."""
    champion = PredictorVersion.objects.filter(predictor=predictor, state=State.CHAMPION).first()
    run = ScoreRun.objects.filter(predictor=predictor, version=champion).order_by("-as_of", "-pk").first()
    with transaction.atomic():
        if run is None:
            ScoreRun.objects.filter(predictor=predictor, is_shown=True).update(is_shown=False)
            with connection.cursor() as cursor:
                cursor.execute("delete from insight_score where predictor = %s", [predictor])
            return None
        show([run], [pq.read_table(snapshots.root(settings.HOME) / run.path)], is_going_back=True)
    return run
