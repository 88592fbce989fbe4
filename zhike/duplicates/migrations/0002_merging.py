"""Merging and its undo, in the database: every table with a customer in it moves in one transaction, whoever asks.

The web's role may not write what sources own, so the functions run as their owner, ask the viewer's right and scope by themselves, and
take nothing but keys. What a source delivered goes back by the key it came under (`parties_origin`), also what came after the merge; what
hangs on an account goes with the account; what Zhike itself keeps goes back by the ids that moved. What only people know (`parties_declared`) is
one row a party: the survivor's stays, and what it does not say is filled from the other.
"""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role, wall, wall_through

BY_KEY = (
    ("parties_identifier", "party_id"), ("parties_contactpoint", "party_id"), ("parties_relationship", "party_id"),
    ("parties_relationship", "to_party_id"), ("parties_groupmember", "party_id"), ("parties_assignment", "party_id"),
    ("holdings_account", "party_id"), ("holdings_accountrole", "party_id"), ("holdings_loan", "party_id"), ("holdings_card", "party_id"),
    ("engagement_interaction", "party_id"),
)  # fmt: skip
BY_ACCOUNT = ("holdings_balance", "holdings_position", "holdings_standingorder", "holdings_transaction")
BY_HAND = (
    "parties_party", "parties_partysource", "parties_record", "parties_partyhistory", "parties_origin", "parties_choice", "holdings_holdinghistory",
    "holdings_summary", "duplicates_merge", "duplicates_pair",
)  # fmt: skip
STAYS = ("access_auditentry", "core_event")  # what was written down stays written as it was

_PAIRS = ", ".join(f"('{table}', '{column}')" for table, column in BY_KEY)
_ACCOUNT_TABLES = ", ".join(f"'{table}'" for table in BY_ACCOUNT)
_KNOWN = ", ".join(f"'{table}'" for table in (*(table for table, _ in BY_KEY), *BY_ACCOUNT, *BY_HAND, *STAYS))

OWN = f"""
create function duplicates_own_tables() returns table (tab text, col text) language sql stable set search_path = public, pg_temp as $$
    select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped and a.attnum > 0
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.atttypid = 'bigint'::regtype
      and (a.attname = 'party_id' or a.attname like '%\\_party\\_id') and c.relname <> all(array[{_KNOWN}])
    order by 1, 2;
$$;
comment on function duplicates_own_tables() is 'tables with customers that no source delivers: a merge moves their rows, its undo takes back those that moved';
"""

ASK = """
create function duplicates_ask(party bigint) returns void language plpgsql set search_path = public, pg_temp as $$
begin
    if not access.viewer_may('customers.merge') or not access.party_is_seen(party) then
        raise exception 'not within the right or the scope of who asks' using errcode = 'insufficient_privilege';
    end if;
end $$;
"""

# A party that was never merged has no record of its own yet: its row becomes one.
BEGIN_RECORD = """
create function duplicates_begin_record(party bigint) returns void language plpgsql set search_path = public, pg_temp as $$
begin
    insert into parties_record
    select (jsonb_populate_record(null::parties_record, to_jsonb(p) || jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('parties_record', 'id')), 'party_id', p.id, 'home_id', p.id))).*
    from parties_party p where p.id = party and p.source <> '*';
    insert into parties_partysource (source, external_key, party_id, home_id)
    select p.source, p.external_key, p.id, p.id from parties_party p where p.id = party and p.source <> '*' on conflict (source, external_key) do nothing;
    insert into parties_partyhistory (kind, entity_id, party_id, valid_from, valid_to, "values", batch_id)
    select 'record', r.id, r.party_id, h.valid_from, h.valid_to, h."values", h.batch_id
    from parties_party p join parties_record r on r.party_id = p.id join parties_partyhistory h on h.kind = 'party' and h.entity_id = p.id
    where p.id = party and p.source <> '*';
    update parties_partysource set home_id = coalesce(home_id, party_id) where party_id = party;
    update parties_party set source = '*', external_key = id::text, row_digest = null where id = party and source <> '*';
end $$;
"""

# And with one record left it is its only source's again, as if it had never been merged.
END_RECORD = """
create function duplicates_end_record(party bigint, at date) returns void language plpgsql set search_path = public, pg_temp as $$
declare
    one parties_record;
    sets text;
begin
    if (select count(*) from parties_record r where r.party_id = party) <> 1 then
        perform parties_derive(array[party], at, 0, true);
        return;
    end if;
    select * into one from parties_record r where r.party_id = party;
    select string_agg(format('%1$I = ($1).%1$I', a.attname), ', ') into sets from pg_attribute a
    where a.attrelid = 'parties_record'::regclass and a.attnum > 0 and not a.attisdropped
      and a.attname not in ('id', 'party_id', 'home_id', 'rm_ids', 'main_rm_id')
      and a.attname in (select b.attname from pg_attribute b where b.attrelid = 'parties_party'::regclass and not b.attisdropped);
    delete from parties_record where id = one.id;
    execute format('update parties_party p set %s where p.id = $2', sets) using one, party;
    delete from parties_partyhistory where kind = 'party' and entity_id = party;
    update parties_partyhistory set kind = 'party', entity_id = party, party_id = party where kind = 'record' and entity_id = one.id;
    delete from parties_choice where party_id = party;
    delete from parties_origin where home_id = party;
    update parties_partysource set home_id = null where party_id = party;
end $$;
"""

