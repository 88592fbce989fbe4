"""Which customers a service team serves, and the two functions by which walls and explanations know of it."""

from __future__ import annotations

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import UNITS, one_by_one, role, wall_through

NOW = "{0}.ended_at is null and {0}.from_at <= now() and ({0}.until_at is null or now() < {0}.until_at)"
# One function more tells the wall of parties, and everything that asks it, whom the viewer's teams serve: its text stays what it was, and who is
# in no team does not ask this table.
PARTIES = f"""
create or replace function access.viewer_parties() returns bigint[]
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
declare
    told jsonb := access.viewer();
begin
    if told ? 't' then
        return array(
            select g.id::bigint from jsonb_array_elements_text(told -> 'g') g(id)
            union select c.party_id from public.parties_teamed c
            where c.team_id = any(array(select t.id::bigint from jsonb_array_elements_text(told -> 't') t(id))) and {NOW.format("c")});
    end if;
    return array(select g.id::bigint from jsonb_array_elements_text(told -> 'g') g(id));
end $$;
comment on function access.viewer_parties() is 'customers opened to who asks by name, and those whom her service teams serve now';
"""
_who = import_module("zhike.access.migrations.0011_who_sees")
SERVED = f"""
        union all
        select m.person_id, 'service', m.team_id, nullif(least(coalesce(m.until_at, 'infinity'), coalesce(c.until_at, 'infinity')), 'infinity')
        from public.parties_teamed c join public.access_serviceteam t on t.id = c.team_id and t.ended_at is null
        join public.access_teammember m on m.team_id = t.id
        where c.party_id = party and {NOW.format("c")} and {NOW.format("m")}
        union all
        select b.person_id, 'glass'"""
WHO: str = _who.WHO.replace("create function", "create or replace function").replace(
    "\n        union all\n        select b.person_id, 'glass'", SERVED
)
KEPT = f"exists (select 1 from access_serviceteam t where t.id = team_id and ((select access.viewer_whole()) or coalesce(t.unit_id = any({UNITS}), false)))"


class Migration(migrations.Migration):
    dependencies = [("parties", "0023_forgotten"), ("access", "0017_teams")]

    operations = [
        migrations.CreateModel(
            "Teamed",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(help_text="taken back before its time", null=True)),
                ("given_at", models.DateTimeField()),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
                ("team", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="access.serviceteam")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("ended_at", None)), fields=("team", "party"), name="teamed_once"),
                    models.CheckConstraint(
                        condition=models.Q(("until_at", None), ("until_at__gt", models.F("from_at")), _connector="OR"), name="teamed_ends"
                    ),
                ],
                "indexes": [models.Index(fields=["party"], name="teamed_party")],
            },
        ),
        wall_through("parties_teamed", "parties_party", "party_id", writes=("insert", "update"), write_permission="teams.manage"),
        one_by_one("parties_teamed", "parties_party", "party_id"),
        migrations.RunSQL(
            [
                f"create policy of_her_units on parties_teamed as restrictive for insert to {role('web')} with check ({KEPT})",
                f"create policy of_her_units_too on parties_teamed as restrictive for update to {role('web')} using ({KEPT}) with check ({KEPT})",
                PARTIES,
                WHO,
                "revoke all on function access.viewer_parties() from public",
            ],
            migrations.RunSQL.noop,
        ),
    ]
