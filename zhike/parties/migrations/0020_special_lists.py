"""Special lists on the row of a party, and the wall with them and with customers opened by name: everything that asks who sees a party, anew."""

from __future__ import annotations

from importlib import import_module

import django.contrib.postgres.fields
from django.db import migrations, models

from zhike.access.walls import ALL, EMPLOYEES, UNITS, role

WHOLE = "(select access.viewer_whole())"
PARTIES = "(select access.viewer_parties())::bigint[]"
LISTS = "(select access.viewer_lists())::bigint[]"
# The arms stand in the order in which they mostly hold: a function of the viewer is asked once per statement, and only if its arm is reached.
REACHED = f"(unit_id = any({UNITS}) or rm_ids && {EMPLOYEES} or {WHOLE} or id = any({PARTIES}))"
UNLISTED = f"(barrier_ids is null or barrier_ids <@ {LISTS})"
WALL = f"({ALL} or {REACHED} and {UNLISTED})"
WAS = f"({ALL} or unit_id = any({UNITS}) or rm_ids && {EMPLOYEES})"

# The same for functions with the owner's rights; their own variables stand for the viewer's functions.
OPENED = "(everything or p.unit_id = any(units) or p.rm_ids && employees or p.id = any(opened))"
ADMITTED = "(unbarred or p.barrier_ids is null or p.barrier_ids <@ lists)"
DECLARED = """
    unbarred boolean := access.viewer_all();
    everything boolean := unbarred or access.viewer_whole();
    opened bigint[] := access.viewer_parties();
    lists bigint[] := access.viewer_lists();"""

IS_SEEN = """
create or replace function access.party_is_seen(party bigint) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return exists (
        select 1 from public.parties_party p where p.id = party
        and (access.viewer_all() or (p.unit_id = any(access.viewer_units()) or p.rm_ids && access.viewer_employees() or access.viewer_whole()
                                     or p.id = any(access.viewer_parties()))
             and (p.barrier_ids is null or p.barrier_ids <@ access.viewer_lists()))
    );
end $$;

create function access.party_is_closed(party bigint) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return exists (select 1 from public.parties_party p where p.id = party and p.barrier_ids is not null
                   and not access.viewer_all() and not p.barrier_ids <@ access.viewer_lists());
end $$;
comment on function access.party_is_closed(bigint) is 'whether a special list closes a party to who asks; for what is left of a party elsewhere';
"""

SEE_ALL = """
create or replace function access.parties_are_seen(parties bigint[]) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return access.viewer_all() or not exists (
        select 1 from public.parties_party p where p.id = any(parties) and not access.party_is_seen(p.id));
end $$;
"""

LISTED = """
create function access.listed_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    about bigint[] := array[]::bigint[];
begin
    if tg_table_name = 'access_barrier' then
        about := array(select l.party_id from public.access_listed l where l.barrier_id = new.id);
    else
        if tg_op <> 'INSERT' then about := about || old.party_id; end if;
        if tg_op <> 'DELETE' then about := about || new.party_id; end if;
    end if;
    update public.parties_party p set barrier_ids = nullif(array(
        select distinct l.barrier_id from public.access_listed l join public.access_barrier b on b.id = l.barrier_id
        where l.party_id = p.id and b.ended_at is null order by 1), '{}')
    where p.id = any(about);
    return null;
end $$;
create trigger listed_changes after insert or update or delete on access_listed for each row execute function access.listed_changed();
create trigger barrier_ends after update of ended_at on access_barrier for each row execute function access.listed_changed();
revoke all on function access.listed_changed() from public;
"""

BREAK_GLASS = """
create function access.break_glass(customer text, why text, minutes int, at timestamptz) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    unbarred boolean := access.viewer_all();
    lists bigint[] := access.viewer_lists();
    asking bigint := access.viewer_person();
    party bigint;
begin
    if asking is null or not access.viewer_may('glass.break') or not access.viewer_is_app() or minutes not between 5 and 60
       or length(btrim(coalesce(why, ''))) < 10 then
        return null;
    end if;
    select p.id into party from public.parties_party p
    where p.customer_no = customer and customer <> '' and (unbarred or p.barrier_ids is null or p.barrier_ids <@ lists) order by p.id limit 1;
    if party is not null and not access.party_is_seen(party) then
        insert into public.access_brokenglass (party_id, person_id, from_at, until_at, reason, given_by_id, given_at)
        values (party, asking, at, at + make_interval(mins => minutes), why, asking, at);
    end if;
    return party;
end $$;
comment on function access.break_glass(text, text, int, timestamptz) is
    'opens the customer of this number to who asks for some minutes and says her key; a special list stays closed: then, as for a number that is not there, null';
"""

