"""Who assists a customer comes with her head: no second view is opened for it (decision 52)."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from zhike.access.walls import role

_EARLIER = import_module("zhike.parties.migrations.0026_seen_once").HEAD
# Name, first day and end of everybody who assists her or will, in the order of their days; null where nobody does.
_ASSISTED = """,
    (select jsonb_agg(jsonb_build_array(r.name, a.from_date, a.to_date) order by a.from_date, a.id)
        from parties_assignment a join access_employee r on r.id = a.employee_id
        where a.party_id = p.id and a.role = 'assisting' and a.valid_to is null and a.handed_date is null) as assisted
from parties_party p"""
HEAD = _EARLIER.replace("\nfrom parties_party p", _ASSISTED, 1)
_EARLIER_VIEW = """
create view parties_assignment_opened with (security_barrier) as
select party_id, id, employee_id, role, from_date, to_date, handed_date, valid_to from parties_assignment where party_id = access.opened()
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0026_seen_once")]

    operations = [
        migrations.RunSQL(f"create or replace view parties_head_opened with (security_barrier) as {HEAD}", migrations.RunSQL.noop),
        migrations.RunSQL(
            "drop view parties_assignment_opened",
            [_EARLIER_VIEW, f"grant select on parties_assignment_opened to {role('web')}, {role('job')}"],
        ),
    ]