MERGE = f"""
create function duplicates_merge_parties(stays bigint, goes bigint, chosen jsonb, merged_at timestamptz, on_day date) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    survivor parties_party;
    absorbed parties_party;
    homes bigint[];
    accounts bigint[];
    found record;
    ids bigint[];
    moved jsonb := '{{}}';
    dropped jsonb := '{{}}';
    taken jsonb;
    merge bigint;
begin
    perform duplicates_ask(stays);
    perform duplicates_ask(goes);
    perform 1 from parties_party p where p.id in (stays, goes) order by p.id for update;
    select * into strict survivor from parties_party p where p.id = stays;
    select * into strict absorbed from parties_party p where p.id = goes;
    if stays = goes or (survivor.kind in ('individual', 'sole_trader')) <> (absorbed.kind in ('individual', 'sole_trader')) then
        raise exception 'a person and an organisation are never one' using errcode = 'check_violation';
    end if;
    perform duplicates_begin_record(stays);
    perform duplicates_begin_record(goes);
    homes := array(select distinct r.home_id from parties_record r where r.party_id = goes);
    update parties_partyhistory set kind = 'parked', party_id = stays where kind = 'party' and entity_id = goes;
    update parties_partyhistory set party_id = stays where party_id = goes;
    update parties_record set party_id = stays where party_id = goes;
    update parties_partysource set party_id = stays where party_id = goes;
    accounts := array(select a.id from holdings_account a where a.party_id = goes
                      union select h.entity_id from holdings_holdinghistory h where h.kind = 'account' and h.party_id = goes);
    for found in select * from (values {_PAIRS}) as t(tab, col) loop
        execute format('insert into parties_origin (table_name, column_name, source, external_key, home_id)
            select distinct %1$L, %2$L, source, external_key, $1 from %1$I where %2$I = $1 on conflict do nothing', found.tab, found.col) using goes;
        execute format('update %1$I set %2$I = $2 where %2$I = $1', found.tab, found.col) using goes, stays;
    end loop;
    for found in select unnest(array[{_ACCOUNT_TABLES}]) as tab loop
        execute format('update %I set party_id = $2 where account_id = any($3) and party_id = $1', found.tab) using goes, stays, accounts;
    end loop;
    update holdings_balance set party_id = stays where party_id = goes;
    update holdings_position set party_id = stays where party_id = goes;
    update holdings_standingorder set party_id = stays where party_id = goes;
    update holdings_holdinghistory set party_id = stays, "values" = jsonb_set("values", '{{party_id}}', to_jsonb(stays)) where party_id = goes;
    dropped := coalesce((select jsonb_build_object('#filled', g."values" - array(select jsonb_object_keys(s."values")))
        from parties_declared s, parties_declared g where s.party_id = stays and g.party_id = goes), '{{}}');
    update parties_declared s set "values" = g."values" || s."values", version = s.version + 1 from parties_declared g where s.party_id = stays and g.party_id = goes;
    for found in select * from duplicates_own_tables() loop
        taken := duplicates_clear_way(found.tab, found.col, stays, goes);
        if taken <> '[]' then
            dropped := jsonb_set(dropped, array[found.tab], coalesce(dropped -> found.tab, '[]') || taken);
        end if;
        execute format('with put as (update %1$I set %2$I = $2 where %2$I = $1 returning id) select array_agg(id) from put', found.tab, found.col)
            into ids using goes, stays;
        if ids is not null then
            moved := moved || jsonb_build_object(found.tab || '.' || found.col, to_jsonb(ids));
        end if;
    end loop;
    delete from holdings_summary where party_id = goes;
    delete from parties_party where id = goes;
    insert into duplicates_merge (survivor_id, absorbed_id, absorbed_name, homes, chosen, absorbed_row, moved, dropped, merged_at, merged_by, undone_by)
    values (stays, goes, absorbed.name, to_jsonb(homes), duplicates_merge_parties.chosen, to_jsonb(absorbed), moved, dropped, merged_at,
            coalesce(access.viewer() ->> 'l', ''), '')
    returning id into merge;
    insert into parties_choice (party_id, key, value, merge_id) select stays, e.key, e.value::bigint, merge from jsonb_each_text(duplicates_merge_parties.chosen) e
        on conflict (party_id, key) do update set value = excluded.value, merge_id = excluded.merge_id;
    perform parties_derive(array[stays], on_day, survivor.batch_id, true);
    perform parties_refresh_books(array[stays], on_day);
    perform holdings_sum_up(array[stays], on_day);
    delete from duplicates_pair where state = 'likely' and goes in (left_id, right_id) and stays not in (left_id, right_id);
    update duplicates_pair set state = 'merged', decided_at = merged_at, decided_by = coalesce(access.viewer() ->> 'l', '')
        where left_id = least(stays, goes) and right_id = greatest(stays, goes);
    return merge;
end $$;
"""

