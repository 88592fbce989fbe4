"""Customers by how long they have been with the bank, walked along an index."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0002_walls")]

    operations = [migrations.AddIndex("party", models.Index(fields=["since_date", "id"], name="party_since"))]
