"""Tier, watch, stage and decline in today's profile: empty until the next build."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insight", "0003_tier_schemes")]

    operations = [
        migrations.AddField("profile", "tier", models.TextField(help_text="Tier by value", null=True)),
        migrations.AddField("profile", "tier_effective", models.TextField(help_text="Tier", null=True)),
        migrations.AddField("profile", "tier_watch", models.BooleanField(help_text="Tier on watch", null=True)),
        migrations.AddField("profile", "stage", models.TextField(help_text="Stage of the relation", null=True)),
        migrations.AddField("profile", "decline", models.TextField(help_text="Decline", null=True)),
    ]
