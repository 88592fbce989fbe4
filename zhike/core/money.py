"""Money, deltas, percentages and rates the way a banker says them (ui guide, section 8). Pure: no Django, no clock.

Amounts are `Decimal`; a language is `"zh"` or `"en"`. Rounding is half up, because that is what a person with a pencil does.
A missing value is an em dash; a minus is U+2212, never a hyphen.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Language = Literal["zh", "en"]
Number = Decimal | int
Unit = Literal["one", "wan", "yi", "K", "M", "B"]

MISSING = "—"
MINUS = "−"
MASK = "••••"

_SCALE: dict[Unit, Decimal] = {
    "one": Decimal(1), "wan": Decimal(10_000), "yi": Decimal(100_000_000), "K": Decimal(1_000), "M": Decimal(1_000_000), "B": Decimal(1_000_000_000),
}  # fmt: skip
_CHINESE: tuple[Unit, ...] = ("one", "wan", "yi")
_ENGLISH: tuple[Unit, ...] = ("one", "K", "M", "B")
_LABEL: dict[Unit, str] = {"one": "", "wan": "万", "yi": "亿", "K": "K", "M": "M", "B": "B"}
_PLACES = tuple(Decimal(1).scaleb(-places) for places in range(9))
_SIGN = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}


@dataclass(frozen=True)
class Figure:
    """A number ready to be shown, in its parts, so that a page can set the unit smaller than the digits."""

    number: str
    unit: str = ""
    prefix: str = ""

    @property
    def text(self) -> str:
        return f"{self.prefix}{self.number}{self.unit}"


def rounded(value: Decimal, places: int) -> Decimal:
    """`value` to `places` decimals, half up."""
    return value.quantize(_PLACES[places], rounding=ROUND_HALF_UP)


def money(
    amount: Number | None, language: Language, *, currency: str = "CNY", unit: Unit | None = None, dense: bool = False, full: bool = False
) -> Figure:
    """An amount at the size a person reads: `548.6万`, `3.86亿`, `¥5.49M`.

    `unit` holds one unit down a column. `dense` is for lists: no decimals from 1,000 万. `full` keeps three significant digits in
    English (`62.0K`), where a standing figure drops trailing zeros (`¥8.3K`).
    """
    if amount is None:
        return Figure(MISSING)
    value = Decimal(amount)
    if value == 0:
        return Figure("0")
    sign = MINUS if value < 0 else ""
    size = abs(value)
    digits, chosen = _chinese(size, unit, dense) if language == "zh" else _english(size, unit, full)
    if currency == "CNY":
        label = _LABEL[chosen] or ("元" if language == "zh" else "")
        return Figure(digits, label, sign + ("" if language == "zh" else "¥"))
    known = _SIGN.get(currency)
    return Figure(digits, _LABEL[chosen], sign + known if known else f"{currency} {sign}")


def _chinese(size: Decimal, unit: Unit | None, dense: bool) -> tuple[str, Unit]:
    shown, candidate = size, unit or "one"
    for candidate in (unit,) if unit else _CHINESE:
        shown = size / _SCALE[candidate]
        if shown >= 10_000 and candidate != "yi" and not unit:
            continue
        places = {"one": 0, "wan": 0 if dense and shown >= 1000 else 1, "yi": 2}[candidate]
        shown = rounded(shown, places)
        if shown < 10_000:
            break
    return f"{shown:,}", candidate


def _english(size: Decimal, unit: Unit | None, full: bool) -> tuple[str, Unit]:
    shown, candidate = size, unit or "one"
    for candidate in (unit,) if unit else _ENGLISH:
        shown = size / _SCALE[candidate]
        if shown >= 1_000 and candidate != "B" and not unit:
            continue
        for _ in range(2):  # rounding may add a digit (9.996 is 10.0), which costs a decimal
            places = 0 if candidate == "one" else min(max(2 - shown.adjusted(), 0), 2)
            shown = rounded(shown, places)
        if shown < 1_000:
            break
    if unit and unit != "one":
        return f"{rounded(size / _SCALE[unit], 2):,}", unit
    text = f"{shown:,}"
    if not full and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text, candidate


def column_unit(amounts: list[Number | None], language: Language) -> Unit:
    """The one unit a column of amounts is shown in: that of its median, so that neither end becomes unreadable."""
    sizes = sorted(abs(Decimal(a)) for a in amounts if a)
    if not sizes:
        return "one"
    middle = sizes[len(sizes) // 2]
    return (_chinese(middle, None, False) if language == "zh" else _english(middle, None, False))[1]


def exact(amount: Number | None, language: Language, *, currency: str = "CNY") -> str:
    """To the cent, for hover, forms, letters and exports: `5,486,213.08 元`, `CNY 5,486,213.08`."""
    if amount is None:
        return MISSING
    value = rounded(Decimal(amount), 2)
    digits = (MINUS if value < 0 else "") + f"{abs(value):,}"
    if language == "zh":
        return f"{digits} {'元' if currency == 'CNY' else currency}"
    return f"{currency} {digits}"


@dataclass(frozen=True)
class Delta:
    """A move: its arrow says the direction, so the figure carries no sign. `direction` is up, down or level."""

    direction: Literal["up", "down", "level", "missing"]
    figure: Figure
    base: str = ""
    gap: str = ""

    @property
    def arrow(self) -> str:
        return {"up": "▲", "down": "▼"}.get(self.direction, "")

    @property
    def text(self) -> str:
        move = f"{self.arrow}{self.gap}{self.figure.text}" if self.arrow else self.figure.text
        return f"{self.base} {move}" if self.base else move


def delta(change: Number | None, language: Language, *, base: str = "", currency: str = "CNY") -> Delta:
    """A change of money: `较上月 ▲6.2万`, `MoM ▲ 62.0K`. `base` is the word for what it is measured against."""
    if change is None:
        return Delta("missing", Figure(MISSING), base)
    value = Decimal(change)
    if value == 0:
        return Delta("level", Figure("0"), base)
    figure = money(abs(value), language, currency=currency, full=True)
    bare = Figure(figure.number, figure.unit) if currency == "CNY" else figure
    return Delta("up" if value > 0 else "down", bare, base, "" if language == "zh" else " ")


def ratio_delta(change: Number | None, language: Language, *, base: str = "") -> Delta:
    """A relative change, 0.151 meaning 15.1 %, drawn like a change of money."""
    if change is None:
        return Delta("missing", Figure(MISSING), base)
    value = Decimal(change)
    direction: Literal["up", "down", "level"] = "up" if value > 0 else "down" if value < 0 else "level"
    return Delta(direction, Figure(percent(abs(value))), base, "" if language == "zh" else " ")


def signed(value: Decimal, places: int) -> str:
    """A number that always carries its sign; nought carries none."""
    shown = rounded(value, places)
    sign = "+" if shown > 0 else MINUS if shown < 0 else ""
    return f"{sign}{abs(shown):,}"


def percent(ratio: Number | None, places: int = 1) -> str:
    """`0.151` → `15.1%`."""
    if ratio is None:
        return MISSING
    shown = rounded(Decimal(ratio) * 100, places)
    return f"{MINUS if shown < 0 else ''}{abs(shown):,}%"


def rate(ratio: Number | None) -> str:
    """An interest rate to the second decimal: `0.0175` → `1.75%`."""
    return percent(ratio, 2)


def points(ratio: Number | None, language: Language) -> str:
    """A difference of two percentages: `0.061` → `+6.1 个百分点`, `+6.1 pts`."""
    if ratio is None:
        return MISSING
    return f"{signed(Decimal(ratio) * 100, 1)} {'个百分点' if language == 'zh' else 'pts'}"


def basis_points(ratio: Number | None, language: Language) -> str:
    """A difference of two rates: `0.0005` → `+5bp`, `+5 bp`."""
    if ratio is None:
        return MISSING
    return f"{signed(Decimal(ratio) * 10_000, 0)}{'bp' if language == 'zh' else ' bp'}"


def count(number: int | None) -> str:
    """A whole number with thousands: `13,426,088`."""
    if number is None:
        return MISSING
    return f"{MINUS if number < 0 else ''}{abs(number):,}"
