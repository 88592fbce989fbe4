"""Service teams and their members. What a team opens travels as the other openings by name do: copied into its members' rows by triggers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import UNITS, role, wall

_scope = import_module("zhike.access.migrations.0010_scope")
APP, MAY = _scope.APP, _scope.may
KEEPS = f"{APP} and {MAY('teams.manage')} and ((select access.viewer_whole()) or coalesce(unit_id = any({UNITS}), false))"
FILLS = f"{APP} and access.team_is_managed(team_id)"
# Whoever keeps a team takes anybody out of it; put in is whoever comes, by somebody who sees all that this opens.
KEPT = f"{APP} and exists (select 1 from access_serviceteam t where t.id = team_id and {KEEPS.replace('unit_id', 't.unit_id')})"

CLAIM = """
create function access.viewer_teams() returns bigint[] language sql stable parallel safe
    as $$ select array(select id::bigint from jsonb_array_elements_text(access.viewer() -> 't') id) $$;
"""
# Bodies are read when they run: the table of customers comes with the parties, which stand above.
MANAGED = """
create function access.team_is_managed(team bigint) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return access.viewer_may('teams.manage') and exists (
        select 1 from public.access_serviceteam t where t.id = team and t.ended_at is null
        and (access.viewer_whole() or coalesce(t.unit_id = any(access.viewer_units()), false)))
      and (access.viewer_all() or not exists (
        select 1 from public.parties_teamed c where c.team_id = team and c.ended_at is null and not access.party_is_seen(c.party_id)));
end $$;
comment on function access.team_is_managed(bigint) is
    'whether who asks may put people into a team: it is of her units, and she sees every customer whom it would open to them';
"""
ANOTHER = """
        union all
        select 'team', m.id, m.team_id, m.from_at, m.until_at, coalesce(m.ended_at, t.ended_at)
        from public.access_teammember m join public.access_serviceteam t on t.id = m.team_id where m.person_id = whom
    ) g where g.ended_at is null"""
GRANTS_OF: str = _scope.REGRANT.partition("create function access.grant_changed()")[0]
GRANTS_OF = GRANTS_OF.replace("create function", "create or replace function").replace("\n    ) g where g.ended_at is null", ANOTHER)
TRIGGERS = """
create trigger grant_changes after insert or update or delete on access_teammember for each row execute function access.grant_changed('person_id');
create function access.team_ended() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update public.access_person set grants = grants where id in (select m.person_id from public.access_teammember m where m.team_id = new.id);
    return null;
end $$;
create trigger team_ends after update of ended_at on access_serviceteam for each row execute function access.team_ended();
revoke all on function access.team_ended() from public;
"""


def _person() -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)


def _key() -> tuple[str, models.Field[Any, Any]]:
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    dependencies = [("access", "0016_asked_sooner")]

    operations = [
        migrations.CreateModel(
            "ServiceTeam",
            [
                _key(),
                ("name", models.TextField()),
                ("pattern", models.TextField(help_text="team_rules.PATTERNS: which posts have to be filled")),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(help_text="from then on it opens nobody any more", null=True)),
                ("made_by", _person()),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="whose manager keeps it; empty: the bank's",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.unit",
                    ),
                ),
            ],
            options={
                "db_table": "access_serviceteam",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"), condition=models.Q(("ended_at", None)), name="serviceteam_name"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            "TeamMember",
            [
                _key(),
                ("from_at", models.DateTimeField()),
                ("reason", models.TextField()),
                ("given_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(help_text="taken back before its time", null=True)),
                ("until_at", models.DateTimeField(null=True)),
                ("post", models.TextField(help_text="team_rules.POSTS")),
                ("given_by", _person()),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("team", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="access.serviceteam")),
            ],
            options={
                "db_table": "access_teammember",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until_at", None), ("until_at__gt", models.F("from_at")), _connector="OR"),
                        name="teammember_ends",
                    )
                ],
            },
        ),
        migrations.RunSQL([CLAIM, MANAGED, GRANTS_OF], "drop function access.team_is_managed(bigint), access.viewer_teams()"),
        # Who is in which team is no secret among colleagues; whom a team serves is told by the customer's own wall.
        wall("access_serviceteam", APP),
        wall("access_teammember", APP),
        migrations.RunSQL(
            [
                "revoke all on function access.viewer_teams(), access.team_is_managed(bigint) from public",
                f"grant execute on function access.viewer_teams() to {role('web')}, {role('read')}, {role('job')}",
                f"grant execute on function access.team_is_managed(bigint) to {role('web')}",
                f"create policy web_insert on access_serviceteam for insert to {role('web')} with check ({KEEPS})",
                f"create policy web_update on access_serviceteam for update to {role('web')} using ({KEEPS}) with check ({KEEPS})",
                f"create policy web_insert on access_teammember for insert to {role('web')} with check ({FILLS})",
                f"create policy web_update on access_teammember for update to {role('web')} using ({KEPT}) with check ({KEPT} and (ended_at is not null or {FILLS}))",
                f"grant insert, update on access_serviceteam, access_teammember to {role('web')}",
                TRIGGERS,
            ],
            migrations.RunSQL.noop,
        ),
    ]
