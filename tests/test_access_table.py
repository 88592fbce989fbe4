"""Who gets what answer at which address: one table over every address there is, and over every way of asking.

The table is compared with the resolver: an address without a line fails the test, and so does a line without an address. A method
that is not in the table is taken nowhere (405).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from psycopg import Connection
from pytest_django import DjangoDbBlocker

from zhike.access.actions import add_person
from zhike.access.scope import entered, system_viewer
from zhike.access.sealing import seal_one
from zhike.api.tests.asking import token_of
from zhike.engagement.keeping import keep
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.scheme_forms import as_json
from zhike.testing.databases import Bank, using
from zhike.testing.people import PASSWORD, cast_of
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run

PEOPLE = ("wu", "lin", "chen", "zhou", "qian", "he", "su", "gao", "fang", "yan")

# Who may do what: tests/access_table.txt, in two blocks, the second for those who watch over the others.
TABLES = Path(__file__).with_name("access_table.txt").read_text(encoding="utf-8")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
API = "api/v1/"
ENDS_SESSIONS_OF_LIN = {"people/<int:person_id>/security/sessions/end/"}
ENDS_THE_SESSION = {"logout/"}
PROPOSES_TOO = {"people/new/"}  # somebody is added, and that she may log in is proposed: two acts


# What is done before each of these, so that it can be done again by the next person.
_OF_THE_CUSTOMER = (
    "from parties_party where id = (select party_id from parties_correction where field = 'employer_name' order by id limit 1)"
)
# 林知远 proposed an act of a kind that is not there any more, to the manager of her unit: it can be refused, but never be done.
_PROPOSED = """
delete from access_proposalstep; delete from access_proposal;
insert into access_proposal (id, kind, subject_type, subject_id, asked, words, why, language, proposer_id, proposer_name, approver_unit_id,
    approver_permission, party_ids, confirmer_ids, confirmed_ids, state, proposed_at, deadline_at, decided_name, answer, note, result_url)
select 900001, 'old.act', '', '', '{}', '{}', 'asked for', 'en', p.id, p.name, e.unit_id, 'approvals.decide', '{}', '{}', '{}', 'proposed', now(),
    now() + interval '1 day', '', '', '', '' from access_person p join access_employee e on e.id = p.employee_id where p.login = 'lin'
