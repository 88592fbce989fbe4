"""Set-based taking of the holdings' feeds, and the summary per party that lists read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zhike.core import merging
from zhike.core.merging import Cursor, Merged, Shape, Stage

HISTORY = "holdings_holdinghistory"


def _texts(*names: str) -> dict[str, str]:
    return {name: f"coalesce(s.{name}, '')" for name in names}


def _plain(*names: str) -> dict[str, str]:
    return {name: f"s.{name}" for name in names}


def _sealed(name: str, *, last4: bool = True) -> dict[str, str]:
    columns = {f"{name}_digest": f"s.{name}_digest", f"{name}_masked": f"coalesce(s.{name}_masked, '')"}
    return columns | ({f"{name}_last4": f"s.{name}_last4"} if last4 else {})


# What staging keeps of a feed (DuckDB SQL over {rows}), with `_rows`: for how many rows each one stands. Of balances the last of each
# month is enough here (decision 7); a million customers would otherwise send thirty times as much.
REDUCED = {
    "balances": """select *, count(*) over (partition by account_key, currency, date_trunc('month', balance_date)) as _rows from {rows}
                   qualify row_number() over (partition by account_key, currency, date_trunc('month', balance_date) order by balance_date desc) = 1"""
}

# The main holder of the account a row hangs on; the row's own party where the feed names one.
_HOLDER = "(select a.party_id from holdings_account a where a.id = s.account_id)"

ACCOUNT = Shape(
    "holdings_account", "s.account_key",
    {
        **_plain("party_id", "product_id", "unit_id", "currency", "opened_date", "closed_date", "start_date", "maturity_date", "rate", "principal",
                 "is_auto_renewed"),
        **_texts("account_class", "statement_cycle"), **_sealed("account_no"),
        "status": "coalesce(s.status, case when s.closed_date is null then 'open' else 'closed' end)",
    },
    HISTORY, "account",
)  # fmt: skip

ROLE = Shape(
    "holdings_accountrole", "s.role_key",
    {**_plain("account_id", "party_id", "role", "share", "from_date", "to_date"), **_texts("signing_rule")},
    HISTORY, "role",
)  # fmt: skip

LOAN = Shape(
    "holdings_loan", "s.loan_key",
    {
        **_plain("account_id", "product_id", "amount", "balance", "currency", "granted_date", "maturity_date", "term_months", "instalment", "rate",
                 "overdue_days"),
        **_texts("state", "five_class", "purpose", "guarantee_type"), "party_id": f"coalesce(s.party_id, {_HOLDER})",
    },
    HISTORY, "loan",
)  # fmt: skip

CARD = Shape(
    "holdings_card", "s.card_key",
    {
        **_plain("issued_date", "activated_date", "closed_date", "renewal_month", "limit_amount"), **_texts("type", "tier", "side", "status"),
        **_sealed("card_no"), "role_id": "s.role_id",
        "account_id": "coalesce(s.account_id, (select r.account_id from holdings_accountrole r where r.id = s.role_id))",
        "party_id": f"coalesce(s.party_id, (select r.party_id from holdings_accountrole r where r.id = s.role_id), {_HOLDER})",
    },
    HISTORY, "card",
)  # fmt: skip

ORDER = Shape(
    "holdings_standingorder", "s.order_key",
    {
        **_plain("account_id", "amount", "currency", "from_date", "to_date"), **_texts("counterparty_bank", "code", "source_code", "frequency"),
        **_sealed("counterparty_account", last4=False), "party_id": _HOLDER,
    },
    HISTORY, "order",
)  # fmt: skip

POSITION = Shape(
    "holdings_position", "s.account_key || '|' || s.product_key",
    {**_plain("account_id", "product_id", "position_date", "units", "nav", "market_value", "cost", "currency"), "party_id": _HOLDER},
    HISTORY, "position",
)  # fmt: skip

TRANSACTION = Shape(
    "holdings_transaction", "s.transaction_key",
    {
        **_plain("account_id", "booking_date", "value_date", "at", "amount", "currency", "direction", "code", "source_code", "balance_after",
                 "counterparty_name", "counterparty_account_digest", "counterparty_account_masked", "counterparty_bank", "channel", "summary",
                 "is_own_transfer", "is_reversal", "is_customer_initiated"),
        "party_id": "s.account_party_id",
    },
)  # fmt: skip

ENTITIES = (ACCOUNT, ROLE, LOAN, CARD, ORDER, POSITION)


def merge_accounts(cursor: Cursor, stage: Stage) -> Merged:
    """Take accounts; one without a main holder gets the owner among its roles."""
    merged = merging.entity(cursor, stage, ACCOUNT)
    fill_main_holders(cursor, source=stage.source)
    return merged


def merge_account_roles(cursor: Cursor, stage: Stage) -> Merged:
    """Take who is what on which account."""
    merged = merging.entity(cursor, stage, ROLE)
    fill_main_holders(cursor, source=stage.source)
    return merged


def fill_main_holders(cursor: Cursor, *, source: str) -> None:
    """Write the first owner as main holder of accounts whose feed names none (decision 11)."""
    cursor.execute(
        """update holdings_account a set party_id = r.party_id
           from (select distinct on (account_id) account_id, party_id from holdings_accountrole
                 where source = %(source)s and role = 'owner' and valid_to is null order by account_id, from_date nulls first, id) r
           where a.id = r.account_id and a.party_id is null""",
        {"source": source},
    )


def merge_loans(cursor: Cursor, stage: Stage) -> Merged:
    """Take loans."""
    return merging.entity(cursor, stage, LOAN)


def merge_cards(cursor: Cursor, stage: Stage) -> Merged:
    """Take cards; one that names a role hangs on that role's account and party."""
    return merging.entity(cursor, stage, CARD)


