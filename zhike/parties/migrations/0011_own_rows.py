"""What people write into the tables of parties themselves (prospects, declared relations), and the trash it goes to."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import ALL, EMPLOYEES, UNITS, role, wall

EDITS = "(select access.viewer_may('customers.edit'))"
SEEN = f"({ALL} or unit_id = any({UNITS}) or rm_ids && {EMPLOYEES})"
PROSPECT = f"(source = 'own' and status = 'prospect' and {EDITS} and {SEEN})"
HERS = f"({ALL} or unit_id = any({UNITS}) or rm_ids && {EMPLOYEES} or deleted_by_id = (select access.viewer_person()))"
# Rows of Zhike's own source, of parties that the writer sees.
TABLES = ("parties_contactpoint", "parties_identifier", "parties_assignment", "parties_partysource")
VERBS = ("insert", "update", "delete")


def _own(table: str) -> str:
    return f"(source = 'own' and {EDITS} and exists (select 1 from parties_party above where above.id = {table}.party_id))"


def _policies(table: str, condition: str) -> list[str]:
    web = role("web")
    return [
        f"create policy own_insert on {table} for insert to {web} with check ({condition})",
        f"create policy own_update on {table} for update to {web} using ({condition}) with check ({condition})",
        f"create policy own_delete on {table} for delete to {web} using ({condition})",
        f"grant insert, update, delete on {table} to {web}",
    ]


def _undone(table: str) -> list[str]:
    return [*(f"drop policy own_{verb} on {table}" for verb in VERBS), f"revoke insert, update, delete on {table} from {role('web')}"]


RELATION = (
    _own("parties_relationship")[:-1] + " and exists (select 1 from parties_party other where other.id = parties_relationship.to_party_id))"
)


class Migration(migrations.Migration):
    dependencies = [("parties", "0010_corrections")]

    operations = [
        migrations.CreateModel(
            "Trash",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField(help_text="prospect, relation, note …: whose area restores it")),
                ("title", models.TextField()),
                ("rows", models.JSONField(help_text="table and its rows, in the order in which they are put back")),
                ("party_id", models.BigIntegerField(help_text="the customer it belongs to, who may be in here herself", null=True)),
                ("rm_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ("deleted_at", models.DateTimeField()),
                ("deleted_name", models.TextField()),
                (
                    "deleted_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("unit", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="access.unit")),
            ],
            options={"indexes": [models.Index(fields=["-deleted_at"], name="trash_latest")]},
        ),
        wall("parties_trash", HERS, writes=("insert", "delete"), write_permission="customers.edit"),
        migrations.RunSQL([*_policies("parties_party", PROSPECT)], [*_undone("parties_party")]),
        *(migrations.RunSQL([*_policies(table, _own(table))], [*_undone(table)]) for table in TABLES),
        migrations.RunSQL([*_policies("parties_relationship", RELATION)], [*_undone("parties_relationship")]),
        migrations.RunSQL(f"grant insert on parties_nametoken to {role('web')}", f"revoke insert on parties_nametoken from {role('web')}"),
    ]