"""
# A hand-over that 林知远 prepares of one customer of hers.
_HANDING = """
delete from parties_handovercustomer; delete from parties_handover;
insert into parties_handover (id, giver_id, unit_id, receiver_ids, reason, cutoff_date, ends_login, closed_person_ids, state, count_customers, made_by_id, made_at)
select 900001, e.id, e.unit_id, '{}', 'moved', '2026-01-31', false, '{}', 'draft', 1, p.id, now()
from access_person p join access_employee e on e.id = p.employee_id where p.login = 'lin';
insert into parties_handovercustomer (handover_id, party_id, role, frozen, state)
select 900001, p.id, 'main', '{}', 'planned' from parties_party p join parties_handover h on p.rm_ids @> array[h.giver_id] order by p.id limit 1
"""
_DRAFTED = f"""
delete from insight_tierscheme where id = 900001;
insert into insight_tierscheme (id, title, number, rules, state, made_at, made_name, changed_at, changed_name, why, approved_name)
values (900001, '一个方案', 1, '{json.dumps(as_json(PUBLISHED["default"].scheme))}', 'draft', now(), '', now(), '', '', '')
"""
BEFORE = {
    "deputies/": "delete from access_absence",
    "teams/<int:team_id>/": "delete from access_teammember",
    "customers/<int:party_id>/team/": "delete from parties_teamed",
    "roles/<slug:role_name>/": "delete from access_proposalstep where proposal_id <> 900001; delete from access_proposal where id <> 900001",
    "insight/tiers/<int:scheme_id>/discard/": _DRAFTED,
    "insight/tiers/<int:scheme_id>/in-force/": "delete from access_proposalstep where proposal_id <> 900001; delete from access_proposal where id <> 900001",
    "customers/<int:party_id>/tier/": "delete from access_proposalstep where proposal_id <> 900001; delete from access_proposal where id <> 900001",
    "customers/<int:party_id>/tier/<int:override_id>/": "update insight_tieroverride set ended_at = null",
    "insight/settings/<slug:group>/": "delete from access_proposalstep where proposal_id <> 900001; delete from access_proposal where id <> 900001",
    "glass/<int:glass_id>/": "update access_brokenglass set verdict = '', reviewed_by_id = null, reviewed_at = null",
    **{f"handovers/<int:handover_id>/{act}/": _HANDING for act in ("assign", "propose", "away", "undo")},
    **{f"approvals/<int:proposal_id>/{act}/": _PROPOSED for act in ("approve", "refuse", "withdraw", "confirm", "comment")},
    "imports/<int:import_id>/run/": "update ingestion_import set state = 'draft', work_id = null",
    "imports/<int:import_id>/undo/": "update ingestion_import set state = 'done', work_id = null, finished_at = now()",
    "customers/<int:party_id>/relations/new/": "delete from parties_relationship where source = 'own' and type in ('friend')",
    "trash/<int:trash_id>/": "insert into parties_trash (id, kind, title, rows, unit_id, rm_ids, deleted_at, deleted_name) "
    f"select 1, 'relation', 'a relation', '[]', unit_id, rm_ids, now(), '' {_OF_THE_CUSTOMER} on conflict do nothing",
    "customers/<int:party_id>/corrections/": "delete from parties_correction where field = 'occupation'",
    "customers/<int:party_id>/consents/<int:entry_id>/cancel/": "delete from parties_consent where state = 'cancelled'",
    "customers/<int:party_id>/restrictions/new/": "delete from parties_contactrestriction where kind = 'complaint'",
    "customers/<int:party_id>/restrictions/<int:restriction_id>/": "update parties_contactrestriction set lifted_at = null where kind = 'deceased'",
    "audit/unusual/<int:unusual_id>/": "update audit_unusual set reviewed_at = null",
    "corrections/<int:correction_id>/": "update parties_correction set state = 'open' where field = 'employer_name'",
}


@dataclass(frozen=True)
class Ground:
    """A bank of its own with everybody logged in, and what stands for the parts of an address."""

    bank: Bank
    ids: dict[str, int | str]
    token: str
    change: int
    clients: dict[str, Client] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def client(self, login: str, *, fresh: bool = False) -> Client:
        """Somebody's browser; 吴外's is not logged in."""
        if fresh or login not in self.clients:
            client = Client()
            if login != "wu":
                assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302, login
            if fresh:
                return client
            self.clients[login] = client
        return self.clients[login]

    def authorization(self, login: str) -> dict[str, str]:
        """What a program of somebody's sends along under api/v1; 吴外's has no token."""
        if login != "wu" and login not in self.tokens:
            self.tokens[login] = token_of(self.bank, login)
        return {"Authorization": f"Bearer {self.tokens[login]}"} if login != "wu" else {}

    def address(self, route: str, ids: dict[str, int | str] | None = None) -> str:
        """A route with the ids of this ground in it."""
        known = ids or self.ids

        def put(part: re.Match[str]) -> str:
            assert part["name"] in known, f"{route}: say in `ids_of` what stands for <{part['name']}>"
            return str(known[part["name"]])

        return "/" + re.sub(r"<(?:\w+:)?(?P<name>\w+)>", put, route).lstrip("/")

    def form(self, route: str, *, again: bool = False) -> dict[str, Any]:
        """What a person types who wants the form at this address to succeed; `again`: something else than before."""
        forms = {
            "handovers/new/": {"giver": cast_of(self.bank)["lin"].staff_no, "reason": "moved", "cutoff": "2026-01-31"},
            "handovers/<int:handover_id>/assign/": {"which": "rest", "receiver": cast_of(self.bank)["chen"].staff_no},
            "approvals/rules/": {"kind": "access.role", "needed": "1"},
            "insight/tiers/": {"from": "bohai", "title": "新等级"},
            "insight/tiers/<int:scheme_id>/": {
                "tier-0-title": "普通", "tier-1-title": "金卡", "tier-1-least": "60000" if again else "50000", "measure": "aum_month_average",
                "up": "next_month", "down": "last", "review": "monthly", "watch_after": "0", "grace": "3", "private_grace": "6",
            },
            "insight/tiers/<int:scheme_id>/in-force/": {"from_date": "2091-01-01", "why": "年审"},
            "customers/<int:party_id>/tier/": {"tier": "diamond", "until": f"{timezone.localdate() + timedelta(days=90)}", "why": "引荐大客户"},
            "insight/settings/<slug:group>/": {"churn.dormant_days": "365" if again else "200", "from_date": "2031-01-01", "why": "年审"},
            **{f"approvals/<int:proposal_id>/{act}/": {"words": "because"} for act in ("approve", "refuse", "withdraw", "confirm", "comment")},
            "language/": {"language": "en" if again else "zh-hans"},
            "looks/": {"theme": "light" if again else "dark"},
            "login/": {"login": "nobody", "password": "not her password"},
            "login/demo/": {"login": "lin"},
            "me/security/code/": {"code": "000000x"},
            "me/password/": {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD},
            "people/new/": {"login": f"new{timezone.now().timestamp():.6f}", "name": "新人", "role": "analyst", "password": PASSWORD, "is_active": "on", "why": "新同事"},
            "people/<int:person_id>/": {
                "name": "林知远", "role": "relationship_manager", "staff_no": cast_of(self.bank)["lin"].staff_no, "is_active": "on",
            },
            "customers/bulk/": {"act": "unpin" if again else "pin", "view": "all", "all": "1"},
            "customers/columns/": {"view": "all", "columns": "aum" if again else "rm"},
            "reports/kept/": {"name": "a report"},
            "reports/kept/<int:report_id>/describe/": {"name": "another" if again else "a report"},
            "reports/kept/<int:report_id>/away/": {"back": "" if again else "1"},
            "audiences/new/": {"name": "women", "where": AUDIENCE},
            "audiences/<int:audience_id>/change/": {"where": AUDIENCE.replace("50000", f"{int(timezone.now().timestamp() * 1e6)}")},
            "audiences/<int:audience_id>/describe/": {"name": "another" if again else "an audience"},
            "audiences/<int:audience_id>/away/": {"back": "" if again else "1"},
            "customers/views/save/": {"name": "companies", "kind": "company"},
            "customers/views/move/": {"view": "all", "move": "not_first" if again else "first"},
            "customers/views/<int:view_id>/": {"name": "another" if again else "a view"},
            "customers/lists/<int:list_id>/": {"name": "another" if again else "a list"},
            "customers/<int:party_id>/pin/": {"pinned": "" if again else "1"},
            "customers/<int:party_id>/notes/": {"text": "约了周五面谈"},
            "customers/<int:party_id>/notes/<int:note_id>/": {"text": "改为周四"},
            "customers/<int:party_id>/notes/<int:note_id>/delete/": {"deleted": "1" if again else ""},
            "customers/<int:party_id>/notes/<int:note_id>/pin/": {"pinned": "" if again else "1"},
            "duplicates/<int:pair_id>/decide/": {"never": "" if again else "1"},
            "customers/<int:party_id>/reveal/": {"token": self.token, "purpose": "contact"},
            "customers/<int:party_id>/known/": {"version": "9999", "has": "contact_advice", "v-contact_advice": f"{timezone.now().timestamp():.6f}"},
            "customers/<int:party_id>/known/restore/": {"change": str(self.change), "side": "after" if again else "before"},
            "imports/": {"file": SimpleUploadedFile("a.csv", "客户号,标签\n1,试点\n".encode())},
            "imports/<int:import_id>/": {"column_0": "customer_no"},
            "customers/<int:party_id>/corrections/": {"field": "occupation", "value": f"职业{timezone.now().timestamp():.6f}", "reason": "名片"},
            "audit/unusual/<int:unusual_id>/": {"note": "家中急事，已核实", "result": "explained"},
            "corrections/<int:correction_id>/": {"act": "withdraw"},
            "customers/<int:party_id>/privacy/new/": {"kind": "know", "wanted": "保存了什么"},
            "customers/<int:party_id>/restrictions/new/": {"kind": "complaint", "reason": "投诉处理中"},
            "customers/<int:party_id>/restrictions/<int:restriction_id>/": {"act": "lift"},
            "customers/<int:party_id>/consents/": {"state": "withdrawn", "purpose": "marketing", "channel": "sms", "evidence": "来电录音 8812"},
            "customers/<int:party_id>/relations/new/": {"other": str(self.ids["other_id"]), "type": "friend"},
            "customers/<int:party_id>/relations/<int:relation_id>/": {"act": "end", "to_date": "2031-01-01"},
            "prospects/new/": {"kind": "individual", "name": "新客"},
            "customers/<int:party_id>/tags/": {"tag": f"T{timezone.now().timestamp():.6f}"},
            "tags/<int:tag_id>/": {"act": "save", "name": f"名{timezone.now().timestamp():.6f}", "colour": "c2"},
            "fields/new/": {
                "name": f"f{timezone.now().timestamp():.6f}".replace(".", ""), "type": "text", "label_en": "Car", "label_zh": "车辆", "group": "other",
                "protection": "C1",
            },
            "fields/<slug:name>/": {"act": "return" if again else "retire"},
            "roles/new/": {"title": f"角色{timezone.now().timestamp():.6f}", "scope": "own", "why": "新岗位"},
            "roles/<slug:role_name>/": {"act": "return" if again else "retire", "why": "又要用"},
            "deputies/": {"absent": "lin", "deputy": "zhou", "from": _in_days(0), "until": _in_days(30), "reason": "休假"},
            "customers/<int:party_id>/who/": {"login": "su", "until": _in_days(9), "reason": "共同拜访"},
            "teams/": {"name": f"团队{timezone.now().timestamp():.6f}", "pattern": "1+1+N", "unit": str(self.ids["unit_id"])},
            "teams/<int:team_id>/": {"act": "join", "login": "su", "post": "product"},
            "customers/<int:party_id>/team/": {"team": str(self.ids["team_id"])},
            "special-lists/": {"name": f"L{timezone.now().timestamp():.6f}", "kind": "staff", "reason": "员工账户"},
            "special-lists/<int:barrier_id>/": {"act": "admit", "login": "su", "reason": "合规检查"},
            "glass/": {"customer_no": "0", "reason": "客户在柜台等候，经理不在", "minutes": "30"},
            "glass/<int:glass_id>/": {"verdict": "approve"},
            "me/choices/": {"wanted": "mentions"},
            "me/list/": {"view": "all"},
            "me/tokens/": {"name": "script", "scopes": "customers.read", "days": "30"},
            "webhooks/": {"name": "core", "url": "https://core.bank.example/zhike", "events": "ingestion.BatchLoaded"},
            "webhooks/<int:subscription_id>/": {"act": "pause"},
            "api/v1/customers/<int:party_id>/interactions": {"channel": "phone", "direction": "in"},
            "api/v1/duplicates/<int:pair_id>/mark": {"state": "likely"},
        }  # fmt: skip
        return forms.get(route, {})

    def ask(
        self,
        method: str,
        route: str,
        login: str,
        *,
        ids: dict[str, int | str] | None = None,
        again: bool = False,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """One request; what a view raises becomes the answer it becomes in a bank. `ids`: others than this ground's."""
        client = self.client(login, fresh=route in ENDS_THE_SESSION)
        client.raise_request_exception = False
        form = self.form(route, again=again) if method in ("POST", "PUT") else {}
        if method == "POST" and route in BEFORE:
            with self.bank.connected("job") as job:
                job.execute(BEFORE[route])
        encoded = _encoded(form)
        if route.startswith(API):
            headers = {**(headers or {}), **self.authorization(login), "Idempotency-Key": f"{login}-{again}-{timezone.now().timestamp()}"}
            encoded = json.dumps(form).encode(), "application/json"
        answer: HttpResponse = client.generic(method, self.address(route, ids), *encoded, headers=headers)  # type: ignore[assignment]
        if method == "POST" and route in ENDS_SESSIONS_OF_LIN:
            self.clients.pop("lin", None)
        return answer


