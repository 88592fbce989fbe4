"""What customers did by themselves on channels, summed up by day: seen where the customer is seen and contacts may be read."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import wall_through


class Migration(migrations.Migration):
    dependencies = [
        ("engagement", "0005_notes"),
        ("parties", "0018_keys_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChannelDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(help_text="in the bank's zone")),
                ("channel", models.TextField()),
                ("last_at", models.DateTimeField()),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), help_text="of each event: login, browse, counter_visit …", size=None
                    ),
                ),
                (
                    "details",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), help_text="what they were about, each once", size=None
                    ),
                ),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), help_text="hashtextextended of each event's key", size=None
                    ),
                ),
                ("seconds", models.BigIntegerField(help_text="of all of them together", null=True)),
                ("source", models.TextField()),
                ("external_key", models.TextField(help_text="the customer's key in the source: several rows share it")),
                ("batch_id", models.BigIntegerField()),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["party", "-last_at", "-id"], name="channelday_party"),
                    django.contrib.postgres.indexes.BrinIndex(fields=["day"], name="channelday_days", pages_per_range=32),
                ],
            },
        ),
        wall_through("engagement_channelday", "parties_party", "party_id", permission="interactions.read"),
    ]
