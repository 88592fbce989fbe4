"""Door, address and stamp of an audit entry, and the chain beside the audit. No row is rewritten."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import open_table, role

# Entries that the database writes by itself (access.reveal) take these from the transaction of whoever asked.
DEFAULTS = """
alter table access_auditentry alter column door set default coalesce(current_setting('zhike.door', true), '');
alter table access_auditentry alter column address set default coalesce(current_setting('zhike.address', true), '');
alter table access_auditentry alter column stamp set default decode(nullif(current_setting('zhike.stamp', true), ''), 'hex');
"""
ONLY_GROW = [
    statement
    for table in ("access_auditlink", "access_auditseal")
    for statement in (
        f"create trigger {table}_only_grows before update or delete on {table} for each row execute function access.refuse_change()",
        f"create trigger {table}_is_not_emptied before truncate on {table} for each statement execute function access.refuse_change()",
        f"revoke update, delete, truncate on {table} from {role('job')}",
    )
]


class Migration(migrations.Migration):
    dependencies = [("access", "0006_keeping_many")]

    operations = [
        migrations.AddField(
            "auditentry",
            "door",
            models.TextField(db_default="", default="", help_text="see `doors`; empty: written before doors were kept"),
        ),
        migrations.AddField(
            "auditentry",
            "address",
            models.TextField(db_default="", default="", help_text="the network address of whoever asked; empty: there is none"),
        ),
        migrations.AddField(
            "auditentry", "stamp", models.BinaryField(null=True, help_text="see `stamping`: that this program wrote the entry")
        ),
        migrations.RunSQL(DEFAULTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            "AuditLink",
            [
                ("place", models.BigIntegerField(primary_key=True, serialize=False, help_text="1, 2, 3 … without a gap")),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("content", models.BinaryField(help_text="keyed hash of the entry, 16 bytes")),
                ("mac", models.BinaryField(help_text="keyed hash over the link before this one, 16 bytes")),
            ],
            options={"db_table": "access_auditlink"},
        ),
        migrations.CreateModel(
            "AuditSeal",
            [
                ("number", models.BigIntegerField(primary_key=True, serialize=False, help_text="1, 2, 3 … without a gap")),
                ("day", models.DateField(db_index=True, help_text="the bank's day on which it was sealed")),
                ("sealed_at", models.DateTimeField()),
                ("first_place", models.BigIntegerField()),
                ("last_place", models.BigIntegerField()),
                ("mac", models.BinaryField(help_text="that of the link at `last_place`")),
                ("low_id", models.BigIntegerField(help_text="up to this id every entry was sealed")),
                ("unstamped_to", models.BigIntegerField(help_text="up to this id entries are older than stamps")),
                ("signature", models.BinaryField(help_text="Ed25519, 64 bytes")),
                (
                    "waiting_id",
                    models.BigIntegerField(help_text="the next `low_id`, once every transaction of that moment has ended; not signed"),
                ),
                ("waiting_xid", models.BigIntegerField(help_text="below this transaction number all must have ended; not signed")),
                ("waiting_since_at", models.DateTimeField(help_text="of which moment; not signed")),
            ],
            options={"db_table": "access_auditseal"},
        ),
        open_table("access_auditlink"),
        open_table("access_auditseal"),
        migrations.RunSQL([*ONLY_GROW], migrations.RunSQL.noop),
    ]