def _in_days(count: int) -> str:
    return (timezone.localdate() + timedelta(days=count)).isoformat()


def _encoded(form: dict[str, Any]) -> tuple[bytes, str]:
    return (encode_multipart(BOUNDARY, form), MULTIPART_CONTENT) if form else (b"", MULTIPART_CONTENT)


def answers() -> dict[tuple[str, str], dict[str, str]]:
    """The table: (method, route) → login → answer."""
    lines = [line for line in TABLES.splitlines() if line.strip() and not line.startswith("#")]
    second = max(at for at, line in enumerate(lines) if line.startswith(" "))
    business, control = _read(lines[:second]), _read(lines[second:])
    return {line: {**business.get(line, {}), **control.get(line, {})} for line in business | control}


def _read(table: Sequence[str]) -> dict[tuple[str, str], dict[str, str]]:
    heads, *lines = [line.split() for line in table]
    return {(method, "" if route == "/" else route): dict(zip(heads, expected, strict=True)) for method, route, *expected in lines}


def routes() -> Iterator[str]:
    """Every address of the resolver."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            else:
                yield route

    yield from walk(get_resolver().url_patterns, "")


_PARTY = """
select p.id from parties_party p join access_employee e on e.id = p.main_rm_id
where e.staff_no = %s and p.unit_id = e.unit_id
  and exists (select 1 from parties_contactpoint c where c.party_id = p.id and c.valid_to is null)
  and exists (select 1 from holdings_account a where a.party_id = p.id)
  and exists (select 1 from engagement_interaction i where i.party_id = p.id)
