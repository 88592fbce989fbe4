"""`make bench`: ratios and curves on this machine, as a table and as a JSON file.

    python -m zhike.testing.bench --customers 10000 100000 --months 12 --json bench.json

For each size a bank is made and loaded by the commands a bank would use, in a folder of its own. Loading is held against a bare COPY
of the same rows into the same indexed tables, a page against the empty page of the same logged-in person in the same run (decision
24): ratios travel between machines, seconds do not.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import click
import psycopg
from rich.console import Console
from rich.table import Table

from zhike.testing.insight_bench import audience_ratios, growing, insight_ratios, multiplied_ratios
from zhike.testing.measured import Measured, bare_copy, measured_apart, peak_memory, timed_command
from zhike.testing.predictor_bench import learn_ratios, learned, score_ratio
from zhike.testing.run import Run
from zhike.testing.serving import Served, served, session_cookie

LOAD_LIMIT, AGAIN_LIMIT = 3.0, 1.0
PASSWORD = "a-long-sentence-for-measuring"  # of a bank that lives for minutes


@dataclass(frozen=True)
class Address:
    """A page that is measured. In `path` `{party}` becomes a customer, `{hub}` the one with most links, `{words}` her name, `{surname}` its first character.

    `limit`: how many times the empty page it may cost; `growth`: how much dearer it may be at the largest size than at the smallest.
    `not_for`: roles that may not open it.
    """

    path: str
    limit: float | None = None
    growth: float | None = 1.3
    not_for: tuple[str, ...] = ()


WHY = "reasons on demand"  # worked out when asked for: of a customer and a predictor whose reasons were not told beforehand
ADDRESSES = {
    "customer list": Address("/customers/", 2),
    "by name": Address("/customers/?sort=name"),
    "search": Address("/customers/?q={words}", 2),
    "by surname": Address("/customers/?q={surname}", growth=3),
    "search everywhere": Address("/find/?q={words}", 2),
    "everywhere by surname": Address("/find/?q={surname}", growth=3),
    "one customer": Address("/customers/{party}/", 3),
    "report": Address("/reports/?rows=branch&columns=value_band&measures=aum,eva", 4, growth=None, not_for=("contact_centre_agent",)),
    WHY: Address("/customers/{scored}/chances/{predictor}/why/", 2, not_for=("contact_centre_agent",)),
    "graph": Address("/customers/{hub}/graph/?steps=4", 5, growth=None),
}


def page_times(site: Served, cookie: str, paths: dict[str, str], *, rounds: int = 25) -> dict[str, float]:
    """Median seconds of each named page, asked in turns over one connection so that a slow moment hits all of them alike."""
    connection = HTTPConnection(site.host, site.port, timeout=120)
    taken: dict[str, list[float]] = {name: [] for name in paths}
    for turn in range(rounds + 3):
        for name, path in paths.items():
            started = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
            if turn >= 3:
                taken[name].append(time.perf_counter() - started)
    connection.close()
    return {name: statistics.median(times) for name, times in taken.items()}


def load_ratios(run: Run, name: str, customers: int, months: int) -> Iterator[Measured]:
    """Makes and loads one bank; what loading costs against a bare COPY, and loading the same once more."""
    files = run.home(name) / "files"
    run.create(name)
    timed_command(run, name, "init", "--quiet")
    making = timed_command(run, name, "samplebank", str(files), "--customers", str(customers), "--months", str(months))
    loading = timed_command(run, name, "load", str(files), "--layout", "zhike", "--json")
    memory = peak_memory()
    again = timed_command(run, name, "load", str(files), "--layout", "zhike", "--json")
    copying, rows = bare_copy(run.url(name), run.home(name))
    yield Measured("sample bank made", customers, making, copying, note=f"{months} months")
    yield Measured(
        "load", customers, loading, copying, LOAD_LIMIT, f"{rows:,} rows; making or loading took at most {memory / 2**20:,.0f} MiB"
    )
    yield Measured("same load again", customers, again, copying, AGAIN_LIMIT)


# Whose pages are measured: role → (post in the sample bank, what she sees).
VIEWERS = {
    "relationship_manager": ("relationship_manager", "own book"),
    "branch_manager": ("branch_manager", "branch"),
    "contact_centre_agent": ("agent", "whole bank"),
}
# The manager whose book is nearest to the middle (320), and colleagues by post, of her own unit where there is one.
MANAGER = """
    select e.staff_no, e.unit_id, e.id from access_employee e join parties_assignment a on a.employee_id = e.id and a.valid_to is null and a.role = 'main'
    where e.post = 'relationship_manager' and e.status <> 'left' group by 1, 2, 3 order by abs(count(*) - 320), 1 limit 1
