"""The group by control, and the cell of value and potential a quarter before, in today's profile: empty until the next build."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insight", "0011_build_runs")]

    operations = [
        migrations.AddField("profile", "control_group_key", models.TextField(help_text="Group by control", null=True)),
        migrations.AddField("profile", "matrix_cell_before", models.TextField(help_text="Value and potential a quarter before", null=True)),
        # the list of customers by tier walks along it
        migrations.RunSQL("create index profile_tier on insight_profile (tier_service, id)", "drop index profile_tier"),
    ]
