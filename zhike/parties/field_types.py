"""The types of declared fields: what a typed text means in each, and what is refused. Pure: no Django, no clock (decision 2, R30).

A value is kept as JSON of one shape a type, so that a condition reads it in SQL: texts, numbers, money and dates as text (a number in
plain digits, a date as 2026-11-22, which sorts as it should), yes or no as a boolean, several choices as a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Literal, get_args
from urllib.parse import urlsplit

from stdnum import luhn
from stdnum.cn import ric

FieldType = Literal["text", "long_text", "number", "money", "date", "yes_no", "choice", "choices", "customer", "link"]
FieldGroup = Literal["needs", "preferences", "contact", "background", "origin", "other"]
Protection = Literal["C1", "C2"]  # C3 is kept nowhere (R30)
TYPES: tuple[FieldType, ...] = get_args(FieldType)
GROUPS: tuple[FieldGroup, ...] = get_args(FieldGroup)
WITH_CHOICES: frozenset[FieldType] = frozenset({"choice", "choices"})
INDEXABLE: frozenset[FieldType] = frozenset(TYPES) - {"long_text"}
SORTABLE: frozenset[FieldType] = INDEXABLE - {"choices", "customer"}  # what has one place among its like

LONGEST: Mapping[FieldType, int] = {"text": 200, "long_text": 4000, "link": 500}
LARGEST = Decimal(10) ** 18
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
Value = str | bool | list[str] | None


class NotThis(ValueError):
    """A text is no value of its field; `reason` is a key of `labels.REFUSALS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Choice:
    """One of the values of a choice field, in both languages."""

    value: str
    en: str
    zh: str


@dataclass(frozen=True)
class Definition:
    """A declared field as whoever may use it sees it. `kinds` empty: for every kind of party. `is_indexed`: an index was asked for;
    `index_state` as in `DeclaredField`."""

    name: str
    type: FieldType
    label_en: str
    label_zh: str
    group: FieldGroup = "other"
    help_en: str = ""
    help_zh: str = ""
    kinds: Sequence[str] = ()
    choices: Sequence[Choice] = field(default_factory=tuple)
    is_required: bool = False
    protection: Protection = "C1"
    is_indexed: bool = False
    is_retired: bool = False
    index_state: str = ""
    index_id: int = 0

    @property
    def has_index(self) -> bool:
        """Whether filters and sorting can use its index, which stands under `index_id`, now."""
        return self.index_state == "there" and not self.is_retired

    @property
    def permission(self) -> str:
        """What whoever reads or writes it must hold: personal information (C2) is for those who may know how to reach a customer."""
        return "contacts.read" if self.protection == "C2" else "customers.read"

    def label(self, language: str) -> str:
        """Its name in a language, "zh" or "en"."""
        return self.label_zh if language == "zh" else self.label_en

    def help(self, language: str) -> str:
        """What to write, in a language."""
        return self.help_zh if language == "zh" else self.help_en

    def words_of(self, value: str, language: str) -> str:
        """The word of a choice; a choice that is no longer offered reads as it was kept."""
        found = next((choice for choice in self.choices if choice.value == value), None)
        return value if found is None else found.zh if language == "zh" else found.en

    def suits(self, kind: str) -> bool:
        """Whether parties of this kind have it."""
        return not self.kinds or kind in self.kinds


def checked(definition: Definition, given: Sequence[str]) -> Value:
    """The value that typed texts mean (one, except for several choices); None for nothing. Raises NotThis."""
    texts = [text.strip() for text in given if text.strip()]
    if not texts:
        if definition.is_required:
            raise NotThis("required")
        return None
    if definition.type == "choices":
        offered = [choice.value for choice in definition.choices]
        if not set(texts) <= set(offered):
            raise NotThis("not_a_choice")
        return [value for value in offered if value in texts]
    return _READERS[definition.type](definition, texts[0])


def _text(definition: Definition, text: str) -> str:
    if len(text) > LONGEST[definition.type]:
        raise NotThis("too_long")
    refuse_secrets(text)
    return text.replace("\r\n", "\n")


_WAN = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
_GROUPED = re.compile(r"[\s,，_ ]")


def _decimal(text: str) -> Decimal:
    plain = _GROUPED.sub("", text).replace("−", "-").removesuffix("元")
    times = _WAN.get(plain[-1:], Decimal(1))
    try:
        number = Decimal(plain.rstrip("万亿")) * times
    except InvalidOperation as wrong:
        raise NotThis("not_a_number") from wrong
    if not number.is_finite() or abs(number) >= LARGEST:
        raise NotThis("not_a_number")
    return number


def _number(_definition: Definition, text: str) -> str:
    number = _decimal(text)
    if number != number.quantize(Decimal("0.000001"), ROUND_HALF_EVEN):
        raise NotThis("too_fine")
    return f"{number.normalize():f}"


def _money(_definition: Definition, text: str) -> str:
    number = _decimal(text)
    if number != number.quantize(Decimal("0.01")):
        raise NotThis("too_fine")
    return f"{number.quantize(Decimal('0.01')):f}"


_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")


def _date(_definition: Definition, text: str) -> str:
    found = _DAY.fullmatch(text)
    if found is None:
        raise NotThis("not_a_date")
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError as wrong:
        raise NotThis("no_such_day") from wrong


_YES = frozenset({"true", "yes", "y", "1", "on", "是", "有"})
_NO = frozenset({"false", "no", "n", "0", "off", "否", "无"})


def _yes_no(_definition: Definition, text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise NotThis("not_a_choice")
    return text.lower() in _YES


def _choice(definition: Definition, text: str) -> str:
    if text not in {choice.value for choice in definition.choices}:
        raise NotThis("not_a_choice")
    return text


def _customer(_definition: Definition, text: str) -> str:
    """The id of a party; whether the writer sees that party is the action's question."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotThis("not_a_customer")
    return str(int(text))


_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*")


def _link(_definition: Definition, text: str) -> str:
    """An address of a page; a bare name needs a dot in it, one with https:// may be a machine of the intranet."""
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
        host, _port = parts.hostname or "", parts.port
    except ValueError as wrong:  # a port or an IPv6 address that is none
        raise NotThis("not_a_link") from wrong
    is_host = _HOST.fullmatch(host) is not None and ("." in host or whole == text)
    if parts.scheme not in ("http", "https") or not is_host or len(whole) > LONGEST["link"] or any(c.isspace() for c in whole):
        raise NotThis("not_a_link")
    refuse_secrets(whole)
    return parts.geturl()


_READERS: Mapping[FieldType, Callable[[Definition, str], Value]] = {
    "text": _text, "long_text": _text, "number": _number, "money": _money, "date": _date, "yes_no": _yes_no, "choice": _choice,
    "customer": _customer, "link": _link,
}  # fmt: skip

# What authenticates is C3 and is kept nowhere (R30): refused by the name of a field, and by what a text looks like.
_SECRET_NAME = re.compile(
    r"passw|pwd|passcode|(?:^|_)pin(?:$|_)|cvv|cvc|cvn|otp|track[_ ]?[123]|secret|biometric|fingerprint|face_?id|voiceprint|iris|expiry"
    r"|密码|口令|安全码|验证码|磁道|有效期|指纹|人脸|声纹|虹膜|动态码|密保",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"(?:cvv2?|cvc2?|cvn2?|安全码|验证码|密码|口令|password|passwd|\bpin\b)\s*(?:是|为|is|[:：=])?\s*[\w!@#$%^&*]*\d", re.IGNORECASE
)
_DIGITS = re.compile(r"(?<![\d])\d(?:[ -]?\d){12,18}(?![\dXx])")
_CREDIT_REPORT = re.compile(r"征信|信用报告|人行报告|credit[ _-]?(?:bureau|report|reference)|bureau[ _-]?score", re.IGNORECASE)
_RESIDENT = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


def names_a_secret(*texts: str) -> bool:
    """Whether a field by this name or label would hold what authenticates a customer (C3): PIN, CVV, password, biometrics."""
    return any(_SECRET_NAME.search(text) for text in texts)


def names_a_credit_report(*texts: str) -> bool:
    """Whether a field by this name or label would hold what the credit bureau tells, which may not be used again for sales (R37)."""
    return any(_CREDIT_REPORT.search(text) for text in texts)


def refuse_secrets(text: str) -> None:
    """Raises NotThis for a text that holds a card number, something that authenticates, or a resident ID number: the first two are kept
    nowhere, the third only sealed, as a document."""
    if _SECRET_TEXT.search(text):
        raise NotThis("secret")
    if any(ric.is_valid(found.upper()) for found in _RESIDENT.findall(text)):
        raise NotThis("id_number")
    for found in _DIGITS.findall(text):
        digits = re.sub(r"\D", "", found)
        if 13 <= len(digits) <= 19 and luhn.is_valid(digits):
            raise NotThis("card_number")


def both(mine: str, theirs: str) -> str:
    """Two texts that two people wrote at once, both kept: theirs first, mine below; what one has inside the other is kept once."""
    if mine in theirs:
        return theirs
    return mine if theirs in mine else f"{theirs}\n{mine}"


# --- SQL -----------------------------------------------------------------------------------------------------------------------------

SqlType = Literal["text", "numeric", "boolean", "jsonb"]


def sql_type(kind: FieldType) -> SqlType:
    """What `accessor` gives: dates are texts that compare as dates do, several choices a JSON list (`@>`)."""
    return {"number": "numeric", "money": "numeric", "yes_no": "boolean", "choices": "jsonb"}.get(kind, "text")  # type: ignore[return-value]


def accessor(name: str, kind: FieldType, alias: str = "d") -> str:
    """SQL of a declared value over an alias of `parties_declared`; null where nothing is known. No index can serve it behind a wall:
    `indexing.py` says what does."""
    if NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} is no name of a field")
    kept = f'{alias}."values"'
    if kind == "choices":
        return f"({kept} -> '{name}')"
    cast = {"numeric": "::numeric", "boolean": "::boolean"}.get(sql_type(kind), "")
    return f"(({kept} ->> '{name}'){cast})"