# Where a table allows a party one row (a visit of one person), the survivor's stays; the other is kept for the undo.
CLEAR_WAY = """
create function duplicates_clear_way(tab text, col text, stays bigint, goes bigint) returns jsonb language plpgsql set search_path = public, pg_temp as $$
declare
    found record;
    taken jsonb;
    all_taken jsonb := '[]';
begin
    for found in
        select coalesce(string_agg(format('o.%1$I is not distinct from t.%1$I', a.attname), ' and ') filter (where a.attname <> col), 'true') as same
        from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey::int2[])
        where i.indrelid = tab::regclass and i.indisunique and i.indexprs is null and i.indpred is null
        group by i.indexrelid having bool_or(a.attname = col)
    loop
        execute format('with gone as (delete from %1$I t where t.%2$I = $2 and exists (select from %1$I o where o.%2$I = $1 and %3$s) returning t.*)
            select coalesce(jsonb_agg(to_jsonb(gone)), ''[]'') from gone', tab, col, found.same) into taken using stays, goes;
        all_taken := all_taken || taken;
    end loop;
    if exists (select from pg_index i where i.indrelid = tab::regclass and i.indisunique and (i.indexprs is not null or i.indpred is not null)) then
        for found in execute format('select id from %I where %I = $1', tab, col) using goes loop  -- what an index over expressions says is tried out
            begin
                execute format('update %I set %I = $1 where id = $2', tab, col) using stays, found.id;
                raise exception using errcode = 'ZK001';
            exception
                when unique_violation then
                    execute format('with gone as (delete from %I t where t.id = $1 returning t.*) select to_jsonb(gone) from gone', tab) into taken using found.id;
                    all_taken := all_taken || taken;
                when sqlstate 'ZK001' then null;
            end;
        end loop;
    end if;
    return all_taken;
end $$;
"""

