"""Those who are no customers, found without passing all who are."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0004_book")]

    operations = [
        migrations.AddIndex(
            "party",
            models.Index(condition=models.Q(("status", "customer"), _negated=True), fields=["status", "id"], name="party_status"),
        )
    ]
