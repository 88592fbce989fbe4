"""The canonical feeds: what every bank's files are mapped onto, whatever they look like.

A *feed* is one kind of fact (parties, accounts, transactions ...). A layout says how a bank's own files become rows of these
feeds; from here on nothing knows any more what the files looked like. Every field has a type, says whether it must be there,
which protection class it has (JR/T 0171: C1 internal, C2 identifies a person or money; C3 is refused everywhere, R30) and,
for identifiers that are encrypted while landing, which kind of secret it is.

`docs/feeds.md` is made from this module and a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

FieldType = Literal["key", "text", "code", "date", "instant", "money", "rate", "number", "whole", "flag"]
SealKind = Literal["id_no", "phone", "account_no", "card_no", "email", "address"]
FeedMode = Literal["full", "changed", "incremental"]


@dataclass(frozen=True)
class Field:
    """One field of a feed.

    `type`: key (an identifier within the source) · text · code (one of `codes`) · date · instant · money (numeric 20,2) ·
    rate (numeric 9,6; 0.031 means 3.1 %) · number (numeric 20,6) · whole · flag (true/false).
    `seal`: the kind of protected value; it leaves the reader only as digest, last-four digest, mask and ciphertext.
    `refers`: the feed whose key this is; an unknown one is an orphan.
    """

    name: str
    type: FieldType = "text"
    required: bool = False
    codes: tuple[str, ...] = ()
    seal: SealKind | None = None
    refers: str | None = None
    c: Literal[1, 2] = 1
    past: bool = False  # a date that may not lie after the batch date (decision 5)
    note: str = ""


@dataclass(frozen=True)
class Feed:
    """One canonical feed. `key` are the fields that make a row unique inside its source; `merged` tells whether an area exists
    that takes it into PostgreSQL (the others are landed and wait)."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    mode: FeedMode = "changed"
    merged: bool = True
    note: str = ""
    by_name: dict[str, Field] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {f.name: f for f in self.fields})


def _key(name: str, note: str = "", refers: str | None = None, required: bool = True) -> Field:
    return Field(name, "key", required, refers=refers, note=note)


PARTY_KINDS = ("individual", "sole_trader", "company", "financial_institution", "institution", "unincorporated")
PARTY_STATUS = ("customer", "prospect", "former")
UNIT_LEVELS = ("head_office", "branch", "sub_branch", "outlet")
ID_TYPES = (
    "resident_id", "uscc", "passport", "hk_macao_pass", "taiwan_pass", "residence_permit", "foreigner_card", "military_id",
    "household_register", "lei", "organisation_code", "birth_number", "other",
)  # fmt: skip
CONTACT_KINDS = ("mobile", "phone", "email", "address", "wechat")
RELATIONS = (
    "spouse", "parent", "child", "sibling", "relative", "legal_rep", "actual_controller", "shareholder", "beneficial_owner",
    "executive", "finance_contact", "employer", "employee", "guarantor", "guaranteed", "co_borrower", "referrer", "referred",
    "parent_company", "subsidiary", "supplier", "buyer", "agent", "principal", "owns_business", "owned_by", "branch_of",
    "has_branch", "controlled_by", "shareholding", "owned_beneficially_by", "represented_by", "managed_by", "finance_of",
)  # fmt: skip
GROUP_KINDS = ("household", "control_group", "economic_group", "supply_chain")
ROLE_KINDS = ("owner", "joint_holder", "authorised", "agent", "guarantor", "co_borrower", "beneficiary", "payer")
SIDES = ("liability", "asset", "intermediary")
FAMILIES = (
    "demand_deposit", "call_deposit", "time_deposit", "cd", "structured_deposit", "margin", "mortgage", "business_loan",
    "consumer_loan", "farmer_loan", "credit_card", "working_capital", "fixed_asset_loan", "project_finance", "trade_finance",
    "discount", "wealth_product", "fund", "insurance", "bond", "precious_metal", "trust", "custody", "debit_card", "e_banking",
    "payroll", "merchant", "settlement", "guarantee", "letter_of_credit", "loan",
)  # fmt: skip
CHANNELS = ("counter", "atm", "mobile_app", "online_bank", "phone", "email", "sms", "wechat", "visit", "branch_visit", "letter", "system", "pos", "other")  # fmt: skip

