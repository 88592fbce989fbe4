"""How many numbers the viewer revealed lately: the web role cannot count in the audit by itself."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

LATELY = """
create function access.reveals_lately() returns bigint language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select count(*) from public.access_auditentry e
            where e.person_id = access.viewer_person() and e.act = 'contacts.revealed' and e.at > now() - interval '1 hour');
end $$;
comment on function access.reveals_lately() is 'how many protected values the viewer of this transaction revealed within an hour';
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0011_who_sees")]

    operations = [
        migrations.RunSQL(
            [
                LATELY,
                "revoke all on function access.reveals_lately() from public",
                f"grant execute on function access.reveals_lately() to {role('web')}",
            ],
            "drop function access.reveals_lately()",
        )
    ]
