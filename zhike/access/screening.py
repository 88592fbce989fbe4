"""What may not stand in a text, and what may stand there only masked (R30, R31). Pure. Notes, names of files and every text of a bank's
files pass here.

Class C3 (card verification values, PINs and passwords, one-time codes, a card's expiry, what its stripe holds) is never kept: it goes
before the text is written. Full ID and card numbers are masked as everywhere else. Telephone numbers stay in notes, where a new one is
often what the note is about; in a bank's files they have fields of their own, and are masked where they slipped into another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from stdnum import luhn
from stdnum.cn import ric

from zhike.access.rules import MASK, mask_card_no, mask_id_no, mask_phone

Found = Literal["id_no", "card_no", "phone", "secret"]

# What an engine looks for first, in its own dialect (no look-around): every text in which `screened` finds something matches it.
MAY_HOLD_SECRETS = "(?i)cvv|cvc|cvn|安全码|校验码|卡背|验证码|动态|otp|密码|口令|pin|passw|passc|有效期|exp|[0-9]{12}[0-9]{0,7}[=D^]"
MAY_HOLD_NUMBERS = MAY_HOLD_SECRETS + "|[0-9](?:[ -]?[0-9]){10}"

_BETWEEN = r"\s*(?:是|为|[:：=]|is)?\s*"
_SECRET = re.compile(
    r"(?P<name>安全码|校验码|卡背(?:后)?三位|(?:短信|手机|动态)?验证码|动态(?:密)?码|(?:取款|交易|支付|登录|查询)?密码|口令|"
    r"(?<![A-Za-z])(?:cvv2?|cvc2?|cvn2?|otp|pin(?:\s*码)?|password|passcode)(?![A-Za-z]))"  # not within a word: Pinnacle2026
    rf"(?P<between>{_BETWEEN})(?P<value>(?=[!-~]*\d)[!-+\--:<-~]{{3,32}})",
    re.IGNORECASE,
)
_EXPIRY = re.compile(
    rf"(?P<name>有效期(?:至|到)?|expiry|expires|exp\.?)(?P<between>{_BETWEEN})(?P<value>(?:0[1-9]|1[0-2])\s*/\s*\d\d(?:\d\d)?)(?!\d|/)",
    re.IGNORECASE,
)
# Track 1 (%B number ^ name ^ expiry …) and track 2 (; number = expiry …) of ISO 7813, also without their sentinels
_TRACK = re.compile(r"%?B?\d{12,19}\^[^^\n]{2,26}\^[^?\s]*\??|;?(?<!\d)\d{12,19}[=D]\d{4}[^?\s]*\??", re.IGNORECASE)
_MOBILE = re.compile(r"(?<![0-9A-Za-z])(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![0-9A-Za-z])")
_ID = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])")
_OLD_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?![0-9A-Za-z])")
_CARD = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z])")


@dataclass(frozen=True)
class Screened:
    """A text that may be kept, and what was taken out of it, in the order of `Found`."""

    text: str
    found: tuple[Found, ...]


def screened(text: str, *, numbers: bool = True, phones: bool = False) -> Screened:
    """The text with C3 taken out and full ID and card numbers masked (`numbers`), mobile numbers too (`phones`). What was masked before
    stays as it is, so that it may run again."""
    counts: dict[Found, int] = {"id_no": 0, "card_no": 0, "phone": 0, "secret": 0}

    def replace(pattern: re.Pattern[str], kind: Found, mask: Callable[[re.Match[str]], str | None]) -> None:
        nonlocal text

        def once(match: re.Match[str]) -> str:
            masked = mask(match)
            counts[kind] += masked is not None
            return match[0] if masked is None else masked

        text = pattern.sub(once, text)

    replace(_SECRET, "secret", _without_value)
    replace(_EXPIRY, "secret", _without_value)
    replace(_TRACK, "secret", lambda _match: MASK)
    if not numbers:
        return Screened(text, tuple(kind for kind, count in counts.items() if count))
    replace(_ID, "id_no", lambda match: mask_id_no(match[0]) if ric.is_valid(match[0].upper()) else None)
    replace(_CARD, "card_no", _masked_card)
    replace(_OLD_ID, "id_no", lambda match: mask_id_no(match[0]))
    if phones:
        replace(_MOBILE, "phone", lambda match: mask_phone(re.sub(r"\D", "", match[0])[-11:]))
    return Screened(text, tuple(kind for kind, count in counts.items() if count))


def _without_value(match: re.Match[str]) -> str:
    return f"{match['name']}{match['between']}{MASK}"


def _masked_card(match: re.Match[str]) -> str | None:
    digits = re.sub(r"\D", "", match[0])
    return mask_card_no(digits) if luhn.is_valid(digits) else None
