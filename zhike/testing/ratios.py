"""What walls, audit and encryption cost, as ratios. `make bench` prints them; `make bench BENCH=--here` measures the bank of ZHIKE_HOME.

| ratio | held against | allowed |
|---|---|---|
| database time of a page under row security | the same statements under a role that it does not hold | 1.25, of 100,000 customers and more |
| a note written, with its audit entry | the same without | 1.10 |
| what a list of fifty rows does because numbers are sealed, beside an empty page | the empty page | 1.02 |

A page of its own asks for session and person too; that is part of both sides. Viewers are the people whose pages `make bench` measures, and
the same with what the database finds hardest: opened to by name, barred by a special list, standing in for somebody.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from unittest.mock import patch
from urllib.parse import quote

import click
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from rich.console import Console

from zhike.access.actions import record
from zhike.access.models import Person
from zhike.access.scope import Viewer, entered, viewer_for
from zhike.access.sealing import Keyring, open_sealed, seal_one
from zhike.core.installing import connect
from zhike.parties.queries import Protected
from zhike.testing import bench
from zhike.testing.measured import Measured
from zhike.testing.replaying import Asking, Statement, bypassing_role, held_against, kept, processor_seconds

WALL_LIMIT, AUDIT_LIMIT, SEALING_LIMIT = 1.25, 1.10, 1.02
WALL_FROM = 100_000  # customers: of fewer, a wall's own planning is most of a statement of a millisecond; the limit is that of large banks
ROWS = 50  # of a list
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """Who asks and in what words the bench calls her; `client` is logged in as somebody, pages answer as if she were `viewer`."""

    note: str
    viewer: Viewer
    client: Client


def logged_in(login: str) -> Client:
    """A client of the bench's person. Raises RuntimeError where she is not let in."""
    client = Client(HTTP_HOST=HOST)
    if client.post("/login/", {"login": login, "password": bench.PASSWORD}).status_code != 302:
        raise RuntimeError(f"{login} was not let in")
    return client


def viewers(employee: int, unit: int, party: int) -> Iterator[Asked]:
    """The three whose pages are measured, and what costs walls most."""
    clients = {role: logged_in(role) for role in bench.VIEWERS}
    with entered(Viewer(None, "", "", "", "none")):
        people = {role: viewer_for(Person.objects.select_related("employee__unit").get(login=role)) for role in bench.VIEWERS}
    own, branch, bank = (people[role] for role in bench.VIEWERS)
    agent, manager, relations = clients["contact_centre_agent"], clients["branch_manager"], clients["relationship_manager"]
    yield Asked("own book", own, relations)
    yield Asked("branch", branch, manager)
    yield Asked("whole bank", bank, agent)
    yield Asked("branch, and a customer by name", replace(branch, party_ids=(party,)), manager)
    yield Asked("whole bank, barred by a list", replace(bank, is_barred=True), agent)
    yield Asked("own book, deputy of a branch", replace(own, scope="subtree", unit_ids=(unit,)), relations)


def statements_of(asked: Asked, path: str) -> list[Statement]:
    """What a page asks of the database, the second time it is opened."""
    with patch("zhike.access.middleware.viewer_for", lambda _person: asked.viewer):
        asked.client.get(path)
        with kept() as told:
            answer = asked.client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code} to {asked.note}")
    return told


def wall_ratios(who: list[Asked], paths: dict[str, str], customers: int, rounds: int, show: Callable[[str], None]) -> Iterator[Measured]:
    """Database time of each page behind the wall, held against the same past it."""
    with ExitStack() as stack:
        name, password = stack.enter_context(bypassing_role())
        walled, bare = Asking(connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]), Asking(name, password)
        stack.callback(bare.close)
        stack.callback(walled.close)
        for asked in who:
            for what, path in paths.items():
                held = held_against(walled, bare, asked.viewer, statements_of(asked, path), rounds=rounds)
                for text, behind, past in held.statements:
                    show(f"{asked.note} · {what} · {behind * 1e3:.3f} against {past * 1e3:.3f} ms · {text[:1500]}")
                yield Measured(
                    f"wall: {what}", customers, held.walled, held.bare, WALL_LIMIT if customers >= WALL_FROM else None, asked.note
                )


