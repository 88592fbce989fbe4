"""Which scorings a build of a day reads: of each predictor that says something on pages the one that is shown, where it is of an earlier day; else the last one of
what was in use (R67)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from zhike.access.scope import Viewer
from zhike.insight import snapshots
from zhike.insight.expected import LIFETIME, READ, Run, Said
from zhike.insight.marts.matrix import ends
from zhike.insight.models import ScoreRun
from zhike.insight.settings_rules import Matrix
from zhike.insight.terms import month_after
from zhike.parties.restrictions import without_automated_decisions


def said_before(home: Path, day: date, matrix: Matrix, *, actor: Viewer, at: datetime) -> Said:
    """What a build of a day may know of what was said as of days before it, but of whom nothing may be foretold (R23)."""
    shown = ScoreRun.objects.filter(is_shown=True, predictor__in=READ).values("predictor")
    used = ScoreRun.objects.filter(is_used=True, predictor__in=shown, as_of__lt=day, learned_until__lte=day)
    runs = [one for one in used.order_by("as_of", "pk") if (snapshots.root(home) / one.path).is_file()]
    last = [run for name in READ if (run := _chosen((one for one in runs if one.predictor == name), day)) is not None]
    at_ends = {}
    if matrix.potential == LIFETIME:
        worths = [one for one in runs if one.predictor == LIFETIME]
        for month in ends(day.replace(day=1), date.min, matrix.months):
            run = _chosen(worths, min(day, month_after(month) - timedelta(days=1)))
            if run is not None:
                at_ends[month] = run
    silent = frozenset(without_automated_decisions(actor, at=at)) if last or at_ends else frozenset()
    return Said(tuple(last), at_ends, silent)


def _chosen(runs: Iterable[ScoreRun], until: date) -> Run | None:
    """Of some scorings, in the order in which they were said, the one that counted at the end of a day."""
    known = [one for one in runs if one.as_of <= until and (one.learned_until or date.max) <= until]
    one = next((one for one in known if one.is_shown), known[-1] if known else None)
    return None if one is None else Run(one.predictor, one.as_of, one.path)
