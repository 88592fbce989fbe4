"""Composed roles, absences, participants, special lists and broken glass; what of them holds is copied into people's rows by triggers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from zhike.access.rules import ROLES
from zhike.access.walls import role, wall

ME = "(select access.viewer_person())"
APP = "(select access.viewer_is_app())"


def may(permission: str) -> str:
    """SQL: whether who asks holds a permission."""
    return f"(select access.viewer_may('{permission}'))"


# The claims that a viewer may carry besides: `w` sees the whole bank but for lists, `g` customers opened by name, `b` lists that admit her.
CLAIMS = """
create function access.viewer_whole() returns boolean language sql stable parallel safe
    as $$ select coalesce((access.viewer() ->> 'w')::boolean, false) or access.viewer_all() $$;
create function access.viewer_parties() returns bigint[] language sql stable parallel safe
    as $$ select array(select id::bigint from jsonb_array_elements_text(access.viewer() -> 'g') id) $$;
create function access.viewer_lists() returns bigint[] language sql stable parallel safe
    as $$ select array(select id::bigint from jsonb_array_elements_text(access.viewer() -> 'b') id) $$;
"""

REGRANT = """
create function access.grants_of(whom bigint) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'k', g.kind, 'n', g.id, 'of', g.about, 'f', extract(epoch from g.from_at), 't', extract(epoch from g.until_at)) order by g.kind, g.id), '[]'::jsonb)
    from (
        select 'deputy' as kind, a.id, a.absent_id as about, a.from_at, a.until_at, a.ended_at from public.access_absence a where a.deputy_id = whom
        union all
        select 'participant', x.id, x.party_id, x.from_at, x.until_at, x.ended_at from public.access_participation x where x.person_id = whom
        union all
        select 'glass', b.id, b.party_id, b.from_at, b.until_at, b.ended_at from public.access_brokenglass b where b.person_id = whom
        union all
        select 'list', m.id, m.barrier_id, m.from_at, m.until_at, m.ended_at from public.access_admission m where m.person_id = whom
    ) g where g.ended_at is null and (g.until_at is null or g.until_at > now())
$$;
comment on function access.grants_of(bigint) is 'what is opened to a person now or later, as access_person.grants keeps it';

create function access.grant_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op <> 'INSERT' then
        update public.access_person set grants = grants where id = (to_jsonb(old) ->> tg_argv[0])::bigint;
    end if;
    if tg_op <> 'DELETE' then
        update public.access_person set grants = grants where id = (to_jsonb(new) ->> tg_argv[0])::bigint;
    end if;
    return null;
end $$;
"""

ROLE_KEPT = """
create function access.role_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update public.access_person set role_version = 0 where role = new.name;
    return null;
end $$;
create trigger role_changes after update on access_role for each row execute function access.role_changed();

create function access.person_placed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    new.role_version := coalesce((select r.version from public.access_role r where r.name = new.role), 0);
    new.barrier_ids := array(select b.id from public.access_barrier b where b.ended_at is null order by b.id);
    new.grants := access.grants_of(new.id);
    return new;
end $$;
create trigger person_is_placed before insert or update of role, role_version, barrier_ids, grants on access_person for each row execute function access.person_placed();

create function access.barriers_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update public.access_person set barrier_ids = '{}';  -- the row's own trigger writes what is true
    return null;
end $$;
create trigger barriers_change after insert or delete or update of ended_at on access_barrier
    for each statement execute function access.barriers_changed();
