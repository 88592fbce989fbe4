"""What the API says about itself: each address, each parameter, every problem, in the reader's language; and the OpenAPI document made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.api.problems import KINDS, MEDIA_TYPE

Words = str | Promise
TITLE, VERSION = "Zhike", "1"
DESCRIPTION = _(
    "Customers, what they hold, and every contact with them, for the bank's other programs. A token acts as a person: the same customers, the "
    "same masks as on her pages. Lists are walked with `next`; amounts are texts of two decimals; errors are problem details (RFC 9457). "
    "A parameter that an address does not know, or one that is given twice, is refused."
)
CUSTOMERS, HOLDINGS, CONTACTS, DATA = _("Customers"), _("Holdings"), _("Contacts"), _("Data and token")
TWICE, OURS = _("Duplicates"), _("Fields, tags and conditions")


@dataclass(frozen=True)
class Told:
    """One address: in a line, at length, the group it stands in, the right it needs, and an example of its answer."""

    summary: Words
    description: Words
    tag: Words
    right: str
    example: Any


_HELD = {
    "currency": "CNY", "aum": "1286400.00", "deposits": "486400.00", "investments": "800000.00", "loans": "0.00", "accounts": 4, "families": 3,
    "next_maturity_date": "2026-11-30", "next_maturity_amount": "200000.00", "as_of": "2026-09-30", "other_currencies": [],
}  # fmt: skip
_CUSTOMER = {
    "id": 4711, "customer_no": "C0004711", "name": "王小明", "kind": "individual", "status": "customer", "manager": "林知远", "unit": "杭州文三路支行",
    "since_date": "2019-04-02", "phone": "138••••6209", "held": _HELD, "tags": ["养老金客户"], "declared": {"hobbies": ["golf"], "best_time": "evening"},
}  # fmt: skip
_ACCOUNT = {
    "id": 90210, "number": "••••8829", "product": "三年期定期存款", "family": "time_deposit", "side": "liability", "currency": "CNY", "status": "open",
    "role": "owner", "balance": "200000.00", "balance_date": "2026-09-30", "rate": "0.019500", "opened_date": "2023-11-30",
    "maturity_date": "2026-11-30", "is_auto_renewed": False, "positions": [],
}  # fmt: skip
_INTERACTION = {
    "id": 815, "customer_id": 4711, "at": "2026-09-30T01:30:00Z", "channel": "phone", "direction": "out", "purpose": "maturity", "outcome": "intent",
    "subject": "三年期到期", "text": "", "seconds": 240, "employee": "林知远", "source": "zhike",
}  # fmt: skip
_ENTRY = {
    "id": 90417, "at": "2026-09-30T02:14:09Z", "login": "lin", "person": "林知远", "act": "contacts.revealed", "label": "Revealed a number",
    "subject_type": "parties_contactpoint.value_digest", "subject_id": "5f0c…", "customer_id": 4711, "reason": "contact", "door": "page",
    "address": "10.8.0.17", "request": "9f1c2a7be0d34455", "before": None, "after": None,
}  # fmt: skip
_BATCH = {
    "id": 12, "source": "sample", "batch_date": "2026-09-30", "attempt": 1, "state": "loaded", "rows_in": 5210, "rows_loaded": 5200,
    "rows_unchanged": 4, "rows_rejected": 6, "rows_held": 0,
}  # fmt: skip
_TRANSACTION = {
    "id": 5550, "account_id": 90210, "booking_date": "2026-09-28", "value_date": "2026-09-28", "amount": "3200.00", "currency": "CNY",
    "direction": "credit", "code": "salary", "summary": "9 月工资", "balance_after": "18220.40", "counterparty_name": "杭州某公司",
    "counterparty_account": "••••1207", "counterparty_bank": None, "channel": "system", "is_reversal": None,
}  # fmt: skip
_PAIR = {
    "id": 77, "state": "likely", "probability": 0.998, "found_at": "2026-09-30T18:00:00Z", "decided_at": None,
    "left": {"customer_id": 4711, "customer_no": "C0004711", "name": "王小明", "unit": "杭州文三路支行"},
    "right": {"customer_id": 9022, "customer_no": "C0009022", "name": "王晓明", "unit": "杭州文三路支行"},
    "reasons": [{"words": "名字同音（王小明 / 王晓明）", "weight": 7.2}, {"words": "手机号相同", "weight": 18.1}],
}  # fmt: skip
_PAIR_WHOLE = _PAIR | {
    "fields": [{"name": "name", "label": "姓名", "left": "王小明", "right": "王晓明", "is_different": True}], "survivor_id": 4711,
}  # fmt: skip
WHERE = '{"version": 1, "where": {"all": [{"field": "aum", "op": "at_least", "value": "500000"}]}}'

OPERATIONS: Mapping[str, Told] = {
    "me": Told(_("Whom the token stands for"), _("Her name, her scope, the rights that are left to the token, and the day the data reach to."), DATA, "",
               {"login": "lin", "name": "林知远", "role": "relationship_manager", "scope": "own", "rights": ["customers.read"], "token": "App",
                "expires_at": "2027-09-30T00:00:00Z", "data_as_of": "2026-09-30"}),
    "customers": Told(_("Customers"), _("Those within the token's reach, by their key; with `q` what the words find (name, pinyin, initials, customer number, phone, ID or account number), best first, at most fifty. `where` narrows them as the list of customers does."),
                      CUSTOMERS, "customers.read", {"data": [_CUSTOMER], "next": "NDcxMQ:1vN…", "is_cut": False}),
    "customer": Told(_("One customer"), _("Who it is, who looks after it, what it holds in its main currency, its tags, and what is known in the bank's own fields."), CUSTOMERS, "customers.read",
                     _CUSTOMER | {"sex": "male", "birth_date": "1984-06-11", "industry": None, "is_staff": False, "is_related_party": False, "assisting": [],
                                  "document": {"type": "resident_id", "number": "330••••1234", "expires_date": "2034-06-11"}}),
    "contact_points": Told(_("How to reach a customer"), _("Telephones, e-mails and addresses, masked, best first."), CUSTOMERS, "contacts.read",
                           {"data": [{"kind": "mobile", "value": "138••••6209", "region": "", "is_main": True, "is_valid": True}]}),
    "consents": Told(_("What a customer agreed to"), _("By purpose and channel, as it counts at this moment; whoever writes to customers asks here before each message."), CUSTOMERS,
                     "customers.read", {"data": [{"purpose": "marketing", "channel": "sms", "answer": "withdrawn", "at": "2026-03-02T09:30:00+08:00",
                                                  "notice_version": "V2026", "expires_date": None, "entries": 2}]}),
    "may_be_contacted": Told(_("Whether a customer may be contacted"), _("For a `purpose` on a `channel`, at this moment: restrictions and consents taken together. What is not certain is no."), CUSTOMERS,
                             "customers.read", {"yes": False, "because": ["do_not_contact", "no_consent"]}),
    "suitability": Told(_("What may be offered to a customer"), _("Her risk profile, and each investment product on sale held against it with all reasons. Whoever suggests something asks here first; what may not be offered is not suggested."),
                        CUSTOMERS, "customers.read", {"level": "C3", "assessed_date": "2026-02-11", "valid_until": "2027-02-11", "data": [
                            {"product_id": 31, "name": "白沙消费精选混合", "risk_level": "R4", "may_be_offered": False, "needs_second_person": False, "needs_outlet": True,
                             "because": ["too_risky", "at_outlet"]}]}),
    "relationships": Told(_("Relationships, households and groups"), _("What others are to the customer. Who lies outside the token's reach is counted, never named."), CUSTOMERS,
                          "customers.read", {"data": [{"type": "spouse", "customer_id": 4712, "name": "李小红", "share": None, "since_date": None}], "groups": []}),
    "holdings": Told(_("What a customer holds"), _("Accounts with positions, loans and cards; numbers masked."), HOLDINGS, "accounts.read",
                     {"accounts": [_ACCOUNT], "loans": [], "cards": []}),
    "month_ends": Told(_("Month ends"), _("What was held at each of the last 24 month ends, in the customer's main currency."), HOLDINGS, "accounts.read",
                       {"currency": "CNY", "data": [{"date": "2026-08-31", "deposits": "480100.00", "loans": "0.00"}]}),
    "account": Told(_("One account"), _("An account with its positions, wherever one of its holders is within reach."), HOLDINGS, "accounts.read", _ACCOUNT),
    "transactions": Told(_("Transactions"), _("Postings on the customer's accounts, newest first, booked from `since` on and before `until`."), HOLDINGS, "transactions.read",
                         {"data": [_TRANSACTION], "next": None}),
    "interactions": Told(_("Contacts with a customer"), _("Every contact on every channel, newest first."), CONTACTS, "interactions.read", {"data": [_INTERACTION], "next": None}),
    "new_interaction": Told(_("Keep a contact"), _("The same `Idempotency-Key` with the same body makes nothing new within 24 hours and is answered the same; with another body it is refused."),
                            CONTACTS, "interactions.write", _INTERACTION),
    "interaction": Told(_("One contact"), _("A contact by its key."), CONTACTS, "interactions.read", _INTERACTION),
    "fields": Told(_("The bank's own fields"), _("Fields that the bank has declared and the token may read; their values are `declared` of a customer, one of them is asked for as `declared.name`."), OURS,
                   "customers.read", {"data": [{"name": "hobbies", "type": "choices", "label": "爱好", "help": "", "group": "person", "kinds": ["individual"], "choices": [{"value": "golf", "label": "高尔夫"}],
                                                "is_required": False, "protection": "C1"}]}),
    "tags": Told(_("Tags"), _("The tags in use, by name; those of a customer are in its answer."), OURS, "customers.read", {"data": [{"id": 3, "name": "养老金客户", "colour": "c2"}]}),
    "conditions": Told(_("What a condition may ask"), _("Fields, relations and comparisons that `where` knows for this token; `c0` is the customer's own."), OURS, "customers.read",
                       {"catalogues": {"c0": {"fields": [{"name": "aum", "label": "管理资产", "kind": "money", "unit": "", "choices": None}], "relations": []}},
                        "operators": {"money": [{"name": "at_least", "label": "至少", "shape": "one"}]}}),
    "duplicates": Told(_("Likely duplicates"), _("Pairs of customers that may be one, most alike first, with what speaks for it and against; only pairs of which both lie within reach. Merging is for people."), TWICE,
                       "customers.read", {"data": [_PAIR], "next": None}),
    "duplicate": Told(_("One pair"), _("A pair with its fields side by side, and who is proposed to stay."), TWICE, "customers.read", _PAIR_WHOLE),
    "mark_duplicate": Told(_("Mark a pair"), _("Says that two are `never` the same, so that nobody is asked again, or `likely` after all. Saying it twice changes nothing."), TWICE, "duplicates.decide",
                           _PAIR_WHOLE | {"state": "never", "decided_at": "2026-09-30T19:00:00Z"}),
    "batches": Told(_("Deliveries of the bank's systems"), _("Batches, latest business date first. In = loaded + unchanged + rejected + held."), DATA, "batches.read",
                    {"data": [_BATCH], "next": None}),
    "audit": Told(_("Entries of the audit"), _("Who did and saw what, newest first. The question itself leaves an entry."), DATA, "audit.read",
                  {"data": [_ENTRY], "next": None}),
    "batch": Told(_("One delivery"), _("A batch and its sums."), DATA, "batches.read", _BATCH),
}  # fmt: skip

PARAMETERS: Mapping[str, Words] = {
    "party_id": _("The customer's key in Zhike."), "account_id": _("The account's key."), "interaction_id": _("The contact's key."), "batch_id": _("The batch's key."),
    "view": _("`all` within reach, `mine` (the person's own book), `pool` (nobody looks after them)."), "kind": _("Only this kind."), "status": _("Only this status."),
    "pair_id": _("The pair's key."), "state": _("`likely`, or `never` the same as somebody said."), "customer": _("Only what is about this customer."),
    "person": _("Only what this person did: her log-in name."), "act": _("Only this act, such as contacts.revealed."), "area": _("Only this area."),
    "door": _("Only what came through this door."), "request_id": _("Only this request."),
    "where": _("A condition as the list of customers keeps it: JSON; /conditions tells what it may ask."),
    "purpose": _("What for: `marketing`, `service` and so on."),
    "q": _("What to look for."), "fields": _("Only these fields, separated by commas, among them `declared.name` of /fields; `id` always comes along."), "cursor": _("`next` of the answer before."),
    "limit": _("How many rows, 200 at most."), "account": _("Only this account of the customer."), "direction": _("Only money in (`credit`) or out (`debit`)."),
    "since": _("On this day or later."), "until": _("Before this day."), "channel": _("Only this channel."),
    "Idempotency-Key": _("A text of your own for this request, 8 to 100 visible characters; a UUID is good."),
    "If-None-Match": _("The `ETag` of an earlier answer: 304 where nothing has changed."),
}  # fmt: skip
_BODIES: Mapping[str, Any] = {
    "new_interaction": {
        "channel": "phone",
        "direction": "out",
        "purpose": "maturity",
        "outcome": "intent",
        "subject": "三年期到期",
        "seconds": 240,
    },
    "mark_duplicate": {"state": "never"},
}
_ALWAYS = ("token", "right", "not-found", "question", "too-many", "failed")


def described(name: str) -> dict[str, Any]:
    """What the library wants to be told of an operation."""
    told = OPERATIONS[name]
    return {"operation_id": name, "url_name": f"api-{name}", "summary": told.summary, "description": told.description, "tags": [told.tag]}


def completed(document: dict[str, Any], problem: dict[str, Any]) -> dict[str, Any]:
    """The library's OpenAPI document with what it does not write: problems, examples, headers, words of parameters. `problem`: its schema."""
    document["components"]["schemas"]["ProblemDetails"] = problem
    document["components"]["responses"] = {kind: _problem_response(kind) for kind in KINDS}
    document["servers"] = [{"url": "/"}]
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(operation, method)
    return document


