"""Values that somebody brings by the thousand are kept by one call: who asks is decided once, not for each of them."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

SIGNATURE = "access.keep_many_sealed(text, int, bytea[], bytea[], text[], bytea[])"
KEEP = """
create function access.keep_many_sealed(kind text, key_version int, digests bytea[], last4s bytea[], masks text[], sealeds bytea[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not access.viewer_may('customers.edit') or not access.viewer_is_app() then
        raise exception 'who may not edit customers keeps no values of theirs' using errcode = 'insufficient_privilege';
    end if;
    insert into public.access_vault (digest, kind, last4, masked, sealed, key_version)
    select g.digest, keep_many_sealed.kind, g.last4, g.masked, g.sealed, keep_many_sealed.key_version
    from unnest(digests, last4s, masks, sealeds) g(digest, last4, masked, sealed) order by g.digest
    on conflict on constraint access_vault_pkey do nothing;
end $$;
comment on function access.keep_many_sealed(text, int, bytea[], bytea[], text[], bytea[]) is
    'keeps the ciphertexts of values that somebody brought; a value that is there already stays as it is';
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0005_settings")]

    operations = [
        migrations.RunSQL(
            [
                KEEP,
                f"revoke all on function {SIGNATURE} from public",
                f"grant execute on function {SIGNATURE} to {role('web')}",
            ],
            f"drop function {SIGNATURE}",
        )
    ]
