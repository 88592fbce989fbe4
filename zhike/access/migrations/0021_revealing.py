"""A reveal asks the viewer's claims by their functions: since 0020 they are no JSON object any more."""

from django.db import migrations

REVEAL = """
create or replace function access.reveal(wanted bytea, party bigint, purpose text) returns bytea
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    place record;
    is_theirs boolean := false;
    found_sealed bytea;
begin
    if access.viewer() is null or not access.party_is_seen(party) then
        return null;
    end if;
    if btrim(coalesce(purpose, '')) = '' then
        raise exception 'a reveal needs a purpose' using errcode = 'invalid_parameter_value';
    end if;
    select v.sealed into found_sealed from public.access_vault v where v.digest = wanted;
    if not found then  -- before the search through the tables: a digest that was made up costs nothing
        return null;
    end if;
    for place in select * from public.access_protectedcolumn c where access.viewer_may(c.permission) order by c.id loop
        execute format('select exists (select 1 from public.%I t where t.%I = $1 and t.%I = $2)',
                       place."table", place.digest_column, place.party_column) into is_theirs using wanted, party;
        exit when is_theirs;
    end loop;
    if not is_theirs then
        return null;
    end if;
    insert into public.access_auditentry (person_id, login, act, area, subject_type, subject_id, party_id, reason, request_id)
    values (access.viewer_person(), access.viewer_login(), 'contacts.revealed', 'access', place."table" || '.' || place.digest_column,
            encode(wanted, 'hex'), party, purpose, coalesce(current_setting('zhike.request', true), ''));
    return found_sealed;
end $$;
"""


class Migration(migrations.Migration):
    """One function anew; owner and grants stay."""

    dependencies = [("access", "0020_opened")]
    operations = [migrations.RunSQL(REVEAL, migrations.RunSQL.noop)]
