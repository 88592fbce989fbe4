"""The words of audit entries about a deleted customer go, and nothing else of them; what vouches for it stands beside the chain."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import open_table, role

# An entry may lose its words once it is vouched for, and nothing else may ever change: not even for the owner.
ONLY_GROWS = """
create function access.refuse_other_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and exists (select from public.access_auditwithheld w where w.entry_id = old.id)
       and to_jsonb(new) - array['before', 'after', 'reason'] = to_jsonb(old) - array['before', 'after', 'reason'] then
        return new;
    end if;
    raise exception 'the audit is only ever added to' using errcode = 'insufficient_privilege';
end $$;
drop trigger audit_only_grows on access_auditentry;
create trigger audit_only_grows before update or delete on access_auditentry for each row execute function access.refuse_other_change();
"""
AS_BEFORE = """
drop trigger audit_only_grows on access_auditentry;
create trigger audit_only_grows before update or delete on access_auditentry for each row execute function access.refuse_change();
drop function access.refuse_other_change();
"""
PROOFS = [
    "create trigger access_auditwithheld_only_grows before update or delete on access_auditwithheld for each row execute function access.refuse_change()",
    "create trigger access_auditwithheld_is_not_emptied before truncate on access_auditwithheld for each statement execute function access.refuse_change()",
    f"revoke update, delete, truncate on access_auditwithheld from {role('job')}",
    "revoke all on function access.refuse_other_change() from public",
    f"grant execute on function access.refuse_other_change() to {role('job')}",
    f"grant update (before, after, reason) on access_auditentry to {role('job')}",
]


class Migration(migrations.Migration):
    dependencies = [("access", "0017_teams")]

    operations = [
        migrations.CreateModel(
            "AuditWithheld",
            [
                ("entry_id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "mac",
                    models.BinaryField(
                        help_text="keyed hash of the entry as it stands since, 16 bytes: without it the entry counts as changed"
                    ),
                ),
                ("withheld_at", models.DateTimeField()),
            ],
            options={"db_table": "access_auditwithheld"},
        ),
        open_table("access_auditwithheld"),
        migrations.RunSQL(ONLY_GROWS, AS_BEFORE),
        migrations.RunSQL([*PROOFS], migrations.RunSQL.noop),
    ]
