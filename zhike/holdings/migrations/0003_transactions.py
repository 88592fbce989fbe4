"""Transactions by month of booking, and who sees what customers hold."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import protected_column, role, wall_through

PARTY = "parties_party"

# A sequence of its own: PostgreSQL 15 and 16 have no identity columns on partitioned tables.
TRANSACTION = """
create sequence holdings_transaction_id_seq cache 1000;
create table holdings_transaction (
    id bigint not null default nextval('holdings_transaction_id_seq'),
    account_id bigint not null,
    party_id bigint,
    booking_date date not null,
    value_date date,
    at timestamptz,
    amount numeric(20, 2) not null check (amount >= 0),
    currency text not null,
    direction text not null check (direction in ('credit', 'debit')),
    code text,
    source_code text,
    balance_after numeric(20, 2),
    counterparty_name text,
    counterparty_account_digest bytea,
    counterparty_account_masked text,
    counterparty_bank text,
    channel text,
    summary text,
    is_own_transfer boolean,
    is_reversal boolean,
    is_customer_initiated boolean,
    source text not null,
    external_key text not null,
    batch_id bigint not null
) partition by range (booking_date);
create unique index transaction_key on holdings_transaction (source, external_key, booking_date);
create index transaction_account on holdings_transaction (account_id, booking_date desc, id desc);
create index transaction_batch on holdings_transaction using brin (batch_id) with (autosummarize = on);
"""

# Rows that change every month keep room on their page: the new version then needs no entry in any index. A balance is closed once.
ROOM_TO_CHANGE = [
    *(f"alter table holdings_{table} set (fillfactor = 70)" for table in ("account", "summary", "position", "loan")),
    "alter table holdings_balance set (fillfactor = 50)",
]
# Rows of a batch lie together, so a few bytes say where they are.
BY_BATCH = "create index balance_batch on holdings_balance using brin (batch_id) with (autosummarize = on)"

# A month is filled as a table of its own, without an index or a wall, which the transaction that began it alone can see; then it is
# indexed at once, walled and attached, which does not lock out readers. From there it is reached through its parent only.
BEGIN_MONTH = """
create function holdings_begin_month(month date) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    part text := 'holdings_transaction_' || to_char(month, 'YYYYMM');
begin
    if to_regclass(part) is not null then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtext(part));
    if to_regclass(part) is not null then
        return null;
    end if;
    execute format('create table %I (like holdings_transaction including defaults including constraints)', part);
    return part;
end $$;
"""
ATTACH_MONTH = """
create function holdings_attach_month(month date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    begins date := date_trunc('month', month);
    part text := 'holdings_transaction_' || to_char(begins, 'YYYYMM');
begin
    execute format('alter table %I enable row level security', part);
    execute format('alter table %I force row level security', part);
    execute format('alter table holdings_transaction attach partition %I for values from (%L) to (%L)', part, begins, begins + interval '1 month');
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0002_links"), ("parties", "0002_walls")]

    operations = [
        migrations.RunSQL([TRANSACTION, BEGIN_MONTH, ATTACH_MONTH], "drop table holdings_transaction; drop sequence holdings_transaction_id_seq; "
                                               "drop function holdings_begin_month(date); drop function holdings_attach_month(date)"),
        migrations.RunSQL(
            [
                "revoke all on function holdings_begin_month(date), holdings_attach_month(date) from public",
                f"grant execute on function holdings_begin_month(date), holdings_attach_month(date) to {role('job')}",
                f"grant usage on sequence holdings_transaction_id_seq to {role('job')}",
            ],
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL([*ROOM_TO_CHANGE, BY_BATCH], migrations.RunSQL.noop),
        wall_through("holdings_accountrole", PARTY, "party_id"),
        wall_through(
            "holdings_account", PARTY, "party_id",
            also="exists (select 1 from holdings_accountrole held where held.account_id = holdings_account.id and held.valid_to is null)",
        ),
        *(
            wall_through(f"holdings_{table}", "holdings_account", "account_id")
            for table in ("balance", "position", "standingorder", "transaction")
        ),
        *(wall_through(f"holdings_{table}", PARTY, "party_id", also=f"exists (select 1 from holdings_account held where held.id = holdings_{table}.account_id)")
          for table in ("loan", "card")),
        wall_through("holdings_holdinghistory", PARTY, "party_id"),
        wall_through("holdings_summary", PARTY, "party_id"),
        protected_column("holdings_account", "account_no_digest"),
        protected_column("holdings_card", "card_no_digest"),
        protected_column("holdings_standingorder", "counterparty_account_digest"),
        protected_column("holdings_transaction", "counterparty_account_digest"),
    ]  # fmt: skip
