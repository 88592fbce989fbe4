"""Contacts are also kept here: by who may see the customer and write contacts down."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

TABLE = "engagement_interaction"
SEEN = f"exists (select 1 from parties_party above where above.id = {TABLE}.party_id)"
MAY = "(select access.viewer_may('interactions.write')) and source = 'zhike'"


class Migration(migrations.Migration):
    dependencies = [("engagement", "0003_walls")]

    operations = [
        migrations.RunSQL(
            [
                f"create policy web_insert on {TABLE} for insert to {role('web')} with check ({SEEN} and {MAY})",
                f"grant insert on {TABLE} to {role('web')}",
            ],
            [f"revoke insert on {TABLE} from {role('web')}", f"drop policy web_insert on {TABLE}"],
        )
    ]
