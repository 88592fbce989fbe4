"""How a person's act puts a protected value into the vault: sealed by the application, never read back by this way (decision 13)."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

KEEP = """
create function access.keep_sealed(digest bytea, kind text, last4 bytea, masked text, sealed bytea, key_version int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not access.viewer_may('customers.edit') or not access.viewer_is_app() then
        raise exception 'who may not edit customers keeps no values of theirs' using errcode = 'insufficient_privilege';
    end if;
    insert into public.access_vault (digest, kind, last4, masked, sealed, key_version)
    values (keep_sealed.digest, keep_sealed.kind, keep_sealed.last4, keep_sealed.masked, keep_sealed.sealed, keep_sealed.key_version)
    on conflict on constraint access_vault_pkey do nothing;
end $$;
comment on function access.keep_sealed(bytea, text, bytea, text, bytea, int) is
    'keeps the ciphertext of a value that somebody typed; a value that is there already stays as it is';
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0003_work")]

    operations = [
        migrations.RunSQL(
            [
                KEEP,
                "revoke all on function access.keep_sealed(bytea, text, bytea, text, bytea, int) from public",
                f"grant execute on function access.keep_sealed(bytea, text, bytea, text, bytea, int) to {role('web')}",
            ],
            "drop function access.keep_sealed(bytea, text, bytea, text, bytea, int)",
        )
    ]
