"""`zhike restore`: an empty data folder becomes the installation that a backup was made of."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from zhike.access import masters as master_keys
from zhike.access import outside
from zhike.access.actions import keep_viewer_key, record
from zhike.access.archives import CannotRead, Reader, masters_inside, read_head
from zhike.access.masters import KeyUnavailable, Masters
from zhike.access.role_actions import keep_builtin_roles
from zhike.access.scope import entered, system_viewer
from zhike.cli import UNFINISHED
from zhike.commands import clients
from zhike.commands.backing_up import AFTER, BEFORE, SECRETS, rows_of
from zhike.core.connections import Installation
from zhike.core.installing import connect, install
from zhike.core.secret_files import read_secret, write_new
from zhike.ingestion.ledger import write_manifest
from zhike.ingestion.models import Batch
from zhike.privacy import repeating


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only look whether the file is whole; changes nothing.")
@click.option(
    "--deletions",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with deletions-….jsonl of the installation that is gone; without it ZHIKE_AUDIT_HEADS.",
)
@click.option(
    "--passphrase-env", default="ZHIKE_BACKUP_PASSPHRASE", show_default=True, help="The variable with the passphrase; asked for otherwise."
)  # fmt: skip
def restore(file: Path, check: bool, deletions: Path | None, passphrase_env: str) -> None:
    """Make an installation in ZHIKE_HOME, which must be empty, of the backup FILE, and delete again who was deleted since. The master key is the one in its place (ZHIKE_KEY_FILE,
    ZHIKE_KEY_COMMAND), or the one in the backup, under its passphrase."""
    installation = settings.INSTALLATION
    try:
        with file.open("rb") as source:
            keys = _keys(source, passphrase_env)
            if check:
                _check(source, keys)
                return
            _refuse_unempty(installation)
            _restore(installation, source, keys, deletions)
    except (CannotRead, tarfile.TarError) as wrong:
        raise click.ClickException(f"{file}: {wrong}") from wrong


def _keys(source: Any, variable: str) -> Masters:
    head = read_head(source)
    source.seek(0)
    is_there = settings.KEY_COMMAND or read_secret(master_keys.key_file()) is not None
    if is_there and head["key"]["by"] in [master_keys.fingerprint(key) for key in master_keys.masters().keys]:
        return master_keys.masters()
    if head["keys"] is None:
        raise KeyUnavailable(
            f"this backup opens with the master key {head['key']['by']}: put it at {master_keys.key_file()}, or set ZHIKE_KEY_COMMAND"
        )
    return masters_inside(head, os.environ.get(variable) or click.prompt("Passphrase / 口令", hide_input=True))


def _check(source: Any, keys: Masters) -> None:
    """Open every piece; that is also what proves that nothing was changed."""
    sizes: dict[str, int] = {}
    about: dict[str, Any] = {}
    rows: dict[str, int] = {}
    with tarfile.open(fileobj=Reader(source, keys), mode="r|") as archive:
        for entry in archive:
            content = archive.extractfile(entry)
            assert content is not None
            if entry.name == "about.json":
                about = json.load(content)
            if entry.name == "rows.json":
                rows = json.load(content)
            while content.read(1 << 20):
                pass
            part = entry.name.partition("/")[0]
            sizes[part] = sizes.get(part, 0) + entry.size
    if not about or not rows or "database" not in sizes:
        raise CannotRead("the database is missing")
    told = ", ".join(f"{part} {size / 2**20:,.1f} MB" for part, size in sizes.items() if not part.endswith(".json"))
    click.echo(f"whole: of {about['made_at']}, {sum(rows.values()):,} rows; {told}")


def _refuse_unempty(installation: Installation) -> None:
    there = [name for name in ("postgres", BEFORE, *AFTER, "secrets/keys.json") if (installation.home / name).exists()]
    if there:
        raise click.ClickException(f"{installation.home} is not empty ({', '.join(there)}): set ZHIKE_HOME to a new folder.")


def _restore(installation: Installation, source: Any, keys: Masters, deletions: Path | None) -> None:
    mark = installation.home / UNFINISHED
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    if not settings.KEY_COMMAND and read_secret(master_keys.key_file()) is None:
        write_new(master_keys.key_file(), "".join(f"{key.hex()}\n" for key in keys.keys))
    with contextlib.ExitStack() as stack:
        archive = stack.enter_context(tarfile.open(fileobj=Reader(source, keys), mode="r|"))
        entries = _Entries(archive)
        about = json.loads(entries.taken("about.json"))
        if about["prefix"] != installation.prefix:
            raise click.ClickException(f"the backup's roles begin with {about['prefix']}: set ZHIKE_ROLE_PREFIX={about['prefix']}")
        _put_secrets(installation, entries)
        _put_folder(installation, entries, BEFORE)
        if installation.is_embedded:
            stack.enter_context(installation.server.running())
        _put_database(installation, entries)
        for folder in AFTER:
            _put_folder(installation, entries, folder)
        rows = _finish(installation, about, json.loads(entries.taken("rows.json")))
        _delete_again(datetime.fromisoformat(about["made_at"]), deletions or outside.folder())
    mark.unlink()
    click.echo(f"{installation.home}: restored as of {about['made_at']}, {rows:,} rows. / 已恢复。")


class _Entries:
    """The entries of an archive in their order, looked at before they are taken."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self.next = archive.next()

    def take(self) -> Any:
        """The next entry's content, as a file."""
        entry, content = self.next, self._archive.extractfile(self.next) if self.next else None
        if entry is None or content is None or not entry.isfile():
            raise CannotRead("the archive ends too early")
        return content

    def taken(self, name: str) -> bytes:
        """The whole content of the next entry, which must have this name."""
        if self.next is None or self.next.name != name:
            raise CannotRead(f"{name} is missing")
        content: bytes = self.take().read()
        self.next = self._archive.next()
        return content

    def below(self, folder: str) -> Iterator[tuple[str, Any]]:
        """Name and content of the entries that come now and lie in `folder`."""
        while self.next is not None and self.next.name.startswith(f"{folder}/"):
            yield self.next.name, self.take()
            self.next = self._archive.next()


