"""How many members of a party's household and groups the viewer does not see: a number, so that a total is known to be a part."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

OUTSIDERS = """
create function parties_group_outsiders(party bigint, asked date) returns table (source text, group_key text, outsiders bigint)
language sql stable security definer rows 5 set search_path = public, pg_temp as $$
    select g.source, g.group_key, count(distinct m.party_id)
    from parties_groupmember g join parties_groupmember m on m.source = g.source and m.group_key = g.group_key
    where g.party_id = party and (select access.party_is_seen(party)) and not access.party_is_seen(m.party_id)
      and (select access.viewer_may('customers.read'))
      and g.valid_from <= asked and (g.valid_to is null or g.valid_to > asked)
      and m.valid_from <= asked and (m.valid_to is null or m.valid_to > asked)
    group by 1, 2
$$;
comment on function parties_group_outsiders(bigint, date) is
    'of each household and group of a party the viewer sees: how many members she does not see, never who';
"""
SIGNATURE = "parties_group_outsiders(bigint, date)"


class Migration(migrations.Migration):
    dependencies = [("parties", "0012_merged")]

    operations = [
        migrations.RunSQL(
            [OUTSIDERS, f"revoke all on function {SIGNATURE} from public", f"grant execute on function {SIGNATURE} to {role('web')}"],
            f"drop function {SIGNATURE}",
        )
    ]
