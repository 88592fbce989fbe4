"""What may not stand in a note, and what may stand there only masked (R30, R31). Pure.

Class C3 (card verification values, PINs and passwords, one-time codes, a card's expiry) is never kept: it goes before the note is
written. Full ID and card numbers are masked as everywhere else. Telephone numbers stay: a new one is often what the note is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from stdnum import luhn
from stdnum.cn import ric

from zhike.access.rules import MASK, mask_card_no, mask_id_no

Found = Literal["id_no", "card_no", "secret"]

_BETWEEN = r"\s*(?:是|为|[:：=]|is)?\s*"
_SECRET = re.compile(
    r"(?P<name>cvv2?|cvc2?|cvn2?|安全码|校验码|卡背(?:后)?三位|(?:短信|手机|动态)?验证码|动态(?:密)?码|otp|"
    r"(?:取款|交易|支付|登录|查询)?密码|口令|pin(?:\s*码)?|password|passcode)"
    rf"(?P<between>{_BETWEEN})(?P<value>(?=[!-~]*\d)[!-+\--:<-~]{{3,32}})",
    re.IGNORECASE,
)
_EXPIRY = re.compile(
    rf"(?P<name>有效期(?:至|到)?|expiry|expires|exp\.?)(?P<between>{_BETWEEN})(?P<value>(?:0[1-9]|1[0-2])\s*/\s*\d\d(?:\d\d)?)(?!\d|/)",
    re.IGNORECASE,
)
_ID = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])")
_OLD_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?![0-9A-Za-z])")
_CARD = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z])")


@dataclass(frozen=True)
class Screened:
    """A text that may be kept, and what was taken out of it, in the order of `Found`."""

    text: str
    found: tuple[Found, ...]


def screened(text: str) -> Screened:
    """The text with C3 taken out and full ID and card numbers masked. What was masked before stays as it is, so that it may run again."""
    counts: dict[Found, int] = {"id_no": 0, "card_no": 0, "secret": 0}

    def replace(pattern: re.Pattern[str], kind: Found, mask: Callable[[re.Match[str]], str | None]) -> None:
        nonlocal text

        def once(match: re.Match[str]) -> str:
            masked = mask(match)
            counts[kind] += masked is not None
            return match[0] if masked is None else masked

        text = pattern.sub(once, text)

    replace(_SECRET, "secret", _without_value)
    replace(_EXPIRY, "secret", _without_value)
    replace(_ID, "id_no", lambda match: mask_id_no(match[0]) if ric.is_valid(match[0].upper()) else None)
    replace(_CARD, "card_no", _masked_card)
    replace(_OLD_ID, "id_no", lambda match: mask_id_no(match[0]))
    return Screened(text, tuple(kind for kind, count in counts.items() if count))


def _without_value(match: re.Match[str]) -> str:
    return f"{match['name']}{match['between']}{MASK}"


def _masked_card(match: re.Match[str]) -> str | None:
    digits = re.sub(r"\D", "", match[0])
    return mask_card_no(digits) if luhn.is_valid(digits) else None
