"""The bank's calendar: everybody may know on which days it works."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import open_table


class Migration(migrations.Migration):
    dependencies = [("access", "0013_second_factor")]

    operations = [
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.TextField()),
                ("external_key", models.TextField()),
                ("row_digest", models.BinaryField(null=True)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(help_text="exclusive; empty: in force", null=True)),
                ("batch_id", models.BigIntegerField()),
                ("calendar", models.TextField(help_text="country or market: CN")),
                ("day", models.DateField()),
                ("is_working", models.BooleanField(help_text="also of a Sunday on which the bank works in lieu of a holiday")),
                ("name", models.TextField(blank=True, default="", help_text="of a holiday")),
            ],
            options={
                "db_table": "access_calendarday",
                "indexes": [models.Index(condition=models.Q(("valid_to", None)), fields=["calendar", "day"], name="calendarday_day")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to", None)), fields=("source", "external_key"), name="calendarday_open"
                    )
                ],
            },
        ),
        open_table("access_calendarday"),
    ]
