"""The tier of the customer who is open, without a wall's parts (decision 52)."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import opened_view


class Migration(migrations.Migration):
    dependencies = [("insight", "0005_tiers_by_hand"), ("access", "0022_asked_at_once")]

    operations = [opened_view("insight_profile", ("id", "tier_service"), key="id")]