ORGANISATION = Feed("organisation", (
    _key("unit_key"), Field("name", required=True), Field("level", "code", True, UNIT_LEVELS),
    _key("parent_key", "empty for head office", "organisation", required=False),
    Field("region"), Field("opened_date", "date", past=True), Field("closed_date", "date"),
), ("unit_key",))  # fmt: skip

EMPLOYEES = Feed("employees", (
    _key("staff_no"), Field("name", required=True, c=2), _key("unit_key", refers="organisation"),
    Field("post", "code", True, ("relationship_manager", "corporate_rm", "wealth_adviser", "branch_manager", "lobby_manager", "agent",
                                 "analyst", "marketer", "complaint_officer", "compliance", "administrator", "teller", "other")),
    Field("status", "code", codes=("active", "on_leave", "left")), Field("team"), Field("joined_date", "date", past=True),
    Field("left_date", "date"),
), ("staff_no",))  # fmt: skip

RM_ASSIGNMENTS = Feed("rm_assignments", (
    _key("party_key", refers="parties"), _key("staff_no", refers="employees"),
    Field("role", "code", True, ("main", "assisting")), Field("from_date", "date", True), Field("to_date", "date", note="exclusive"),
), ("party_key", "staff_no", "role", "from_date"))  # fmt: skip

PARTIES = Feed("parties", (
    _key("party_key"), Field("kind", "code", True, PARTY_KINDS), Field("status", "code", codes=PARTY_STATUS, note="empty: customer"),
    Field("name", required=True, c=2), Field("customer_no", note="the number staff say; empty for prospects"),
    Field("sex", "code", codes=("female", "male")), Field("birth_date", "date", c=2, past=True), Field("nationality"),
    Field("occupation", c=2), Field("employer_name", c=2), Field("education"), Field("marital_status", "code",
        codes=("single", "married", "divorced", "widowed")), Field("income_band"),
    Field("region"), Field("industry", note="GB/T 4754 class"), Field("size_class", "code", codes=("large", "medium", "small", "micro")),
    Field("registered_capital", "money"), Field("established_date", "date", past=True), Field("short_name"),
    _key("unit_key", "managing unit", "organisation", required=False),
    _key("opening_unit_key", "where the customer was opened", "organisation", required=False),
    Field("since_date", "date", past=True, note="customer since"), Field("left_date", "date"),
    Field("is_staff", "flag"), Field("is_related_party", "flag"), Field("lead_source"),
), ("party_key",))  # fmt: skip

IDENTIFIERS = Feed("identifiers", (
    _key("party_key", refers="parties"), Field("id_type", "code", True, ID_TYPES), Field("id_no", required=True, seal="id_no", c=2),
    Field("issued_date", "date", past=True), Field("expires_date", "date", note="9999-12-31: long-term"), Field("issuer"), Field("is_main", "flag"),
), ("party_key", "id_type", "id_no"))  # fmt: skip

CONTACT_POINTS = Feed("contact_points", (
    _key("party_key", refers="parties"), _key("contact_key"), Field("kind", "code", True, CONTACT_KINDS), Field("purpose"),
    Field("phone", seal="phone", c=2), Field("email", seal="email", c=2), Field("address", seal="address", c=2),
    Field("region", note="district of the address, shown in clear"), Field("is_main", "flag"), Field("is_valid", "flag"),
), ("party_key", "contact_key"), note="exactly one of phone, email, address is filled")  # fmt: skip

RELATIONSHIPS = Feed("relationships", (
    _key("from_key", refers="parties"), _key("to_key", refers="parties"), Field("type", "code", True, RELATIONS,
        note="what `to` is to `from`"), Field("share", "rate", note="0.25 = 25 %"), Field("from_date", "date"), Field("to_date", "date"),
    Field("confidence", "rate"), Field("verified_by"),
), ("from_key", "to_key", "type"))  # fmt: skip

PARTY_GROUPS = Feed("party_groups", (
    _key("group_key"), Field("kind", "code", True, GROUP_KINDS), Field("name", required=True, c=2),
    _key("party_key", "one row per member", "parties"), Field("member_role"), Field("is_head", "flag"),
), ("group_key", "party_key"))  # fmt: skip

