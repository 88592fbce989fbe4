"""A book with its amounts holds what was opened to the viewer by name, and nothing that a special list closes to her."""

from __future__ import annotations

from django.db import migrations

BOOK = """
create or replace function holdings_book() returns table (place bigint, party_id bigint)
language sql stable security definer rows 500 set search_path = public, pg_temp as $$
    select s.place, s.party_id from holdings_summary s where s.place is not null and s.party_id = any(array(select * from parties_book()))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0009_payroll"), ("parties", "0020_special_lists")]

    operations = [migrations.RunSQL(BOOK, migrations.RunSQL.noop)]