order by (select count(*) from holdings_transaction t where t.party_id = p.id) desc, p.id limit 1
"""
_WORK = """
insert into access_work (person_id, kind, title, language, asked, state, begun, done_count, note, error, result_url, undo_url, asked_at)
select id, 'workspace.export', 'a list', 'en', '{}', 'failed', 0, 0, '', '', '', '', now() from access_person where login = 'lin' returning id
"""
_CORRECTION = """
insert into parties_correction (party_id, field, kind, was, proposed, proposed_masked, reason, state, asked_at, asked_by_id, asked_name, decided_name, answer)
select %s, 'employer_name', '', '', '无此单位', '', 'card', 'open', now(), id, name, '', '' from access_person where login = 'lin' returning id
"""
_OTHER = "select o.id from parties_party p join parties_party o on o.unit_id = p.unit_id and o.rm_ids && p.rm_ids and o.id <> p.id where p.id = %s order by o.id limit 1"
_RELATION = """
insert into parties_relationship (source, external_key, valid_from, batch_id, party_id, to_party_id, type, verified_by, is_reciprocal)
select 'own', 'sibling', '2026-01-01', 0, id, id, 'sibling', '', false from parties_party where id = %s returning id
"""
_CONSENT = """
insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, notice_version, evidence, by_name)
select 'own', 'one', '2026-01-01', 0, id, 'research', '', 'given', '2026-01-01', 'V1', 'form 1', '林知远' from parties_party where id = %s returning id
"""
_REQUEST = """
insert into privacy_request (party_id, kind, regime, requester, wanted, state, received_at, received_name, due_date, extended_reason, identity, identity_name, answer,
    decided_name) values (%s, 'know', 'cn', 'self', '保存了什么', 'open', now(), '林知远', '2030-01-01', '', '', '', '', '') returning id
