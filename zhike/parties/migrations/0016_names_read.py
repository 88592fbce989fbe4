"""A text of whose words nothing is known, such as one letter, is looked for in all names at once: a scan without a wall, which one statement bears."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

BEFORE: str = import_module("zhike.parties.migrations.0015_names_with").NAMES_WITH
ASKED = """    if cardinality(tokens) = 0 and words is null then
        return null;
    end if;
"""
NAMES_WITH = BEFORE.replace("create function", "create or replace function", 1).replace(ASKED, "")


class Migration(migrations.Migration):
    dependencies = [("parties", "0015_names_with")]

    operations = [migrations.RunSQL(NAMES_WITH, BEFORE.replace("create function", "create or replace function", 1))]
