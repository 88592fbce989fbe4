"""The cell of value × potential in today's profile: empty until the next build."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insight", "0006_opened")]

    operations = [migrations.AddField("profile", "matrix_cell", models.TextField(help_text="Value and potential", null=True))]
