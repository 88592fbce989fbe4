"""The signed viewer, asked for less: every wall asks for it, several times a statement, so microseconds of it are a page's milliseconds.

The same claims under the same checks. What is genuine is compared as text, so that what is no signature needs no look of its own; and the
functions over the claims are no longer drawn into each statement's plan, which took longer to plan than to ask.
"""

from __future__ import annotations

from django.db import migrations

VIEWER = """
create or replace function access.viewer() returns jsonb
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    told text := current_setting('zhike.viewer', true);
    payload text := left(told, -64);
    is_genuine boolean;
    claims jsonb;
begin
    if length(payload) > 0 then
        select encode(sha256(s.outer_key || sha256(s.inner_key || convert_to(payload, 'UTF8'))), 'hex') = right(told, 64)
          into is_genuine from public.access_viewersecret s order by s.version desc limit 1;
    end if;
    if is_genuine is not true then
        return null;
    end if;
    claims := payload::jsonb;
    if (claims ->> 'x')::bigint < extract(epoch from now()) then
        return null;
    end if;
    return claims;
end $$;
"""
# What is returned, of the claims `c`; null where nobody asks.
CLAIMS = {
    "all() returns boolean": "coalesce((c ->> 'a')::boolean, false)",
    "whole() returns boolean": "coalesce((c ->> 'w')::boolean, false) or coalesce((c ->> 'a')::boolean, false)",
    "may(permission text) returns boolean": "coalesce(c -> 'r' ? permission, false)",
    "person() returns bigint": "(c ->> 'p')::bigint",
    "is_app() returns boolean": "coalesce(c ->> 'd' = 'app', false)",
    **{
        f"{name}() returns bigint[]": f"coalesce(translate(c ->> '{claim}', '[]', '{{}}')::bigint[], '{{}}')"
        for name, claim in {"units": "u", "employees": "e", "parties": "g", "lists": "b"}.items()
    },
}
FUNCTIONS = [
    f"""create or replace function access.viewer_{head} language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp
        as $$ declare c jsonb := access.viewer(); begin return {body}; end $$"""
    for head, body in CLAIMS.items()
]


class Migration(migrations.Migration):
    dependencies = [("access", "0015_reveals_approved")]

    operations = [migrations.RunSQL([VIEWER, *FUNCTIONS], migrations.RunSQL.noop)]