"""
_RESTRICTION = """
insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, by_name, lifted_name, made_by)
values (%s, 'deceased', '', '家属告知', now(), '林知远', '', 'people') returning id
"""
_VIEW = """
insert into workspace_savedview (owner_id, name, asked, columns, shared, changed_at)
select id, 'a view', '{}', '{}', 'own', now() from access_person where login = 'lin' returning id
"""
AUDIENCE = '{"version": 1, "where": {"all": [{"field": "years_with_us", "op": "at_least", "value": "50000"}]}}'
_AUDIENCE = f"""
insert into audiences_audience (owner_id, name, note, condition, version, shared, team, changed_at, fault)
select id, 'an audience', '', '{AUDIENCE}', 1, 'own', '', now(), '' from access_person where login = 'lin' returning id
"""
_REPORT = """
insert into reports_report (owner_id, name, asked, shared, role, changed_at)
select id, 'a report', '{}', 'own', '', now() from access_person where login = 'lin' returning id
"""
_LIST = """
insert into workspace_customerlist (owner_id, name, created_at) select id, 'a list', now() from access_person where login = 'lin' returning id
"""
_TOKEN = """
insert into api_token (person_id, name, digest, begins, scopes, made_by, expires_at)
select id, 'here', sha256('here'), 'zhk_here', '{customers.read}', 'lin', now() + interval '1 day' from access_person where login = 'lin' returning id
"""
_SUBSCRIPTION = """
insert into api_subscription (name, url, events, secret_sealed, is_active, made_by)
values ('core', 'https://core.bank.example/zhike', '{ingestion.BatchLoaded}', '', false, 'gao') returning id
"""
_DELIVERY = "insert into api_delivery (subscription_id, event, body) select max(id), 'api.Trial', '{}' from api_subscription returning id"
_ACCOUNT = """
select a.id from holdings_account a where a.party_id = %s and not exists (
    select 1 from holdings_accountrole r where r.account_id = a.id and r.party_id <> a.party_id) order by a.id limit 1