UNDO = f"""
create function duplicates_undo_merge(merge bigint, undone_at timestamptz, on_day date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    was duplicates_merge;
    stays bigint;
    goes bigint;
    homes bigint[];
    accounts bigint[];
    found record;
begin
    select * into strict was from duplicates_merge m where m.id = merge for update;
    stays := was.survivor_id;
    goes := was.absorbed_id;
    if was.undone_at is not null or not exists (select from parties_party p where p.id = stays for update) then
        raise exception 'undone already, or merged further since' using errcode = 'object_not_in_prerequisite_state';
    end if;
    perform duplicates_ask(stays);
    homes := array(select value::bigint from jsonb_array_elements_text(was.homes));
    insert into parties_party select (jsonb_populate_record(p, was.absorbed_row || '{{"source": "*"}}' || jsonb_build_object('external_key', goes::text))).*
        from parties_party p where p.id = stays;
    update parties_partysource set party_id = goes where party_id = stays and home_id = any(homes);
    update parties_record set party_id = goes where party_id = stays and home_id = any(homes);
    for found in select * from (values {_PAIRS}) as t(tab, col) loop
        execute format('update %1$I t set %2$I = $2 from parties_origin o where o.table_name = %1$L and o.column_name = %2$L and o.home_id = any($3)
            and t.source = o.source and t.external_key = o.external_key and t.%2$I = $1', found.tab, found.col) using stays, goes, homes;
    end loop;
    update holdings_account a set party_id = goes where a.party_id = stays
        and not exists (select from parties_origin o where o.table_name = 'holdings_account' and o.source = a.source and o.external_key = a.external_key)
        and (select r.party_id from holdings_accountrole r where r.account_id = a.id and r.role = 'owner' and r.valid_to is null
             order by r.from_date nulls first, r.id limit 1) = goes;
    accounts := array(select a.id from holdings_account a where a.party_id = goes);
    for found in select unnest(array[{_ACCOUNT_TABLES}]) as tab loop
        execute format('update %I set party_id = $2 where account_id = any($3) and party_id = $1', found.tab) using stays, goes, accounts;
    end loop;
    for found in select unnest(array['holdings_loan', 'holdings_card']) as tab loop
        execute format('update %1$I t set party_id = $2 where t.account_id = any($3) and t.party_id = $1 and not exists (
            select from parties_origin o where o.table_name = %1$L and o.source = t.source and o.external_key = t.external_key)', found.tab) using stays, goes, accounts;
    end loop;
    update holdings_holdinghistory h set party_id = goes, "values" = jsonb_set(h."values", '{{party_id}}', to_jsonb(goes))
        where h.party_id = stays and case h.kind
            when 'account' then h.entity_id = any(accounts)
            when 'role' then exists (select from holdings_accountrole r where r.id = h.entity_id and r.party_id = goes)
            when 'loan' then exists (select from holdings_loan l where l.id = h.entity_id and l.party_id = goes)
            when 'card' then exists (select from holdings_card c where c.id = h.entity_id and c.party_id = goes)
            else (h."values" ->> 'account_id')::bigint = any(accounts) end;
    for found in select split_part(m.key, '.', 1) as tab, split_part(m.key, '.', 2) as col, m.value as ids from jsonb_each(was.moved) m loop
        if to_regclass(found.tab) is not null then
            execute format('update %1$I set %2$I = $2 where %2$I = $1 and id in (select e::bigint from jsonb_array_elements_text($3) e)', found.tab, found.col)
                using stays, goes, found.ids;
        end if;
    end loop;
    update parties_declared s set version = s.version + 1, "values" = (
            select coalesce(jsonb_object_agg(e.key, e.value), '{{}}') from jsonb_each(s."values") e where not was.dropped -> '#filled' @> jsonb_build_object(e.key, e.value))
        where s.party_id = stays and was.dropped ? '#filled';
    for found in select d.key as tab, d.value as lines from jsonb_each(was.dropped - '#filled') d loop
        execute format('insert into %1$I select (jsonb_populate_record(null::%1$I, e)).* from jsonb_array_elements($1) e on conflict do nothing', found.tab)
            using found.lines;
    end loop;
    update parties_partyhistory set kind = 'party', party_id = goes where kind = 'parked' and entity_id = goes;
    update parties_partyhistory set party_id = goes where kind = 'record' and entity_id in (select r.id from parties_record r where r.party_id = goes);
    delete from parties_choice where merge_id = merge;
    perform duplicates_end_record(goes, on_day);
    perform duplicates_end_record(stays, on_day);
    perform parties_refresh_books(array[stays, goes], on_day);
    perform holdings_sum_up(array[stays, goes], on_day);
    update duplicates_merge m set undone_at = duplicates_undo_merge.undone_at, undone_by = coalesce(access.viewer() ->> 'l', '') where m.id = merge;
    update duplicates_pair set state = 'likely', decided_at = null, decided_by = ''
        where left_id = least(stays, goes) and right_id = greatest(stays, goes) and state = 'merged';
end $$;
"""

PREVIEW = f"""
create function duplicates_what_moves(goes bigint) returns table (tab text, rows bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    found record;
begin
    if not access.party_is_seen(goes) then
        return;
    end if;
    for found in select * from (values {_PAIRS}) as t(tab, col) where t.col = 'party_id' union all select * from duplicates_own_tables() loop
        tab := found.tab;
        execute format('select count(*) from %I where %I = $1', found.tab, found.col) into rows using goes;
        if rows > 0 then
            return next;
        end if;
    end loop;
end $$;
"""

BOTH = "exists (select 1 from parties_party l where l.id = duplicates_pair.left_id) and exists (select 1 from parties_party r where r.id = duplicates_pair.right_id)"
FUNCTIONS = (
    "duplicates_merge_parties(bigint, bigint, jsonb, timestamptz, date)", "duplicates_undo_merge(bigint, timestamptz, date)",
    "duplicates_what_moves(bigint)",
)  # fmt: skip
INNER = ("duplicates_own_tables()", "duplicates_ask(bigint)", "duplicates_begin_record(bigint)", "duplicates_end_record(bigint, date)",
         "duplicates_clear_way(text, text, bigint, bigint)")  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("duplicates", "0001_ground"), ("holdings", "0007_sum_up"), ("engagement", "0005_notes"), ("parties", "0012_merged")]

    operations = [
        wall("duplicates_pair", f"({BOTH})", writes=("update",)),
        wall_through("duplicates_merge", "parties_party", "survivor_id"),
        migrations.RunSQL(
            [
                OWN, ASK, BEGIN_RECORD, END_RECORD, CLEAR_WAY, MERGE, UNDO, PREVIEW,
                f"revoke all on function {', '.join((*FUNCTIONS, *INNER))} from public",
                f"grant execute on function {', '.join(FUNCTIONS)} to {role('web')}, {role('job')}",
                f"grant execute on function duplicates_own_tables() to {role('job')}",
            ],
            "; ".join(f"drop function {one}" for one in (*FUNCTIONS, *INNER)),
        ),
    ]  # fmt: skip
