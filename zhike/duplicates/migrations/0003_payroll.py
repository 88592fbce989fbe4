"""Payroll agreements and salaries move with their party, and go back by the key they came under, as all that sources deliver."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

before = import_module("zhike.duplicates.migrations.0002_merging")

_BEFORE = ", ".join(f"('{table}', '{column}')" for table, column in before.BY_KEY)
_KNOWN = ", ".join(f"'{table}'" for table in (*(table for table, _ in before.BY_KEY), *before.BY_ACCOUNT, *before.BY_HAND, *before.STAYS))
BY_KEY = (("holdings_payroll", "party_id"), ("holdings_salary", "party_id"))
_PAIRS = ", ".join(f"('{table}', '{column}')" for table, column in BY_KEY)
_TABLES = ", ".join(f"'{table}'" for table, _ in BY_KEY)
_CARD = "            when 'card' then exists (select from holdings_card c where c.id = h.entity_id and c.party_id = goes)\n"
_PAYROLL = "            when 'payroll' then exists (select from holdings_payroll g where g.id = h.entity_id and g.party_id = goes)\n"


def _with_payroll(statement: str) -> str:
    """A function of the migration before, which knows these tables as well."""
    for old, new in (
        ("create function", "create or replace function"),
        (_BEFORE, f"{_BEFORE}, {_PAIRS}"),
        (_KNOWN, f"{_KNOWN}, {_TABLES}"),
        (_CARD, _CARD + _PAYROLL),
    ):
        statement = statement.replace(old, new)
    return statement


FUNCTIONS = (before.OWN.split("comment on")[0], before.MERGE, before.UNDO, before.PREVIEW)


class Migration(migrations.Migration):
    dependencies = [("duplicates", "0002_merging"), ("holdings", "0009_payroll")]

    operations = [
        migrations.RunSQL(
            [_with_payroll(one) for one in FUNCTIONS], [one.replace("create function", "create or replace function") for one in FUNCTIONS]
        )
    ]
