"""What `zhike doctor` says of predictors in use: whether the world has moved away from what they learned."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from zhike.commands.finding import Finding
from zhike.core.connections import Installation

# Of each version in use, what was found of the last day that was looked at.
_ALERTS = """
with looked as (
    select v.predictor, v.number, f.kind, f.subject, f.value, f.is_alert, f.as_of, max(f.as_of) over (partition by v.id) as last
    from insight_predictorversion v join insight_predictorfinding f on f.version_id = v.id where v.state = 'champion'
)
select predictor, number, count(*) filter (where is_alert), string_agg(coalesce(nullif(subject, ''), kind), ', ' order by value desc) filter (where is_alert)
from looked where as_of = last or kind in ('calibration', 'ranking') and is_alert group by 1, 2 order by 1
"""


def predictors(connection: psycopg.Connection, _installation: Installation) -> Iterator[Finding]:
    """One line: which versions in use need somebody to look at them; none where nothing is in use."""
    there = connection.execute("select to_regclass('public.insight_predictorfinding') is not null").fetchone()
    rows = connection.execute(_ALERTS).fetchall() if there and there[0] else []
    alarming = [f"{name} version {number} ({subjects})" for name, number, count, subjects in rows if count]
    if alarming:
        yield Finding("predictors", "warning", f"drifted or wrong more often than before: {'; '.join(alarming)}; look at `zhike predictor card NAME` and train anew")  # fmt: skip
    elif rows:
        yield Finding("predictors", "ok", f"{len(rows)} in use are watched, none has drifted")
