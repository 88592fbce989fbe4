"""Tombstones of forgotten customers: the job role alone knows of them."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import closed_table


class Migration(migrations.Migration):
    dependencies = [("parties", "0022_handovers")]

    operations = [
        migrations.CreateModel(
            name="Forgotten",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.TextField()),
                (
                    "what",
                    models.TextField(default="party", help_text="party, or account: one of hers, whose postings land without words"),
                ),
                (
                    "key_digest",
                    models.BinaryField(
                        help_text="keyed digest of the key in the source, 12 bytes; what stands for a customer's key is made of it"
                    ),
                ),
                (
                    "is_whole",
                    models.BooleanField(help_text="nothing of her comes back; else only words from before `forgotten_at` stay out"),
                ),
                ("forgotten_at", models.DateTimeField(help_text="when what may not come back was deleted")),
            ],
            options={
                "db_table": "parties_forgotten",
                "constraints": [models.UniqueConstraint(fields=("source", "what", "key_digest"), name="forgotten_key")],
            },
        ),
        closed_table("parties_forgotten"),
    ]
