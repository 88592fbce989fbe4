"""Who sees a party and what hangs on it, and the search that applies the scope itself."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import party_wall, protected_column, role, wall_through

PARTY = "parties_party"
OPEN = ("parties_partysource", "parties_partyhistory", "parties_relationship", "parties_groupmember", "parties_assignment")

# A condition that is not leakproof cannot use its index under a policy: a name search over a million customers then reads them all.
# This function applies the viewer's scope itself and gives keys only; the rows are read under the policy as ever. Each call is planned
# anew, since a common family name wants to be looked for in the book, and a rare one among all names.
SEARCH = """
create function parties_search(tokens text[], numbers text[], digests bytea[], most int) returns table (party_id bigint, rank int)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    everything boolean := access.viewer_all();
    units bigint[] := access.viewer_units();
    employees bigint[] := access.viewer_employees();
    may_numbers boolean := access.viewer_may('contacts.read');
begin
    return query
    with hits as (
        (select p.id, 1 as place from parties_party p
         where cardinality(tokens) > 0 and p.name_tokens @> tokens and p.rm_ids && employees limit most)
        union all
        (select p.id, 2 from parties_party p
         where cardinality(tokens) > 0 and p.name_tokens @> tokens and (everything or p.unit_id = any(units)) limit most)
        union all
        (select p.id, 0 from parties_party p where p.customer_no = any(numbers)
         and (everything or p.unit_id = any(units) or p.rm_ids && employees) limit most)
        union all
        (select p.id, 0 from parties_identifier i join parties_party p on p.id = i.party_id
         where may_numbers and (i.id_no_digest = any(digests) or i.id_no_last4 = any(digests)) and i.valid_to is null
         and (everything or p.unit_id = any(units) or p.rm_ids && employees) limit most)
        union all
        (select p.id, 0 from parties_contactpoint c join parties_party p on p.id = c.party_id
         where may_numbers and (c.value_digest = any(digests) or c.value_last4 = any(digests)) and c.valid_to is null
         and (everything or p.unit_id = any(units) or p.rm_ids && employees) limit most)
    )
    select h.id, min(h.place) from hits h group by h.id order by min(h.place), h.id limit most;
end $$;
comment on function parties_search(text[], text[], bytea[], int) is
    'keys of parties the viewer sees whose name has all tokens, whose customer number is one of numbers, or one of whose protected values '
    'has one of digests (exact or last four); rank 0 number, 1 own book, 2 others';
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_ground"), ("access", "0002_walls")]

    operations = [
        migrations.RunSQL("alter table parties_party alter rm_ids set default '{}'", migrations.RunSQL.noop),
        party_wall(PARTY),
        *(wall_through(table, PARTY, "party_id") for table in OPEN),
        wall_through("parties_identifier", PARTY, "party_id", permission="contacts.read"),
        wall_through("parties_contactpoint", PARTY, "party_id", permission="contacts.read"),
        protected_column("parties_identifier", "id_no_digest"),
        protected_column("parties_contactpoint", "value_digest"),
        migrations.RunSQL(
            [
                SEARCH,
                "revoke all on function parties_search(text[], text[], bytea[], int) from public",
                f"grant execute on function parties_search(text[], text[], bytea[], int) to {role('web')}, {role('read')}",
            ],
            "drop function parties_search(text[], text[], bytea[], int)",
        ),
    ]
