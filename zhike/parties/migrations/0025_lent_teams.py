"""Deputies see the service teams' customers of whom they stand in for; who sees a customer by a team or by name alone lets nobody else in."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from zhike.access.walls import role

_teams = import_module("zhike.parties.migrations.0024_teams")
_scope = import_module("zhike.access.migrations.0010_scope")
NOW: str = _teams.NOW
LENT = f"""
        union all
        select a.deputy_id, 'deputy', a.absent_id, least(a.until_at, m.until_at, c.until_at)
        from public.parties_teamed c join public.access_serviceteam t on t.id = c.team_id and t.ended_at is null
        join public.access_teammember m on m.team_id = t.id
        join public.access_absence a on a.absent_id = m.person_id
        join reach r on r.id = a.absent_id
        where c.party_id = party and r.way is null and r.scope <> 'bank' and {NOW.format("c")} and {NOW.format("m")} and {NOW.format("a")}
        union all
        select b.person_id, 'glass'"""
WHO: str = _teams.WHO.replace("\n        union all\n        select b.person_id, 'glass'", LENT).replace(
    "where p.is_active and not p.has_left", "where p.is_active and not p.has_left and p.role_withdrawn_at is null"
)
HERS = """
create function access.party_is_hers(party bigint) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return access.party_is_seen(party) and exists (
        select 1 from public.parties_party p where p.id = party
        and (access.viewer_whole() or p.unit_id = any(access.viewer_units()) or p.rm_ids && access.viewer_employees()));
end $$;
comment on function access.party_is_hers(bigint) is
    'whether who asks sees a party by a role and place, her own or one that she stands in for, and not by a service team or by name alone';
"""
GIVES: str = _scope.GIVES.replace("access.party_is_seen(party_id)", "access.party_is_hers(party_id)")


class Migration(migrations.Migration):
    dependencies = [("parties", "0024_teams"), ("access", "0019_role_withdrawn")]

    operations = [
        migrations.RunSQL(
            [
                WHO,
                HERS,
                "revoke all on function access.party_is_hers(bigint) from public",
                f"grant execute on function access.party_is_hers(bigint) to {role('web')}, {role('read')}, {role('job')}",
                f"alter policy web_insert on access_participation with check ({GIVES})",
                f"alter policy web_update on access_participation using ({GIVES}) with check ({GIVES})",
            ],
            migrations.RunSQL.noop,
        ),
    ]