CONSENTS = Feed("consents", (
    _key("party_key", refers="parties"), Field("purpose", required=True), Field("channel", "code", codes=CHANNELS),
    Field("state", "code", True, ("given", "withdrawn")), Field("at", "instant", note="empty: the batch date"), Field("notice_version"),
    Field("expires_date", "date", note="exclusive; empty: until withdrawn"), Field("evidence", note="how it can be proven"),
), ("party_key", "purpose", "channel"), note="an empty channel stands for every channel; entries are kept as a ledger")  # fmt: skip

PRODUCTS = Feed("products", (
    _key("product_key"), Field("name", required=True), Field("side", "code", True, SIDES), Field("family", "code", True, FAMILIES),
    Field("risk_level", "code", codes=("R1", "R2", "R3", "R4", "R5")), Field("issuer"), Field("is_agency", "flag"),
    Field("currency"), Field("term_days", "whole"), Field("min_amount", "money"), Field("rate", "rate"),
    Field("on_sale_date", "date"), Field("off_sale_date", "date"),
    Field("issuer_risk_level", "code", codes=("R1", "R2", "R3", "R4", "R5"), note="where the issuer says another than `risk_level`; the higher counts"),
    Field("offering", "code", codes=("public", "private"), note="private: for qualified investors; empty: public"),
    Field("asset_kind", "code", codes=("fixed_income", "mixed", "equity", "derivative"), note="what it mostly invests in"),
), ("product_key",))  # fmt: skip

RATES = Feed("rates", (
    Field("kind", "code", True, ("fx", "ftp", "product")), _key("rate_key"), Field("rate_date", "date", True), Field("rate", "number", True),
), ("kind", "rate_key", "rate_date"), "incremental", merged=False)  # fmt: skip

ACCOUNTS = Feed("accounts", (
    _key("account_key"), Field("account_no", seal="account_no", c=2, note="empty: the key is the number"),
    _key("product_key", refers="products", required=False),
    _key("party_key", "main holder; empty: the owner among the roles", "parties", required=False),
    _key("unit_key", "opening unit", "organisation", required=False), Field("currency", required=True),
    Field("status", "code", codes=("open", "closed", "frozen", "dormant")), Field("account_class", "code", codes=("I", "II", "III", "basic", "general")),
    Field("opened_date", "date", past=True), Field("closed_date", "date"), Field("start_date", "date"), Field("maturity_date", "date"), Field("rate", "rate"),
    Field("principal", "money"), Field("is_auto_renewed", "flag"), Field("statement_cycle"),
), ("account_key",))  # fmt: skip

ACCOUNT_ROLES = Feed("account_roles", (
    _key("role_key"), _key("account_key", refers="accounts"), _key("party_key", refers="parties"), Field("role", "code", True, ROLE_KINDS),
    Field("share", "rate"), Field("signing_rule", "code", codes=("any", "all")), Field("from_date", "date"), Field("to_date", "date"),
), ("role_key",))  # fmt: skip

BALANCES = Feed("balances", (
    _key("account_key", refers="accounts"), Field("currency", required=True), Field("balance_date", "date", True, past=True, note="end of this day"),
    Field("balance", "money", True, c=2, note="debt is positive on the asset side"), Field("available", "money", c=2),
), ("account_key", "currency", "balance_date"), "incremental",
    note="a change row: the balance at the end of that day, in force until the next row")  # fmt: skip

POSITIONS = Feed("positions", (
    _key("account_key", refers="accounts"), _key("product_key", refers="products"), Field("position_date", "date", True, past=True),
    Field("units", "number", True), Field("nav", "number"), Field("market_value", "money", True, c=2), Field("cost", "money", c=2), Field("currency", required=True),
), ("account_key", "product_key", "position_date"), "incremental")  # fmt: skip