def merge_standing_orders(cursor: Cursor, stage: Stage) -> Merged:
    """Take standing orders."""
    return merging.entity(cursor, stage, ORDER)


def merge_positions(cursor: Cursor, stage: Stage) -> Merged:
    """Take positions; of several days in one batch only the last is kept here, all are in the warehouse."""
    cursor.execute(
        f"""delete from {stage.table} s using {stage.table} later where s.account_id = later.account_id and s.product_id = later.product_id
            and s.position_date < later.position_date"""
    )
    superseded = cursor.rowcount
    merged = merging.entity(cursor, stage, POSITION)
    return Merged(merged.loaded + superseded, merged.unchanged)


def merge_transactions(cursor: Cursor, stage: Stage) -> Merged:
    """Take postings into their monthly partitions."""
    cursor.execute(f"select distinct date_trunc('month', booking_date)::date from {stage.table}")
    for (month,) in cursor.fetchall():
        cursor.execute("select holdings_ensure_month(%s)", (month,))
    return merging.journal(cursor, stage, TRANSACTION, "source, external_key, booking_date")


def merge_balances(cursor: Cursor, stage: Stage) -> Merged:
    """Take balance changes, of which staging has kept the last of each month. A month that says what is known counts as unchanged."""
    cursor.execute(f"select coalesce(sum(_rows), 0) from {stage.table}")
    rows = int(cursor.fetchone()[0])
    cursor.execute(
        f"""select coalesce(sum(s._rows), 0) from {stage.table} s join holdings_balance b
            on b.account_id = s.account_id and b.currency = s.currency and b.valid_from = s.balance_date and b.balance = s.balance""",
    )
    unchanged = int(cursor.fetchone()[0])
    _keep_overwritten_balances(cursor, stage)
    cursor.execute(
        f"""insert into holdings_balance (account_id, party_id, currency, balance, available, valid_from, source, batch_id)
            select s.account_id, s.account_party_id, s.currency, s.balance, s.available, s.balance_date, %(source)s, %(batch_id)s
            from {stage.table} s
            on conflict (account_id, currency, valid_from) do update
                set balance = excluded.balance, available = excluded.available, batch_id = excluded.batch_id
                where holdings_balance.balance is distinct from excluded.balance""",
        stage.params,
    )
    cursor.execute(f"create temp table touched_accounts on commit drop as select distinct account_id from {stage.table}")
    _chain_balances(cursor)
    return Merged(rows - unchanged, unchanged)


def _keep_overwritten_balances(cursor: Cursor, stage: Stage) -> None:
    """A later batch may correct an earlier day: what stood there goes to history, so that it can be put back."""
    cursor.execute(
        f"""insert into {HISTORY} (kind, entity_id, party_id, valid_from, valid_to, "values", batch_id)
            select 'balance', b.account_id, b.party_id, b.valid_from, %(batch_date)s, to_jsonb(b), %(batch_id)s
            from holdings_balance b join {stage.table} s
              on b.account_id = s.account_id and b.currency = s.currency and b.valid_from = s.balance_date
            where b.balance is distinct from s.balance""",
        stage.params,
    )


def take_back_balances(cursor: Cursor, *, source: str, batch_ids: Sequence[int]) -> None:
    """Forget the balances those batches brought, put back what they overwrote, and chain the rest anew."""
    params = {"source": source, "ids": list(batch_ids)}
    cursor.execute(
        """create temp table touched_accounts on commit drop as
           select distinct account_id from holdings_balance where source = %(source)s and batch_id = any(%(ids)s)""",
        params,
    )
    cursor.execute("delete from holdings_balance where source = %(source)s and batch_id = any(%(ids)s)", params)
    cursor.execute(
        f"""insert into holdings_balance select r.* from (
                select distinct on (entity_id, valid_from) "values" from {HISTORY}
                where kind = 'balance' and batch_id = any(%(ids)s) order by entity_id, valid_from, batch_id) h,
            jsonb_populate_record(null::holdings_balance, h."values") r
            where r.source = %(source)s and not (r.batch_id = any(%(ids)s)) on conflict do nothing""",
        params,
    )
    cursor.execute(
        f"""delete from {HISTORY} where kind = 'balance' and batch_id = any(%(ids)s) and "values"->>'source' = %(source)s""", params
    )
    _chain_balances(cursor)


