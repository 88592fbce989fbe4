"""What banks call things, in English and Chinese: how a draft recognises feeds and fields."""

from __future__ import annotations

import re


def words(name: str) -> frozenset[str]:
    """The words of a column or file name: snake_case, camelCase and the Chinese terms known below."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[\u4e00-\u9fff]+", name)
    found = {STEMS.get(part.lower(), part.lower()) for part in parts}
    found |= {term for term in CHINESE if term in name}
    return frozenset(found)


STEMS = {
    "acct": "account", "acc": "account", "accounts": "account", "cust": "client", "customer": "client", "customers": "client", "clients": "client", "cif": "client",
    "party": "client", "parties": "client", "trans": "transaction", "txn": "transaction", "transactions": "transaction", "trx": "transaction", "payments": "transaction",
    "payment": "transaction", "journal": "transaction", "amt": "amount", "value": "amount", "bal": "balance", "balances": "balance", "no": "number", "num": "number",
    "nbr": "number", "key": "id", "nodeid": "id", "code": "code", "ccy": "currency", "curr": "currency", "cur": "currency", "dt": "date", "org": "branch", "unit": "branch",
    "units": "branch", "branches": "branch", "district": "branch", "districts": "branch", "outlet": "branch", "organisation": "branch", "organization": "branch", "loans": "loan",
    "cards": "card", "orders": "order", "prod": "product", "products": "product", "staff": "employee", "employees": "employee", "emp": "employee", "disp": "role",
    "disposition": "role", "roles": "role", "tel": "phone", "mobile": "phone", "mail": "email", "addr": "address", "gender": "sex", "dob": "birth", "nodes": "client", "node": "client",
}  # fmt: skip

FEED_WORDS: dict[str, frozenset[str]] = {
    "organisation": frozenset({"branch", "机构", "网点", "支行"}),
    "employees": frozenset({"employee", "员工", "柜员", "客户经理"}),
    "parties": frozenset({"client", "客户", "客户信息"}),
    "identifiers": frozenset({"identifier", "identifiers", "证件"}),
    "contact_points": frozenset({"contact", "contacts", "phone", "address", "联系"}),
    "products": frozenset({"product", "产品"}),
    "accounts": frozenset({"account", "账户", "帐户"}),
    "account_roles": frozenset({"role", "户主"}),
    "balances": frozenset({"balance", "余额"}),
    "transactions": frozenset({"transaction", "交易", "流水", "明细"}),
    "loans": frozenset({"loan", "贷款", "借据"}),
    "cards": frozenset({"card", "卡"}),
    "standing_orders": frozenset({"order", "standing", "委托"}),
    "rates": frozenset({"rates", "fx", "汇率"}),
    "positions": frozenset({"position", "positions", "holding", "持仓", "份额"}),
    "interactions": frozenset({"interaction", "contacts", "visit", "接触"}),
    "cases": frozenset({"complaint", "complaints", "case", "cases", "投诉"}),
}

FIELD_WORDS: dict[str, frozenset[str]] = {
    "party_key": frozenset({"client", "id", "客户号", "客户编号"}),
    "account_key": frozenset({"account", "id", "source", "账号", "帐号", "账户"}),
    "account_no": frozenset({"account", "number", "账号", "帐号"}),
    "unit_key": frozenset({"branch", "机构号", "网点号", "机构"}),
    "transaction_key": frozenset({"transaction", "id", "流水号", "交易流水"}),
    "loan_key": frozenset({"loan", "id", "借据号", "贷款号"}),
    "card_key": frozenset({"card", "id", "卡号"}),
    "order_key": frozenset({"order", "id"}),
    "role_key": frozenset({"role", "id"}),
    "product_key": frozenset({"product", "id", "产品代码"}),
    "staff_no": frozenset({"employee", "number", "id", "工号"}),
    "name": frozenset({"name", "名称", "姓名", "户名", "客户名"}),
    "sex": frozenset({"sex", "性别"}),
    "birth_date": frozenset({"birth", "date", "生日", "出生日期"}),
    "id_no": frozenset({"identity", "certificate", "证件号", "证件号码", "身份证"}),
    "amount": frozenset({"amount", "金额", "发生额", "交易金额"}),
    "currency": frozenset({"currency", "币种"}),
    "balance": frozenset({"balance", "余额"}),
    "balance_after": frozenset({"balance", "余额"}),
    "booking_date": frozenset({"date", "booking", "transaction", "time", "交易日期", "记账日期"}),
    "opened_date": frozenset({"opened", "open", "date", "开户日期"}),
    "issued_date": frozenset({"issued", "issue", "date", "发卡日期"}),
    "granted_date": frozenset({"granted", "grant", "date", "放款日期"}),
    "maturity_date": frozenset({"maturity", "due", "到期日"}),
    "term_months": frozenset({"duration", "term", "months", "期限"}),
    "direction": frozenset({"direction", "debit", "credit", "type", "借贷", "借贷标志"}),
    "counterparty_account": frozenset({"account", "counterparty", "to", "target", "client", "id", "对方账号"}),
    "counterparty_bank": frozenset({"bank", "counterparty", "to", "对方行"}),
    "counterparty_name": frozenset({"counterparty", "name", "对方户名"}),
    "phone": frozenset({"phone", "手机", "手机号", "电话"}),
    "email": frozenset({"email", "邮箱"}),
    "address": frozenset({"address", "地址"}),
    "region": frozenset({"region", "district", "地区"}),
    "state": frozenset({"state", "status", "状态"}),
    "status": frozenset({"status", "state", "状态"}),
    "role": frozenset({"role", "type"}),
    "type": frozenset({"type", "类型"}),
    "kind": frozenset({"kind", "type", "客户类型"}),
    "source_code": frozenset({"operation", "code", "摘要代码", "交易码"}),
    "summary": frozenset({"summary", "remark", "摘要", "备注"}),
    "instalment": frozenset({"transaction", "instalment", "payments", "月供"}),
}

CHINESE = frozenset(term for terms in (*FEED_WORDS.values(), *FIELD_WORDS.values()) for term in terms if not term.isascii())