TRANSACTIONS = Feed("transactions", (
    _key("transaction_key", "empty: a content hash with an occurrence number", required=False), _key("account_key", refers="accounts"),
    Field("booking_date", "date", True, past=True), Field("value_date", "date"), Field("at", "instant"),
    Field("amount", "money", True, c=2, note="never negative; the direction says which way"), Field("currency", required=True),
    Field("direction", "code", True, ("credit", "debit")), Field("code", note="normalised kind: salary, transfer, cash, card, interest, fee ..."),
    Field("source_code", note="as the bank wrote it"), Field("balance_after", "money", c=2), Field("counterparty_name", c=2),
    Field("counterparty_account", seal="account_no", c=2), Field("counterparty_bank"), Field("channel", "code", codes=CHANNELS),
    Field("summary", c=2), Field("is_own_transfer", "flag"), Field("is_reversal", "flag"), Field("is_customer_initiated", "flag"),
), ("transaction_key", "booking_date"), "incremental")  # fmt: skip

LOANS = Feed("loans", (
    _key("loan_key"), _key("account_key", refers="accounts", required=False), _key("party_key", refers="parties", required=False),
    _key("product_key", refers="products", required=False), Field("amount", "money", True, c=2), Field("balance", "money", c=2), Field("currency", required=True),
    Field("granted_date", "date", True, past=True), Field("maturity_date", "date"), Field("term_months", "whole"), Field("instalment", "money", c=2),
    Field("rate", "rate"), Field("state", "code", codes=("running", "running_overdue", "finished", "finished_unpaid")),
    Field("five_class", "code", codes=("pass", "special_mention", "substandard", "doubtful", "loss")), Field("overdue_days", "whole"),
    Field("purpose"), Field("guarantee_type"),
), ("loan_key",), note="a loan without an account of its own names the account it is repaid from")  # fmt: skip

CREDIT_LINES = Feed("credit_lines", (
    _key("line_key"), _key("party_key", refers="parties"), Field("amount", "money", True, c=2), Field("used", "money", c=2), Field("currency", required=True),
    Field("from_date", "date"), Field("to_date", "date"),
), ("line_key",), merged=False)  # fmt: skip

GUARANTEES = Feed("guarantees", (
    _key("guarantee_key"), _key("guarantor_key", refers="parties"), _key("loan_key", refers="loans"), Field("type", "code", codes=("surety", "mortgage", "pledge")),
    Field("amount", "money", c=2), Field("from_date", "date"), Field("to_date", "date"),
), ("guarantee_key",))  # fmt: skip

CARDS = Feed("cards", (
    _key("card_key"), _key("account_key", refers="accounts", required=False), _key("role_key", "the role the card hangs on", "account_roles", required=False),
    _key("party_key", refers="parties", required=False), Field("card_no", seal="card_no", c=2), Field("type"), Field("tier"),
    Field("side", "code", codes=("debit", "credit")), Field("issued_date", "date", past=True), Field("activated_date", "date"), Field("closed_date", "date"),
    Field("renewal_month", "date", note="only the month in which renewal is due (R30)"), Field("limit_amount", "money", c=2), Field("status", "code",
        codes=("active", "inactive", "blocked", "closed")),
), ("card_key",))  # fmt: skip

STANDING_ORDERS = Feed("standing_orders", (
    _key("order_key"), _key("account_key", refers="accounts"), Field("amount", "money", True, c=2), Field("currency", required=True),
    Field("counterparty_bank"), Field("counterparty_account", seal="account_no", c=2), Field("code"), Field("source_code"), Field("frequency"),
    Field("from_date", "date"), Field("to_date", "date"),
), ("order_key",))  # fmt: skip

PAYROLL_AGREEMENTS = Feed("payroll_agreements", (
    _key("agreement_key"), _key("party_key", "the employer", "parties"), _key("account_key", refers="accounts", required=False),
    Field("from_date", "date"), Field("to_date", "date"), Field("headcount", "whole"),
), ("agreement_key",))  # fmt: skip

PAYROLL_DETAILS = Feed("payroll_details", (
    _key("agreement_key", refers="payroll_agreements"), _key("party_key", "the employee", "parties"), Field("pay_date", "date", True, past=True),
    Field("amount", "money", True, c=2), _key("account_key", refers="accounts", required=False),
), ("agreement_key", "party_key", "pay_date"), "incremental")  # fmt: skip

MERCHANTS = Feed("merchants", (
    _key("merchant_key"), _key("party_key", refers="parties"), Field("name", required=True), Field("category"), _key("account_key", refers="accounts", required=False),
    Field("opened_date", "date", past=True), Field("closed_date", "date"),
), ("merchant_key",), merged=False)  # fmt: skip

