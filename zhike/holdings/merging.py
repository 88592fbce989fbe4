"""Set-based taking of the holdings' feeds, and the summary per party that lists read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from zhike.core import merging
from zhike.core.merging import Cursor, Merged, Shape, Stage
from zhike.holdings.balances import HISTORY, LAST_OF_MONTH, balances_from_transactions, merge_balances, take_back_balances
from zhike.holdings.summaries import refresh_summaries, touch
from zhike.parties.merging import merge_sureties, note_origins

__all__ = ["REDUCED", "finish", "merge_account_roles", "merge_accounts", "merge_balances", "merge_cards", "merge_guarantees", "merge_loans", "merge_payrolls", "merge_positions",
           "merge_salaries", "merge_standing_orders", "merge_transactions", "take_back"]  # fmt: skip


def _texts(*names: str) -> dict[str, str]:
    return {name: f"coalesce(s.{name}, '')" for name in names}


def _plain(*names: str) -> dict[str, str]:
    return {name: f"s.{name}" for name in names}


def _sealed(name: str, *, last4: bool = True) -> dict[str, str]:
    columns = {f"{name}_digest": f"s.{name}_digest", f"{name}_masked": f"coalesce(s.{name}_masked, '')"}
    return columns | ({f"{name}_last4": f"s.{name}_last4"} if last4 else {})


# What staging keeps of a feed: one row of several, with `_rows`, for how many it stands.
REDUCED = {"balances": LAST_OF_MONTH}

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

PAYROLL = Shape(
    "holdings_payroll", "s.agreement_key", _plain("party_id", "account_id", "from_date", "to_date", "headcount"), HISTORY, "payroll",
)  # fmt: skip

SALARY = Shape(
    "holdings_salary", "s.agreement_key || '|' || s.party_key || '|' || s.pay_date",
    {**_plain("party_id", "pay_date", "amount"), "payroll_id": "s.agreement_id"},
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

_HOME = {"party_id": "party_home"}
ENTITIES = (ACCOUNT, ROLE, LOAN, CARD, ORDER, POSITION, PAYROLL)


def merge_accounts(cursor: Cursor, stage: Stage) -> Merged:
    """Take accounts; one without a main holder gets the owner among its roles."""
    staged = f"select a.party_id from {stage.table} s join holdings_account a on a.source = %(source)s and a.external_key = s.account_key"
    touch(cursor, staged, stage.params)
    note_origins(cursor, stage, ACCOUNT, _HOME)
    merged = merging.entity(cursor, stage, ACCOUNT)
    touch(cursor, staged, stage.params)
    if merged.closed:
        touch(cursor, "select party_id from holdings_account where source = %(source)s and valid_to = %(batch_date)s", stage.params)
    return merged


def merge_account_roles(cursor: Cursor, stage: Stage) -> Merged:
    """Take who is what on which account; the first owner is the main holder of an account whose feed names none (decision 11)."""
    note_origins(cursor, stage, ROLE, _HOME)
    merged = merging.entity(cursor, stage, ROLE)
    cursor.execute(
        f"""update holdings_account a set party_id = r.party_id
            from (select distinct on (o.account_id) o.account_id, o.party_id from holdings_accountrole o
                  where o.account_id in (select s.account_id from {stage.table} s) and o.source = %(source)s and o.role = 'owner'
                    and o.valid_to is null order by o.account_id, o.from_date nulls first, o.id) r
            where a.id = r.account_id and a.party_id is null""",
        stage.params,
    )
    if cursor.rowcount:
        touch(cursor, f"select a.party_id from {stage.table} s join holdings_account a on a.id = s.account_id")
    return merged


def merge_loans(cursor: Cursor, stage: Stage) -> Merged:
    """Take loans."""
    note_origins(cursor, stage, LOAN, _HOME)
    return merging.entity(cursor, stage, LOAN)


def merge_cards(cursor: Cursor, stage: Stage) -> Merged:
    """Take cards; one that names a role hangs on that role's account and party."""
    note_origins(cursor, stage, CARD, _HOME)
    return merging.entity(cursor, stage, CARD)


def merge_standing_orders(cursor: Cursor, stage: Stage) -> Merged:
    """Take standing orders."""
    return merging.entity(cursor, stage, ORDER)


