"""The owner of the tables sees the rows of every month by its own name, as a backup reads them; web and read still reach none but through
the parent and its wall."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

ATTACH_MONTH = """
create or replace function holdings_attach_month(month date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    begins date := date_trunc('month', month);
    part text := 'holdings_transaction_' || to_char(begins, 'YYYYMM');
begin
    execute format('alter table %I enable row level security', part);
    execute format('alter table %I force row level security', part);
    execute format('create policy working on %I to {migrate} using (true) with check (true)', part);
    execute format('alter table holdings_transaction attach partition %I for values from (%L) to (%L)', part, begins, begins + interval '1 month');
end $$;
"""
OPEN_MONTHS = """
do $$
declare
    part regclass;
begin
    for part in select inhrelid::regclass from pg_inherits where inhparent = 'holdings_transaction'::regclass loop
        execute format('create policy working on %s to {migrate} using (true) with check (true)', part);
    end loop;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0010_book")]

    operations = [
        migrations.RunSQL([text.replace("{migrate}", role("migrate")) for text in (ATTACH_MONTH, OPEN_MONTHS)], migrations.RunSQL.noop)
    ]
