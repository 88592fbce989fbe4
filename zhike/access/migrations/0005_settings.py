"""How a person likes her tables and where she begins."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_keeping"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="density",
            field=models.TextField(
                blank=True, choices=[("", "As usual"), ("compact", "Compact"), ("roomy", "Roomy")], db_default="", default=""
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="start_page",
            field=models.TextField(
                blank=True, choices=[("", "Home"), ("customers", "Customers")], db_default="", default="", help_text="where log-in leads to"
            ),
        ),
    ]
