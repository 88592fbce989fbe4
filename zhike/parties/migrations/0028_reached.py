"""A list by name of whoever has more than units, or less than the whole bank, takes its keys from a function, as a branch's does (decision 52)."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role


def _page(source: str, bound: str, past: str, order: str) -> str:
    """One page of `source` (rows of `p`): along an index where `bound` says from where."""
    return f"select p.name, p.id from {source} where {bound} and ({past}) order by {order} limit most"


WHOLE = "parties_party p"
ADMITTED = "(p.barrier_ids is null or p.barrier_ids <@ lists)"
# Her units and her book first, whatever the number asked for: along the names it would read the whole bank.
BOOK = "(select p.name, p.id from parties_party p where p.id = any(array(select parties_book())) offset 0) p"
BOTH = f"""((select p.name, p.id from parties_party p where p.unit_id = any(units) and {ADMITTED} offset 0)
            union (select p.name, p.id from parties_party p where p.id = any(array(select parties_book())) offset 0)) p"""
DOWN, UP = "p.name desc, p.id desc", "p.name, p.id"
BEFORE = ("p.name <= past_name", "p.name < past_name or p.id < past_party")
AFTER = ("p.name >= coalesce(past_name, '')", "past_name is null or p.name > past_name or p.id > past_party")
LAST = ("true", "true")


def _of(source: str, also: str) -> str:
    return f"""
        if is_backward and past_name is null then
            return query {_page(source, f"{also}{LAST[0]}", LAST[1], DOWN)};
        elsif is_backward then
            return query {_page(source, f"{also}{BEFORE[0]}", BEFORE[1], DOWN)};
        else
            return query {_page(source, f"{also}{AFTER[0]}", AFTER[1], UP)};
        end if;"""


REACHED = f"""
create function parties_reached(past_name text, past_party bigint, is_backward boolean, most integer) returns table (name text, party_id bigint)
language plpgsql stable security definer rows 50 set search_path = public, pg_temp as $$
declare
    units constant bigint[] := access.viewer_units();
    lists constant bigint[] := access.viewer_lists();
begin
    if access.viewer_whole() then{_of(WHOLE, f"{ADMITTED} and ")}
    elsif cardinality(units) = 0 then{_of(BOOK, "")}
    else{_of(BOTH, "")}
    end if;
end $$;
comment on function parties_reached(text, bigint, boolean, integer) is
    'of the customers whom who asks sees by units, books, names and lists, by name, those past a name and key (none: from an end), at most so many'
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0027_assisting"), ("access", "0023_whole_sooner")]

    operations = [
        migrations.RunSQL(
            [
                REACHED,
                "revoke all on function parties_reached(text, bigint, boolean, integer) from public",
                f"grant execute on function parties_reached(text, bigint, boolean, integer) to {role('web')}, {role('read')}",
            ],
            "drop function parties_reached(text, bigint, boolean, integer)",
        )
    ]
