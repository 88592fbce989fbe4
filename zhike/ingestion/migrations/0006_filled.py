"""Blanks of prospects that an import filled, so that it can be taken back."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0005_modes")]

    operations = [
        migrations.AddField(
            "import",
            "filled",
            models.JSONField(
                default=list, db_default=[], help_text="prospects of whom it filled blanks: party, fields, contact points, mark"
            ),
        ),
    ]
