"""Whose row of the profile is left over: customers merged into others, or forgotten, since the build that is shown (`columns`)."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import ALL, wall

# A row of a customer who is no more stays in the files of the profile until the next build. Undone, she is there again and her row counts: whoever reads looks.
NOTED = """
create function insight_note_gone() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into insight_gone (id) select id from gone on conflict do nothing;
    return null;
end $$;
revoke all on function insight_note_gone() from public;
create trigger note_gone after delete on parties_party referencing old table as gone for each statement execute function insight_note_gone();
insert into insight_gone (id) select q.id from insight_profile q where not exists (select from parties_party p where p.id = q.id);
"""
NOTED_NOT = """
drop trigger note_gone on parties_party;
drop function insight_note_gone();
"""


class Migration(migrations.Migration):
    dependencies = [("insight", "0019_expected"), ("parties", "0028_reached")]

    operations = [
        migrations.CreateModel(
            name="Gone",
            fields=[("id", models.BigIntegerField(primary_key=True, serialize=False))],
            options={"db_table": "insight_gone"},
        ),
        wall("insight_gone", ALL),
        migrations.RunSQL(NOTED, NOTED_NOT),
    ]
