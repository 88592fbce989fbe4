"""A list by amount of whoever sees units and more, or the whole bank but for special lists, takes its keys from a function, as a branch's does (decision 52)."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

FORWARD = (
    "s.place <= coalesce(past_place, 9223372036854775807)", "past_place is null or s.place < past_place or s.party_id > past_party",
    "{0}.place desc, {0}.party_id",
)  # fmt: skip
BACKWARD = (
    "s.place >= coalesce(past_place, -9223372036854775808)", "past_place is null or s.place > past_place or s.party_id < past_party",
    "{0}.place, {0}.party_id desc",
)  # fmt: skip


def _whole(bound: str, past: str, order: str) -> str:
    """Along the index of the whole bank; customers on lists are few and have an index of their own."""
    return f"""select s.place, s.party_id from holdings_summary s where s.place is not null and {bound} and ({past})
              and not exists (select 1 from parties_party p where p.id = s.party_id and p.barrier_ids is not null and not p.barrier_ids <@ lists)
            order by {order.format("s")} limit most"""


def _hers(bound: str, past: str, order: str) -> str:
    """Along the index of each unit, and whom she sees besides, who fit in a hand; each customer's own unit and lists are looked at again."""
    return f"""select w.place, w.party_id from (
                (select w.place, w.party_id from unnest(units) one(id) cross join lateral (
                    select s.place, s.party_id from holdings_summary s join parties_party p on p.id = s.party_id
                    where s.unit_id = one.id and s.place is not null and {bound} and ({past})
                      and p.unit_id = any(units) and (p.barrier_ids is null or p.barrier_ids <@ lists)
                    order by {order.format("s")} limit most) w)
                union
                (select s.place, s.party_id from holdings_book() s where {bound} and ({past}) order by {order.format("s")} limit most)) w
            order by {order.format("w")} limit most"""


REACHED = f"""
create function holdings_reached(past_place bigint, past_party bigint, is_backward boolean, most integer) returns table (place bigint, party_id bigint)
language plpgsql stable security definer rows 50 set search_path = public, pg_temp as $$
declare
    units constant bigint[] := access.viewer_units();
    lists constant bigint[] := access.viewer_lists();
begin
    if access.viewer_whole() and is_backward then
        return query {_whole(*BACKWARD)};
    elsif access.viewer_whole() then
        return query {_whole(*FORWARD)};
    elsif is_backward then
        return query {_hers(*BACKWARD)};
    else
        return query {_hers(*FORWARD)};
    end if;
end $$;
comment on function holdings_reached(bigint, bigint, boolean, integer) is
    'of the customers whom who asks sees by units, books, names and lists, those past a place (none: from an end) with their places, at most so many'
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0012_seen_once"), ("access", "0023_whole_sooner")]

    operations = [
        migrations.RunSQL(
            [
                REACHED,
                "revoke all on function holdings_reached(bigint, bigint, boolean, integer) from public",
                f"grant execute on function holdings_reached(bigint, bigint, boolean, integer) to {role('web')}, {role('read')}",
            ],
            "drop function holdings_reached(bigint, bigint, boolean, integer)",
        )
    ]