"""


def ids_of(bank: Bank) -> tuple[dict[str, int | str], str, int]:
    """What stands for the parts of an address, the token of one of the customer's phones, and a value of hers that was changed."""
    with bank.connected("job") as job:

        def one(statement: str, *parameters: object) -> int:
            row = job.execute(statement, parameters).fetchone()
            assert row is not None, f"the sample bank has nothing for: {statement}"
            found: int = row[0]
            return found

        party = one(_PARTY, cast_of(bank)["lin"].staff_no)
        ids: dict[str, int | str] = {
            "name": "hobbies", "party_id": party, "tag_id": one("insert into parties_tag (name, colour, created_at) values ('试点', 'c1', now()) returning id"), "account_id": one(_ACCOUNT, party), "batch_id": one("select max(id) from ingestion_batch"),
            "person_id": one("select id from access_person where login = 'lin'"), "work_id": one(_WORK),
            "audience_id": one(_AUDIENCE), "report_id": one(_REPORT), "view_id": one(_VIEW), "list_id": one(_LIST),
            "interaction_id": one("select id from engagement_interaction where party_id = %s order by id", party), "rest": 1,
            "token_id": one(_TOKEN), "subscription_id": one(_SUBSCRIPTION), "delivery_id": one(_DELIVERY),
        }  # fmt: skip
        ids |= {
            "correction_id": one(_CORRECTION, party),
            "trash_id": 1,
            "passkey_id": 1,
            "proposal_id": 900_001,
            "handover_id": 900_001,
            "relation_id": one(_RELATION, party),
            "entry_id": one(_CONSENT, party),
            "restriction_id": one(_RESTRICTION, party),
            "request_id": one(_REQUEST, party),
            "which": "received",
            "kind": "incident",
            "other_id": one(_OTHER, party),
        }
        job.execute(_PROPOSED)
        job.execute(_HANDING)
        ids |= _audited(job)
        ids |= _noted(bank, job, party)
        ids["import_id"] = _brought(bank, job)
        # A pair that cannot become one (the other is made a company), and a merge that was undone: refused without changing the bank.
        other = one(
            "update parties_party set kind = 'company' where id = (select id from parties_party where id > %s and rm_ids @> (select rm_ids[1:1] from parties_party "
            "where id = %s) and unit_id = (select unit_id from parties_party where id = %s) order by id limit 1) returning id",
            party,
            party,
            party,
        )
        ids["pair_id"] = one(
            "insert into duplicates_pair (left_id, right_id, probability, features, state, found_at, decided_by) "
            "values (%s, %s, 0.95, '{}', 'likely', now(), '') returning id",
            party,
            other,
        )
        ids["merge_id"] = one(
            "insert into duplicates_merge (survivor_id, absorbed_id, absorbed_name, homes, chosen, absorbed_row, moved, dropped, merged_at, merged_by, undone_at, "
            "undone_by) values (%s, 0, '', '[]', '{}', '{}', '{}', '{}', now(), 'gao', now(), 'gao') returning id",
            party,
        )
        row = job.execute(
            "select value_digest from parties_contactpoint where party_id = %s and valid_to is null order by id", [party]
        ).fetchone()
        assert row is not None
        change = one(
            """insert into parties_declaredchange (party_id, name, version, before, after, at, person_name)
               values (%s, 'contact_advice', 0, '"in the evening"', '"at noon"', now(), '林知远') returning id""", party,
        )  # fmt: skip
        ids |= _opened(job, party)
        return ids, bytes(row[0]).hex(), change


def _audited(job: Connection) -> dict[str, int | str]:
    """An entry of the audit, and something unusual of 林知远's that somebody may review."""
    entry = job.execute("select min(id) from access_auditentry").fetchone()
    found = job.execute(
        "insert into audit_unusual (person_id, day, kind, count, \"limit\", found_at, note) select id, '2026-09-01', 'night', 9, 5, now(), '-'"
        " from access_person where login = 'lin' returning id"
    ).fetchone()
    return {"audit_id": (entry or (0,))[0], "unusual_id": (found or (0,))[0]}


def _opened(job: Connection, party: int) -> dict[str, int | str]:
    """A composed role that nobody has, a special list without customers that admits 高远 alone, and the glass that 陈思 broke two days ago."""
    job.execute("insert into access_role (name, title, scope) values ('visitor', '访客', 'participant')")
    barrier = job.execute(
        "insert into access_barrier (name, kind, made_at) values ('一份名单', 'staff', now()) returning id"
    ).fetchone() or (0,)
    job.execute(
        "insert into access_admission (barrier_id, person_id, from_at, reason, given_at) select %s, id, now(), 'x', now() from access_person"
        " where login = 'gao'",
        barrier,
    )
    glass = job.execute(
        "insert into access_brokenglass (party_id, person_id, from_at, until_at, reason, given_at) select %s, id, now() - interval '2 days',"
        " now() - interval '47 hours', 'a reason', now() from access_person where login = 'chen' returning id",
        [party],
    ).fetchone()
    unit = job.execute(
        "select e.unit_id from access_person p join access_employee e on e.id = p.employee_id where p.login = 'zhou'"
    ).fetchone() or (0,)
    team = job.execute(
        "insert into access_serviceteam (name, pattern, unit_id, made_at) values ('一个团队', '1+1+N', %s, now()) returning id", unit
    ).fetchone() or (0,)
    override = job.execute(
        "insert into insight_tieroverride (party_id, tier, from_date, until_date, why, tier_was, cost, given_at, given_name, approved_name, ended_name)"
        " values (%s, 'gold', current_date - 9, current_date + 90, 'x', '', 0, now(), '', '', '') returning id", [party],
    ).fetchone()  # fmt: skip
    job.execute(_DRAFTED)
    return {
        "override_id": (override or (0,))[0],
        "group": "churn",
        "profile_key": "aum",
        "table": "profile",
        "scheme_id": 900001,
        "role_name": "visitor",
        "barrier_id": barrier[0],
        "glass_id": (glass or (0,))[0],
        "unit_id": unit[0],
        "team_id": team[0],
    }


