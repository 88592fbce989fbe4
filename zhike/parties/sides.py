"""Several parties' fields in words, to be laid side by side; public to other areas."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import apps

from zhike.access.scope import Viewer
from zhike.parties import labels
from zhike.parties.changes import _plain, _shown
from zhike.parties.labels import Words
from zhike.parties.models import Party


def facts(viewer: Viewer, ids: Sequence[int], names: Sequence[str]) -> list[tuple[str, Words, dict[int, Words]]]:
    """These fields of these parties in words: field, its label, party → what it says ("" where nothing is known)."""
    rows = list(Party.objects.seen_by(viewer).filter(pk__in=ids).values("pk", *names))
    units = {str(pk): name for pk, name in apps.get_model("access", "Unit").objects.values_list("pk", "name")} if "unit_id" in names else {}
    return [
        (name, labels.FIELDS[name], {row["pk"]: _shown(name, plain, units) if (plain := _plain(row[name])) else "" for row in rows})
        for name in names
    ]