def merge_payrolls(cursor: Cursor, stage: Stage) -> Merged:
    """Take which employers pay their people through the bank."""
    note_origins(cursor, stage, PAYROLL, _HOME)
    return merging.entity(cursor, stage, PAYROLL)


def merge_salaries(cursor: Cursor, stage: Stage) -> Merged:
    """Take what employees were paid under those agreements."""
    note_origins(cursor, stage, SALARY, _HOME)
    return merging.journal(cursor, stage, SALARY, "source, external_key")


def merge_guarantees(cursor: Cursor, stage: Stage) -> Merged:
    """Take who stands surety for which loan, as a relationship between the guarantor and the borrower; amounts wait in the warehouse."""
    staged = merging.total(cursor, stage)
    cursor.execute(
        f"""create temp table stage_sureties on commit drop as
            select s.guarantee_key, s.guarantor_id, s.guarantor_home, l.party_id as borrower_id, o.home_id as borrower_home, s.from_date, s.to_date, s._digest
            from {stage.table} s join holdings_loan l on l.id = s.loan_id
            left join parties_origin o on o.table_name = '{LOAN.table}' and o.column_name = 'party_id' and o.source = l.source and o.external_key = l.external_key
            where l.party_id is not null and l.party_id <> s.guarantor_id"""
    )
    merged = merge_sureties(cursor, replace(stage, table="stage_sureties"))
    cursor.execute("drop table stage_sureties")
    return Merged(merged.loaded, staged - merged.loaded, merged.closed)


def merge_positions(cursor: Cursor, stage: Stage) -> Merged:
    """Take positions; of several days in one batch only the last is kept here, all are in the warehouse."""
    cursor.execute(
        f"""delete from {stage.table} s using {stage.table} later where s.account_id = later.account_id and s.product_id = later.product_id
            and s.position_date < later.position_date"""
    )
    superseded = cursor.rowcount
    merged = merging.entity(cursor, stage, POSITION)
    if merged.loaded or merged.closed:
        touch(
            cursor,
            "select party_id from holdings_position where source = %(source)s and (batch_id = %(batch_id)s or valid_to = %(batch_date)s)",
            stage.params,
        )
    return Merged(merged.loaded + superseded, merged.unchanged, merged.closed)


def begin_month(cursor: Cursor, month: date) -> str | None:
    """A table for the postings of a month (given by its first day) that nobody has seen, to be filled by COPY; None where the month is there."""
    cursor.execute("select holdings_begin_month(%s)", (month,))
    return cast("str | None", cursor.fetchone()[0])


def attach_month(cursor: Cursor, month: date) -> None:
    """Index what `begin_month` gave and make it a part of the transactions."""
    cursor.execute("select holdings_attach_month(%s)", (month,))


def merge_transactions(cursor: Cursor, stage: Stage) -> Merged:
    """Take postings into their monthly partitions; those of months that nobody has seen may have been copied there already."""
    cursor.execute(f"select distinct date_trunc('month', booking_date)::date from {stage.table}")
    for (month,) in cursor.fetchall():
        if begin_month(cursor, month):
            attach_month(cursor, month)
    return merging.journal(cursor, stage, TRANSACTION, "source, external_key, booking_date")


def finish(cursor: Cursor, *, source: str, batch_id: int, at: date, has_balances: bool) -> None:
    """After all feeds of a batch: balances of accounts that only postings tell of, and the sums of every party that was touched."""
    if not has_balances:
        balances_from_transactions(cursor, source=source, batch_id=batch_id)
    refresh_summaries(cursor, at=at)


def take_back(cursor: Cursor, *, source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Undo what batches of `source` from `since` on did to holdings, so that they can be replayed (decision 4)."""
    for table in ("holdings_account", "holdings_position"):
        touch(
            cursor, f"select party_id from {table} where source = %(source)s and (valid_from >= %(since)s or valid_to >= %(since)s)",
            {"source": source, "since": since},
        )  # fmt: skip
    for table in ("holdings_transaction", SALARY.table):
        merging.take_back_journal(cursor, table=table, source=source, batch_ids=batch_ids)
    take_back_balances(cursor, source=source, batch_ids=batch_ids)
    for shape in ENTITIES:
        merging.take_back_entity(
            cursor, table=shape.table, history=HISTORY, kind=shape.kind, source=source, since=since, columns=list(shape.columns)
        )