def _noted(bank: Bank, job: Connection, party: int) -> dict[str, int]:
    """A note of 林知远's about the customer, with a file and a mention of herself."""
    lin = job.execute("select id from access_person where login = 'lin'").fetchone()
    assert lin is not None
    written = "insert into engagement_note (party_id, author_id, text, written_at) values (%s, %s, '存单到期', now()) returning id"
    note = (job.execute(written, [party, lin[0]]).fetchone() or (0,))[0]
    with using(bank.run, bank.name, "job"):
        digest = keep(b"plain words")
    file = job.execute(
        "insert into engagement_notefile (note_id, party_id, name, media_type, size, digest, added_at)"
        " values (%s, %s, 'a.txt', 'text/plain', 11, %s, now()) returning id", [note, party, digest],
    ).fetchone()  # fmt: skip
    theirs = job.execute(
        "insert into engagement_note (party_id, author_id, text, written_at)"
        " select %s, id, '请看', now() from access_person where login = 'zhou' returning id", [party],
    ).fetchone()  # fmt: skip
    mention = job.execute(
        "insert into engagement_mention (note_id, party_id, person_id, mentioned_at) values (%s, %s, %s, now()) returning id",
        [(theirs or (0,))[0], party, lin[0]],
    ).fetchone()
    return {"note_id": note, "file_id": (file or (0,))[0], "mention_id": (mention or (0,))[0]}


def _brought(bank: Bank, job: Connection) -> int:
    """A table that 林知远 brought, not yet taken."""
    with using(bank.run, bank.name, "job"):
        sealed = seal_one("row", json.dumps({"heads": ["客户号"], "lines": [[2, ["1"]]], "broken": []}))["sealed"]
    row = job.execute(
        "insert into ingestion_import (person_id, name, sealed, heads, mapping, state, count_rows, count_changed, count_unchanged,"
        " count_rejected, changes, taggings, created_at) select id, 'a.csv', %s, '[\"客户号\"]', '[\"customer_no\"]', 'draft', 1, 0, 0, 0, '[]', '[]', now()"
        " from access_person where login = 'lin' returning id", [sealed],
    ).fetchone()  # fmt: skip
    return (row or (0,))[0]


@pytest.fixture(scope="module")
def table_bank(run: Run, bank_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Ground]:
    """A copy of the sample bank for this file, with the ten in it."""
    name = f"{WORKER}_access_table"
    run.create(name, like=bank_template)
    bank, actor = Bank(run, name), system_viewer("test")
    with django_db_blocker.unblock(), using(run, bank.name, "job"), entered(actor):
        for somebody in cast_of(bank).values():
            if somebody.role:
                add_person(
                    actor=actor, at=timezone.now(), login=somebody.login, name=somebody.name, role=somebody.role, staff_no=somebody.staff_no,
                    password=PASSWORD,
                )  # fmt: skip
    yield Ground(bank, *ids_of(bank))
    run.drop(bank.name)


@pytest.fixture
def ground(table_bank: Ground, django_db_blocker: DjangoDbBlocker) -> Iterator[Ground]:
    """The same, with Django's connection pointing to it."""
    with django_db_blocker.unblock(), using(table_bank.bank.run, table_bank.bank.name):
        yield table_bank


def shown(answer: HttpResponse) -> str:
    """An answer as the table writes it."""
    return "in" if answer.status_code == 302 and answer["Location"].startswith("/login/") else str(answer.status_code)


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    there, told = set(routes()), {route for _method, route in answers()}
    assert sorted(there - told) == [], "these addresses have no line in TABLE"
    assert sorted(told - there) == [], "these lines of TABLE have no address"
    assert [line for line, expected in answers().items() if tuple(expected) != PEOPLE] == [], "these lines stand in one table of two"


