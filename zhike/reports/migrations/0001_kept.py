"""Kept reports, seen by whom they are shared with, and to whom they are sent, each seen by herself."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import role, wall

ME = "(select access.viewer_person())"
APP = "(select access.viewer_is_app())"
COLLEAGUE = f"""exists (select 1 from access_person me join access_employee e on e.id = me.employee_id
    where me.id = {ME} and e.unit_id = reports_report.unit_id)"""
PEER = f"exists (select 1 from access_person me where me.id = {ME} and me.role = reports_report.role)"
SHARED = f"""({APP} and (owner_id = {ME} or shared = 'bank' or (shared = 'unit' and {COLLEAGUE}) or (shared = 'role' and {PEER})))"""


def own(table: str, column: str, *verbs: str) -> migrations.RunSQL:
    """The web may write only rows that are the viewer's own."""
    clauses = {"insert": "with check ({0})", "update": "using ({0}) with check ({0})", "delete": "using ({0})"}
    mine = f"{column} = {ME} and {APP}"
    policies = [f"create policy web_{verb} on {table} for {verb} to {role('web')} {clauses[verb].format(mine)}" for verb in verbs]
    return migrations.RunSQL([*policies, f"grant {', '.join(verbs)} on {table} to {role('web')}"], migrations.RunSQL.noop)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("access", "0021_revealing"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("asked", models.JSONField(help_text="what its address says: rows, columns, measures, months, on, version, only, sort")),
                (
                    "shared",
                    models.TextField(
                        choices=[("own", "Only me"), ("unit", "My unit"), ("role", "Everybody of my role"), ("bank", "Everybody")],
                        default="own",
                    ),
                ),
                ("role", models.TextField(blank=True, default="", help_text="the owner's, while shared with it")),
                ("changed_at", models.DateTimeField()),
                ("archived_at", models.DateTimeField(help_text="put away; may be brought back", null=True)),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="the owner's, while shared with it",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="access.unit",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["owner"], name="report_owner")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("shared__in", ["own", "unit", "role", "bank"])), name="report_shared"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="report_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.TextField(help_text="where to; its domain is one of ZHIKE_MAIL_DOMAINS")),
                (
                    "rhythm",
                    models.TextField(
                        choices=[("weekly", "every Monday"), ("monthly", "on the first of each month")], help_text="how often it is sent"
                    ),
                ),
                ("has_file", models.BooleanField(default=False, help_text="with the workbook, where ZHIKE_MAIL_FILES allows it")),
                ("language", models.TextField(default="en", help_text="hers when she asked")),
                ("next_date", models.DateField(help_text="the day on which it is sent next")),
                ("sent_at", models.DateTimeField(null=True)),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("report", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="reports.report")),
            ],
            options={
                "indexes": [models.Index(fields=["next_date"], name="subscription_next")],
                "constraints": [
                    models.UniqueConstraint(fields=("report", "person"), name="subscription_once"),
                    models.CheckConstraint(condition=models.Q(("rhythm__in", ["weekly", "monthly"])), name="subscription_rhythm"),
                ],
            },
        ),
        wall("reports_report", SHARED),
        own("reports_report", "owner_id", "insert", "update"),
        wall("reports_subscription", f"({APP} and person_id = {ME})"),
        own("reports_subscription", "person_id", "insert", "update", "delete"),
    ]
