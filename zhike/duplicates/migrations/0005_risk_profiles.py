"""Risk profiles move with their party, and go back by the key they came under, as all that sources deliver."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

before = import_module("zhike.duplicates.migrations.0004_consents")
first = import_module("zhike.duplicates.migrations.0003_payroll")

_PAIRS, _TABLES = "('risk_profile', 'party_id')", "'risk_profile'"
_was = before._with_consents  # noqa: SLF001


def _with_profiles(statement: str) -> str:
    """A function as the migration before left it, which knows this table as well."""
    made: str = _was(statement)
    for old, new in ((before._PAIRS, _PAIRS), (before._TABLES, _TABLES)):  # noqa: SLF001
        made = made.replace(old, f"{old}, {new}")
    return _asking(made)


def _asking(statement: str) -> str:
    """Who asks is told by a function: since access 0020 her claims are no JSON object."""
    return statement.replace("access.viewer() ->> 'l'", "access.viewer_login()")


class Migration(migrations.Migration):
    dependencies = [("duplicates", "0004_consents"), ("risk", "0001_profiles"), ("access", "0020_opened")]

    operations = [migrations.RunSQL([_with_profiles(one) for one in first.FUNCTIONS], [_asking(_was(one)) for one in first.FUNCTIONS])]