BOOKS = """
create or replace function parties_book() returns setof bigint
language sql stable security definer rows 500 set search_path = public, pg_temp as $$
    select id from parties_party where (rm_ids && (select access.viewer_employees()) or id = any((select access.viewer_parties())::bigint[]))
      and (barrier_ids is null or barrier_ids <@ (select access.viewer_lists()))
$$;
comment on function parties_book() is 'keys of the parties that the viewer or her team looks after, or that were opened to her by name';
"""


def renewed(statement: str) -> str:
    """A function that applies the scope by itself, with the scope of today: lists, and customers opened by name."""
    text = statement.replace("create function", "create or replace function")
    text = text.replace("\n    everything boolean := access.viewer_all();", DECLARED)
    text = text.replace("(everything or p.unit_id = any(units) or p.rm_ids && employees)", f"{OPENED} and {ADMITTED}")
    text = text.replace(
        "and (everything or p.unit_id = any(units)) limit",
        f"and (everything or p.unit_id = any(units) or p.id = any(opened)) and {ADMITTED} limit",
    )
    return text.replace("and p.rm_ids && employees limit", f"and p.rm_ids && employees and {ADMITTED} limit")


_finding = import_module("zhike.parties.migrations.0007_finding")
_names = import_module("zhike.parties.migrations.0016_names_read")
ANEW: tuple[str, ...] = (_finding.NAMED, _finding.NUMBERED, _names.NAMES_WITH)
TRASH = f"({ALL} or ({WHOLE} or unit_id = any({UNITS}) or rm_ids && {EMPLOYEES} or deleted_by_id = (select access.viewer_person()))"
HERS = f"{TRASH} and (party_id is null or not access.party_is_closed(party_id)))"
EDITS = "(select access.viewer_may('customers.edit'))"
PROSPECT = f"(source = 'own' and status = 'prospect' and {EDITS} and {WALL})"


def _walls() -> list[str]:
    own = [f"own_{verb}" for verb in ("insert", "update", "delete")]
    return [
        f"alter policy seen on parties_party using ({WALL})",
        f"alter policy {own[0]} on parties_party with check ({PROSPECT})",
        f"alter policy {own[1]} on parties_party using ({PROSPECT}) with check ({PROSPECT})",
        f"alter policy {own[2]} on parties_party using ({PROSPECT})",
        f"alter policy seen on parties_trash using ({HERS})",
        f"alter policy web_insert on parties_trash with check ({HERS} and {EDITS})",
        f"alter policy web_delete on parties_trash using ({HERS} and {EDITS})",
    ]


class Migration(migrations.Migration):
    dependencies = [("parties", "0019_consents"), ("access", "0010_scope")]

    operations = [
        migrations.AddField(
            "party",
            "barrier_ids",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                null=True,
                size=None,
                help_text="special lists she stands on, by a trigger; empty for nearly all: seen by whom all of them admit",
            ),
        ),
        migrations.RunSQL(
            ["alter table parties_record add column if not exists barrier_ids bigint[]"],
            "alter table parties_record drop column barrier_ids",
        ),
        migrations.AddIndex("party", models.Index(condition=models.Q(("barrier_ids__isnull", False)), fields=["id"], name="party_listed")),
        migrations.RunSQL(
            [IS_SEEN, SEE_ALL, LISTED, BREAK_GLASS, BOOKS, *(renewed(statement) for statement in ANEW), *_walls()], migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            [
                "revoke all on function access.party_is_closed(bigint), access.break_glass(text, text, int, timestamptz) from public",
                f"grant execute on function access.party_is_closed(bigint) to {role('web')}, {role('read')}",
                f"grant execute on function access.break_glass(text, text, int, timestamptz) to {role('web')}",
            ],
            migrations.RunSQL.noop,
        ),
    ]
