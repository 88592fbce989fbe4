"""What is done with the profile and the computed files when a customer is forgotten.

Her profiles, chances and what they were worked out from go, of every day. Measures by month stay, as balances do: they are nameless and the bank's sums are made of them. What was staged, and
the keys that led to customers, go as a whole: they hold what the landed files said before they were written anew, and the next build makes them
again from those.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import duckdb
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zhike.core.forgetting import After, Gone, Rows, Stays, cleaned, declare
from zhike.insight import snapshots, warehouse
from zhike.insight.predictors import feature_rows
from zhike.insight.warehouse import quoted

declare(
    Rows("insight_profile", _("Profile"), column="id"),
    Rows("insight_tieroverride", _("Tiers given by hand")),
    Rows("insight_score", _("Chances")),
    Rows("insight_scoreoverrule", _("What was said against chances")),
    Rows("insight_scoreoutcome", _("What came of chances")),
    Rows("insight_tie", _("With whom outside the bank she deals")),
    Rows("insight_networkplace", _("Her place in the payment network")),
    Stays("insight_gone", "a number that no count out of the computed files is to include any more"),
    After("insert into insight_gone (id) select party_id from going on conflict do nothing"),
)


@cleaned("insight.marts")
def clean_marts(gone: Gone) -> int:
    """Take her out of what was computed; how many files of profiles were written anew."""
    root = snapshots.root(settings.HOME)
    for folder in ("staged", "marts/keys", "network", "trials"):
        shutil.rmtree(root / folder, ignore_errors=True)
    parties = sorted({key.party_id for key in gone.keys} | gone.whole)
    with closing(warehouse.connect(memory=settings.MEMORY, temp=settings.HOME / "spill")) as engine:
        files = sorted(path for folder in ("marts/profile", "scores") for path in (root / folder).glob("**/*.parquet") if path.is_file())
        return sum(_is_changed(engine, path, parties) for path in files) + feature_rows.without(settings.HOME, parties)


def _is_changed(engine: duckdb.DuckDBPyConnection, path: Path, parties: list[int]) -> bool:
    rows = f"from read_parquet({quoted(path)})"
    if not engine.execute(f"select exists ({rows} where party_id = any(?))", [parties]).fetchall()[0][0]:
        return False
    partial = path.with_name(f".{path.name}.partial")
    engine.execute(f"copy ({rows} where not party_id = any(?)) to {quoted(partial)} (format parquet, compression zstd)", [parties])
    partial.replace(path)
    return True
