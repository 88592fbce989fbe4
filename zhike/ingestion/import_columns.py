"""What a column of a brought table may fill, how its head is recognised, and what one of its cells means. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from zhike.access.scope import Viewer
from zhike.ingestion.identifying import email_is_possible, id_is_possible, phone_is_possible
from zhike.parties.declared import declared_fields
from zhike.parties.field_types import Definition, NotThis, refuse_secrets
from zhike.parties.many_prospects import FIELDS, fact_of
from zhike.parties.tagging import LONGEST

KEY, TAGS, KIND = "customer_no", "tags", "new.kind"
NEW = "new."  # before the names of what a new one is made of: a declared field may be called the same
FACTS = tuple(f"{NEW}{name}" for name in FIELDS)
SEALED = (f"{NEW}mobile", f"{NEW}email", f"{NEW}id_no")
NAME = f"{NEW}name"
_PLAIN = re.compile(r"[\s_\-（）()：:*/]+")
_PARTS = re.compile(r"[;；、|，,]")

# Heads that banks write, in both languages, beside the labels of the fields themselves.
SYNONYMS: Mapping[str, Sequence[str]] = {
    KEY: ("customer number", "customer no", "customer id", "client no", "cif", "客户号", "客户编号", "客户号码", "核心客户号"),
    TAGS: ("tag", "tags", "label", "标签", "客户标签"),
    NAME: ("name", "full name", "customer name", "client name", "company name", "姓名", "名称", "客户姓名", "客户名称", "企业名称", "公司名称", "单位名称"),
    KIND: ("kind", "type", "customer type", "client type", "客户类型", "客户类别", "类型"),
    f"{NEW}mobile": ("mobile", "mobile phone", "phone", "phone number", "telephone", "tel", "手机", "手机号", "手机号码", "移动电话", "电话", "联系电话"),
    f"{NEW}email": ("email", "mail", "email address", "邮箱", "电子邮箱", "电子邮件"),
    f"{NEW}id_no": ("id number", "id no", "id card", "credit code", "registration number", "证件号", "证件号码", "身份证", "身份证号", "身份证号码", "信用代码", "统一社会信用代码"),
    f"{NEW}sex": ("sex", "gender", "性别"),
    f"{NEW}birth_date": ("born", "birth date", "birthday", "date of birth", "dob", "生日", "出生日期", "出生年月日"),
    f"{NEW}occupation": ("occupation", "job", "profession", "职业"),
    f"{NEW}employer_name": ("employer", "works at", "工作单位", "任职单位", "单位"),
    f"{NEW}region": ("region", "district", "地区", "区域", "所在地区"),
    f"{NEW}industry": ("industry", "sector", "行业", "所属行业"),
    f"{NEW}lead_source": ("came through", "lead source", "线索来源", "获客渠道"),
}  # fmt: skip

# What people write for a kind and for a sex, beside the codes.
KINDS: Mapping[str, str] = {
    "individual": "individual", "person": "individual", "个人": "individual", "自然人": "individual", "对私": "individual", "company": "company", "firm": "company",
    "公司": "company", "企业": "company", "对公": "company", "sole trader": "sole_trader", "sole_trader": "sole_trader", "个体工商户": "sole_trader", "个体户": "sole_trader",
    "institution": "institution", "government or institution": "institution", "机构": "institution", "机关事业单位": "institution", "事业单位": "institution",
}  # fmt: skip
SEXES: Mapping[str, str] = {
    "female": "female", "f": "female", "woman": "female", "女": "female", "女性": "female", "male": "male", "m": "male", "man": "male", "男": "male", "男性": "male",
}  # fmt: skip
_FIRM = re.compile(r"公司|集团|合作社|事务所|厂$|\b(?:ltd|limited|inc|llc|co|corp|gmbh|plc)\b\.?", re.IGNORECASE)


def targets(viewer: Viewer) -> dict[str, Definition | None]:
    """What a column may fill: the customer number by which a row finds its customer, tags, what a new one is made of (None for all of these), and
    each declared field that the viewer may write."""
    ready = dict.fromkeys((KEY, *FACTS[:1], KIND, *SEALED, *FACTS[1:], TAGS))
    return {**ready, **{one.name: one for one in declared_fields(viewer) if one.type != "customer"}}


def guessed(viewer: Viewer, heads: Sequence[str], remembered: Mapping[str, str]) -> list[str]:
    """A target for every head, "" where none fits: as it was mapped the last time, else by its words. No target is given twice."""
    offered = targets(viewer)
    known = {
        _plain(word): name
        for name, one in reversed(offered.items())
        for word in (name, *SYNONYMS.get(name, ()), *((one.label_en, one.label_zh) if one else ()))
    }
    taken: set[str] = set()
    found = []
    for head in heads:
        before = remembered.get(head, "")
        name = before if before in offered else known.get(_plain(head), "")
        found.append("" if name in taken else name)
        taken.add(name)
    return found


def _plain(head: str) -> str:
    return _PLAIN.sub("", head).lower()


def kind_of(cell: str, name: str) -> str:
    """The kind of a new one: as it is written, else by what her name looks like. Raises NotThis."""
    if cell:
        if cell.lower() not in KINDS:
            raise NotThis("not_a_choice")
        return KINDS[cell.lower()]
    return "company" if _FIRM.search(name) else "individual"


def fact(target: str, cell: str) -> str | date | None:
    """A cell as a fact of a new one. Raises NotThis."""
    name = target.removeprefix(NEW)
    return fact_of(name, SEXES.get(cell.lower(), cell) if name == "sex" else cell)


def sealed(target: str, cell: str, kind: str) -> str:
    """A cell as a phone, an e-mail or a document of a new one of this kind. Raises NotThis."""
    name = target.removeprefix(NEW)
    id_type = "resident_id" if kind == "individual" else "uscc"
    possible = {"mobile": phone_is_possible, "email": email_is_possible}.get(name) or partial(id_is_possible, id_type)
    if cell and not possible(cell.upper() if name == "id_no" else cell):
        raise NotThis(f"not_{name}")
    return cell


def given(definition: Definition, cell: str) -> list[str]:
    """A cell as the form of a declared field would send it: words of choices become their values."""
    if definition.type not in ("choice", "choices"):
        return [cell]
    words = {word.lower(): choice.value for choice in definition.choices for word in (choice.value, choice.en, choice.zh)}
    parts = [part.strip() for part in _PARTS.split(cell)] if definition.type == "choices" else [cell]
    return [words.get(part.lower(), part) for part in parts if part]


def tags_of(cell: str) -> list[str]:
    """The tags of a cell. Raises NotThis."""
    names = list(dict.fromkeys(part.strip() for part in _PARTS.split(cell) if part.strip()))
    for name in names:
        refuse_secrets(name)
        if len(name) > LONGEST:
            raise NotThis("too_long")
    return names
