"""Whether identifiers are possible ones, decided on the distinct clear values before they are sealed.

Check digits by python-stdnum; the 15-digit resident ID of before 1999, which has none, by its region and birth date. An empty
answer means nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from stdnum import iban, lei, luhn
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

MOBILE = re.compile(r"(?:\+?86|0086)?1[3-9]\d{9}")
PHONE = re.compile(r"\+?\d{5,17}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
ORGANISATION = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
BIRTH_NUMBER = re.compile(r"(\d{2})(\d{2})(\d{2})\d{0,4}")
WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def _stdnum(check: Callable[[str], object]) -> Callable[[str], bool]:
    def possible(value: str) -> bool:
        try:
            check(value)
        except ValidationError:
            return False
        return True

    return possible


def _resident_id(value: str) -> bool:
    if re.fullmatch(r"\d{15}", value):
        return value[:2] in ric_provinces() and _is_day(1900 + int(value[6:8]), int(value[8:10]), int(value[10:12]))
    return bool(re.fullmatch(r"\d{17}[\dXx]", value)) and _check_ric(value)


def ric_provinces() -> frozenset[str]:
    """The first two digits that a resident ID may have (GB/T 2260)."""
    return frozenset(
        f"{code}" for tens in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84)) for code in range(*tens)
    )


_check_ric = _stdnum(ric.validate)
_check_uscc = _stdnum(uscc.validate)
_check_lei = _stdnum(lei.validate)
_check_luhn = _stdnum(luhn.validate)
_check_iban = _stdnum(iban.validate)


def _organisation_code(value: str) -> bool:
    bare = value.upper().replace("-", "")
    if not ORGANISATION.fullmatch(bare):
        return False
    total = 11 - sum(weight * int(one, 36) for weight, one in zip(WEIGHTS, bare, strict=False)) % 11
    return bare[8] == {10: "X", 11: "0"}.get(total, str(total))


def _birth_number(value: str) -> bool:
    """A Czech or Slovak one: YYMMDD with 50 added to the month for women (20 or 70 since 2004), six digits or with a suffix."""
    found = BIRTH_NUMBER.fullmatch(value.replace("/", ""))
    if not found:
        return False
    year, month, day = (int(part) for part in found.groups())
    return _is_day(1900 + year, month % 50 % 20 or month % 50, day)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


BY_ID_TYPE: dict[str, Callable[[str], bool]] = {
    "resident_id": _resident_id, "uscc": _check_uscc, "lei": _check_lei, "organisation_code": _organisation_code, "birth_number": _birth_number,
}  # fmt: skip


def id_is_possible(id_type: str | None, value: str) -> bool:
    """An identity number of a type; types without a common rule pass when they have a sane length."""
    check = BY_ID_TYPE.get(id_type or "")
    return check(value) if check else 1 <= len(value) <= 40


def phone_is_possible(value: str) -> bool:
    """A telephone number after the usual punctuation is taken out; a mainland mobile number must be a whole one."""
    bare = re.sub(r"[\s().-]", "", value)
    return bool(PHONE.fullmatch(bare)) and (not re.fullmatch(r"1\d{9,11}", bare) or bool(MOBILE.fullmatch(bare)))


def email_is_possible(value: str) -> bool:
    """An address of the form somebody@place.tld."""
    return bool(EMAIL.fullmatch(value))


def account_is_possible(value: str) -> bool:
    """Account numbers have no common rule; what looks like an IBAN must pass as one."""
    bare = value.replace(" ", "").upper()
    return _check_iban(bare) if IBAN.fullmatch(bare) else True


def card_is_possible(value: str) -> bool:
    """13 to 19 digits with a Luhn check digit (ISO/IEC 7812). A number the bank has already masked is taken as it is."""
    bare = re.sub(r"[\s-]", "", value)
    return bool(re.search(r"[*•xX]", bare)) or (bool(re.fullmatch(r"\d{13,19}", bare)) and _check_luhn(bare))


BY_SEAL: dict[str, Callable[[str], bool]] = {
    "phone": phone_is_possible, "email": email_is_possible, "account_no": account_is_possible, "card_no": card_is_possible,
}  # fmt: skip