def _put_secrets(installation: Installation, entries: _Entries) -> None:
    for name, content in entries.below("secrets"):
        if name.partition("/")[2] in SECRETS:
            place = installation.home / name
            place.unlink(missing_ok=True)  # the session key that starting this very command has made
            write_new(place, content.read().decode())


def _put_database(installation: Installation, entries: _Entries) -> None:
    install(installation)
    connection.close()
    connection.settings_dict["PASSWORD"] = installation.parameters("migrate")["password"]
    with connect(installation.parameters("migrate")) as migrate:
        there = migrate.execute("select to_regclass('public.django_migrations')").fetchone()
        if there is not None and there[0] is not None:
            raise click.ClickException(f"the database {installation.database} is not empty")
        migrate.execute("drop schema access")  # empty; the dump makes it
        server = migrate.info.server_version // 10000
    clients.restored(installation, server, (content.read() for _name, content in entries.below("database")))


def _put_folder(installation: Installation, entries: _Entries, folder: str) -> None:
    for name, content in entries.below(folder):
        place = (installation.home / name).resolve()
        if not place.is_relative_to((installation.home / folder).resolve()):
            raise CannotRead(f"{name} leads out of the folder")
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            shutil.copyfileobj(content, out)


def _delete_again(since: datetime, folder: Path) -> None:
    """Who was deleted after the backup is deleted in its copy too, before anybody sees it."""
    actor = system_viewer("restore")
    with entered(actor):
        try:
            done = repeating.repeat(actor=actor, at=timezone.now(), folder=folder, since=since)
        except ValueError as wrong:
            raise click.ClickException(f"{wrong}: no line of a deletion; nobody was deleted again") from wrong
    if done.parties:
        click.echo(
            f"Deleted since the backup, and deleted again: customers {', '.join(map(str, done.parties))}. / 备份之后已删除的客户已再次删除。"
        )
    elif not done.left:
        click.echo(f"{folder} names nobody who was deleted since. Were they kept elsewhere, restore anew with --deletions.")
    if done.requests:
        click.echo(f"These requests are open again in this copy, though carried out: {', '.join(map(str, done.requests))}.")


def _finish(installation: Installation, about: dict[str, Any], told: dict[str, int]) -> int:
    """Hold the figures against those of the backup, then bring the database to this version of Zhike and the manifests to the database."""
    with connect(installation.parameters("migrate")) as migrate:
        rows = rows_of(migrate)
        migrate.execute("analyze")
    different = sorted(name for name, count in told.items() if rows.get(name) != count)
    if different:
        raise click.ClickException(f"these tables have other numbers of rows than the backup tells: {', '.join(different)}")
    call_command("migrate", interactive=False, verbosity=0)
    keep_viewer_key()
    keep_builtin_roles()
    for source in Batch.objects.values_list("source", flat=True).distinct().order_by("source"):
        write_manifest(source)
    actor = system_viewer("restore")
    with entered(actor):
        record(actor, "installation.restored", after={"made_at": about["made_at"], "rows": sum(rows.values())}, at=timezone.now())
    return sum(rows.values())
