"""The command line. A command is named here and imported only when it is used, under the database role that it works as."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import click
import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from zhike.access.masters import KeyUnavailable
from zhike.core.connections import Process
from zhike.core.env import SettingsRefused
from zhike.core.installing import CannotInstall
from zhike.core.postgres import ServerUnavailable
from zhike.core.secret_files import read_secret

UNFINISHED = "restore.unfinished"  # stands in a data folder while it is restored
WRONG_SETTINGS = 2
CANNOT_START = 3


@dataclass(frozen=True)
class Entry:
    """Where a command is (module:function), the role it works as, and what it does in a line.

    `needs`: "database": an installation whose server runs meanwhile; "server": a server, initialised or not; "nothing".
    """

    place: str
    process: Process
    does: str
    needs: str = "database"
    hidden: bool = False


COMMANDS: dict[str, Entry] = {
    "init": Entry("zhike.commands.installing:init", "migrate", "Make or upgrade the database, its roles and its secrets.", needs="server"),
    "serve": Entry("zhike.commands.serving:serve", "job", "Run database, web and worker until stopped."),
    "load": Entry("zhike.commands.loading:load", "job", "Load a bank's files."),
    "layouts": Entry("zhike.commands.layouts:layouts", "job", "List layouts, or draft one from sample files.", needs="nothing"),
    "batches": Entry("zhike.commands.loading:batches", "job", "What was loaded, and how it went."),
    "rejects": Entry("zhike.commands.loading:rejects", "job", "The rows of a batch that were refused, and why."),
    "replay": Entry("zhike.commands.loading:replay", "job", "Load corrected rows of a batch again."),
    "corrections": Entry("zhike.commands.correcting:corrections", "job", "Write corrections for the systems that keep the facts."),
    "samplebank": Entry("zhike.commands.samplebank:samplebank", "job", "Write the files of a made-up bank.", needs="nothing"),
    "demo": Entry("zhike.commands.demo:demo", "job", "Make, load and serve a made-up bank.", needs="server"),
    "insight": Entry("zhike.commands.insight:insight", "job", "Compute what customers are worth."),
    "predictor": Entry("zhike.commands.predictor:predictor", "job", "Learn what comes next from any table, and judge it.", needs="nothing"),
    "duplicates": Entry("zhike.commands.duplicates:duplicates", "job", "Find customers who stand in the bank twice."),
    "fields": Entry("zhike.commands.fields:fields", "job", "List the declared fields, index one."),
    "person": Entry("zhike.commands.people:person", "job", "Add somebody who may log in."),
    "mcp": Entry("zhike.commands.assistants:mcp", "web", "Let an assistant read with a person's token (Model Context Protocol)."),
    "token": Entry("zhike.commands.tokens:token", "job", "Let a program ask as a person."),
    "sql": Entry("zhike.commands.querying:sql", "web", "Run one read-only statement with a person's rights."),
    "identity": Entry("zhike.commands.querying:identity", "web", "Let a BI tool read with a person's rights."),
    "audit": Entry("zhike.commands.audit:audit", "job", "Prove that the audit is as it was written."),
    "keys": Entry("zhike.commands.keys:keys", "job", "The keys that seal: list, rotate, rewrap, retire."),
    "backup": Entry("zhike.commands.backing_up:backup", "migrate", "Write everything into one encrypted file."),
    "restore": Entry(
        "zhike.commands.restoring:restore", "migrate", "Make an installation of a backup, or look whether it is whole.", needs="nothing"
    ),
    "retention": Entry("zhike.commands.retention:retention", "job", "Forget what need not be kept any longer (--dry-run: say what)."),
    "doctor": Entry("zhike.commands.health:doctor", "job", "Say what is wrong with this installation.", needs="server"),
    "worker": Entry("zhike.commands.serving:worker", "job", "Deliver events; `serve` runs it.", hidden=True),
}


class Commands(click.Group):
    """Loads a command when it is named; the list of all needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, entry in COMMANDS.items() if not entry.hidden]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].does) for name in self.list_commands(ctx)])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        entry = COMMANDS.get(name)
        if entry is None:
            return None
        set_up(entry.process)
        module, _, function = entry.place.partition(":")
        try:
            command: click.Command = getattr(importlib.import_module(module), function)
        except ModuleNotFoundError as missing:
            if missing.name != module:
                raise
            raise click.ClickException(f"`zhike {name}` is not part of this build.") from missing
        if not getattr(command, "is_prepared", False):
            parts = command.commands.values() if isinstance(command, click.Group) and not command.invoke_without_command else [command]
            for part in parts:  # not the group itself, which runs even where only help is asked for
                if part.callback is not None:
                    part.callback = _prepared(part.callback, replace(entry, needs=getattr(part, "needs", entry.needs)))
            command.is_prepared = True  # type: ignore[attr-defined]
        return command


def set_up(process: Process) -> None:
    """Read the settings for this role and start Django. Wrong settings end the program with what to do."""
    os.environ["ZHIKE_PROCESS"] = process
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhike.settings")
    try:
        django.setup()
    except (SettingsRefused, ImproperlyConfigured) as wrong:
        click.echo(str(wrong), err=True)
        sys.exit(WRONG_SETTINGS)


def _prepared(callback: Callable[..., Any], entry: Entry) -> Callable[..., Any]:
    def run(*arguments: Any, **options: Any) -> Any:
        if entry.needs != "nothing":
            _prepare(entry)
        return callback(*arguments, **options)

    return run


def _prepare(entry: Entry) -> None:
    installation = settings.INSTALLATION
    if (installation.home / UNFINISHED).exists():
        click.echo(
            f"{installation.home}: a restore was broken off here; remove the folder and restore again. / 恢复未完成，请删除该文件夹后重新恢复。",
            err=True,
        )
        sys.exit(CANNOT_START)
    is_new = entry.needs == "database" and read_secret(installation.password_file(entry.process)) is None
    if is_new and not installation.is_embedded:
        click.echo("DATABASE_URL: not initialised, run `zhike init` first. / 尚未初始化，请先运行 `zhike init`。", err=True)
        sys.exit(CANNOT_START)
    if installation.is_embedded:
        click.get_current_context().find_root().with_resource(installation.server.running())
    if is_new:
        _initialise()


def _initialise() -> None:
    """The first use of a data folder makes its database; a bank's own server is never touched without being asked."""
    click.echo(f"{settings.HOME}: making the database … / 正在建立数据库 …", err=True)
    made = subprocess.run([sys.executable, "-m", "zhike.cli", "init", "--quiet"], check=False)
    if made.returncode:
        sys.exit(made.returncode)
    connection.settings_dict["PASSWORD"] = settings.INSTALLATION.parameters(cast("Process", settings.PROCESS)).get("password", "")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def zhike() -> None:
    """Zhike 知客: customer relationship management for commercial banks."""


def main() -> None:
    """Run the command line; what is expected to go wrong ends with a sentence and an exit code."""
    try:
        zhike(prog_name="zhike")
    except (ServerUnavailable, CannotInstall, KeyUnavailable) as wrong:
        click.echo(str(wrong), err=True)
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    main()
