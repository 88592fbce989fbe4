"""Important data, and what may leave the country: told to whoever must know it, and no more of the registers (R28, R33, R34)."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import role

MAY_LEAVE = f"""
create function access.may_leave(target text, day date) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (session_user = '{role("job")}' or access.viewer_may('webhooks.manage')) and exists (
        select 1 from public.privacy_entry e
        where e.kind = 'sharing' and e.closed_at is null and e.facts ->> 'country' = target
            and e.facts ->> 'way' in ('assessment', 'contract', 'certificate') and e.facts ->> 'until' >= day::text
    );
end $$;
comment on function access.may_leave(text, date) is 'whether an open entry of the register of sharing lets data go to a country until a day (R28)';
"""
GRADED = """
create function access.graded() returns table (tables text, grade text, field text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query select e.facts ->> 'tables', e.facts ->> 'grade', e.facts ->> 'field' from public.privacy_entry e
        where e.kind = 'important' and e.closed_at is null and access.viewer_may('audit.read') order by e.facts ->> 'grade' desc, e.id;
end $$;
comment on function access.graded() is 'which tables hold important or core data, by the register (R32, R33, R34)';
"""
SIGNATURES = ("access.may_leave(text, date)", "access.graded()")


class Migration(migrations.Migration):
    dependencies = [("privacy", "0004_reminders")]

    operations = [
        migrations.AlterField(
            "entry",
            "kind",
            models.TextField(
                choices=[
                    ("purpose", "Purposes"),
                    ("assessment", "Impact assessments"),
                    ("sharing", "Sharing"),
                    ("important", "Important data"),
                    ("incident", "Incidents"),
                ]
            ),
        ),
        migrations.RunSQL(
            [
                MAY_LEAVE,
                GRADED,
                *(f"revoke all on function {name} from public" for name in SIGNATURES),
                *(f"grant execute on function {name} to {role('web')}" for name in SIGNATURES),
                f"grant execute on function access.may_leave(text, date) to {role('job')}",
            ],
            [f"drop function {name}" for name in SIGNATURES],
        ),
    ]