"""
_COLLEAGUE = "select staff_no from access_employee where post = %s and status <> 'left' order by (unit_id = %s) desc, staff_no limit 1"
# A customer of hers with the most accounts.
CUSTOMER = """
    select p.id, p.name from parties_party p join holdings_account a on a.party_id = p.id
    where p.kind = 'individual' and %s = any(p.rm_ids) group by 1, 2 order by count(*) desc, 1 limit 1
"""


# The customer of hers with the most links to others.
_HUB = """
    select p.id from parties_party p join parties_relationship r on r.party_id = p.id and r.valid_to is null
    where %s = any(p.rm_ids) group by 1 order by count(*) desc, 1 limit 1
"""


# A customer of hers of whom a version said something without telling why.
_SCORED = """
    select s.party_id, s.predictor from insight_score s join parties_party p on p.id = s.party_id
    where %s = any(p.rm_ids) and s.version > 0 and s.chance is not null and s.reasons is null order by 1, 2 limit 1
"""


def page_ratios(run: Run, name: str, customers: int, empty: str, pages: Mapping[str, Address]) -> Iterator[Measured]:
    """What pages cost against the empty page of the same person: for one who sees her book, one who sees a branch, one who sees the bank."""
    with psycopg.connect(run.url(name)) as connection:
        staff, unit, employee = connection.execute(MANAGER).fetchone() or ("", 0, 0)
        posts = {role: connection.execute(_COLLEAGUE, [post, unit]).fetchone() for role, (post, _) in VIEWERS.items()}
        party, words = connection.execute(CUSTOMER, [employee]).fetchone() or (0, "")
        scored, predictor = connection.execute(_SCORED, [employee]).fetchone() or (0, "")
        (hub,) = connection.execute(_HUB, [employee]).fetchone() or (party,)
    numbers = {role: row[0] for role, row in posts.items() if row} | {"relationship_manager": staff}
    for role, number in numbers.items():
        _add_person(run, name, role, number)
    spelt = {"party": party, "hub": hub, "scored": scored, "predictor": predictor, "words": quote(words), "surname": quote(words[:1])}
    with served(run, name) as site:
        for role in numbers:
            hers = {what: page for what, page in pages.items() if role not in page.not_for and (predictor or what != WHY)}
            paths = {"empty page": empty} | {what: page.path.format(**spelt) for what, page in hers.items()}
            times = page_times(site, session_cookie(site, role, PASSWORD), paths)
            for what, page in hers.items():
                yield Measured(what, customers, times[what], times["empty page"], page.limit, VIEWERS[role][1])


def _add_person(run: Run, name: str, role: str, staff_no: str) -> None:
    done = run.zhike(
        name, "person", "add", role, "--name", role, "--role", role, "--staff-no", staff_no, "--password-env", "BENCH_PASSWORD",
        BENCH_PASSWORD=PASSWORD,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)


_COSTS = "from zhike.cli import set_up; set_up('web'); from zhike.testing.ratios import main; main()"


def cost_ratios(environment: Mapping[str, str]) -> list[Measured]:
    """What walls, audit and sealing cost on the bank of these settings (`testing.ratios`), measured in a process that works as the web does."""
    return measured_apart(_COSTS, {**environment, "ZHIKE_SEARCHES_A_MINUTE": "100000"})


def growth(results: list[Measured], pages: Mapping[str, Address]) -> list[Measured]:
    """How much dearer a page is at the largest size than at the smallest, both against their empty pages (`seconds` are ratios here)."""
    sizes = sorted({r.customers for r in results})
    if len(sizes) < 2:
        return []
    allowed = {what: page.growth for what, page in pages.items() if page.growth}
    first, last = ({(r.what, r.note): r for r in results if r.customers == size and r.what in allowed} for size in (sizes[0], sizes[-1]))
    return [
        Measured(f"{key[0]}: growth", sizes[-1], last[key].ratio, first[key].ratio, allowed[key[0]], key[1]) for key in first if key in last
    ]


def table_of(results: list[Measured]) -> Table:
    """The results as a table for the terminal."""
    table = Table(title="Zhike bench")
    for column in ("what", "customers", "seconds", "yardstick", "ratio", "allowed", "note"):
        table.add_column(column, justify="left" if column in {"what", "note"} else "right")
    for r in results:
        allowed = f"{r.limit:.2f}".removesuffix("0") if r.limit else ""
        mark = "" if r.is_kept else " !"
        table.add_row(r.what, f"{r.customers:,}", f"{r.seconds:.3f}", f"{r.yardstick:.3f}", f"{r.ratio:.2f}{mark}", allowed, r.note)
    return table


def write_json(file: Path | None, results: list[Measured]) -> None:
    """The results for a program; after every size, since the next may take long."""
    if file:
        file.write_text(json.dumps([asdict(r) | {"ratio": r.ratio, "kept": r.is_kept} for r in results], indent=1), "utf-8")


@click.command()
@click.option("--customers", multiple=True, type=int, default=(10_000, 100_000), show_default=True, help="Sizes; may be repeated.")
@click.option("--months", default=12, show_default=True)
@click.option("--empty", default="/me/", show_default=True, help="The empty page that others are held against.")
@click.option(
    "--here", is_flag=True, help="Only what walls, audit and sealing cost, on the bank of ZHIKE_HOME, where bench has been before."
)
@click.option("--times", multiple=True, type=int, help="The warehouse also on each bank so many times over; may be repeated.")
@click.option("--warehouse", "is_warehouse", is_flag=True, help="Only what the warehouse costs.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Also write the results here.")
def main(
    customers: tuple[int, ...], months: int, empty: str, here: bool, times: tuple[int, ...], is_warehouse: bool, file: Path | None
) -> None:
    """Measure loading and pages at several sizes; exit 1 where a ratio is over its limit."""
    results: list[Measured] = cost_ratios({}) if here else []
    if here:
        write_json(file, results)
        Console().print(table_of(results))
        sys.exit(0 if all(r.is_kept for r in results) else 1)
    run = Run.begin()
    console = Console()
    with contextlib.ExitStack() as stack:
        stack.callback(run.end)
        if not run.server_url:
            stack.enter_context(run.server.running())
        for size in customers:
            console.print(f"{size:,} customers …")
            results += load_ratios(run, f"bench_{size}", size, months)
            results += insight_ratios(run, f"bench_{size}", size)
            results += audience_ratios(run.environment(f"bench_{size}"))
            learned(run, f"bench_{size}")
            results += learn_ratios(run.environment(f"bench_{size}"))
            results.append(score_ratio(run, f"bench_{size}", size))
            if not is_warehouse:
                results += page_ratios(run, f"bench_{size}", size, empty, ADDRESSES)
                results += cost_ratios(run.environment(f"bench_{size}"))
            for more in times:
                console.print(f"{more} times {size:,} customers …")
                results += multiplied_ratios(run, f"bench_{size}", size, more)
                write_json(file, results)
            write_json(file, results)
    results += growth(results, ADDRESSES)
    results += growing(results)
    write_json(file, results)
    console.print(table_of(results))
    sys.exit(0 if all(r.is_kept for r in results) else 1)


if __name__ == "__main__":
    os.environ.pop("ZHIKE_TEST_RUN", None)
    main()
