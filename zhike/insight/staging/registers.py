"""What customers have beside accounts: cards, loans by their register, standing orders, lines, payroll agreements, complaints. One row per customer each."""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, Value

from zhike.insight.exact import MONEY
from zhike.insight.sources import known_last
from zhike.insight.staging.texts import amount, day, day_of, keyed

YEAR = 365


def cards(raw_cards: ibis.Table, raw_account_roles: ibis.Table, account: ibis.Table, keys: ibis.Table) -> ibis.Table:
    """One row per customer with a card that is not closed: of its holder, else of the role it hangs on, else of the account."""
    rows = known_last(raw_cards, "cards").filter(lambda t: t["closed_date"].isnull() & (t["status"].fill_null("") != "closed"))
    hung = raw_account_roles.filter(raw_account_roles["role_key"].notnull()).semi_join(
        rows.filter(rows["party_key"].isnull()), ["_source", "role_key"]
    )
    role = hung.group_by(role_source=hung["_source"], card_role=hung["role_key"]).agg(role_party=hung["party_key"].max())
    rows = rows.left_join(role, [rows["_source"] == role["role_source"], rows["role_key"] == role["card_role"]])
    rows = rows.mutate(holder=rows["party_key"].fill_null(rows["role_party"]), card_account=keyed(rows["_source"], rows["account_key"]))
    rows = rows.left_join(keys, [rows["_source"] == keys["source"], rows["holder"] == keys["external_key"]]).drop("source", "external_key")
    owner = account.select(own_account=account["account"], owner_id=account["party_id"])
    rows = rows.left_join(owner, rows["card_account"] == owner["own_account"])
    rows = rows.mutate(whose=rows["party_id"].fill_null(rows["owner_id"])).filter(lambda t: t["whose"].notnull())
    is_credit = (rows["side"] == "credit").fill_null(False)
    return rows.group_by(party_id=rows["whose"]).agg(
        debit_cards=(~is_credit).sum().cast("int64"), credit_cards=is_credit.sum().cast("int64"),
        card_limit=ibis.ifelse(is_credit, amount(rows["limit_amount"]), ibis.null(MONEY)).sum().cast(MONEY),
    )  # fmt: skip


def registered_loans(raw_loans: ibis.Table, account: ibis.Table) -> ibis.Table:
    """One row per customer with a loan that runs, by the register of loans and through the account that it stands on or is repaid from."""
    rows = known_last(raw_loans, "loans").filter(lambda t: t["state"].isnull() | t["state"].isin(["running", "running_overdue"]))
    owner = account.select(own_account=account["account"], party_id=account["party_id"])
    rows = rows.join(owner, keyed(rows["_source"], rows["account_key"]) == owner["own_account"])
    return rows.group_by("party_id").agg(loans_running=rows.count().cast("int64"))


def orders(raw_standing_orders: ibis.Table, account: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per customer with a standing order in force."""
    rows = _in_force(known_last(raw_standing_orders, "standing_orders"), clock)
    owner = account.select(own_account=account["account"], party_id=account["party_id"])
    rows = rows.join(owner, keyed(rows["_source"], rows["account_key"]) == owner["own_account"])
    return rows.group_by("party_id").agg(standing_orders=rows.count().cast("int64"))


def lines(raw_credit_lines: ibis.Table, keys: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per customer with a credit line in force."""
    rows = _of_keys(_in_force(known_last(raw_credit_lines, "credit_lines"), clock), keys)
    return rows.group_by("party_id").agg(
        credit_lines=amount(rows["amount"]).sum().cast(MONEY), lines_used=amount(rows["used"]).sum().cast(MONEY)
    )


def employers(raw_payroll_agreements: ibis.Table, keys: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per customer who pays salaries through the bank."""
    rows = _of_keys(_in_force(known_last(raw_payroll_agreements, "payroll_agreements"), clock), keys)
    return rows.group_by("party_id").agg(payrolls=rows.count().cast("int64"))


def complaints(raw_cases: ibis.Table, keys: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per customer who complained up to the business date."""
    rows = known_last(raw_cases, "cases").filter(lambda t: t["kind"] == "complaint")
    rows = _of_keys(rows, keys).cross_join(clock.select("as_of"))
    rows = rows.mutate(opened=day_of(rows["opened_at"])).filter(lambda t: t["opened"] <= t["as_of"])
    within: Value = rows["as_of"].delta(rows["opened"], unit="day") < YEAR
    return rows.group_by("party_id").agg(
        complaints_12m=within.sum().cast("int64"), complaints_open=rows["closed_at"].isnull().sum().cast("int64"), last_complaint_date=rows["opened"].max()
    )  # fmt: skip


def services(
    cards: ibis.Table, registered_loans: ibis.Table, orders: ibis.Table, lines: ibis.Table, employers: ibis.Table, complaints: ibis.Table
) -> ibis.Table:
    """One row per customer with any of them."""
    parts = (cards, registered_loans, orders, lines, employers, complaints)
    kinds = {name: kind for part in parts for name, kind in part.schema().items() if name != "party_id"}
    rows = ibis.union(
        *(
            part.select(
                "party_id", **{name: part[name].cast(kind) if name in part.columns else ibis.null(kind) for name, kind in kinds.items()}
            )
            for part in parts
        )
    )
    return rows.group_by("party_id").agg(**{name: rows[name].max() for name in kinds})


def _of_keys(rows: ibis.Table, keys: ibis.Table) -> ibis.Table:
    """Rows with a `party_key` of whom Zhike knows which customer it is."""
    mine = keys.rename(_key_source="source")
    return rows.join(mine, [rows["_source"] == mine["_key_source"], rows["party_key"] == mine["external_key"]]).drop(
        "_key_source", "external_key"
    )


def _in_force(rows: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """What holds on the business date, [from, to); without dates it holds."""
    t = rows.cross_join(clock.select("as_of"))
    begun: BooleanValue = day(t["from_date"]).isnull() | (day(t["from_date"]) <= t["as_of"])
    return t.filter(begun & (day(t["to_date"]).isnull() | (day(t["to_date"]) > t["as_of"])))
