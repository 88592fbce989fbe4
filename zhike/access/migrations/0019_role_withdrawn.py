"""Since when the bank's own log-in gives somebody no role any more: until one is given again, pages, tokens and jobs know her without rights."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0018_withheld")]

    operations = [
        migrations.AddField(
            "person",
            "role_withdrawn_at",
            models.DateTimeField(
                null=True,
                help_text="since when no group of the bank's own log-in gives her a role; empty: one does, or roles do not come from there",
            ),
        ),
    ]
