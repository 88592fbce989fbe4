"""An index of a declared field, on request: its values as plain columns that row security lets an index compare.

An expression index on the JSON value would serve nobody: `->>` is not leakproof, nor is any comparison of numerics, so behind a wall PostgreSQL reads
every row first. Comparisons of bigint and of text are; so an indexed value stands once more as a whole number or a text, written by a trigger.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import one_by_one, role, wall_through

# What of a value an index compares: money in hundredths, numbers in millionths, days since 2000, yes as 1; texts with small ASCII letters.
KEYS = """
create function parties_declared_keys(kind text, kept jsonb) returns table (word text, place bigint)
language sql immutable parallel safe set search_path = public, pg_temp as $$
    select translate(left(e, 200), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), null::bigint
    from jsonb_array_elements_text(case when kind = 'choices' then kept else '[]' end) e
    union all
    select translate(left(kept #>> '{}', 200), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), null
    where kind in ('text', 'choice', 'customer', 'employee', 'link')
    union all
    select null, case kind
        when 'date' then (kept #>> '{}')::date - date '2000-01-01'
        when 'yes_no' then (kept #>> '{}')::boolean::int
        when 'money' then least(greatest((kept #>> '{}')::numeric * 100, -9e18), 9e18)::bigint
        when 'number' then least(greatest((kept #>> '{}')::numeric * 1000000, -9e18), 9e18)::bigint end
    where kind in ('number', 'money', 'date', 'yes_no');
$$;
comment on function parties_declared_keys(text, jsonb) is 'what an index keeps of a declared value of a type';
"""

KEEP = """
create function parties_keep_declared_keys() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op <> 'INSERT' then
        delete from parties_declaredkey k using parties_declaredfield f where k.of_party = old.party_id and f.id = k.field_id
            and (tg_op = 'DELETE' or new.party_id <> old.party_id or old."values" -> f.name is distinct from new."values" -> f.name);
    end if;
    if tg_op <> 'DELETE' then
        insert into parties_declaredkey (field_id, of_party, word, place)
        select f.id, new.party_id, k.word, k.place
        from parties_declaredfield f cross join lateral parties_declared_keys(f.type, new."values" -> f.name) k
        where f.is_indexed and f.retired_at is null and new."values" ? f.name
            and (tg_op = 'INSERT' or new.party_id <> old.party_id or old."values" -> f.name is distinct from new."values" -> f.name)
        on conflict do nothing;
    end if;
    return null;
end $$;
create trigger declared_keys after insert or update of "values", party_id or delete on parties_declared
    for each row execute function parties_keep_declared_keys();
"""

LEARN = """
create function parties_learn_declared_keys() returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
    analyze parties_declaredkey;
end $$;
comment on function parties_learn_declared_keys() is 'what the planner knows of the indexed values, learnt anew';
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0013_group_outsiders")]

    operations = [
        migrations.AlterField(
            "declaredfield",
            "is_indexed",
            models.BooleanField(default=False, help_text="an index was asked for: the worker makes it; `index_state` says whether it is there"),
        ),
        migrations.AddField(
            "declaredfield",
            "index_state",
            models.TextField(default="", blank=True, help_text="making, there, failed, going; empty: none is there or asked for"),
        ),
        migrations.AddField(
            "declaredfield",
            "index_error",
            models.TextField(default="", blank=True, help_text="why making or dropping it failed, in the database's words"),
        ),
        migrations.CreateModel(
            "DeclaredKey",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "word",
                    models.TextField(null=True, db_collation="C", help_text="of texts, choices and keys: small ASCII letters, at most 200 characters"),
                ),
                (
                    "place",
                    models.BigIntegerField(
                        null=True, help_text="money in hundredths, numbers in millionths (at most 9e18), days since 2000-01-01, 1 for yes"
                    ),
                ),
                ("field", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.declaredfield")),
                (
                    "party",
                    models.ForeignKey(
                        db_column="of_party", db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["party", "field"], name="declaredkey_party"),
                    models.Index(fields=["field", "place", "party"], name="declaredkey_place", condition=models.Q(place__isnull=False)),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["field", "word", "party"], name="declaredkey_word", condition=models.Q(word__isnull=False)
                    )
                ],
            },
        ),
        wall_through("parties_declaredkey", "parties_party", "of_party"),
        one_by_one("parties_declaredkey", "parties_party", "of_party"),
        migrations.RunSQL(
            [
                KEYS, KEEP, LEARN,
                "revoke all on function parties_keep_declared_keys(), parties_learn_declared_keys() from public",
                f"grant execute on function parties_learn_declared_keys() to {role('job')}",
            ],
            [
                "drop trigger declared_keys on parties_declared",
                "drop function parties_keep_declared_keys(), parties_learn_declared_keys(), parties_declared_keys(text, jsonb)",
            ],
        ),
    ]  # fmt: skip