def _chain_balances(cursor: Cursor) -> None:
    """Close each balance where the next one begins, and write the open one on the account."""
    cursor.execute(
        """update holdings_balance b set valid_to = n.next_from
           from (select b.id, lead(b.valid_from) over (partition by b.account_id, b.currency order by b.valid_from) next_from
                 from holdings_balance b join touched_accounts t using (account_id)) n
           where n.id = b.id and b.valid_to is distinct from n.next_from"""
    )
    cursor.execute(
        """update holdings_account a set balance = b.balance, balance_date = b.valid_from
           from holdings_balance b join touched_accounts t using (account_id)
           where a.id = b.account_id and b.valid_to is null and b.currency = a.currency
             and (a.balance is distinct from b.balance or a.balance_date is distinct from b.valid_from)"""
    )
    cursor.execute("drop table touched_accounts")


def balances_from_transactions(cursor: Cursor, *, source: str, batch_id: int) -> None:
    """Where a bank delivers no balances feed, the balance after the last posting of each account is its balance."""
    cursor.execute(
        """update holdings_account a set balance = t.balance_after, balance_date = t.booking_date
           from (select distinct on (account_id) account_id, balance_after, booking_date from holdings_transaction
                 where source = %(source)s and batch_id = %(batch_id)s and balance_after is not null
                 order by account_id, booking_date desc, at desc nulls last, id desc) t
           where a.id = t.account_id and (a.balance_date is null or a.balance_date <= t.booking_date)
             and not exists (select 1 from holdings_balance b where b.account_id = a.id)""",
        {"source": source, "batch_id": batch_id},
    )


_SUMMARY = """
    select a.party_id, a.currency,
        sum(case when p.side = 'liability' or p.id is null then coalesce(a.balance, 0) else 0 end) deposits,
        sum(case when p.side = 'intermediary' then coalesce(v.value, a.balance, 0) else 0 end) wealth,
        sum(case when p.side = 'asset' then coalesce(a.balance, 0) else 0 end) loans,
        sum(case when p.side = 'asset' then 0 when p.side = 'intermediary' then coalesce(v.value, a.balance, 0) else coalesce(a.balance, 0) end) aum,
        count(*) count_accounts, count(distinct coalesce(p.family, 'demand_deposit')) count_families,
        min(a.maturity_date) filter (where a.maturity_date >= %(at)s and p.side <> 'asset') next_maturity_date,
        max(a.balance_date) as_of
    from holdings_account a left join products_product p on p.id = a.product_id
    left join lateral (select sum(market_value) as value from holdings_position x where x.account_id = a.id and x.valid_to is null) v on true
    where a.party_id is not null and a.status <> 'closed' and a.valid_to is null {only}
    group by a.party_id, a.currency"""


def refresh_summaries(cursor: Cursor, *, at: date, batch_id: int) -> int:
    """Add up what each party touched by the batch holds now. Joint accounts count for the main holder only, so the bank's total is not doubled."""
    cursor.execute(
        """create temp table touched_parties on commit drop as
           select party_id from holdings_account where batch_id = %(b)s union select party_id from holdings_balance where batch_id = %(b)s
           union select party_id from holdings_position where batch_id = %(b)s
           union select party_id from holdings_transaction where batch_id = %(b)s""",
        {"b": batch_id},
    )
    cursor.execute("analyze touched_parties")
    cursor.execute("delete from holdings_summary where party_id in (select party_id from touched_parties)")
    cursor.execute(
        f"""insert into holdings_summary (party_id, currency, deposits, wealth, loans, aum, count_accounts, count_families,
                next_maturity_date, as_of) {_SUMMARY.format(only="and a.party_id in (select party_id from touched_parties)")}""",
        {"at": at},
    )
    made = cursor.rowcount
    cursor.execute(
        """update holdings_summary s set next_maturity_amount = (
               select sum(coalesce(a.balance, a.principal)) from holdings_account a where a.party_id = s.party_id and a.currency = s.currency
               and a.maturity_date = s.next_maturity_date and a.status <> 'closed')
           where s.next_maturity_date is not null and s.party_id in (select party_id from touched_parties)"""
    )
    cursor.execute("drop table touched_parties")
    return made


def take_back(cursor: Cursor, *, source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Undo what batches of `source` from `since` on did to holdings, so that they can be replayed (decision 4)."""
    merging.take_back_journal(cursor, table="holdings_transaction", source=source, batch_ids=batch_ids)
    take_back_balances(cursor, source=source, batch_ids=batch_ids)
    for shape in ENTITIES:
        merging.take_back_entity(
            cursor, table=shape.table, history=HISTORY, kind=shape.kind, source=source, since=since, columns=list(shape.columns)
        )
