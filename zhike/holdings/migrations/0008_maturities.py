"""What falls due next, along each unit."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("holdings", "0007_sum_up"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="summary",
            index=models.Index(
                condition=models.Q(("next_maturity_date__isnull", False)), fields=["unit", "next_maturity_date"], name="summary_maturity"
            ),
        ),
    ]
