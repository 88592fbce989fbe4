"""From which day on somebody is reminded of a request."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0003_deletion")]

    operations = [
        migrations.AddField(
            "rightsrequest",
            "remind_date",
            models.DateField(help_text="from this day on the bell tells of it: five working days before the last", null=True),
        ),
        migrations.RunSQL("update privacy_request set remind_date = due_date - 7 where state = 'open'", migrations.RunSQL.noop),
    ]
