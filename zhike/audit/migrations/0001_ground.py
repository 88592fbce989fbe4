"""Looks, what is unusual, and the index that searching the audit by act walks along."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import role, wall

READS = "(select access.viewer_may('audit.read'))"
# Whose people are hers: everybody's at bank scope, else those who work in her units (their employee record says where).
OF_HERS = """(select access.viewer_all()) or person_id in (
    select s.id from access_person s join access_employee w on w.id = s.employee_id where w.unit_id = any((select access.viewer_units())::bigint[]))"""
HERS = f"{READS} and ({OF_HERS})"
KINDS = ["outside", "night", "reveals", "exports", "leaving"]


def _reading(condition: str) -> str:
    return f"alter policy reading on access_auditentry using ({condition})"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("access", "0007_audit_chain"), ("parties", "0001_ground")]

    operations = [
        migrations.CreateModel(
            "Look",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id", "day", "person_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("customer_id", models.BigIntegerField()),
                ("day", models.DateField(help_text="the bank's day")),
                ("person_id", models.BigIntegerField(help_text="no foreign key: a look outlives the person")),
                ("first_at", models.DateTimeField(help_text="the first time on this day")),
            ],
            options={"indexes": [models.Index(fields=["person_id", "day"], name="look_of_person")]},
        ),
        migrations.CreateModel(
            "Unusual",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField()),
                ("day", models.DateField()),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("outside", "Many customers whom neither she nor her unit looks after"),
                            ("night", "Customers opened or numbers revealed at night"),
                            ("reveals", "Many numbers revealed"),
                            ("exports", "Many customers exported"),
                            ("leaving", "Many customers opened or exported shortly before leaving"),
                        ]
                    ),
                ),
                ("count", models.PositiveIntegerField(help_text="customers, or reveals")),
                ("limit", models.PositiveIntegerField(help_text="from which number on it counted as unusual then")),
                ("found_at", models.DateTimeField()),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("reviewed_by", models.BigIntegerField(null=True)),
                ("reviewed_name", models.TextField(blank=True, db_default="", default="")),
                ("is_explained", models.BooleanField(null=True, help_text="what the review came to; empty: not reviewed")),
                ("note", models.TextField(blank=True, db_default="", default="")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["person_id", "day", "kind"], name="unusual_once"),
                    models.CheckConstraint(
                        condition=models.Q(("reviewed_at", None), models.Q(("note", ""), _negated=True), _connector="OR"),
                        name="unusual_reviewed_with_a_note",
                    ),
                ],
                "indexes": [models.Index(fields=["-found_at"], name="unusual_latest")],
            },
        ),
        wall("audit_look", HERS),
        migrations.RunSQL(
            [
                f"create policy web_insert on audit_look for insert to {role('web')} with check (person_id = (select access.viewer_person()))",
                f"grant insert on audit_look to {role('web')}",
            ],
            migrations.RunSQL.noop,
        ),
        wall("audit_unusual", HERS, writes=("update",)),
        migrations.RunSQL(_reading(HERS), _reading(READS)),
        migrations.RunSQL(
            "create index audit_act on access_auditentry (act, at desc); create index audit_request on access_auditentry (request_id)"
            " where request_id <> ''",
            "drop index audit_act; drop index audit_request",
        ),
    ]