def processor_time(act: Callable[[], object], rounds: int) -> float:
    """Median seconds of processor time of this process and its backend."""
    connection.ensure_connection()
    pid, taken = connection.connection.info.backend_pid, []
    for turn in range(rounds + 4):
        before = time.process_time() + processor_seconds(pid)
        act()
        if turn >= 4:
            taken.append(time.process_time() + processor_seconds(pid) - before)
    return statistics.median(taken)


def audit_ratio(asked: Asked, party: int, customers: int, rounds: int) -> Measured:
    """A note as a person writes it, its request whole, against the same without the entry."""

    def write() -> None:
        answer = asked.client.post(f"/customers/{party}/notes/", {"text": "We met on Thursday."}, headers={"HX-Request": "true"})
        if answer.status_code != 200:
            raise RuntimeError(f"a note answered {answer.status_code}")

    def entry() -> None:
        record(asked.viewer, "notes.written", subject=("note", 1), party_id=party, reason="", after={"length": 19})

    with transaction.atomic(), entered(asked.viewer):
        with kept() as told:
            write()
        entries = sum("insert into access_auditentry" in one.text for one in told)
        if not entries:
            raise RuntimeError("a note left no entry")
        whole = processor_time(write, rounds)
        with entered(asked.viewer):
            one = processor_time(entry, rounds * 5)
        transaction.set_rollback(True)
    return Measured("audit: a note", customers, whole, whole - entries * one, AUDIT_LIMIT, asked.note)


def sealing_ratio(asked: Asked, customers: int, rounds: int) -> Measured:
    """What fifty rows with telephones take because values are sealed: the tokens that open them later, and whatever a list opens by itself (nothing)."""
    kept_as = [seal_one("phone", f"1390000{number:04}") for number in range(ROWS)]
    with patch.object(Keyring, "cipher", autospec=True, side_effect=Keyring.cipher) as used:
        asked.client.get("/customers/")
    empty = processor_time(lambda: asked.client.get("/me/"), rounds)
    tokens = processor_time(lambda: [Protected(one["masked"], one["digest"].hex()).send for one in kept_as], rounds * 10)
    opening = processor_time(lambda: [open_sealed(one["sealed"]) for one in kept_as], rounds * 10) / ROWS
    return Measured(f"sealing: {ROWS} rows", customers, empty + tokens + used.call_count * opening, empty, SEALING_LIMIT, asked.note)


def ratios(rounds: int, show: Callable[[str], None]) -> Iterator[Measured]:
    """Every ratio of the installation of these settings; its people are those that `testing.bench` adds."""
    with connect(settings.INSTALLATION.owner_parameters()) as owner:
        _staff, unit, employee = owner.execute(bench.MANAGER).fetchone() or ("", 0, 0)
        party, words = owner.execute(bench.CUSTOMER, [employee]).fetchone() or (0, "")
        (elsewhere,) = owner.execute("select id from parties_party where unit_id <> %s order by id limit 1", [unit]).fetchone() or (0,)
        (customers,) = owner.execute("select count(*) from parties_party").fetchone() or (0,)
    who = list(viewers(employee, unit, elsewhere))
    paths = {
        "list": "/customers/",
        "by name": "/customers/?sort=name",
        "search": f"/customers/?q={quote(words)}",
        "customer": f"/customers/{party}/",
    }
    yield from wall_ratios(who, paths, customers, rounds, show)
    for asked in who[:3]:
        yield audit_ratio(asked, party, customers, rounds)
        yield sealing_ratio(asked, customers, rounds)


@click.command()
@click.option("--rounds", default=40, show_default=True)
@click.option("--statements", is_flag=True, help="Also tell each statement of each page.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each ratio.")
def main(rounds: int, statements: bool, as_json: bool) -> None:
    """Measure the bank of ZHIKE_HOME, whose server runs meanwhile."""
    show = Console(stderr=True).print if statements else lambda _text: None
    with ExitStack() as stack:
        if settings.INSTALLATION.is_embedded:
            stack.enter_context(settings.INSTALLATION.server.running())
        found = []
        for one in ratios(rounds, show):
            found.append(one)
            if as_json:
                click.echo(json.dumps(asdict(one)))
    if not as_json:
        Console().print(bench.table_of(found))
