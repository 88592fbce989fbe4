"""How a computation goes, so that the home of insight can say it."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import wall

STATES = [("waiting", "Waiting"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")]
FAILURES = [
    ("memory", "the memory it may use (ZHIKE_MEMORY) was not enough"),
    ("disk", "the disk is full"),
    ("killed", "it was broken off"),
    ("other", "a fault that the log tells of"),
]


class Migration(migrations.Migration):
    dependencies = [("insight", "0010_statistics")]

    operations = [
        migrations.CreateModel(
            name="BuildRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.TextField(choices=STATES)),
                ("step", models.TextField(blank=True, default="", help_text="the table it is at")),
                ("steps", models.IntegerField(default=0, help_text="how many steps it has begun")),
                ("failure", models.TextField(blank=True, choices=FAILURES, default="", help_text="why it failed")),
                ("business_date", models.DateField(help_text="the day it computed", null=True)),
                ("is_new", models.BooleanField(default=False, help_text="false where nothing had changed since the last one")),
                ("started_at", models.DateTimeField(help_text="when it began or, of one that waits, was asked for")),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "insight_buildrun",
                "constraints": [
                    models.UniqueConstraint(fields=("state",), condition=models.Q(("state", "waiting")), name="buildrun_waiting"),
                ],
            },
        ),
        wall("insight_buildrun", "true"),
    ]
