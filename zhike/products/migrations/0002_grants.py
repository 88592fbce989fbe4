"""Products have no customer: everybody who logs in reads them."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import open_table


class Migration(migrations.Migration):
    dependencies = [("products", "0001_ground"), ("access", "0002_walls")]

    operations = [open_table("products_product")]
