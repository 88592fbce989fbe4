"""Whether an account number is one of the bank's own, as yes or no: who is no customer yet must not depend on whom one sees."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

OWN = """
create function holdings_own_accounts(digests bytea[]) returns setof bytea
language sql stable security definer rows 20 set search_path = public, pg_temp as $$
    select distinct a.account_no_digest from holdings_account a
    where a.account_no_digest = any(digests[1:100]) and a.party_id is not null and (select access.viewer_may('transactions.read'))
$$;
comment on function holdings_own_accounts(bytea[]) is
    'which of these digests are accounts of the bank; at most 100 are looked at, and whose they are is not told';
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0005_references")]

    operations = [
        migrations.RunSQL(OWN, "drop function holdings_own_accounts(bytea[])"),
        migrations.RunSQL(
            [
                "revoke all on function holdings_own_accounts(bytea[]) from public",
                f"grant execute on function holdings_own_accounts(bytea[]) to {role('web')}",
            ],
            migrations.RunSQL.noop,
        ),
    ]
