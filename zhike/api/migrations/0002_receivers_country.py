"""In which country a receiver is: what was told before was told at home (R28)."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("api", "0001_ground")]

    operations = [
        migrations.AddField(
            "subscription",
            "country",
            models.TextField(
                help_text="where the receiver is (ISO 3166-1); abroad only under an entry of the register of sharing",
                default=settings.ZHIKE_COUNTRY,
            ),
            preserve_default=False,
        ),
    ]
