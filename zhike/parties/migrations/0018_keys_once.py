"""A party stands once in an index, also in one of numbers: a list walks along it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0017_taking_back")]

    operations = [
        migrations.RemoveIndex("declaredkey", "declaredkey_place"),
        migrations.AddConstraint(
            "declaredkey",
            models.UniqueConstraint(fields=["field", "place", "party"], name="declaredkey_place", condition=models.Q(place__isnull=False)),
        ),
    ]
