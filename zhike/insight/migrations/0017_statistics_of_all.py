"""Statistics of every field of the profile from as small a sample as of the first ones: a field that came later had PostgreSQL read five times as many rows of all of them."""

from __future__ import annotations

from django.db import migrations

SAMPLED = "alter function insight_learn() set default_statistics_target = 20"


class Migration(migrations.Migration):
    dependencies = [("insight", "0016_outcomes")]

    operations = [migrations.RunSQL(SAMPLED, "alter function insight_learn() reset default_statistics_target")]
