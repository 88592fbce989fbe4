"""Which parties have a text in their name: what a condition begins from, where the words of names make few of it."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

# Array operators are not leakproof, so the scope is applied here and only keys leave, as in parties_named. The words of names are few beside
# the names; one that is looked for inside of words is looked for among them first. Words of more than sixty letters are not kept there: names
# long enough to hold one are few as well, and have an index of their own.
NAMES_WITH = """
create function parties_names_with(part text, tokens text[], inside text[], most int) returns bigint[]
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    everything boolean := access.viewer_all();
    units bigint[] := access.viewer_units();
    employees bigint[] := access.viewer_employees();
    begun text;
    found_now text[];
    words text[];
    ids bigint[];
begin
    foreach begun in array inside loop
        found_now := array(select t.token from parties_nametoken t where strpos(t.token, begun) > 0 limit 201);
        if cardinality(found_now) <= 200 and (words is null or cardinality(found_now) < cardinality(words)) then
            words := found_now;
        end if;
    end loop;
    if cardinality(tokens) = 0 and words is null then
        return null;
    end if;
    ids := array(
        select p.id from parties_party p
        where (cardinality(tokens) = 0 or p.name_tokens @> tokens) and (words is null or p.name_tokens && words)
          and strpos(translate(p.name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), part) > 0
          and (everything or p.unit_id = any(units) or p.rm_ids && employees) limit most + 1);
    if words is not null and cardinality(ids) <= most then
        ids := ids || array(
            select p.id from parties_party p
            where length(p.name) > 60 and strpos(translate(p.name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), part) > 0
              and (everything or p.unit_id = any(units) or p.rm_ids && employees) limit most + 1);
    end if;
    return case when cardinality(ids) <= most then ids end;
end $$;
comment on function parties_names_with(text, text[], text[], int) is
    'keys of the parties the viewer sees in whose name a text (small ASCII letters) stands, of which its words are known: whole ones, and what '
    'stands inside of one; null: they are more than most, or its words tell nothing';
"""
SIGNATURE = "parties_names_with(text, text[], text[], int)"
LONG_NAMES = "create index party_long_name on parties_party (id) where length(name) > 60"


class Migration(migrations.Migration):
    dependencies = [("parties", "0014_declared_keys")]

    operations = [
        migrations.RunSQL(
            [
                LONG_NAMES,
                NAMES_WITH,
                f"revoke all on function {SIGNATURE} from public",
                f"grant execute on function {SIGNATURE} to {role('web')}, {role('job')}",
            ],
            [f"drop function {SIGNATURE}", "drop index party_long_name"],
        )
    ]
