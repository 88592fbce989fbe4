"""Numbers that left in files which a second person approved count by the day; those that somebody opened by herself by the hour."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from zhike.access.walls import role

before = import_module("zhike.access.migrations.0012_reveals_lately")

_OWN = "e.act = 'contacts.revealed' and e.at > now() - interval '1 hour'"
LATELY = before.LATELY.replace("create function", "create or replace function").replace(_OWN, _OWN + " and e.reason not like 'approval %'")
APPROVED = """
create function access.approved_reveals_lately() returns bigint language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select count(*) from public.access_auditentry e
            where e.person_id = access.viewer_person() and e.act = 'contacts.revealed' and e.at > now() - interval '1 day' and e.reason like 'approval %');
end $$;
comment on function access.approved_reveals_lately() is 'how many protected values the viewer of this transaction got in approved files within a day';
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0014_calendar")]

    operations = [
        migrations.RunSQL(
            [
                (LATELY, None),
                (APPROVED, None),
                "revoke all on function access.approved_reveals_lately() from public",
                f"grant execute on function access.approved_reveals_lately() to {role('web')}",
            ],
            [
                (before.LATELY.replace("create function", "create or replace function"), None),
                "drop function access.approved_reveals_lately()",
            ],
        )
    ]