LINES = sorted(answers())


@pytest.mark.parametrize(("method", "route"), LINES, ids=[f"{method} /{route}" for method, route in LINES])
def test_everybody_gets_the_answer_of_the_table(ground: Ground, method: str, route: str) -> None:
    expected = answers()[method, route]
    found = {login: shown(ground.ask(method, route, login)) for login in PEOPLE}
    assert found == expected


PAGES = [route for method, route in LINES if method == "GET"]


@pytest.mark.parametrize("route", PAGES, ids=[f"/{route}" for route in PAGES])
def test_a_fragment_is_answered_to_nobody_else_than_its_page(ground: Ground, route: str) -> None:
    fragment = {"HX-Request": "true", "HX-Target": "transactions"}
    found = {login: shown(ground.ask("GET", route, login, headers=fragment)) for login in PEOPLE}
    assert found == answers()["GET", route]


@pytest.mark.parametrize("route", sorted(set(routes())))
def test_no_address_takes_a_method_that_is_not_in_the_table(ground: Ground, route: str) -> None:
    others = [method for method in METHODS if (method, route) not in answers()]
    taken = {method: status for method in others if (status := ground.ask(method, route, "gao").status_code) not in (404, 405)}
    assert taken == {}


WITH_IDS = [route for route in PAGES if "<" in route]


@pytest.mark.parametrize("route", WITH_IDS)
def test_what_is_not_hers_reads_like_what_is_not_there(ground: Ground, route: str) -> None:
    nowhere = dict.fromkeys(ground.ids, 999_999_999)
    for login in PEOPLE:
        hers, absent = ground.ask("GET", route, login), ground.ask("GET", route, login, ids=nowhere)
        if hers.status_code == 404:
            assert absent.status_code == 404
            assert _without_address(absent) == _without_address(hers), login
        else:
            assert shown(absent) in ({"404"} if hers.status_code == 200 else {"404", shown(hers)}), login


def _without_address(answer: HttpResponse) -> str:
    """A page without what differs from one request to the next."""
    text = re.sub(
        r"/(?:customers|accounts|batches|people|interactions|mentions|prospects|duplicates|teams)/\d+(?:/[\w/.]*)?|/api/v1/\d+|%2F\w+%2F\d+%2F(?:\w+%2F)?",
        "…",
        answer.content.decode(),
    )
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "…", text)  # the token that forms carry


POSTS = [route for method, route in LINES if method == "POST"]


def test_a_form_of_another_site_is_refused_everywhere(ground: Ground) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = ground.client("gao").cookies
    found = {route: client.post(ground.address(route), ground.form(route)).status_code for route in POSTS}
    assert found == {route: 401 if route.startswith(API) else 400 for route in POSTS}  # a program needs no form's token, but one of its own


# Sent as a form because it may be long; nothing is done.
# And at the log-in: a challenge, the way back to its first page, a refusal that leaves an entry as a wrong password does.
QUESTIONS = (
    "login/second/",
    "login/passkey/begin/",
    "login/passkey/",
    "me/security/passkeys/begin/",
    "customers/conditions/read/",
    "audiences/conditions/read/",
    "reports/export/",  # nothing is computed there: there are no figures to export
    "reports/rows/export/",
    "privacy/<int:request_id>/deletion/",  # the request is not one to delete: back to its page
)


@pytest.mark.parametrize("route", [route for route in POSTS if route not in QUESTIONS])
def test_what_was_done_left_an_entry_and_what_was_refused_left_none(ground: Ground, route: str) -> None:
    for login in PEOPLE:
        ground.ask("POST", route, login)
        before = len(_entries(ground.bank))
        answer = ground.ask("POST", route, login, again=True)
        acts = [entry for entry in _entries(ground.bank)[before:] if entry[0] != "session.opened"]
        is_done = answer.status_code in (200, 201, 302, 401) and (login != "wu" or route == "login/")
        assert len(acts) == (2 if is_done and route in PROPOSES_TOO else is_done), (login, acts)
        assert {name for _act, name in acts} in (set(), {login}, {""} if route == "login/" else set()), "in her own name"


def _entries(bank: Bank) -> list[tuple[str, str]]:
    with bank.connected("job") as job:
        return job.execute("select act, login from access_auditentry order by id").fetchall()
