"""`zhike duplicates`: find them, hold what was found against a known truth, say whose values stand on a merged customer."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click
from django.conf import settings
from django.db import connection
from django.utils import timezone

from zhike.access.scope import entered, system_viewer
from zhike.duplicates import actions
from zhike.duplicates.rules import THRESHOLD
from zhike.insight import warehouse


@click.group()
def duplicates() -> None:
    """Customers who stand in the bank twice."""


@duplicates.command("find")
@click.option(
    "--threshold", type=click.FloatRange(0.01, 1), default=THRESHOLD, show_default=True, help="Keep pairs from this probability on."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of a sentence.")
def find(threshold: float, as_json: bool) -> None:
    """Compare all customers. What a person has decided about a pair stays as it is."""
    at = timezone.now()
    found = actions.find(
        actor=system_viewer("duplicates"),
        at=at,
        threshold=threshold,
        say=lambda step, count: click.echo(f"{step}: {count:,} records", err=True),
    )
    seconds = (timezone.now() - at).total_seconds()
    if as_json:
        click.echo(json.dumps({**vars(found), "seconds": round(seconds, 1)}))
        return
    click.echo(
        f"{found.records:,} records compared in {seconds:.0f} s: {found.pairs:,} likely pairs, {found.new:,} of them new. They stand at /duplicates/."
    )


@duplicates.command("measure")
@click.argument("truth", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="zhike", show_default=True, help="The source whose keys the truth names.")
def measure(truth: Path, source: str) -> None:
    """Precision and recall of what was found, against a Parquet file of party_key, copy_key, kind (truth/duplicates.parquet of a sample bank)."""
    with warehouse.connect(temp=settings.HOME / "spill") as con:
        planted = con.execute("select party_key, copy_key, kind from read_parquet(?)", [str(truth)]).fetchall()
    with entered(system_viewer("duplicates")), connection.cursor() as cursor:
        cursor.execute("select external_key, party_id from parties_partysource where source = %s", [source])
        ids = dict(cursor.fetchall())
        cursor.execute("select left_id, right_id from duplicates_pair where state = 'likely'")
        found = set(cursor.fetchall())
    kinds = {tuple(sorted((ids[one], ids[other]))): kind for one, other, kind in planted}
    hits = found & kinds.keys()
    click.echo(
        f"precision {len(hits) / max(len(found), 1):.3f}  recall {len(hits) / max(len(kinds), 1):.3f}  ({len(found)} found, {len(kinds)} planted)"
    )
    of_kind, hit_kind = Counter(kinds.values()), Counter(kinds[pair] for pair in hits)
    for kind, count in sorted(of_kind.items()):
        click.echo(f"  {kind:14} {hit_kind[kind]:5} of {count}")


@duplicates.command("rank")
@click.argument("sources", nargs=-1, required=True)
@click.option("--field", default="", help="For this field only, such as employer_name.")
def rank(sources: tuple[str, ...], field: str) -> None:
    """Say whose value stands on a merged customer: the first of SOURCES that has one. What a person chose goes first."""
    with entered(system_viewer("duplicates")), connection.cursor() as cursor:
        cursor.execute("delete from parties_sourcerank where field = %s", [field])
        cursor.executemany(
            "insert into parties_sourcerank (source, field, rank) values (%s, %s, %s)", [(one, field, n) for n, one in enumerate(sources)]
        )
        cursor.execute("select parties_derive(array(select id from parties_party where source = '*'), %s, 0, true)", [timezone.localdate()])
    click.echo(f"{field or 'every field'}: {' before '.join(sources)}")
