"""Names found half typed or with one slip: the words of all names, each once, and the search that widens along them."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations, models

from zhike.access.walls import closed_table, role

# A GIN index of an array knows whole elements only, and prefixes as elements would double it. The words themselves are few (syllables and
# spellings repeat), so they stand in a table of their own: what is typed becomes at most a hundred whole words, and those use the index.
FILL = """
insert into parties_nametoken (token)
select distinct t from parties_party p, unnest(p.name_tokens) t where t ~ '^[a-z0-9]{2,60}$' on conflict do nothing
"""

# The same as parties_search had: a condition that is not leakproof cannot use its index under a policy, so the scope is applied here, and only
# keys leave. Planned anew for each call: a common family name wants to be looked for in the book, a rare one among all names.
NAMED = """
create function parties_named(all_of text[], any_of text[], most int) returns table (party_id bigint, is_hers boolean)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    everything boolean := access.viewer_all();
    units bigint[] := access.viewer_units();
    employees bigint[] := access.viewer_employees();
begin
    return query
    (select p.id, true from parties_party p
     where (cardinality(all_of) = 0 or p.name_tokens @> all_of) and (any_of is null or p.name_tokens && any_of)
       and p.rm_ids && employees limit most)
    union all
    (select p.id, false from parties_party p
     where (cardinality(all_of) = 0 or p.name_tokens @> all_of) and (any_of is null or p.name_tokens && any_of)
       and (everything or p.unit_id = any(units)) limit most);
end $$;
comment on function parties_named(text[], text[], int) is
    'keys of parties the viewer sees whose name has all tokens of all_of and, unless it is null, one of any_of';
"""

NUMBERED = """
create function parties_numbered(numbers text[], digests bytea[], most int) returns table (party_id bigint, matched text)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    everything boolean := access.viewer_all();
    units bigint[] := access.viewer_units();
    employees bigint[] := access.viewer_employees();
    may_numbers boolean := access.viewer_may('contacts.read');
begin
    return query
    (select p.id, 'customer_no' from parties_party p where p.customer_no = any(numbers)
     and (everything or p.unit_id = any(units) or p.rm_ids && employees) limit most)
    union all
    (select p.id, 'id_no' from parties_identifier i join parties_party p on p.id = i.party_id
     where may_numbers and (i.id_no_digest = any(digests) or i.id_no_last4 = any(digests)) and i.valid_to is null
     and (everything or p.unit_id = any(units) or p.rm_ids && employees) limit most)
    union all
    (select p.id, c.kind from parties_contactpoint c join parties_party p on p.id = c.party_id
     where may_numbers and (c.value_digest = any(digests) or c.value_last4 = any(digests)) and c.valid_to is null
     and (everything or p.unit_id = any(units) or p.rm_ids && employees) limit most);
end $$;
comment on function parties_numbered(text[], bytea[], int) is
    'keys of parties the viewer sees whose customer number is one of numbers or, with contacts.read, one of whose protected values has one '
    'of digests (exact or last four), and which it was';
"""

FIND = """
create function parties_find(
    tokens text[], before text[], last text, joined text, near text[], numbers text[], digests bytea[], most int
) returns table (party_id bigint, rank int, matched text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    words text[];
    many int;
    found_now int;
    begun text;
begin
    return query select n.party_id, 0, n.matched from parties_numbered(numbers, digests, most) n;
    get diagnostics many = row_count;
    if cardinality(tokens) > 0 then
        return query select n.party_id, case when n.is_hers then 1 else 2 end, 'name' from parties_named(tokens, null, most) n;
        get diagnostics found_now = row_count;
        many := many + found_now;
    end if;
    foreach begun in array array[last, joined] loop
        continue when many >= most or length(begun) < 2;
        words := array(select t.token from parties_nametoken t where t.token >= begun and t.token < begun || '~'
                       order by length(t.token), t.token limit 100);
        continue when cardinality(words) = 0;
        return query select n.party_id, case when n.is_hers then 3 else 4 end, 'begins'
                     from parties_named(case when begun = joined then '{}'::text[] else before end, words, most) n;
        get diagnostics found_now = row_count;
        many := many + found_now;
    end loop;
    if many = 0 and cardinality(near) > 0 then
        words := array(select t.token from parties_nametoken t where t.token = any(near) limit 100);
        if cardinality(words) > 0 then
            return query select n.party_id, case when n.is_hers then 5 else 6 end, 'near' from parties_named('{}', words, most) n;
        end if;
    end if;
end $$;
comment on function parties_find(text[], text[], text, text, text[], text[], bytea[], int) is
    'keys of parties the viewer sees, with what was found (a number, the name, a name that begins so, a similar name) and a rank: 0 numbers, '
    '1 her book and 2 others by name, 3 and 4 by its beginning, 5 and 6 by one slip; a key may come more than once';
"""
NAMES = (
    "parties_named(text[], text[], int)",
    "parties_numbered(text[], bytea[], int)",
    "parties_find(text[], text[], text, text, text[], text[], bytea[], int)",
)
BEFORE = "parties_search(text[], text[], bytea[], int)"  # what parties_find took the place of
SEARCH: str = import_module("zhike.parties.migrations.0002_walls").SEARCH


class Migration(migrations.Migration):
    dependencies = [("parties", "0006_references")]

    operations = [
        migrations.CreateModel(
            "NameToken",
            [
                (
                    "token",
                    models.TextField(
                        primary_key=True, db_collation="C", serialize=False, help_text="small Latin letters and digits, 2 to 60"
                    ),
                )
            ],
        ),
        closed_table("parties_nametoken"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(
            [
                f"drop function {BEFORE}",
                NAMED,
                NUMBERED,
                FIND,
                *(f"revoke all on function {name} from public" for name in NAMES),
                f"grant execute on function {NAMES[2]} to {role('web')}, {role('read')}",
            ],
            [
                *(f"drop function {name}" for name in reversed(NAMES)),
                SEARCH,
                f"revoke all on function {BEFORE} from public",
                f"grant execute on function {BEFORE} to {role('web')}, {role('read')}",
            ],
        ),
    ]
