"""The act of computing a business date: inputs out of warehouse and database, the build, and today's rows into `insight_profile`."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from zhike.access import actions as access_actions
from zhike.access.scope import Viewer, entered
from zhike.core.events import publish
from zhike.insight import runs, snapshots, sweeping, warehouse
from zhike.insight.assembling import KEYS
from zhike.insight.build import Build as Running
from zhike.insight.build import NothingLanded, Step
from zhike.insight.dated import settings_on
from zhike.insight.engines import opened
from zhike.insight.events import ProfileShown
from zhike.insight.expected_runs import said_before
from zhike.insight.inputs import Given, Inputs, business_dates, is_same, landed
from zhike.insight.models import Build
from zhike.insight.network.files import facts_on
from zhike.insight.profile_fields import FIELDS
from zhike.insight.schemes import scheme_on
from zhike.insight.snapshots import Snapshot
from zhike.insight.sweeping import Sweep
from zhike.insight.warehouse import quoted

ROWS_AT_ONCE = 50_000
SENDING = 4  # of the memory that the engine may use, this part is allowed once more for comparing what is shown
_COLUMNS = ", ".join(["id", *(field.key for field in FIELDS)])
# Rows are told apart by one number of 64 bits, since two hundred columns of a million customers twice are more than may be held.
_BEFORE = f"left join (select id as was_id, hash({_COLUMNS}) as was from shown) as before on id = was_id"
_DIFFERENT = f"select {_COLUMNS} from now {_BEFORE} where was is distinct from hash({_COLUMNS})"
LOOKED_AT = 4_096  # so many rows tell whether most differ: from a day to the next averages move, and then all rows anew cost half of what changing each does
_MOST_DIFFER = f"""select count(*) filter (was is distinct from now_is) > count(*) / 2
    from (select id, hash({_COLUMNS}) as now_is from now limit {LOOKED_AT}) as looked_at {_BEFORE}"""


@dataclass(frozen=True)
class Built:
    """What came of it. `is_new`: False where nothing had landed or been set since; `changed`: rows of the profile that were written."""

    snapshot: Snapshot
    is_new: bool
    customers: int = 0
    changed: int = 0
    seconds: float = 0


def build(*, as_of: date | None, engine: str, actor: Viewer, at: datetime, is_shown: bool = True, step: Step = lambda _what: None) -> Built:
    """Compute a business date (default: the latest). Raises NothingLanded where no file landed up to it.

    One build runs at a time; a second one waits. `is_shown`: whether `insight_profile` is to show it, where it is the latest one."""
    with _alone(), runs.noted(at) as noted:

        def both(what: str) -> None:
            noted.step(what)
            step(what)

        built = _built(as_of, engine, actor=actor, at=at, is_shown=is_shown, step=both)
        if built.is_new:
            sweep(actor=actor, at=timezone.now())
        noted.done(built.snapshot.business_date, is_new=built.is_new)
        return built


def _built(as_of: date | None, engine: str, *, actor: Viewer, at: datetime, is_shown: bool, step: Step) -> Built:
    home = settings.HOME
    as_of = as_of or max(business_dates(home), default=None)
    if as_of is None:
        raise NothingLanded
    with entered(actor):
        inputs = Inputs(
            home, as_of, landed(home, as_of), whose_keys(), cache(settings_on), cache(scheme_on), _given(as_of), facts_on(home, as_of),
            said_before(home, as_of, settings_on(as_of).matrix, actor=actor, at=at),
        )  # fmt: skip
        before = snapshots.latest(home, as_of)
        known = Build.objects.filter(business_date=as_of).order_by("-version").first()
        if (
            before is not None
            and known is not None
            and (before.business_date, before.version) == (as_of, known.version)
            and is_same(before, inputs)
        ):
            return Built(before, False)
        version = max(known.version if known else 0, before.version if before and before.business_date == as_of else 0) + 1
        with opened(engine, memory=settings.MEMORY) as made:
            running = Running(made, inputs, before, version, step)
            return _switch(running.profile(), running, actor=actor, at=at, is_shown=is_shown, step=step)


def to_sweep() -> Sweep:
    """What need not be kept any longer (`sweeping`)."""
    shown = Build.objects.filter(is_shown=True).first()
    return sweeping.planned(settings.HOME, settings.PROFILE_DAYS, (shown.business_date, shown.version) if shown else None)


def sweep(*, actor: Viewer, at: datetime) -> Sweep:
    """Take away what need not be kept any longer; a build does so at its end, under its lock. What it was."""
    plan = to_sweep()
    if plan:
        with transaction.atomic(), entered(actor):
            after = {"snapshots": len(plan.versions), "files": len(plan.files), "bytes": plan.bytes, "days": len(plan.days)}
            access_actions.record(actor, "insight.swept", after=after, at=at)
        sweeping.swept(settings.HOME, plan)
    return plan


def sweep_now(*, actor: Viewer, at: datetime, is_dry: bool) -> Sweep:
    """Sweep by itself, or say what would go; waits for a build that runs."""
    with _alone():
        return to_sweep() if is_dry else sweep(actor=actor, at=at)


def backfill(*, engine: str, actor: Viewer, at: datetime, step: Step = lambda _what: None) -> Iterator[Built]:
    """Compute every business date that landed, is not computed and is kept (`sweeping`), oldest first; a killed one goes on where it was."""
    every = business_dates(settings.HOME)
    dates = sorted(sweeping.kept_days(every, settings.PROFILE_DAYS))
    for day in dates:
        yield build(as_of=day, engine=engine, actor=actor, at=at, is_shown=day == dates[-1], step=step)


def _switch(profile: Path, running: Running, *, actor: Viewer, at: datetime, is_shown: bool, step: Step) -> Built:
    """Show the new rows and write down that they are computed, in one transaction. Rows travel while the engine still adds up what nobody is shown."""
    step("show")
    with transaction.atomic(), entered(actor):
        last = Build.objects.filter(is_shown=True).first()
        shows = is_shown and (last is None or last.business_date <= running.inputs.as_of)
        old = _shown(settings.HOME, last)
        sent = send(settings.HOME, profile, old) if shows else None
        snapshot = running.finish()
        changed = show(sent) if shows else 0
        if shows:
            Build.objects.filter(is_shown=True).update(is_shown=False)
            publish(ProfileShown(snapshot.business_date, snapshot.version))
        done = timezone.now()
        Build.objects.create(
            business_date=snapshot.business_date, version=snapshot.version, engine=snapshot.engine, customers=running.rows["profile"], is_shown=shows,
            started_at=at, finished_at=done, seconds=running.seconds,
        )  # fmt: skip
        after = {
            "business_date": snapshot.business_date.isoformat(),
            "version": snapshot.version,
            "customers": running.rows["profile"],
            "changed": changed,
        }
        access_actions.record(actor, "insight.built", after=after, at=done)
    return Built(snapshot, True, running.rows["profile"], changed, sum(running.seconds.values()))


def send(home: Path, new: Path, old: Path | None) -> int | None:
    """Bring a profile to PostgreSQL. Where nothing is shown that could be changed, or most of it would change, all rows take the place of what is shown, for
    whoever reads when the transaction ends: how many. Else None: what differs waits for `show` in tables that go with the transaction."""
    with warehouse.connect(temp=home / "spill", memory=settings.MEMORY, share=SENDING) as engine, connection.cursor() as cursor:
        engine.execute(f"create view now as select party_id as id, * exclude (party_id) from read_parquet({quoted(new)})")
        if old is not None:
            engine.execute(f"create view shown as select party_id as id, * exclude (party_id) from read_parquet({quoted(old)})")
        cursor.execute("create temp table showing (like insight_profile) on commit drop")
        if old is None or bool(engine.execute(_MOST_DIFFER).fetchall()[0][0]):
            return _all_of(cursor, csv_of(engine, f"select {_COLUMNS} from now"))
        cursor.execute("create temp table going_profile (id bigint) on commit drop")
        _copy(cursor, "going_profile", csv_of(engine, "select id from shown except select id from now"))
        _copy(cursor, f"showing ({_COLUMNS})", csv_of(engine, _DIFFERENT))
        return None


def _all_of(cursor: CursorWrapper, blocks: Iterable[bytes]) -> int:
    """Put all rows in the place of what is shown: how many. Block by block while others are still made, and in the order of keys, since an index that grows at
    its end is twice as fast; by way of another table, since PostgreSQL copies nothing into one that has a wall."""
    cursor.execute("delete from insight_profile")
    count = 0
    for block in blocks:
        _copy(cursor, f"showing ({_COLUMNS})", [block])
        cursor.execute(f"insert into insight_profile ({_COLUMNS}) select {_COLUMNS} from showing")
        count += int(cursor.rowcount)
        cursor.execute("truncate showing")
    return count


def _copy(cursor: CursorWrapper, into: str, blocks: Iterable[bytes]) -> None:
    with cursor.copy(f"copy {into} from stdin (format csv)") as copy:
        for block in blocks:
            copy.write(block)


def show(sent: int | None) -> int:
    """Bring `insight_profile` to what was sent: how many rows differ. `sent`: what `send` said."""
    with connection.cursor() as cursor:
        changed = sent if sent is not None else _changed(cursor)
        # whose tier was given by hand is served by what holds today, which the day that was computed need not know yet
        cursor.execute("select insight_serve(array(select distinct party_id from insight_tieroverride), %s)", [timezone.localdate()])
        cursor.execute("select insight_learn()")
        # what was computed just now has no row of theirs; who is there again, or has one, is looked at by whoever counts
        cursor.execute(
            "delete from insight_gone g where not exists (select from insight_profile q where q.id = g.id)"
            " and not exists (select from parties_party p where p.id = g.id)"
        )
    return changed


def _changed(cursor: CursorWrapper) -> int:
    cursor.execute("delete from insight_profile p using going_profile g where p.id = g.id")
    sets = ", ".join(f"{field.key} = excluded.{field.key}" for field in FIELDS)
    asked = f"insert into insight_profile ({_COLUMNS}) select {_COLUMNS} from showing on conflict (id) do update set {sets}"
    cursor.execute(asked)
    return int(cursor.rowcount)


def _shown(home: Path, last: Build | None) -> Path | None:
    """The Parquet of the rows that the table shows; None where the table is not as that says, so that all rows are sent."""
    if last is None:
        return None
    found = next((one for one in snapshots.every(home) if (one.business_date, one.version) == (last.business_date, last.version)), None)
    path = _profile(home, found) if found else None
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from insight_profile")
        is_whole = cursor.fetchone()[0] == last.customers
    return path if path and path.exists() and is_whole and _has_all_fields(path) else None


def _has_all_fields(path: Path) -> bool:
    return {field.key for field in FIELDS} <= set(pa.parquet.read_schema(path).names)


def _profile(home: Path, snapshot: Snapshot) -> Path:
    return snapshots.root(home) / snapshot.pieces["profile"][0].path


def csv_of(engine: Any, query: str) -> Iterator[bytes]:
    """The rows of a query as CSV, some thousands at a time."""
    reader = engine.sql(query).to_arrow_reader(ROWS_AT_ONCE)
    options = pyarrow.csv.WriteOptions(include_header=False)
    for batch in reader:
        out = io.BytesIO()
        pyarrow.csv.write_csv(batch, out, options)
        yield out.getvalue()


def whose_keys() -> pa.Table:
    """Whose keys in the sources are whose: the only place where a feed's key lives (decision 1)."""
    text, kinds = io.BytesIO(), KEYS.to_pyarrow()
    asked = "copy (select source, external_key, party_id from parties_partysource where source <> 'own') to stdout (format csv)"
    with connection.cursor() as cursor, cursor.copy(asked) as copy:
        for block in copy:
            text.write(block)
    if not text.tell():
        return kinds.empty_table()
    text.seek(0)
    return pyarrow.csv.read_csv(
        text,
        read_options=pyarrow.csv.ReadOptions(column_names=kinds.names),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types={field.name: field.type for field in kinds}),
    ).cast(kinds)


def _given(as_of: date) -> list[Given]:
    """The tiers given by hand that hold on a day: of a customer's several the last that was given."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN, {"day": as_of, "zone": settings.TIME_ZONE})
        return [Given(*row) for row in cursor.fetchall()]


_GIVEN = """
select distinct on (party_id) party_id, tier, from_date, until_date from insight_tieroverride
where from_date <= %(day)s and until_date > %(day)s and (ended_at is null or (ended_at at time zone %(zone)s)::date > %(day)s)
order by party_id, from_date desc, id desc
"""


class _alone:  # noqa: N801 - read as a word: `with _alone():`
    """Only one build at a time: PostgreSQL lets go when the process dies."""

    def __enter__(self) -> None:
        self._ask("pg_advisory_lock")

    def __exit__(self, *_problem: object) -> None:
        self._ask("pg_advisory_unlock")

    @staticmethod
    def _ask(function: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"select {function}(hashtext(%s))", [runs.LOCK])