MERCHANT_VOLUMES = Feed("merchant_volumes", (
    _key("merchant_key", refers="merchants"), Field("month", "date", True), Field("count", "whole", True), Field("amount", "money", True, c=2), Field("fee", "money"),
), ("merchant_key", "month"), "incremental", merged=False)  # fmt: skip

FEES = Feed("fees", (
    _key("fee_key"), _key("party_key", refers="parties"), _key("account_key", refers="accounts", required=False), Field("fee_date", "date", True, past=True),
    Field("amount", "money", True, c=2), Field("currency", required=True), Field("kind", required=True), Field("waived", "money"),
), ("fee_key",), "incremental", merged=False)  # fmt: skip

CHANNEL_EVENTS = Feed("channel_events", (
    _key("event_key"), _key("party_key", refers="parties"), Field("at", "instant", True), Field("channel", "code", True, CHANNELS),
    Field("kind", required=True, note="login, browse, counter_visit, call ..."), Field("detail"), Field("seconds", "whole"),
), ("event_key",), "incremental", note="kept as one row a customer, day and channel")  # fmt: skip

RISK_PROFILES = Feed("risk_profiles", (
    _key("party_key", refers="parties"), Field("level", "code", True, ("C1", "C2", "C3", "C4", "C5")), Field("assessed_date", "date", True, past=True),
    Field("valid_to_date", "date", note="exclusive; an assessment never lasts longer than the bank's setting says"), Field("method"),
    Field("place", note="`counter`: in person at the outlet"), Field("experience_years", "whole", note="of investing, as she said herself"),
    Field("investor_type", "code", codes=("ordinary", "professional"), note="empty: ordinary"),
    Field("qualified_by", "code", codes=("experience_and_assets", "assets", "income"), note="by what she is a qualified investor; empty: she is not"),
    Field("qualified_date", "date", past=True, note="on which it was proven"), Field("evidence", note="what proves it: the name or number of a document"),
    Field("is_remote_agreed", "flag", note="agreed in writing to buy high risk away from the outlet"),
), ("party_key", "assessed_date"))  # fmt: skip

INTERACTIONS = Feed("interactions", (
    _key("interaction_key"), _key("party_key", refers="parties"), Field("at", "instant", True), Field("channel", "code", True, CHANNELS),
    Field("direction", "code", codes=("in", "out")), _key("staff_no", refers="employees", required=False), Field("purpose"), Field("outcome"),
    Field("subject", c=2), Field("text", c=2), Field("seconds", "whole"),
), ("interaction_key",), "incremental")  # fmt: skip

CASES = Feed("cases", (
    _key("case_key"), _key("party_key", refers="parties"), Field("opened_at", "instant", True), Field("closed_at", "instant"), Field("kind", "code", True,
        ("complaint", "enquiry", "request")), Field("category"), Field("channel", "code", codes=CHANNELS), Field("text", c=2), Field("outcome"),
), ("case_key",), merged=False)  # fmt: skip

CALENDAR = Feed("calendar", (
    _key("calendar_key", "country or market"), Field("day", "date", True), Field("is_working", "flag", True), Field("name"),
), ("calendar_key", "day"), "full", note="clocks that count working days follow it; a day that is not named is a working day from Monday to Friday")  # fmt: skip

# Load order: what others refer to comes first.
FEEDS: dict[str, Feed] = {
    f.name: f
    for f in (
        ORGANISATION, EMPLOYEES, PARTIES, IDENTIFIERS, CONTACT_POINTS, RM_ASSIGNMENTS, RELATIONSHIPS, PARTY_GROUPS, CONSENTS, PRODUCTS,
        RATES, ACCOUNTS, ACCOUNT_ROLES, BALANCES, POSITIONS, TRANSACTIONS, LOANS, CREDIT_LINES, GUARANTEES, CARDS, STANDING_ORDERS,
        PAYROLL_AGREEMENTS, PAYROLL_DETAILS, MERCHANTS, MERCHANT_VOLUMES, FEES, CHANNEL_EVENTS, RISK_PROFILES, INTERACTIONS, CASES, CALENDAR,
    )
}  # fmt: skip
