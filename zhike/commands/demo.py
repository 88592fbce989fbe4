"""`zhike demo`: a made-up bank, loaded and served, with seven people to log in as. A second run starts in seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from zhike.access import actions
from zhike.access.models import Person
from zhike.access.scope import entered, system_viewer
from zhike.insight.inputs import business_dates
from zhike.samplebank import catalogue

READY = "ready"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to log in as: her role in Zhike, and the SQL that finds her in the made-up bank's personnel file; an auditor comes from outside
    and has a `name` only."""

    login: str
    role: str
    employee: str = ""
    name: str = ""


# The RM with the fullest book at an outlet, her branch manager, four people of head office, and an auditor. Rights that the administrator gives are
# approved by the compliance officer.
_RM = """select e.id from access_employee e join access_unit u on u.id = e.unit_id left join parties_party p on p.main_rm_id = e.id
         where e.post = 'relationship_manager' and u.level = 'outlet' group by e.id order by count(p.id) desc, e.staff_no limit 1"""
PEOPLE = (
    DemoPerson("rm", "relationship_manager", _RM),
    DemoPerson(
        "manager", "branch_manager",
        f"""select m.id from access_employee m join access_employee e on e.unit_id = m.unit_id
            where m.post = 'branch_manager' and e.id = ({_RM}) limit 1""",
    ),
    DemoPerson("agent", "contact_centre_agent", "select id from access_employee where post = 'agent' order by staff_no limit 1"),
    DemoPerson("analyst", "analyst", "select id from access_employee where post = 'analyst' order by staff_no limit 1"),
    DemoPerson("admin", "administrator", "select id from access_employee where post = 'administrator' order by staff_no limit 1"),
    DemoPerson("compliance", "compliance_officer", "select id from access_employee where post = 'compliance' order by staff_no limit 1"),
    DemoPerson("auditor", "auditor", name="严瑾"),
)  # fmt: skip


@click.command()
@click.option("--customers", default=10_000, show_default=True, help="Customers of the made-up bank.")
@click.option("--months", default=24, show_default=True, help="Months of history.")
@click.option("--host", default=None, help="The address to listen on (ZHIKE_HOST).")
@click.option("--port", type=int, default=None, help="The port to listen on (ZHIKE_PORT).")
@click.option("--no-serve", is_flag=True, help="Only make and load the bank.")
def demo(customers: int, months: int, host: str | None, port: int | None, no_serve: bool) -> None:
    """Make, load and serve a made-up bank. Everything it needs lies in ZHIKE_HOME; deleting that starts over."""
    folder = settings.HOME / "demo"
    started = time.monotonic()
    _run("init", "--quiet")
    connection.settings_dict["PASSWORD"] = settings.INSTALLATION.parameters("job")["password"]  # it may have been made just now
    if not (folder / READY).exists():
        _make_and_load(folder, customers, months)
        click.echo(f"The bank was made and loaded in {time.monotonic() - started:.0f} s.")
    _say_who(host or settings.HOST, port or settings.PORT)
    if not no_serve:
        connections.close_all()
        options = [*(["--host", host] if host else []), *(["--port", str(port)] if port else [])]
        sys.exit(_run("serve", *options, check=False))


def _run(*arguments: str, check: bool = True) -> int:
    """Run another command of this program, as a person would; its progress goes to the screen."""
    done = subprocess.run(
        [sys.executable, "-m", "zhike.cli", *arguments],
        env={"ZHIKE_BANK_NAME": catalogue.BANK, **os.environ, "ZHIKE_DEMO": "1"},
        check=False,
    )
    if check and done.returncode:
        raise click.ClickException(f"zhike {arguments[0]} ended with {done.returncode}.")
    return done.returncode


def _make_and_load(folder: Path, customers: int, months: int) -> None:
    files = folder / "files"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        click.echo(f"Making a bank with {customers:,} customers and {months} months of history …")
        _run("samplebank", str(files), "--customers", str(customers), "--months", str(months))
        (folder / "made").touch()
    click.echo("Loading its files, as a bank's own would be …")
    _run("load", str(files), "--layout", "zhike", "--brief")
    click.echo("Computing what its customers are worth …")
    _compute()
    _add_people()
    (folder / READY).touch()


def _compute() -> None:
    """The last month end, as of which chances are told, the payment network, and the latest day on top of both."""
    dates = business_dates(settings.HOME)
    ends = [day for day in dates if (day + timedelta(days=1)).day == 1 and day != dates[-1]]
    for day in ends[-1:]:
        _run("insight", "build", "--as-of", day.isoformat())
    _run("insight", "network")
    _run("insight", "build")


def _add_people() -> None:
    actor = system_viewer("demo")
    with entered(actor), connection.cursor() as cursor:
        for one in PEOPLE:
            if Person.objects.filter(login=one.login).exists():
                continue
            staff_no, name = "", one.name
            if one.employee:
                cursor.execute(f"select staff_no, name from access_employee where id = ({one.employee})")
                staff_no, name = cursor.fetchone()
            actions.add_person(
                actor=actor, at=timezone.now(), login=one.login, name=name, role=one.role, staff_no=staff_no, password=None, is_demo=True
            )


def _say_who(host: str, port: int) -> None:
    click.echo(f"\n  http://{host}:{port}/   seven people to log in as, each with one click:")
    with entered(system_viewer("demo")):
        for person in Person.objects.filter(is_demo=True).order_by("pk"):
            click.echo(f"    {person.login:10} {person.name}  {person.get_role_display()}")
    click.echo("  Stop with Ctrl C.\n")
