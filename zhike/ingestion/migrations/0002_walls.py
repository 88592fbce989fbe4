"""Batches are seen by those whose work they are; the sealed line of a reject and a held row stay out of the web's reach."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import closed_table, open_table, role, wall

READS = "(select access.viewer_may('batches.read'))"
REJECT_SHOWN = "id, batch_id, feed, file, line, field, reason, severity, value_masked, replayed_by_id"


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0001_ground"), ("access", "0002_walls")]

    operations = [
        *(wall(f"ingestion_{table}", READS) for table in ("batch", "feedrun", "check", "reject")),
        migrations.RunSQL(
            [
                f"revoke select on ingestion_reject from {role('web')}, {role('read')}",
                f"grant select ({REJECT_SHOWN}) on ingestion_reject to {role('web')}, {role('read')}",
            ],
            migrations.RunSQL.noop,
        ),
        closed_table("ingestion_held"),
        open_table("ingestion_dataasof"),
    ]
