"""The build of a business date: only what its new files touch is computed, everything else is taken from the snapshot before.

Months are computed from the first one that a new file speaks of to the month of the business date; where a landed file no longer counts,
where customers were merged or something was set anew, all of them. A build that is killed leaves files that nobody names.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import ibis
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhike.insight import assembling, snapshots, sources, terms
from zhike.insight.assembling import ADDED_UP, BY_DAY, BY_MONTH, CARRIED, DAILY, KEYS, MONTHLY, NOW, OPENING, STAGED, Room, in_order, made
from zhike.insight.engines import Counted, Engine, Part
from zhike.insight.expected import EXPECTED, LIFETIMES, expected, lifetimes
from zhike.insight.inputs import Inputs, given_digest, keys_digest, settings_digest
from zhike.insight.marts.customer_state import LOOK_BACK, STATES
from zhike.insight.marts.customer_state import Step as MonthStep
from zhike.insight.marts.holdings import opening_of
from zhike.insight.network.files import FACTS
from zhike.insight.snapshots import Piece, Snapshot
from zhike.insight.staged import stage
from zhike.insight.terms import Quote, Terms, month_after, months_between

Step = Callable[[str], None]
BALANCES = ("balance", "posted_balance", "position")
# Staged rows that belong to a month, and by what.
DATED = dict.fromkeys(BALANCES, "date") | dict.fromkeys(("flow", "event", "contact", "fee", "takings"), "month")
# What is added up at once, so that sums need not be spilled: months of customers, and customers whose months become one row each.
MOST_AT_ONCE, MOST_CUSTOMERS = 2_200_000, 130_000
BASE = ibis.schema({"month": "date", "last_date": "date"})


class NothingLanded(Exception):
    """There is no landed file up to the business date."""


@dataclass
class Build:
    """One running build."""

    engine: Engine
    inputs: Inputs
    before: Snapshot | None
    version: int = 1
    step: Step = lambda _what: None
    known: dict[str, ibis.Table] = field(default_factory=dict)
    pieces: dict[str, tuple[Piece, ...]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    counted: list[tuple[str, Counted]] = field(default_factory=list)  # files that the engine writes or has written
    new: dict[str, bool] = field(default_factory=dict)  # staged tables that got new rows
    refused: set[str] = field(default_factory=set)  # feeds with lines that the checks refused
    since: float = field(default_factory=time.perf_counter)  # when the engine was done with the last step
    begins: date = date.min  # the first day of which anything is known
    first_month: date = date.min  # the first month known from its beginning
    earlier: list[tuple[object, ...]] = field(default_factory=list)  # what the months before that of the business date count for

    def run(self) -> Snapshot:
        """Compute the business date and put its snapshot in force. Raises NothingLanded."""
        self.profile()
        return self.finish()

    def profile(self) -> Path:
        """Have everything computed, and wait until the profile is written: where it lies. What is added up after it goes on. Raises NothingLanded."""
        if not self.inputs.files:
            raise NothingLanded(self.inputs.as_of.isoformat())
        self._timed("read", self._read)
        self._timed("stage", lambda: stage(self))
        first = self.first_month = self._first_month()
        months = months_between(self._first_to_compute(first), self.inputs.as_of)
        self._timed("terms", lambda: self._fill_terms(first, months))
        for rooms in (NOW, MONTHLY):
            self._make_all(rooms, months)
        computed = dict(self.known)
        self.known |= {name: ibis.table(self.known[name].schema(), name=name) for name in BY_MONTH if name in self.known}
        self._read_early()
        self._make_all(DAILY, months)
        self.known = computed
        self._make_all(ADDED_UP, months)
        dict(self.counted)["profile"]()  # waits, and raises what went wrong
        return snapshots.root(self.inputs.home) / self.pieces["profile"][0].path

    def finish(self) -> Snapshot:
        """Wait for what is still computed beside the profile, and put the snapshot in force."""
        for name, count in self.counted:
            self.rows[name] = self.rows.get(name, 0) + count()
        snapshot = Snapshot(
            self.inputs.as_of, self.version, self.engine.name, self.first_month, self.inputs.names, self._keep_keys(),
            settings_digest(self.inputs, self.first_month, self.inputs.as_of), self.pieces, given=given_digest(self.inputs.given), network=self.inputs.network_day,
            said=self.inputs.said.names, silence=self.inputs.said.silence,
        )  # fmt: skip
        snapshots.write(self.inputs.home, snapshot)
        return snapshot

    def _make_all(self, rooms: Iterable[Room], months: Sequence[date]) -> None:
        for one in in_order(rooms):
            self._timed(one.name, lambda one=one: self._make(one, months))  # type: ignore[misc]

    def _timed(self, name: str, work: Callable[[], object]) -> None:
        """Do a step. It takes from when the engine was done with the one before to when it is done with this one."""
        self.step(name)
        work()
        self.engine.then(lambda: self._took(name))

    def _took(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = round(self.seconds.get(name, 0) + now - self.since, 3)
        self.since = now

    def _read(self) -> None:
        """Feeds that are read whole each time, the keys of customers, and which lines the checks refused."""
        rejects = [part for feed, part in self.inputs.files if feed == "_rejects" and part.path.exists()]
        self.engine.read(
            "raw_rejects",
            ibis.schema({"feed": "string", "file": "string", "line": "int64", "severity": "string", "_order": "int32"}),
            rejects,
        )
        refused = ibis.table(
            {"feed": "string", "file": "string", "line": "int64", "severity": "string", "_order": "int32"}, name="raw_rejects"
        )
        refused = refused.filter(refused["severity"] == "reject").select("feed", "file", "line", "_order").distinct()
        self.engine.keep("refused", refused)
        self.known["refused"] = ibis.table(refused.schema(), name="refused")
        self.refused = {row[0] for row in self.engine.ask(self.known["refused"].select("feed").distinct())}
        self.engine.take("keys", self.inputs.keys)
        self.known["keys"] = ibis.table(KEYS, name="keys")
        every, charging = {part.source for _feed, part in self.inputs.files}, self.sources_of("fees")
        self.engine.fill("delivered", assembling.DELIVERED, [(source, source in charging) for source in sorted(every)])
        self.known["delivered"] = ibis.table(assembling.DELIVERED, name="delivered")
        large = {name.removeprefix("raw_") for one in STAGED.values() for name in one.inputs}
        for feed in sources.FEEDS.keys() - large:
            self.known[f"raw_{feed}"] = self.raw(feed, [part for name, part in self.inputs.files if name == feed])

    def _read_early(self) -> None:
        """Postings that may lie in the month in which the days of RFM begin; none where they begin with it, or before anything is known."""
        first = terms.rfm_from(self.inputs.as_of, self.inputs.settings_on(self.inputs.as_of))
        is_asked = first.day > 1 and first.replace(day=1) >= self.first_month
        month = first.replace(day=1).isoformat()
        parts = [part for feed, part in self.inputs.files if feed == "transactions" and part.batch_date >= month] if is_asked else []
        self.known["raw_transactions"] = self.raw("transactions", parts)

    def raw(self, feed: str, parts: Sequence[Part], name: str = "") -> ibis.Table:
        """A feed from some of its files, without the lines that were refused."""
        name = name or f"raw_{feed}"
        self.engine.read(name, sources.schema_of(feed), parts)
        rows = ibis.table(sources.schema_of(feed), name=name)
        if feed not in self.refused:
            return rows
        bad = self.known["refused"].filter(lambda t: t["feed"] == feed)
        return rows.anti_join(bad, [rows["_order"] == bad["_order"], rows["_file"] == bad["file"], rows["_line"] == bad["line"]])

    def sources_of(self, feed: str) -> set[str]:
        """The sources that deliver a feed."""
        return {part.source for kind, part in self.inputs.files if kind == feed}

    def pieces_before(self, name: str) -> Iterable[Piece]:
        return self.before.pieces.get(name, ()) if self.before else ()

    def path_of(self, kind: str, name: str) -> Path:
        root, day = snapshots.root(self.inputs.home), f"{self.inputs.as_of:%Y%m%d}"
        if kind == "staged":
            return root / "staged" / name / f"{day}-{self.version}.parquet"
        return root / "marts" / name / day / f"{self.version}.parquet"

    def _first_month(self) -> date:
        """The first month whose balances are known from its beginning."""
        found = self.engine.ask(ibis.union(*(self.known[name].select("date") for name in BALANCES)).agg(first=lambda t: t["date"].min()))
        first: date = found[0][0] or self.inputs.as_of
        is_end = (first + timedelta(days=1)).day == 1
        self.begins = first
        return month_after(first.replace(day=1)) if is_end else first.replace(day=1)

    def _first_to_compute(self, first: date) -> date:
        """The first month that differs from the snapshot before."""
        before = self.before
        if before is None or not self._builds_on(before) or before.first_month != first:
            return first
        touched = [self._next_open(before)]
        for name, column in {**DATED, "posted_rate": "date"}.items():
            if self.new[name]:
                rows = ibis.table(self.known[name].schema(), name=f"{name}_new")
                touched += [row[0] for row in self.engine.ask(rows.agg(first=rows[column].min())) if row[0]]
        return max(first, min(touched).replace(day=1))

    def _next_open(self, before: Snapshot) -> date:
        """The month that the snapshot before had not seen the end of, else the next; none that has not begun where a month's end is computed again."""
        return min(before.business_date + timedelta(days=1), self.inputs.as_of).replace(day=1)

    def _builds_on(self, before: Snapshot) -> bool:
        """Whether everything of the snapshot before still counts: its files, who is which customer, what was set."""
        return (
            set(before.inputs) <= set(self.inputs.names)
            and before.settings == settings_digest(self.inputs, before.first_month, before.business_date)
            and self._has_keys_of(before)
        )

    def _has_keys_of(self, before: Snapshot) -> bool:
        """Whether nobody's key leads to another customer than before."""
        path = snapshots.root(self.inputs.home) / "marts" / "keys" / f"{before.keys}.parquet"
        if not path.exists():
            return False
        return not pq.read_table(path).join(self.inputs.keys, list(KEYS.names), join_type="left anti").num_rows

    def _keep_keys(self) -> str:
        """The keys of customers are kept once for each state of them."""
        digest = keys_digest(self.inputs.keys)
        path = snapshots.root(self.inputs.home) / "marts" / "keys" / f"{digest}.parquet"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            pq.write_table(self.inputs.keys, path)
        return digest

    def _fill_terms(self, first: date, months: Sequence[date]) -> None:
        """The small tables, and what the first month to be computed begins with."""
        rates = self.known["posted_rate"]
        quotes = [
            Quote(row[0], row[1], row[2], row[3])
            for row in self.engine.ask(rates.order_by("known").select("kind", "rate_key", "date", "rate"))
        ]
        base = month_after(months[0], -1)
        small = Terms(self.inputs.as_of, first, self.inputs.settings_on, quotes).rows([base, *months], base)
        self.earlier = [row for row in small["spans"] if row[0] != self.inputs.as_of.replace(day=1)]
        for name, schema in terms.SCHEMAS.items():
            self.engine.fill(name, schema, small[name])
            self.known[name] = ibis.table(schema, name=name)
        self.engine.fill("tiers_given", assembling.TIERS_GIVEN, self.inputs.given)
        self.known["tiers_given"] = ibis.table(assembling.TIERS_GIVEN, name="tiers_given")
        self.engine.read_marts("network", FACTS, [(self.inputs.network, "true")] if self.inputs.network else [])
        self.known["network"] = ibis.table(FACTS, name="network")
        for name, schema, rows in (
            ("expected", EXPECTED, expected(self.inputs.home, self.inputs.said)),
            ("lifetimes", LIFETIMES, lifetimes(self.inputs.home, self.inputs.said)),
        ):
            self.engine.take(name, rows)
            self.known[name] = ibis.table(schema, name=name)
        self.engine.fill("base", BASE, [(base, months[0] - timedelta(days=1))])
        self._open(first, months)

    def _open(self, first: date, months: Sequence[date]) -> None:
        """Balances and postings of the months to be computed, and the state they start from."""
        if months[0] == first:
            self.engine.fill("opening", OPENING, [])
        else:
            from_before = self._monthly_before("holding_month", assembling.of_room("holding_month").schema(), months[0])
            self.engine.keep("opening", opening_of(from_before, ibis.table(BASE, name="base")))
            for name, column in DATED.items():
                self.known[name] = self.known[name].filter(self.known[name][column] >= ibis.date(months[0]))
        self.known["opening"] = ibis.table(OPENING, name="opening")

    def _monthly_before(self, name: str, schema: ibis.Schema, until: date) -> ibis.Table:
        """The months of a mart that are taken from the snapshot before."""
        kept = [
            replace(piece, last=min(piece.last, month_after(until, -1)))
            for piece in self.pieces_before(name)
            if piece.first and piece.last and piece.first < until
        ]
        self.pieces[name] = tuple(kept)
        self.engine.read_marts(f"{name}_before", schema, [self._of_months(piece) for piece in kept])
        return ibis.table(schema, name=f"{name}_before")

    def _of_months(self, piece: Piece) -> tuple[Path, str]:
        return snapshots.root(self.inputs.home) / piece.path, f"month >= date '{piece.first}' and month <= date '{piece.last}'"

    def _make(self, one: Room, months: Sequence[date]) -> None:
        """One room: written, kept, or left to those that ask for it."""
        if one.name in CARRIED:
            self._carry(one, months)
            return
        if one.name in assembling.STEPPED:
            rows = one.make(*(self.known[name] for name in one.inputs), step=self._month_step(self.inputs.as_of.replace(day=1)))
        else:
            rows = made(one, self.known)
        if one.name in BY_MONTH:
            self._make_months(one, rows, months)
        elif one.name in assembling.OF_EARLIER:
            self._of_earlier(one, rows, months)
        elif one.name in BY_DAY:
            path = self.path_of("marts", one.name)
            self.counted.append((one.name, self.engine.write(one.name, rows, path, as_given=one.name in assembling.AS_GIVEN)))
            self.pieces[one.name] = (Piece(str(path.relative_to(snapshots.root(self.inputs.home)))),)
            self.known[one.name] = ibis.table(rows.schema(), name=one.name)
        elif one.is_kept:
            self.known[one.name] = self._kept(one, rows)
        else:
            self.known[one.name] = rows

    def _kept(self, one: Room, rows: ibis.Table) -> ibis.Table:
        """A room that is kept until the build ends."""
        self.engine.keep(one.name, rows)
        return ibis.table(rows.schema(), name=one.name)

    def _of_earlier(self, one: Room, rows: ibis.Table, months: Sequence[date]) -> None:
        """What earlier months add up to: of a large bank a file for each part of its customers. Where only the last month is computed, and the months before it
        count for the same as on the day before, they are that day's files."""
        told = sha256(repr((self.earlier, rows.columns)).encode()).hexdigest()[:24]
        kept = [piece for piece in self.pieces_before(one.name) if Path(piece.path).stem.split("-")[1] == told]
        if kept and self.first_month < months[0] == self.inputs.as_of.replace(day=1):
            self.pieces[one.name] = tuple(kept)
        else:
            bounds, written = self._bounds(), []
            for part, (first, after) in enumerate(pairwise(bounds)):
                path = self.path_of("marts", one.name).with_name(f"{self.version}-{told}-{part}.parquet")
                mine = rows if len(bounds) < 3 else assembling.of_customers(one, self.known, first, after)
                self.counted.append((one.name, self.engine.write(one.name, mine, path)))
                written.append(Piece(str(path.relative_to(snapshots.root(self.inputs.home)))))
            self.pieces[one.name] = tuple(written)
        self.engine.read_marts(
            one.name, rows.schema(), [(snapshots.root(self.inputs.home) / piece.path, "true") for piece in self.pieces[one.name]]
        )
        self.known[one.name] = ibis.table(rows.schema(), name=one.name)

    def _bounds(self) -> list[int | None]:
        """Where parts of MOST_CUSTOMERS customers begin, in the order of their keys, and where the last one ends."""
        every = pc.unique(self.inputs.keys["party_id"]).sort().to_pylist() if self._is_large else []
        return [None, *every[MOST_CUSTOMERS::MOST_CUSTOMERS], None]

    def _make_months(self, one: Room, rows: ibis.Table, months: Sequence[date]) -> None:
        """A mart by months: what was computed and, for whoever looks further back, what is taken from before."""
        if one.name not in self.pieces:
            self._monthly_before(one.name, rows.schema(), months[0])
        turns, written = self._turns(one, months), []
        for number, some in enumerate(turns):
            if number and one.name in assembling.CARRYING:  # begins with what the turn before ended with
                self.engine.fill("base", BASE, [(month_after(some[0], -1), some[0] - timedelta(days=1))])
                ended = ibis.table(rows.schema(), name=f"{one.name}_computed")
                self.engine.keep("opening", opening_of(ended, ibis.table(BASE, name="base")))
            path = self.path_of("marts", one.name)
            if len(turns) > 1:
                rows = assembling.of_months(one, self.known, some, is_first=not number)
                path = path.with_name(f"{self.version}-{some[0]:%Y%m}.parquet")
            if self._is_large and one.name in assembling.IN_PARTS.values():
                rows = rows.order_by("party_id")
            by_month, as_given = self.is_by_month(one.name), one.name in assembling.AS_GIVEN
            self.counted.append((one.name, self.engine.write(f"{one.name}_computed", rows, path, by_month=by_month, as_given=as_given)))
            written.append((path, "true"))
            new = Piece(str(path.relative_to(snapshots.root(self.inputs.home))), first=some[0], last=some[-1])
            self.pieces[one.name] = (*self.pieces[one.name], new)
        if len(turns) > 1:
            self.engine.read_marts(f"{one.name}_computed", rows.schema(), written)
        self.engine.read_marts(one.name, rows.schema(), [self._of_months(piece) for piece in self.pieces[one.name]])
        self.known[one.name] = ibis.table(rows.schema(), name=f"{one.name}_computed")  # the other months are there already

    def is_by_month(self, name: str) -> bool:
        """Whether each month lies in files of its own, because a mart of a large bank reads it a few months at a time."""
        return self._is_large and name in assembling.BY_MONTH_READ

    @property
    def _is_large(self) -> bool:
        return bool(self.inputs.keys.num_rows > MOST_CUSTOMERS)

    def _turns(self, one: Room, months: Sequence[date]) -> list[Sequence[date]]:
        """Months that are computed at once: all, or of a large bank as many as need not be spilled."""
        count = max(1, MOST_AT_ONCE // max(1, self.inputs.keys.num_rows)) if one.name in assembling.IN_TURNS else len(months)
        return [months[start : start + count] for start in range(0, len(months), count)]

    def _carry(self, one: Room, months: Sequence[date]) -> None:
        """A mart whose months are built on the months before them: a file for each. It reads every month of its other inputs."""
        self._monthly_before(one.name, STATES, months[0])
        whole = {name: self.known[name] if name not in BY_MONTH else ibis.table(self.known[name].schema(), name=name) for name in one.inputs if name != "states_before"}  # fmt: skip
        alike: dict[Hashable, ibis.Table] = {}
        inputs = whole | {"states_before": ibis.table(STATES, name="states_before")}
        for month in months:
            near = [piece for piece in self.pieces[one.name] if piece.last and piece.last >= month_after(month, -LOOK_BACK)]
            self.engine.read_marts("states_before", STATES, [self._of_months(piece) for piece in near])
            step = self._month_step(month)
            if step.likeness not in alike:
                alike[step.likeness] = one.make(*(inputs[name] for name in one.inputs), step=step)
            rows = alike[step.likeness]
            self.engine.say(month, step.said())
            path = self.path_of("marts", one.name).with_name(f"{self.version}-{month:%Y%m}.parquet")
            self.counted.append((one.name, self.engine.write(f"{one.name}_computed", rows, path)))
            new = Piece(str(path.relative_to(snapshots.root(self.inputs.home))), first=month, last=month)
            self.pieces[one.name] = (*self.pieces[one.name], new)
        self.engine.read_marts(one.name, STATES, [self._of_months(piece) for piece in self.pieces[one.name]])
        self.known[one.name] = ibis.table(STATES, name=one.name)

    def _month_step(self, month: date) -> MonthStep:
        """What holds for a month: the settings and the scheme of its last day that is known."""
        end, inputs = min(month_after(month) - timedelta(days=1), self.inputs.as_of), self.inputs
        earlier = inputs.scheme_on(month - timedelta(days=1))
        return MonthStep(
            month, end, self.first_month, inputs.scheme_on(end), earlier, inputs.settings_on, frozenset(inputs.said.at_ends or ())
        )
