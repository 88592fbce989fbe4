"""Corrections that people ask of a source, and the wall around them."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import protected_column, wall_through


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0009_tags"),
        ("access", "0004_keeping"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.TextField(help_text="a field of the party, or contact, document")),
                ("kind", models.TextField(blank=True, default="", help_text="kind of contact point, type of document")),
                (
                    "subject_id",
                    models.BigIntegerField(help_text="the contact point or document that is wrong; empty: one is missing", null=True),
                ),
                ("was", models.TextField(blank=True, default="", help_text="as it was shown: a mask where it is protected")),
                (
                    "proposed",
                    models.TextField(blank=True, default="", help_text="as the source would deliver it; empty where it is protected"),
                ),
                ("proposed_digest", models.BinaryField(null=True)),
                ("proposed_last4", models.BinaryField(null=True)),
                ("proposed_masked", models.TextField(blank=True, default="")),
                ("reason", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("open", "Asked"),
                            ("sent", "Sent to the source"),
                            ("confirmed", "Confirmed by the source"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("asked_name", models.TextField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_name", models.TextField(blank=True, default="", help_text="empty where the source confirmed it")),
                ("answer", models.TextField(blank=True, default="", help_text="why it was refused")),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["party", "-asked_at"], name="correction_party"),
                    models.Index(condition=models.Q(("state__in", ["open", "sent"])), fields=["-asked_at"], name="correction_open"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("party"),
                        models.F("field"),
                        models.F("kind"),
                        django.db.models.functions.comparison.Coalesce("subject_id", 0, output_field=models.BigIntegerField()),
                        condition=models.Q(("state__in", ["open", "sent"])),
                        name="correction_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "sent", "confirmed", "refused", "withdrawn"])), name="correction_state"
                    ),
                ],
            },
        ),
        wall_through("parties_correction", "parties_party", "party_id", writes=("insert", "update"), write_permission="corrections.read"),
        protected_column("parties_correction", "proposed_digest"),
    ]
