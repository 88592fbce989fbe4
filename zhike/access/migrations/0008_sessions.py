"""Sessions in a table of our own, under the digests of their keys; who has left the bank; from where somebody may come."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

from zhike.access.walls import role, wall

APP = "(select access.viewer_is_app())"
LEFT = """
update access_person p set has_left = true from access_employee e where e.id = p.employee_id and e.status = 'left'
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0007_audit_chain"), ("sessions", "0001_initial")]

    operations = [
        migrations.AddField(
            "person",
            "has_left",
            models.BooleanField(db_default=False, default=False, help_text="the personnel file says so; kept by each load of it"),
        ),
        migrations.AddField(
            "person",
            "networks",
            models.TextField(
                blank=True, db_default="", default="", help_text="from where alone she may come, such as 10.1.0.0/16; empty: as her role"
            ),
        ),
        migrations.CreateModel(
            "Session",
            [
                ("session_key", models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key")),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("way", models.TextField(db_default="", default="", help_text="how she came in: password, passkey, ldap, oidc, demo")),
                ("address", models.GenericIPAddressField(help_text="from where she logged in", null=True)),
                ("agent", models.TextField(db_default="", default="", help_text="what her browser calls itself")),
                ("opened_at", models.DateTimeField(db_default=Now())),
                ("seen_at", models.DateTimeField(db_default=Now(), help_text="kept once a minute")),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["person", "-seen_at"], name="session_person")]},
        ),
        wall("access_session", APP, writes=("insert", "update", "delete")),
        migrations.RunSQL(f"revoke all on access_session from {role('read')}", migrations.RunSQL.noop),
        # Django's own table stays empty: everybody logs in once more, and nobody may write to it any longer.
        migrations.RunSQL(
            ["delete from django_session", f"revoke all on django_session from {role('web')}, {role('read')}"], migrations.RunSQL.noop
        ),
        migrations.RunSQL(LEFT, migrations.RunSQL.noop),
    ]
