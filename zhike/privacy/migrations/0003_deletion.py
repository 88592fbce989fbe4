"""What a deletion did, beside the request it answers."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0002_registers"), ("parties", "0023_forgotten")]

    operations = [
        migrations.AddField(
            "rightsrequest",
            "outcome",
            models.JSONField(help_text="of a deletion: measure, rows by table, and what stays: why, until when", null=True),
        ),
        migrations.AddField(
            "rightsrequest",
            "carried_out_at",
            models.DateTimeField(help_text="when a deletion was carried out", null=True),
        ),
    ]
