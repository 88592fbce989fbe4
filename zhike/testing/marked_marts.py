"""The computed warehouse of the marked bank: a build out of marked landings, a shadow run, a kept report and an audience over the profile; and the same changed
behind somebody's back, so that a figure that knew of others would be another one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb
import psycopg
from django.conf import settings
from django.utils import timezone

from zhike.access.rules import known_permissions
from zhike.access.scope import entered, system_viewer
from zhike.insight import schemes, snapshots, trials, warehouse
from zhike.insight.dated import settings_on
from zhike.insight.jobs import run as shadow_run
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.warehouse import quoted
from zhike.testing.databases import Bank, using
from zhike.testing.marked import mark
from zhike.testing.snooping import condition

REGION = "region"  # the text of the landed customers that the warehouse shows: here a mark
REPORT = {"rows": "household,region", "measures": "aum,customers", "months": "3"}
VALUABLE = "valuable"
# What tells one customer from another in the marts and is no figure.
_KEYS = {"party_id", "month", "value_percentile"}
_FIGURES = ("DECIMAL", "DOUBLE", "BIGINT", "INTEGER", "HUGEINT", "FLOAT")


def compute(bank: Bank) -> None:
    """Compute a bank whose rows are marked, as `zhike insight build` does, and leave in it what its pages show besides. As the job."""
    with bank.connected("job") as job:
        _mark_landings(bank.home, job)
        _keep(job)
    bank.zhike("insight", "build")
    with using(bank.run, bank.name, "job"):
        _try_a_scheme()


def _mark_landings(home: Path, job: psycopg.Connection) -> None:
    """The region of every landed customer says whose it is."""
    with warehouse.connect(threads=1) as engine:
        engine.execute("create table marks (party_key varchar, mark varchar)")
        rows = job.execute("select external_key, party_id from parties_partysource where source <> 'own'").fetchall()
        engine.executemany("insert into marks values (?, ?)", [(key, mark("w", party)) for key, party in rows])
        for path in (snapshots.root(home) / "landing").rglob("parties.parquet"):
            _rewrite(
                engine,
                path,
                f"select f.* replace (coalesce(m.mark, f.{REGION}) as {REGION}) from {{f}} f left join marks m using (party_key)",
            )


def _rewrite(engine: duckdb.DuckDBPyConnection, path: Path, select: str) -> None:
    """Put other rows into the place of a file's; `{f}` stands for the file."""
    other = path.with_suffix(".other")
    engine.execute(f"copy ({select.format(f=f'read_parquet({quoted(path)})')}) to {quoted(other)} (format parquet)")
    other.replace(path)


def _keep(job: psycopg.Connection) -> None:
    """A report that everybody may open, with households and regions down, and an audience over a field of the profile."""
    job.execute("update reports_report set asked = %s", [json.dumps(REPORT)])
    job.execute(
        """insert into audiences_audience (owner_id, name, note, condition, version, shared, team, changed_at, fault)
           select min(id), %s, '', %s, 1, 'bank', '', now(), '' from access_person""",
        [VALUABLE, condition({"field": "profile_value_percentile", "op": "known"})],
    )


def _try_a_scheme() -> None:
    """A draft in which everybody's tier begins at a tenth of what it does today, run in the shadow."""
    held = PUBLISHED["default"].scheme
    then = replace(held, up="at_once", rungs=tuple(replace(rung, least=rung.least / 10) for rung in held.rungs))
    at = timezone.now()
    with entered(replace(system_viewer("test"), permissions=known_permissions())) as actor:
        row = schemes.begin_draft(actor=actor, at=at, scheme=then, title="lower")
        kept = trials.path_of(settings.HOME, row.pk)
        kept.parent.mkdir(parents=True, exist_ok=True)
        found = shadow_run(held, then, settings.HOME, cache(settings_on), kept)
        schemes.keep_trial(actor=actor, at=at, scheme_id=row.pk, rules=row.rules, trial=found.plain)


def change(home: Path, seen: Iterable[int]) -> None:
    """Every mart, and what shadow runs keep, otherwise for all but these customers: every second of them is gone, the figures of the rest are
    others, and so is what was added up of everybody."""
    root = snapshots.root(home)
    with warehouse.connect(threads=1) as engine:
        engine.execute("create table seen (party_id bigint)")
        engine.executemany("insert into seen values (?)", [(key,) for key in (*seen, 0)])
        for path in sorted([*(root / "marts").rglob("*.parquet"), *(root / trials.FOLDER).rglob("*.parquet")]):
            columns = dict(engine.execute(f"select column_name, column_type from (describe from read_parquet({quoted(path)}))").fetchall())
            theirs = "party_id not in (from seen)" if "party_id" in columns else "true"
            figures = [name for name, kind in columns.items() if kind.startswith(_FIGURES) and name not in _KEYS]
            other = ", ".join(
                f"case when {theirs} then cast({name} * 3 + 7 as {columns[name]}) else {name} end as {name}" for name in figures
            )
            gone = f"where not ({theirs} and party_id % 2 = 0)" if "party_id" in columns else ""
            _rewrite(engine, path, f"select * {f'replace ({other})' if other else ''} from {{f}} {gone}")