def _problem_response(kind: str) -> dict[str, Any]:
    status, title, what_to_do = KINDS[kind]
    example = {"type": f"/api/docs/#{kind}", "title": title, "status": status, "detail": what_to_do, "instance": "/api/v1/customers/4711"}
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    headers = {"too-many": "Retry-After", "token": "WWW-Authenticate"}
    told: dict[str, Any] = {"description": title, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}
    if kind in headers:
        told["headers"] = {headers[kind]: {"schema": {"type": "string"}}}
    return told


def _complete(operation: dict[str, Any], method: str) -> None:
    told = OPERATIONS[operation["operationId"]]
    for parameter in operation["parameters"]:
        parameter["description"] = PARAMETERS[parameter["name"]]
        parameter["schema"].pop("title", None)
        if parameter["name"] == "where":
            parameter["example"] = WHERE
    responses = {str(code): response for code, response in operation["responses"].items()}
    for code, response in responses.items():
        response["content"]["application/json"]["example"] = told.example
        response["headers"] = _headers(code)
    if method == "get":
        conditional = {"in": "header", "name": "If-None-Match", "required": False, "schema": {"type": "string"}}
        operation["parameters"].append(conditional | {"description": PARAMETERS["If-None-Match"]})
        responses["304"] = {"description": _("Nothing has changed")}
    for kind in _ALWAYS:
        responses[str(KINDS[kind][0])] = {"$ref": f"#/components/responses/{kind}"}
    if "requestBody" in operation:
        responses["400"] = {"$ref": "#/components/responses/unreadable"}
        operation["requestBody"]["content"]["application/json"]["example"] = _BODIES[operation["operationId"]]
    elif any(parameter["name"] == "cursor" for parameter in operation["parameters"]):
        responses["400"] = {"$ref": "#/components/responses/cursor"}
    operation["responses"] = responses
    if told.right:
        operation["x-right"] = told.right


def _headers(code: str) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    return (
        {"Location": text, "Idempotency-Replayed": {"schema": {"type": "string", "enum": ["true", "false"]}}}
        if code == "201"
        else {"ETag": text}
    )
