"""`zhike keys`: the keys that seal, and their rotation while people work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import click
from django.conf import settings
from django.utils import timezone

from zhike.access import keys as ring
from zhike.access import resealing
from zhike.access.actions import record
from zhike.access.masters import masters
from zhike.access.scope import entered, system_viewer
from zhike.insight.sealed_files import versions_in

T = TypeVar("T")


@click.group()
def keys() -> None:
    """Data keys seal values, a master key wraps the data keys (docs/access.md)."""


@keys.command("list")
@click.option("--where", is_flag=True, help="Count what each version holds, landed files too (reads them all).")
def list_(where: bool) -> None:
    """The data keys by version, which one seals, and which master key wraps them."""
    book = _or_refused(ring.read_book)
    newest = ring.keyring().version
    for version, one in sorted(book["data"].items(), key=lambda item: int(item[0])):
        state = "seals" if int(version) == newest else "opens"
        click.echo(f"{version}  {state}  made {one['made_at'] or 'with the installation'}  wrapped by {one['key']['by']}")
    click.echo(f"digests and viewers: roots of their own, wrapped by {book['roots']['digest']['by']}; not rotated")
    if masters().newest not in {one["by"] for one in book["roots"].values()}:
        click.echo(f"there is a newer master key, {masters().newest}: run `zhike keys rewrap`")
    for place, used in _used().items() if where else ():
        click.echo(f"{place}: " + (", ".join(f"version {version}: {count:,}" for version, count in sorted(used.items())) or "nothing"))


@keys.command()
@click.option("--only-reseal", is_flag=True, help="Make no new key: go on with what an earlier rotation left.")
def rotate(only_reseal: bool) -> None:
    """Make a new data key and seal everything under it, while people work. May be stopped and gone on with."""
    if not only_reseal:
        version = _or_refused(lambda: ring.add_version(timezone.now()))
        _note("keys.rotated", version)
        click.echo(f"version {version} seals from now on")
    total = sum(_told(name, steps) for name, steps in resealing.everything())
    _note("keys.resealed", ring.keyring().version, values=total)
    click.echo(f"{total:,} values sealed again under version {ring.keyring().version}; landed files keep theirs")


@keys.command()
@click.option("--new", "new_master", is_flag=True, help="Make a new master key in its file first, and forget the old one after.")
def rewrap(new_master: bool) -> None:
    """Wrap all keys by the newest master key. No sealed value is touched."""
    by = _or_refused(lambda: ring.rewrap(new_master=new_master))
    _note("keys.rewrapped", 0, by=by)
    click.echo(f"all keys are wrapped by the master key {by}; keep a copy of it apart from the data")


@keys.command()
@click.argument("version", type=int)
def retire(version: int) -> None:
    """Take data key VERSION away for good. Refused while anything that is kept needs it."""
    needed = [f"{place} ({used[version]:,})" for place, used in _used().items() if version in used]
    if needed:
        raise click.ClickException(
            f"version {version} is needed by {', '.join(needed)}. `zhike keys rotate --only-reseal` seals values again."
        )
    _or_refused(lambda: ring.remove_version(version))
    _note("keys.retired", version)
    click.echo(f"version {version} is gone; backups made before need the keys of their day")


def _used() -> dict[str, dict[int, int]]:
    """By place, how many values or files each version holds."""
    return {**resealing.used(), "landed files": versions_in(settings.HOME / "warehouse")}


def _told(name: str, steps: Iterable[int]) -> int:
    total = 0
    for count in steps:
        total += count
        click.echo(f"\r{name}: {total:,}", nl=False, err=True)
    if total:
        click.echo("", err=True)
    return total


def _note(act: str, version: int, **after: object) -> None:
    actor = system_viewer("keys")
    with entered(actor):
        record(actor, act, subject=("key", version), after=after or None, at=timezone.now())


def _or_refused(act: Callable[[], T]) -> T:
    try:
        return act()
    except ring.KeyRefused as wrong:
        raise click.ClickException(str(wrong)) from wrong
