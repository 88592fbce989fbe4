"""A contact is seen where its party is."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import wall_through


class Migration(migrations.Migration):
    dependencies = [("engagement", "0002_links"), ("parties", "0002_walls")]

    operations = [wall_through("engagement_interaction", "parties_party", "party_id", permission="interactions.read")]
