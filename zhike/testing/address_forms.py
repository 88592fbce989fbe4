"""What a person types who wants the form at an address to succeed, by area: of the ground in which every address is asked (`address_ground`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from zhike.testing.address_rows import AUDIENCE, HAPPENS
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, cast_of

EVERYBODY = '{"version": 1, "where": {"all": []}}'
Forms = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """Of which bank, with which ids, token of a phone and change of a value; `again`: something else than before."""

    bank: Bank
    ids: dict[str, int | str]
    token: str
    change: int
    again: bool


def form_of(route: str, asked: Asked) -> dict[str, Any]:
    """The form at an address; empty where it takes none."""
    return next((forms[route] for forms in (made(asked) for made in AREAS) if route in forms), {})


def of_people(asked: Asked) -> Forms:
    """Log-in, people, roles, teams, who sees whom by name, and approvals."""
    return {
        "approvals/rules/": {"kind": "access.role", "needed": "1"},
        **{f"approvals/<int:proposal_id>/{act}/": {"words": "because"} for act in ("approve", "refuse", "withdraw", "confirm", "comment")},
        "language/": {"language": "en" if asked.again else "zh-hans"},
        "looks/": {"theme": "light" if asked.again else "dark"},
        "login/": {"login": "nobody", "password": "not her password"},
        "login/demo/": {"login": "lin"},
        "me/security/code/": {"code": "000000x"},
        "me/password/": {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD},
        "people/new/": {"login": f"new{timezone.now().timestamp():.6f}", "name": "新人", "role": "analyst", "password": PASSWORD, "is_active": "on", "why": "新同事"},
        "people/<int:person_id>/": {
            "name": "林知远", "role": "relationship_manager", "staff_no": cast_of(asked.bank)["lin"].staff_no, "is_active": "on",
        },
        "roles/new/": {"title": f"角色{timezone.now().timestamp():.6f}", "scope": "own", "why": "新岗位"},
        "roles/<slug:role_name>/": {"act": "return" if asked.again else "retire", "why": "又要用"},
        "deputies/": {"absent": "lin", "deputy": "zhou", "from": in_days(0), "until": in_days(30), "reason": "休假"},
        "customers/<int:party_id>/who/": {"login": "su", "until": in_days(9), "reason": "共同拜访"},
        "teams/": {"name": f"团队{timezone.now().timestamp():.6f}", "pattern": "1+1+N", "unit": str(asked.ids["unit_id"])},
        "teams/<int:team_id>/": {"act": "join", "login": "su", "post": "product"},
        "customers/<int:party_id>/team/": {"team": str(asked.ids["team_id"])},
        "special-lists/": {"name": f"L{timezone.now().timestamp():.6f}", "kind": "staff", "reason": "员工账户"},
        "special-lists/<int:barrier_id>/": {"act": "admit", "login": "su", "reason": "合规检查"},
        "glass/": {"customer_no": "0", "reason": "客户在柜台等候，经理不在", "minutes": "30"},
        "glass/<int:glass_id>/": {"verdict": "approve"},
        "me/choices/": {"wanted": "mentions"},
        "me/list/": {"view": "all"},
        "me/tokens/": {"name": "script", "scopes": "customers.read", "days": "30"},
    }  # fmt: skip


def of_customers(asked: Asked) -> Forms:
    """Acts on one customer, prospects, and pairs of customers."""
    return {
        "customers/<int:party_id>/chances/<slug:predictor>/overrule/": {"will_happen": "no", "until": in_days(30), "why": "刚买了房"},
        "insight/predictors/begin/": {"act": "score"},
        "insight/lab/new/": {"title": "销户", "then": HAPPENS, "months": "3", "new": "1"},
        "insight/lab/conditions/<slug:part>/read/": {"where": EVERYBODY},
        "insight/predictors/versions/<int:version_id>/": {"act": "propose", "role": "champion", "why": "后续时段更好"},
        "customers/<int:party_id>/tier/": {"tier": "diamond", "until": f"{timezone.localdate() + timedelta(days=90)}", "why": "引荐大客户"},
        "customers/<int:party_id>/pin/": {"pinned": "" if asked.again else "1"},
        "customers/<int:party_id>/notes/": {"text": "约了周五面谈"},
        "customers/<int:party_id>/notes/<int:note_id>/": {"text": "改为周四"},
        "customers/<int:party_id>/notes/<int:note_id>/delete/": {"deleted": "1" if asked.again else ""},
        "customers/<int:party_id>/notes/<int:note_id>/pin/": {"pinned": "" if asked.again else "1"},
        "duplicates/<int:pair_id>/decide/": {"never": "" if asked.again else "1"},
        "customers/<int:party_id>/reveal/": {"token": asked.token, "purpose": "contact"},
        "customers/<int:party_id>/known/": {"version": "9999", "has": "contact_advice", "v-contact_advice": f"{timezone.now().timestamp():.6f}"},
        "customers/<int:party_id>/known/restore/": {"change": str(asked.change), "side": "after" if asked.again else "before"},
        "customers/<int:party_id>/corrections/": {"field": "occupation", "value": f"职业{timezone.now().timestamp():.6f}", "reason": "名片"},
        "corrections/<int:correction_id>/": {"act": "withdraw"},
        "customers/<int:party_id>/privacy/new/": {"kind": "know", "wanted": "保存了什么"},
        "customers/<int:party_id>/restrictions/new/": {"kind": "complaint", "reason": "投诉处理中"},
        "customers/<int:party_id>/restrictions/<int:restriction_id>/": {"act": "lift"},
        "customers/<int:party_id>/consents/": {"state": "withdrawn", "purpose": "marketing", "channel": "sms", "evidence": "来电录音 8812"},
        "customers/<int:party_id>/relations/new/": {"other": str(asked.ids["other_id"]), "type": "friend"},
        "customers/<int:party_id>/relations/<int:relation_id>/": {"act": "end", "to_date": "2031-01-01"},
        "prospects/new/": {"kind": "individual", "name": "新客"},
        "customers/<int:party_id>/tags/": {"tag": f"T{timezone.now().timestamp():.6f}"},
        "api/v1/customers/<int:party_id>/interactions": {"channel": "phone", "direction": "in"},
        "api/v1/duplicates/<int:pair_id>/mark": {"state": "likely"},
    }  # fmt: skip


def of_lists(asked: Asked) -> Forms:
    """Lists, views, audiences, reports and imports."""
    return {
        "customers/bulk/": {"act": "unpin" if asked.again else "pin", "view": "all", "all": "1"},
        "customers/columns/": {"view": "all", "columns": "aum" if asked.again else "rm"},
        "reports/kept/": {"name": "a report"},
        "reports/kept/<int:report_id>/describe/": {"name": "another" if asked.again else "a report"},
        "reports/kept/<int:report_id>/away/": {"back": "" if asked.again else "1"},
        "audiences/new/": {"name": "women", "where": AUDIENCE},
        "audiences/<int:audience_id>/change/": {"where": AUDIENCE.replace("50000", f"{int(timezone.now().timestamp() * 1e6)}")},
        "audiences/<int:audience_id>/describe/": {"name": "another" if asked.again else "an audience"},
        "audiences/<int:audience_id>/away/": {"back": "" if asked.again else "1"},
        "customers/views/save/": {"name": "companies", "kind": "company"},
        "customers/views/move/": {"view": "all", "move": "not_first" if asked.again else "first"},
        "customers/views/<int:view_id>/": {"name": "another" if asked.again else "a view"},
        "customers/lists/<int:list_id>/": {"name": "another" if asked.again else "a list"},
        "imports/": {"file": SimpleUploadedFile("a.csv", "客户号,标签\n1,试点\n".encode())},
        "imports/<int:import_id>/": {"column_0": "customer_no"},
    }  # fmt: skip


def of_bank(asked: Asked) -> Forms:
    """Hand-overs, tiers and settings, fields, tags, what is watched over, and other programs."""
    return {
        "handovers/new/": {"giver": cast_of(asked.bank)["lin"].staff_no, "reason": "moved", "cutoff": "2026-01-31"},
        "handovers/<int:handover_id>/assign/": {"which": "rest", "receiver": cast_of(asked.bank)["chen"].staff_no},
        "insight/tiers/": {"from": "bohai", "title": "新等级"},
        "insight/tiers/<int:scheme_id>/": {
            "tier-0-title": "普通", "tier-1-title": "金卡", "tier-1-least": "60000" if asked.again else "50000", "measure": "aum_month_average",
            "up": "next_month", "down": "last", "review": "monthly", "watch_after": "0", "grace": "3", "private_grace": "6",
        },
        "insight/tiers/<int:scheme_id>/in-force/": {"from_date": "2091-01-01", "why": "年审"},
        "insight/settings/<slug:group>/": {"churn.dormant_days": "365" if asked.again else "200", "from_date": "2031-01-01", "why": "年审"},
        "audit/unusual/<int:unusual_id>/": {"note": "家中急事，已核实", "result": "explained"},
        "tags/<int:tag_id>/": {"act": "save", "name": f"名{timezone.now().timestamp():.6f}", "colour": "c2"},
        "fields/new/": {
            "name": f"f{timezone.now().timestamp():.6f}".replace(".", ""), "type": "text", "label_en": "Car", "label_zh": "车辆", "group": "other",
            "protection": "C1",
        },
        "fields/<slug:name>/": {"act": "return" if asked.again else "retire"},
        "webhooks/": {"name": "core", "url": "https://core.bank.example/zhike", "country": "CN", "events": "ingestion.BatchLoaded"},
        "webhooks/<int:subscription_id>/": {"act": "pause"},
    }  # fmt: skip


def in_days(count: int) -> str:
    """A day from today, as forms say it."""
    return (timezone.localdate() + timedelta(days=count)).isoformat()


AREAS = (of_people, of_customers, of_lists, of_bank)