"""

GRANTS = {"absence": "deputy_id", "participation": "person_id", "brokenglass": "person_id", "admission": "person_id"}
TRIGGERS = [
    f"create trigger grant_changes after insert or update or delete on access_{table} for each row execute function access.grant_changed('{column}')"
    for table, column in GRANTS.items()
]
# Kept after the tables of parties are there, which stand above: a function's body is read when it runs.
SEEN = "access.party_is_seen(party_id)"
WALLS = [
    wall("access_role", "true", writes=("insert", "update"), write_permission="roles.manage"),
    wall(
        "access_absence", f"({APP} and ({ME} in (absent_id, deputy_id) or {may('deputies.manage')} or {may('scope.explain')}))",
        writes=("insert", "update"), write_permission="deputies.manage",
    ),
    wall(
        "access_participation", f"({APP} and (person_id = {ME} or ({may('participants.grant')} or {may('scope.explain')}) and {SEEN}))",
    ),
    wall(
        "access_brokenglass", f"({APP} and (person_id = {ME} or ({may('glass.review')} or {may('scope.explain')}) and {SEEN}))",
    ),
    wall("access_barrier", f"({APP} and ({may('barriers.manage')} or id = any((select access.viewer_lists())::bigint[])))",
         writes=("insert", "update"), write_permission="barriers.manage"),
    wall("access_listed", f"({APP} and {SEEN})", permission="barriers.manage", writes=("insert", "delete")),
    wall("access_admission", f"({APP} and (person_id = {ME} or {may('barriers.manage')} or {may('scope.explain')}))",
         writes=("insert", "update"), write_permission="barriers.manage"),
]  # fmt: skip
# To write is more than to read one's own: nobody opens a customer to herself whom she does not see, nor judges her own breaking of glass.
GIVES = f"({APP} and {may('participants.grant')} and {SEEN})"
JUDGES = f"({APP} and {may('glass.review')} and person_id <> {ME} and {SEEN})"
POLICIES = [
    f"create policy web_insert on access_participation for insert to {role('web')} with check ({GIVES})",
    f"create policy web_update on access_participation for update to {role('web')} using ({GIVES}) with check ({GIVES})",
    f"create policy web_update on access_brokenglass for update to {role('web')} using ({JUDGES}) with check ({JUDGES})",
    f"grant insert, update on access_participation to {role('web')}",
    f"grant update on access_brokenglass to {role('web')}",
]


# Who sees the whole bank decides about it though a special list be closed to her; whether she sees a proposal's customers is asked besides.
_approvals = import_module("zhike.access.migrations.0009_approvals")
GUARD: str = _approvals.GUARD.partition("create trigger")[0].replace("create function", "create or replace function")
PROPOSAL: str = _approvals.SEEN.replace("access.viewer_all()", "access.viewer_whole()")
DECIDING = [
    GUARD.replace("access.viewer_all()", "access.viewer_whole()"),
    f"alter policy seen on access_proposal using ({PROPOSAL})",
    f"alter policy web_insert on access_proposal with check ({PROPOSAL})",
    f"alter policy web_update on access_proposal using ({PROPOSAL}) with check ({PROPOSAL})",
]


def _builtin() -> list[Any]:
    return [
        ("insert into access_role (name, scope, is_builtin, permissions) values (%s, %s, true, '{}')", [one.name, one.scope])
        for one in ROLES.values()
    ]


def _person(null: bool = False) -> models.ForeignKey[Any, Any]:
    gone = django.db.models.deletion.SET_NULL if null else django.db.models.deletion.CASCADE
    return models.ForeignKey(null=null, on_delete=gone, related_name="+", to=settings.AUTH_USER_MODEL)


def _grant(*, until: Any = None) -> list[tuple[str, models.Field[Any, Any]]]:
    return [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("from_at", models.DateTimeField()),
        ("until_at", until or models.DateTimeField()),
        ("reason", models.TextField()),
        ("given_at", models.DateTimeField()),
        ("ended_at", models.DateTimeField(help_text="taken back before its time", null=True)),
        ("given_by", _person(null=True)),
    ]


class Migration(migrations.Migration):
    dependencies = [("access", "0009_approvals")]

    operations = [
        migrations.CreateModel(
            "ComposedRole",
            [
                ("name", models.TextField(help_text="the key people's rows carry; never changed", primary_key=True, serialize=False)),
                ("title", models.TextField(blank=True, db_default="", default="")),
                ("scope", models.TextField(help_text="rules.Breadth")),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], default=list, size=None),
                ),
                ("is_builtin", models.BooleanField(db_default=False, default=False)),
                ("version", models.IntegerField(db_default=1, default=1, help_text="grows with every change")),
                ("retired_at", models.DateTimeField(help_text="given to nobody any more; who has it keeps it", null=True)),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"db_table": "access_role"},
        ),
        migrations.CreateModel(
            "Barrier",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(unique=True)),
                ("kind", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="", default="")),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(help_text="from then on it closes nobody any more", null=True)),
                ("made_by", _person(null=True)),
            ],
        ),
        migrations.CreateModel(
            "Absence",
            [*_grant(), ("absent", _person()), ("deputy", _person())],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("until_at__gt", models.F("from_at"))), name="absence_ends"),
                    models.CheckConstraint(
                        condition=models.Q(("absent", models.F("deputy")), _negated=True), name="absence_deputy_is_another"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            "Participation",
            [*_grant(), ("party_id", models.BigIntegerField()), ("person", _person())],
            options={
                "indexes": [models.Index(fields=["party_id"], name="participation_party")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("until_at__gt", models.F("from_at"))), name="participation_ends")
                ],
            },
        ),
        migrations.CreateModel(
            "BrokenGlass",
            [
                *_grant(),
                ("party_id", models.BigIntegerField()),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("verdict", models.TextField(blank=True, db_default="", default="")),
                ("remark", models.TextField(blank=True, db_default="", default="")),
                ("person", _person()),
                ("reviewed_by", _person(null=True)),
            ],
            options={
                "db_table": "access_brokenglass",
                "indexes": [
                    models.Index(fields=["party_id"], name="brokenglass_party"),
                    models.Index(condition=models.Q(("reviewed_at", None)), fields=["from_at"], name="brokenglass_open"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewed_by", None), models.Q(("reviewed_by", models.F("person")), _negated=True), _connector="OR"
                        ),
                        name="brokenglass_second_person",
                    ),
                    models.CheckConstraint(condition=models.Q(("verdict__in", ["", "approved", "objected"])), name="brokenglass_verdict"),
                ],
            },
        ),
        migrations.CreateModel(
            "Listed",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("party_id", models.BigIntegerField()),
                ("reason", models.TextField(blank=True, db_default="", default="")),
                ("listed_at", models.DateTimeField()),
                ("barrier", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="access.barrier")),
                ("listed_by", _person(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["party_id"], name="listed_party"),
                    models.Index(fields=["barrier", "party_id"], name="listed_barrier"),
                ]
            },
        ),
        migrations.CreateModel(
            "Admission",
            [
                *_grant(until=models.DateTimeField(null=True)),
                ("barrier", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="access.barrier")),
                ("person", _person()),
            ],
        ),
        migrations.RemoveConstraint("person", "person_role"),
        migrations.AlterField(
            "person", "role", models.TextField(help_text="the key of a role: one of rules.ROLES, or one that was composed (`access_role`)")
        ),
        migrations.AddField(
            "person",
            "role_version",
            models.IntegerField(db_default=0, default=0, help_text="copy of the role's, kept by triggers: what a process remembers holds"),
        ),
        migrations.AddField(
            "person",
            "barrier_ids",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                db_default=[],
                default=list,
                size=None,
                help_text="every special list there is, kept by triggers: so none is asked for",
            ),
        ),
        migrations.AddField(
            "person",
            "grants",
            models.JSONField(
                db_default=[], default=list, help_text="what was opened to her until a date, kept by triggers; `access.grants` reads it"
            ),
        ),
        migrations.RunSQL(_builtin(), migrations.RunSQL.noop),
        migrations.RunSQL(
            "alter table access_person add constraint person_role_fk foreign key (role) references access_role (name)",
            "alter table access_person drop constraint person_role_fk",
        ),
        migrations.RunSQL(CLAIMS, "drop function access.viewer_whole(), access.viewer_parties(), access.viewer_lists()"),
        *WALLS,
        migrations.RunSQL([REGRANT, ROLE_KEPT, *TRIGGERS, *POLICIES, *DECIDING], migrations.RunSQL.noop),
        migrations.RunSQL(
            [
                "revoke all on function access.viewer_whole(), access.viewer_parties(), access.viewer_lists() from public",
                f"grant execute on function access.viewer_whole(), access.viewer_parties(), access.viewer_lists() to {role('web')}, {role('read')}, {role('job')}",
                "revoke all on function access.grants_of(bigint), access.grant_changed(), access.role_changed(), access.person_placed(), access.barriers_changed() from public",
            ],
            migrations.RunSQL.noop,
        ),
    ]
