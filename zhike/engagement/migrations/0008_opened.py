"""The contacts of the customer that is open, without a wall's parts (decision 52)."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import opened_view


class Migration(migrations.Migration):
    dependencies = [("engagement", "0007_channel_statistics"), ("access", "0022_asked_at_once")]

    operations = [opened_view("engagement_interaction", ("party_id", "id", "at", "channel"), permission="interactions.read")]
