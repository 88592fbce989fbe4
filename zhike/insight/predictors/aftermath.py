"""What came of what was said: who stood on the list of an earlier day is kept, and told by the very target that is learned from, once its months are over.

Scores stay as they were, in Parquet. Here stand those who were on a list, who looked after them and with how much money, and, once it is known, for whom it
happened although she was not on it (S107, S108).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.csv
from django.conf import settings
from django.db import connection, transaction
from django.db.models.query import QuerySet
from django.utils import timezone

from zhike.access.scope import Viewer, entered
from zhike.insight import snapshots
from zhike.insight.engines import in_words
from zhike.insight.models import ScoreOutcome, ScoreRun
from zhike.insight.predictors import outcomes
from zhike.insight.predictors.outcomes import Ends
from zhike.insight.predictors.questions import QUESTIONS, Question
from zhike.insight.predictors.training import terms_on
from zhike.insight.terms import month_after
from zhike.insight.warehouse import quoted
from zhike.parties.restrictions import without_automated_decisions

LISTED = """
insert into insight_scoreoutcome (party_id, predictor, version, as_of, said_date, known_date, chance, is_above, rm_id, money)
select s.party_id, s.predictor, s.version, s.as_of, %(said)s, k.known_date, s.chance, true, p.main_rm_id, f.aum
from showing_scores s join unnest(%(names)s::text[], %(days)s::date[], %(known)s::date[]) as k (predictor, as_of, known_date) using (predictor, as_of)
join parties_party p on p.id = s.party_id left join insight_profile f on f.id = s.party_id where s.is_above
"""
TOLD = """
update insight_scoreoutcome o set told_at = %(at)s, came = t.came, money = coalesce(t.money, o.money)
from (select s.id, t.came, t.money from insight_scoreoutcome s left join told_outcomes t using (party_id)
      where s.predictor = %(predictor)s and s.as_of = %(as_of)s and s.version = %(version)s) t
where o.id = t.id
"""
MISSED = """
insert into insight_scoreoutcome (party_id, predictor, version, as_of, said_date, known_date, chance, is_above, rm_id, money, told_at, came)
select t.party_id, %(predictor)s, %(version)s, %(as_of)s, %(said)s, %(known)s, t.chance, false, e.id, t.money, %(at)s, true
from told_outcomes t join parties_party p on p.id = t.party_id left join access_employee e on e.staff_no = t.staff_no where not t.is_above
"""


def known_date(day: date, months: int) -> date:
    """The last day of the months that a chance of this as-of day speaks of."""
    return month_after(day.replace(day=1), months + 1) - timedelta(days=1)


def keep_listed(runs: Sequence[ScoreRun]) -> None:
    """Keep who stands on the lists that are shown now (`showing_scores`), within the transaction that shows them. A day whose outcome has been told stays."""
    asked = [run for run in runs if run.predictor in QUESTIONS]
    names, days = [run.predictor for run in asked], [run.as_of for run in asked]
    told = set(ScoreOutcome.objects.unscoped(reason="days of lists, no customers").filter(predictor__in=names, as_of__in=days, told_at__isnull=False).values_list("predictor", "as_of").distinct())  # fmt: skip
    asked = [run for run in asked if (run.predictor, run.as_of) not in told]
    for run in asked:
        ScoreOutcome.objects.unscoped(reason="a list that is shown anew").filter(predictor=run.predictor, as_of=run.as_of).delete()
    if not asked:
        return
    with connection.cursor() as cursor:
        cursor.execute(LISTED, {
            "names": [run.predictor for run in asked], "days": [run.as_of for run in asked], "said": timezone.localdate(asked[0].scored_at),
            "known": [known_date(run.as_of, QUESTIONS[run.predictor].horizon_months) for run in asked],
        })  # fmt: skip


def settle(*, actor: Viewer, at: datetime, ends: Ends) -> int:
    """Look up what came of every list whose months are over by now; how many lists. Whoever refused automated decisions since is taken off."""
    with entered(actor):
        due = list(
            _rows()
            .filter(told_at=None, known_date__lte=_last_day(ends))
            .values_list("predictor", "as_of", "version", "said_date")
            .distinct()
        )
        refused = sorted(without_automated_decisions(actor, at=at)) if due else []
    due = [one for one in due if one[0] in QUESTIONS]
    with outcomes.opened(settings.MEMORY) as engine:
        for predictor, day, version, said in due:
            told = _told(engine, settings.HOME, ends, QUESTIONS[predictor], day, version)
            values: dict[str, Any] = {"predictor": predictor, "as_of": day, "version": version, "at": at, "said": said}
            with transaction.atomic(), entered(actor):
                _keep(told, values | {"known": known_date(day, QUESTIONS[predictor].horizon_months)}, refused)
    return len(due)


def _rows() -> QuerySet[ScoreOutcome]:
    return ScoreOutcome.objects.unscoped(reason="what came of chances is looked up for everybody at once")


def _last_day(ends: Ends) -> date:
    return month_after(max(ends.by_month)) - timedelta(days=1)


def _told(engine: duckdb.DuckDBPyConnection, home: Path, ends: Ends, question: Question, day: date, version: int) -> pa.Table | None:
    """Of everybody who was asked about on a day: whether it happened, by the target that is learned from; None where the months are known no more."""
    snapshot, after = ends.by_month.get(day.replace(day=1)), ends.after(day, question.horizon_months)
    run = (
        ScoreRun.objects.filter(predictor=question.name, as_of=day, **({"version__number": version} if version else {"version": None}))
        .order_by("-pk")
        .first()
    )
    path = snapshots.root(home) / run.path if run else None
    if snapshot is None or snapshot.business_date != day or not after or path is None or not path.exists():
        return None
    t = outcomes.now_and_later(engine, home, ends, snapshot, question.horizon_months, at_end=question.at_end)
    terms = replace(terms_on(day), as_of=day, end=after[-1].business_date)
    t = t.filter(question.population(t, terms))
    teaches = question.learned_from(t, terms).fill_null(False) if question.learned_from else ibis.literal(True)
    came = ibis.ifelse(teaches, question.target(t, terms), ibis.null("boolean"))
    rows = in_words(t.select("party_id", came=came, money=t["aum"], staff_no=t["staff_no"]), "duckdb")
    return engine.sql(
        f"select party_id, t.came, s.chance, s.is_above, t.money, t.staff_no from ({rows}) t join read_parquet({quoted(path)}) s using (party_id) where s.is_above or t.came"
    ).to_arrow_table()


def _keep(told: pa.Table | None, values: dict[str, Any], refused: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create temp table told_outcomes (party_id bigint, came boolean, chance numeric, is_above boolean, money numeric, staff_no text) on commit drop"
        )
        if told is not None:
            mine = (
                told.filter(pa.array(~np.isin(told.column("party_id").to_numpy(), np.asarray(refused, dtype=np.int64))))
                if refused
                else told
            )
            with cursor.copy("copy told_outcomes from stdin (format csv)") as copy:
                for batch in mine.to_batches(max_chunksize=50_000):
                    out = io.BytesIO()
                    pyarrow.csv.write_csv(batch, out, pyarrow.csv.WriteOptions(include_header=False))
                    copy.write(out.getvalue())
        cursor.execute(TOLD, values)
        cursor.execute(MISSED, values)
        if refused:
            cursor.execute("delete from insight_scoreoutcome where party_id = any(%s)", [list(refused)])
        cursor.execute("drop table told_outcomes")
