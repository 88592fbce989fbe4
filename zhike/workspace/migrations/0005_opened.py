"""Opening a customer's page is kept by one function with the owner's rights: nobody else writes who looked at whom."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

KEEP = """
create function workspace_keep_opened(party bigint, day date, at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    whom bigint := access.viewer_person();
    is_pinned boolean;
begin
    if whom is null or not access.viewer_is_app() or not (coalesce(party = access.opened(), false) or access.party_is_seen(party)) then
        return null;
    end if;
    insert into public.audit_look (customer_id, day, person_id, first_at) values (party, day, whom, at) on conflict do nothing;
    insert into public.workspace_visit (person_id, party_id, opened_at) values (whom, party, at)
        on conflict (person_id, party_id) do update set opened_at = excluded.opened_at returning pinned_at is not null into is_pinned;
    return is_pinned;
end $$;
comment on function workspace_keep_opened(bigint, date, timestamptz) is
    'that who asks opened a customer she sees, for her own list and for the customer''s (who looked); whether it is pinned; null: not kept';
"""


class Migration(migrations.Migration):
    dependencies = [("workspace", "0004_walls_one_by_one"), ("access", "0020_opened")]

    operations = [
        migrations.RunSQL(
            [
                KEEP,
                "revoke all on function workspace_keep_opened(bigint, date, timestamptz) from public",
                f"grant execute on function workspace_keep_opened(bigint, date, timestamptz) to {role('web')}",
                "drop policy web_insert on audit_look",
                f"revoke insert on audit_look from {role('web')}",
            ],
            migrations.RunSQL.noop,
        )
    ]
