"""Imports that make prospects: how a table is taken, what its rows would do, whom it made, and until when its file is kept."""

from __future__ import annotations

from django.db import migrations, models


def _text(name: str, default: str, meaning: str) -> migrations.AddField:
    return migrations.AddField("import", name, models.TextField(default=default, db_default=default, help_text=meaning))


def _count(name: str, meaning: str) -> migrations.AddField:
    return migrations.AddField("import", name, models.PositiveIntegerField(default=0, db_default=0, help_text=meaning))


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0004_imports"), ("parties", "0017_taking_back")]

    operations = [
        _text("mode", "update", "create, update or both (examining.MODES)"),
        _text("alike", "skip", "what is done with new rows that look like somebody (examining.POLICIES)"),
        migrations.AddField(
            "import",
            "answers",
            models.JSONField(default=dict, db_default={}, help_text="what she said of single rows: line → skip, create, or a party's key"),
        ),
        migrations.AddField(
            "import",
            "findings_sealed",
            models.BinaryField(null=True, help_text="what its rows would do, as the preview shows it, encrypted"),
        ),
        _count("count_created", "prospects it made"),
        _count("count_skipped", "left out: there already, or alike"),
        migrations.AddField(
            "import",
            "created",
            models.JSONField(default=dict, db_default={}, help_text="prospects it made: key → what she was made of, in one word"),
        ),
        migrations.AddField(
            "import",
            "stayed",
            models.JSONField(
                default=list, db_default=[], help_text="prospects that its undo left, because something was done with them since"
            ),
        ),
        migrations.AddField("import", "purged_at", models.DateTimeField(null=True, help_text="when the file and its rows were forgotten")),
    ]
