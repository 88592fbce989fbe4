"""Declared inputs of the build: which feeds it reads, and of each only the fields it needs.

Landed fields are text; `_file` and `_line` say where a row stood, `_source`, `_batch_date` and `_order` which delivery brought it. What
sealed fields protect is not read at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import ibis

FEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "parties": (
        "party_key", "kind", "status", "sex", "birth_date", "education", "marital_status", "income_band", "region", "industry", "size_class",
        "unit_key", "since_date", "left_date", "is_staff",
    ),
    "party_groups": ("group_key", "kind", "party_key"),
    "organisation": ("unit_key", "name", "level", "parent_key"),
    "rm_assignments": ("party_key", "staff_no", "role", "from_date", "to_date"),
    "products": ("product_key", "name", "side", "family", "term_days", "rate"),
    "rates": ("kind", "rate_key", "rate_date", "rate"),
    "accounts": (
        "account_key", "product_key", "party_key", "unit_key", "currency", "status", "opened_date", "closed_date", "start_date",
        "maturity_date", "rate", "principal",
    ),
    "account_roles": ("role_key", "account_key", "party_key", "role", "share", "from_date", "to_date"),
    "balances": ("account_key", "currency", "balance_date", "balance"),
    "positions": ("account_key", "product_key", "position_date", "units", "nav", "market_value", "currency"),
    "transactions": (
        "transaction_key", "account_key", "booking_date", "amount", "currency", "direction", "code", "channel", "is_own_transfer", "is_customer_initiated",
        "balance_after",
    ),
    "loans": ("loan_key", "account_key", "rate", "five_class", "overdue_days", "maturity_date", "balance", "state"),
    "cards": ("card_key", "account_key", "role_key", "party_key", "side", "status", "closed_date", "limit_amount"),
    "standing_orders": ("order_key", "account_key", "from_date", "to_date"),
    "credit_lines": ("line_key", "party_key", "amount", "used", "from_date", "to_date"),
    "fees": ("fee_key", "party_key", "fee_date", "amount", "currency", "kind", "waived"),
    "merchants": ("merchant_key", "party_key", "closed_date"),
    "merchant_volumes": ("merchant_key", "month", "count", "amount", "fee"),
    "payroll_agreements": ("agreement_key", "party_key", "from_date", "to_date"),
    "payroll_details": ("agreement_key", "party_key", "pay_date", "amount"),
    "channel_events": ("event_key", "party_key", "at", "channel", "kind"),
    "interactions": ("interaction_key", "party_key", "at", "channel", "direction"),
    "cases": ("case_key", "party_key", "opened_at", "closed_at", "kind"),
    "risk_profiles": ("party_key", "level", "assessed_date", "valid_to_date"),
})  # fmt: skip

# What a row of a feed is known by: of several versions the one known last counts.
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "parties": ("party_key",), "party_groups": ("group_key", "party_key"), "organisation": ("unit_key",),
    "rm_assignments": ("party_key", "staff_no", "role", "from_date"), "products": ("product_key",), "rates": ("kind", "rate_key", "rate_date"),
    "accounts": ("account_key",), "account_roles": ("account_key", "party_key", "role"), "loans": ("loan_key",), "cards": ("card_key",), "standing_orders": ("order_key",),
    "credit_lines": ("line_key",), "fees": ("fee_key",), "merchants": ("merchant_key",), "merchant_volumes": ("merchant_key", "month"),
    "payroll_agreements": ("agreement_key",), "payroll_details": ("agreement_key", "party_key", "pay_date"),
    "channel_events": ("event_key",), "interactions": ("interaction_key",), "cases": ("case_key",), "risk_profiles": ("party_key", "assessed_date"),
})  # fmt: skip

# Journals: a row that came before under the same key is not taken again (decision 8). Their key, and the date by which late rows are told.
ONCE: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType({
    "transactions": (("transaction_key",), "booking_date"), "fees": (("fee_key",), "fee_date"), "channel_events": (("event_key",), "at"),
    "interactions": (("interaction_key",), "at"), "merchant_volumes": (("merchant_key", "month"), "month"),
})  # fmt: skip

_PLACE = {"_line": "int64", "_file": "string", "_source": "string", "_batch_date": "date", "_order": "int32"}


def schema_of(feed: str) -> ibis.Schema:
    """The columns of a feed as they are read."""
    return ibis.schema({**dict.fromkeys(FEEDS[feed], "string"), **_PLACE})


def raw(feed: str) -> ibis.Table:
    """A feed as it was landed."""
    return ibis.table(schema_of(feed), name=f"raw_{feed}")


REFUSED = ibis.schema({"feed": "string", "file": "string", "line": "int64", "_order": "int32"})


def known_last(rows: ibis.Table, feed: str) -> ibis.Table:
    """Of each key the version that was known last; within one delivery the first line, as the checks take it."""
    keys = [rows["_source"], *(rows[key] for key in KEYS[feed])]
    window = ibis.window(group_by=keys, order_by=[rows["_order"].desc(), rows["_line"].asc()])
    return rows.mutate(_place=ibis.row_number().over(window)).filter(lambda t: t["_place"] == 0).drop("_place")
