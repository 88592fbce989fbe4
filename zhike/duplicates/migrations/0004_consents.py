"""Consents and what happened on channels move with their party, and go back by the key they came under."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

before = import_module("zhike.duplicates.migrations.0003_payroll")

BY_KEY = (("parties_consent", "party_id"), ("engagement_channelday", "party_id"))
_PAIRS = ", ".join(f"('{table}', '{column}')" for table, column in BY_KEY)
_TABLES = ", ".join(f"'{table}'" for table, _ in BY_KEY)


# What the migration before made of each function, and what stands in it for its own tables.
_was = before._with_payroll  # noqa: SLF001
_OLD = {before._PAIRS: _PAIRS, before._TABLES: _TABLES}  # noqa: SLF001


def _with_consents(statement: str) -> str:
    """A function as the migration before left it, which knows these tables as well."""
    made: str = _was(statement)
    for old, new in _OLD.items():
        made = made.replace(old, f"{old}, {new}")
    return made


class Migration(migrations.Migration):
    dependencies = [("duplicates", "0003_payroll"), ("parties", "0019_consents"), ("engagement", "0006_channel_days")]

    operations = [migrations.RunSQL([_with_consents(one) for one in before.FUNCTIONS], [_was(one) for one in before.FUNCTIONS])]
