"""The signed viewer in the database, and who may touch the tables of this area (decisions 12, 13, 15)."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import closed_table, open_table, role, wall

VIEWER = """
create function access.viewer() returns jsonb
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    told text := nullif(current_setting('zhike.viewer', true), '');
    payload text;
    is_genuine boolean;
begin
    if told is null or right(told, 64) !~ '^[0-9a-f]{64}$' then
        return null;
    end if;
    payload := left(told, -64);
    select sha256(s.outer_key || sha256(s.inner_key || convert_to(payload, 'UTF8'))) = decode(right(told, 64), 'hex')
      into is_genuine from public.access_viewersecret s order by s.version desc limit 1;
    if is_genuine is not true then
        return null;
    end if;
    if (payload::jsonb ->> 'x')::bigint < extract(epoch from now()) then
        return null;
    end if;
    return payload::jsonb;
end $$;
comment on function access.viewer() is 'who asks: the claims of the signed viewer of this transaction; null: nobody';

create function access.viewer_all() returns boolean language sql stable parallel safe
    as $$ select coalesce((access.viewer() ->> 'a')::boolean, false) $$;
create function access.viewer_units() returns bigint[] language sql stable parallel safe
    as $$ select array(select id::bigint from jsonb_array_elements_text(access.viewer() -> 'u') id) $$;
create function access.viewer_employees() returns bigint[] language sql stable parallel safe
    as $$ select array(select id::bigint from jsonb_array_elements_text(access.viewer() -> 'e') id) $$;
create function access.viewer_may(permission text) returns boolean language sql stable parallel safe
    as $$ select coalesce(access.viewer() -> 'r' ? permission, false) $$;
create function access.viewer_person() returns bigint language sql stable parallel safe
    as $$ select (access.viewer() ->> 'p')::bigint $$;
create function access.viewer_is_app() returns boolean language sql stable parallel safe
    as $$ select coalesce(access.viewer() ->> 'd' = 'app', false) $$;
"""

REVEAL = """
create function access.party_is_seen(party bigint) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return exists (
        select 1 from public.parties_party p where p.id = party
        and (access.viewer_all() or p.unit_id = any(access.viewer_units()) or p.rm_ids && access.viewer_employees())
    );
end $$;

create function access.reveal(wanted bytea, party bigint, purpose text) returns bytea
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    viewer jsonb := access.viewer();
    place record;
    is_theirs boolean := false;
    found_sealed bytea;
begin
    if viewer is null or not access.party_is_seen(party) then
        return null;
    end if;
    if btrim(coalesce(purpose, '')) = '' then
        raise exception 'a reveal needs a purpose' using errcode = 'invalid_parameter_value';
    end if;
    select v.sealed into found_sealed from public.access_vault v where v.digest = wanted;
    if not found then  -- before the search through the tables: a digest that was made up costs nothing
        return null;
    end if;
    for place in select * from public.access_protectedcolumn c where viewer -> 'r' ? c.permission order by c.id loop
        execute format('select exists (select 1 from public.%I t where t.%I = $1 and t.%I = $2)',
                       place."table", place.digest_column, place.party_column) into is_theirs using wanted, party;
        exit when is_theirs;
    end loop;
    if not is_theirs then
        return null;
    end if;
    insert into public.access_auditentry (person_id, login, act, area, subject_type, subject_id, party_id, reason, request_id)
    values ((viewer ->> 'p')::bigint, coalesce(viewer ->> 'l', ''), 'contacts.revealed', 'access', place."table" || '.' || place.digest_column,
            encode(wanted, 'hex'), party, purpose, coalesce(current_setting('zhike.request', true), ''));
    return found_sealed;
end $$;
comment on function access.reveal(bytea, bigint, text) is
    'the ciphertext of a value of a party that the viewer sees and may reveal; writes the audit entry; null: not allowed or not there';
"""

AUDIT = """
create function access.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is only ever added to' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_only_grows before update or delete on access_auditentry
    for each row execute function access.refuse_change();
create trigger audit_is_not_emptied before truncate on access_auditentry
    for each statement execute function access.refuse_change();
alter table access_auditentry enable row level security;
alter table access_auditentry force row level security;
"""


def _grants() -> list[str]:
    web, read, job, migrate = (role(process) for process in ("web", "read", "job", "migrate"))
    everybody = f"{web}, {read}, {job}"
    return [
        "revoke all on all functions in schema access from public",
        f"grant usage on schema access to {everybody}",
        f"grant execute on all functions in schema access to {everybody}",
        f"revoke execute on function access.reveal(bytea, bigint, text) from {read}, {job}",
        f"create policy reading on access_auditentry for select to {web}, {read} using ((select access.viewer_may('audit.read')))",
        f"create policy adding on access_auditentry for insert to {web} with check (person_id is null or person_id = {ASKING})",
        f"create policy working on access_auditentry to {job}, {migrate} using (true) with check (true)",
        f"grant select, insert on access_auditentry to {web}, {job}",
        f"grant select on access_auditentry to {read}",
        f"revoke update, delete, truncate on access_auditentry from {job}",
        f"grant select, insert, update on access_vault to {job}",
        f"revoke all on access_viewersecret from {job}",
        "alter table core_event enable row level security",
        "alter table core_event force row level security",
        f"create policy adding on core_event for insert to {web} with check (true)",
        f"create policy working on core_event to {job}, {migrate} using (true) with check (true)",
        f"grant insert on core_event to {web}",
        f"grant select, insert, update, delete on core_event to {job}",
        f"grant select on django_migrations to {web}, {job}",
    ]


ASKING = "(select access.viewer_person())"
APP = "(select access.viewer_is_app())"


class Migration(migrations.Migration):
    dependencies = [("access", "0001_ground"), ("core", "0001_ground"), ("sessions", "0001_initial")]

    operations = [
        migrations.RunSQL("create schema if not exists access", migrations.RunSQL.noop),
        migrations.RunSQL(VIEWER),
        migrations.RunSQL(REVEAL),
        migrations.RunSQL(AUDIT),
        migrations.RunSQL([*_grants()]),
        open_table("access_unit"),
        open_table("access_employee"),
        closed_table("access_protectedcolumn"),
        wall("access_person", APP, writes=("insert", "update")),
        wall("django_session", APP, writes=("insert", "update", "delete")),
    ]
