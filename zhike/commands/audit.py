"""`zhike audit`: prove the chain of the audit, seal what is new, show its heads, say whose copy a file is."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
from django.utils import timezone

from zhike.access import chaining, outside, verifying, woven
from zhike.access.actions import record
from zhike.access.chain import public_key
from zhike.access.marks import Kind, Mark, found_in
from zhike.access.models import AuditEntry, Person
from zhike.access.scope import entered, system_viewer
from zhike.access.sealing import keyring


@click.group()
def audit() -> None:
    """Prove that the audit is as it was written."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(as_json: bool) -> None:
    """Check every entry against the chain, the signed seals and those kept outside. Exit code 1 names what was changed, removed or inserted."""
    began = time.monotonic()
    found = verifying.verify()
    seconds = time.monotonic() - began
    actor = system_viewer("audit verify")
    with entered(actor):
        record(actor, "audit.verified", after={"sealed": found.sealed, "tail": found.tail, "findings": found.count_findings})
    if as_json:
        click.echo(json.dumps({"whole": found.is_whole, "seconds": round(seconds, 2), **asdict(found)}, ensure_ascii=False))
    else:
        _tell(found, seconds)
    sys.exit(0 if found.is_whole else 1)


@audit.command()
def seal() -> None:
    """Seal what was written since the last time. The worker does it every minute."""
    click.echo(f"{chaining.seal(at=timezone.now()):,} entries sealed.")


@audit.command()
def heads() -> None:
    """The head of each day, signed, as lines of JSON; the first line is the public key that checks them."""
    click.echo(json.dumps({"public_key": verifying.key_in_words(public_key(keyring())), "folder": str(outside.folder())}))
    for head in verifying.heads():
        click.echo(json.dumps(asdict(head), sort_keys=True))


@audit.command()
@click.argument("file_or_code")
def whose(file_or_code: str) -> None:
    """Whose copy a file is that left the house (CSV, workbook, PDF), or the code ZK-… that stands on a paper. Exit code 1: no mark is left in it."""
    path = Path(file_or_code)
    if not path.is_file() and not file_or_code.strip().upper().startswith("ZK-"):
        raise click.ClickException(f"{file_or_code}: there is no such file, and a code begins with ZK-.")
    content = path.read_bytes() if path.is_file() else file_or_code.strip().upper().encode()
    actor = system_viewer("audit whose")
    with entered(actor):
        marks = found_in(content) or [mark for mark in [woven.whose(content, list(_on_record()))] if mark]
        people = {person.pk: person for person in Person.objects.filter(pk__in=[mark.person_id for mark in marks])}
        record(actor, "audit.mark_read", after={"found": [{"person": mark.person_id, "at": mark.at, "kind": mark.kind} for mark in marks]})
    for mark in marks:
        person = people.get(mark.person_id)
        who = f"{person.name} ({person.login})" if person else f"person {mark.person_id}"
        click.echo(f"{who}  {timezone.localtime(mark.at):%Y-%m-%d %H:%M:%S}  {mark.kind}")
    if not marks:
        click.echo("No mark of this installation is left in it.")
        sys.exit(1)


def _on_record() -> Iterator[Mark]:
    """The marks of all exports of which the audit knows, the latest first."""
    acts: dict[str, Kind] = {
        "customers.exported": "export",
        "reports.exported": "export",
        "customers.revealed_many": "export",
        "audit.exported": "audit",
    }
    rows = AuditEntry.objects.filter(act__in=acts, person_id__isnull=False).order_by("-pk")
    for person, at, act in rows.values_list("person_id", "at", "act").iterator():
        yield Mark(person or 0, at, acts[act])


def _tell(found: verifying.Verdict, seconds: float) -> None:
    for finding in found.findings:
        where = " ".join(
            [*([f"entry {finding.entry_id}"] if finding.entry_id else []), *([f"place {finding.place}"] if finding.place else [])]
        )
        click.echo(f"✗ {finding.kind}: {where + ': ' if where else ''}{finding.says}")
    if found.count_findings > len(found.findings):
        click.echo(f"  and {found.count_findings - len(found.findings):,} more after these")
    if found.withheld:
        click.echo(f"  {found.withheld:,} entries stand without their words: the customers they were about were deleted")
    mark = "✓" if found.is_whole else "✗"
    says = f"{found.sealed:,} entries in {found.seals:,} seals of {found.days:,} days, {found.outside:,} seals kept outside"
    click.echo(f"{mark} {says}; {found.tail:,} written since the last seal ({seconds:.1f} s)")
