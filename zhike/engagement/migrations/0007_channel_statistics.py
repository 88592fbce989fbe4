"""Nobody searches by what happened within a day of a channel: statistics of these lists would take longer than all others of a load."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("engagement", "0006_channel_days")]

    operations = [
        migrations.RunSQL(
            "alter table engagement_channelday alter kinds set statistics 0, alter details set statistics 0, alter keys set statistics 0",
            "alter table engagement_channelday alter kinds set statistics -1, alter details set statistics -1, alter keys set statistics -1",
        )
    ]
