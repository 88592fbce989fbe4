"""Requests of customers over their data: seen where the customer is seen, taken in by whoever serves her, decided by whoever answers for privacy."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import role, wall_through

TABLE = "privacy_request"
DECIDES = f"(select access.viewer_may('privacy.manage')) and exists (select 1 from parties_party above where above.id = {TABLE}.party_id)"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0021_restrictions"),
    ]

    operations = [
        migrations.CreateModel(
            name="RightsRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("know", "To know what is kept"),
                            ("copy", "A copy"),
                            ("port", "Her data to take elsewhere"),
                            ("correct", "To correct"),
                            ("delete", "To delete"),
                            ("explain", "An explanation"),
                        ]
                    ),
                ),
                ("regime", models.TextField(choices=[("cn", "China (PIPL)"), ("eu", "Europe (GDPR)")], default="cn")),
                (
                    "requester",
                    models.TextField(
                        choices=[("self", "the customer"), ("agent", "somebody she authorised"), ("kin", "next of kin")], default="self"
                    ),
                ),
                ("wanted", models.TextField(help_text="in the customer's words")),
                (
                    "state",
                    models.TextField(
                        choices=[("open", "Open"), ("done", "Answered"), ("refused", "Refused"), ("withdrawn", "Withdrawn")], default="open"
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("received_name", models.TextField()),
                ("due_date", models.DateField(help_text="the last day to answer; moved once by an extension")),
                ("extended_reason", models.TextField(blank=True, default="")),
                (
                    "identity",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("document", "identity document seen"),
                            ("call_back", "called back at the number kept"),
                            ("app", "asked in the app, logged in"),
                            ("known", "known in person"),
                        ],
                        default="",
                        help_text="how one was sure who asks; empty: not checked yet",
                    ),
                ),
                ("identity_at", models.DateTimeField(null=True)),
                ("identity_name", models.TextField(blank=True, default="")),
                ("given_at", models.DateTimeField(help_text="when the data were last handed out", null=True)),
                ("answer", models.TextField(blank=True, default="")),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_name", models.TextField(blank=True, default="")),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
            ],
            options={
                "db_table": "privacy_request",
                "indexes": [models.Index(condition=models.Q(("state", "open")), fields=["due_date", "id"], name="request_open")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("decided_at__isnull", False), _connector="OR"), name="request_decided"
                    ),
                    models.CheckConstraint(condition=models.Q(("wanted", ""), _negated=True), name="request_wanted"),
                ],
            },
        ),
        wall_through(TABLE, "parties_party", "party_id", writes=("insert",), write_permission="consents.write"),
        migrations.RunSQL(
            [
                f"create policy web_update on {TABLE} for update to {role('web')} using ({DECIDES}) with check ({DECIDES})",
                f"grant update on {TABLE} to {role('web')}",
            ],
            [f"revoke update on {TABLE} from {role('web')}", f"drop policy web_update on {TABLE}"],
        ),
    ]
