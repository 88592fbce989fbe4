"""Template words of Zhike: `{% load zhike %}`. Money, deltas, days, icons, masks and small drawings.

Filters take raw values (`Decimal`, `date`, `datetime`) and know the language of the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zhike.core import charts, dates, money
from zhike.core.words import language

register = template.Library()


def _decimal(value: Any) -> Decimal | None:
    return None if value is None or value == "" else Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def _date(value: date | datetime | None) -> date | None:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value or None


def _figure(figure: money.Figure) -> SafeString:
    unit = format_html('<span class="zk-unit">{}</span>', figure.unit) if figure.unit else ""
    return format_html("{}{}{}", figure.prefix, figure.number, unit)


@register.filter(name="money")
def money_filter(value: Any, currency: str = "CNY") -> SafeString:
    """`{{ amount|money }}` or `{{ amount|money:currency }}`: short, with the exact amount on hover."""
    amount = _decimal(value)
    figure = money.money(amount, language(), currency=currency or "CNY")
    if amount is None:
        return format_html('<span class="zk-missing">{}</span>', figure.text)
    return format_html(
        '<span class="zk-num" title="{}">{}</span>', money.exact(amount, language(), currency=currency or "CNY"), _figure(figure)
    )


@register.filter
def coded(text: Any) -> SafeString:
    """A sentence in which `words between backticks` are code."""
    parts = str(text).split("`")
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if at % 2 else part,) for at, part in enumerate(parts)))


@register.filter
def money_dense(value: Any, currency: str = "CNY") -> SafeString:
    """As `money`, for lists: no decimals from 1,000 万."""
    amount = _decimal(value)
    figure = money.money(amount, language(), currency=currency or "CNY", dense=True)
    title = money.exact(amount, language(), currency=currency or "CNY")
    return format_html('<span class="zk-num" title="{}">{}</span>', title, _figure(figure))


@register.filter
def money_exact(value: Any, currency: str = "CNY") -> str:
    """To the cent: `5,486,213.08 元`."""
    return money.exact(_decimal(value), language(), currency=currency or "CNY")


@register.filter
def amount(value: Any) -> str:
    """Two decimals and thousands, without a currency: for columns that name it in their head."""
    number = _decimal(value)
    if number is None:
        return money.MISSING
    shown = money.rounded(number, 2)
    return f"{money.MINUS if shown < 0 else ''}{abs(shown):,}"


@register.simple_tag
def delta(value: Any, base: str = "", currency: str = "CNY") -> SafeString:
    """`{% delta change base %}`: ▲6.2万, coloured by the person's money direction, `base` being the word for against what."""
    return _delta(money.delta(_decimal(value), language(), base=base, currency=currency))


@register.simple_tag
def delta_percent(value: Any, base: str = "") -> SafeString:
    """`{% delta_percent ratio base %}`: ▲15.1%."""
    return _delta(money.ratio_delta(_decimal(value), language(), base=base))


def _delta(move: money.Delta) -> SafeString:
    word = {"up": _("up"), "down": _("down")}.get(move.direction, "")
    base = format_html('<span class="zk-note">{}</span> ', move.base) if move.base else ""
    if not move.arrow:
        return format_html('{}<span class="zk-level">{}</span>', base, _figure(move.figure))
    return format_html(
        '{}<span class="zk-{}"><span aria-hidden="true">{}</span><span class="visually-hidden">{} </span>{}{}</span>',
        base, move.direction, move.arrow, word, move.gap, _figure(move.figure),
    )  # fmt: skip


@register.filter
def percent(value: Any, places: int = 1) -> str:
    """`0.151` → 15.1%."""
    return money.percent(_decimal(value), places)


@register.filter
def rate(value: Any) -> str:
    """`0.0175` → 1.75%."""
    return money.rate(_decimal(value))


@register.filter
def count(value: Any) -> str:
    """13,426,088, or — where it is not known."""
    return money.count(None if value in (None, "") else value)


@register.filter
def day(value: date | datetime | None) -> str:
    """11-25 within this year, else 2027-01-14."""
    return dates.day(_date(value), language(), timezone.localdate())


@register.filter
def full_day(value: date | datetime | None) -> str:
    """2026-11-25, always with its year."""
    return dates.full_day(_date(value), language())


@register.filter
def day_heading(value: date | datetime | None) -> str:
    """11-17 周二."""
    return dates.day_heading(_date(value), language(), timezone.localdate())


@register.filter
def day_prose(value: date | datetime | None) -> str:
    """11 月 25 日."""
    return dates.day_prose(_date(value), language(), timezone.localdate())


@register.filter
def month(value: date | None) -> str:
    """2026-11, Nov 2026."""
    return dates.month(_date(value), language())


@register.filter
def ago(value: date | datetime | None) -> str:
    """今天, 昨天, 剩 6 天, 93 天; from 100 days the date."""
    return dates.relative(_date(value), language(), timezone.localdate())


@register.filter
def tenure(value: date | None) -> str:
    """17 年 7 个月."""
    return dates.tenure(_date(value), language(), timezone.localdate())


@register.filter
def clock(value: datetime | None) -> str:
    """10:26 in the bank's zone."""
    return dates.clock(timezone.localtime(value) if value and timezone.is_aware(value) else value or None)


@register.filter
def duration(value: Any) -> str:
    """Seconds or a timedelta as 6′12″."""
    return dates.duration(None if value == "" else value)


@register.simple_tag
def icon(name: str, label: str = "", size: int = 16) -> SafeString:
    """`{% icon "phone" %}` beside a word is decoration; `{% icon "phone" _("Call") %}` alone speaks for itself."""
    cut = "zk-icon" if size == 16 else f"zk-icon zk-icon-{size}"
    href = f"{static('vendor/icons.svg')}#{name}"
    if not label:
        return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', cut, href)
    return format_html('<svg class="{}" role="img" aria-label="{}"><title>{}</title><use href="{}"></use></svg>', cut, label, label, href)


@register.filter
def masked(value: str | None) -> SafeString:
    """A stored mask as it is, four dots for something there that may not be shown, — for nothing."""
    if value is None or value == "":
        return format_html('<span class="zk-missing">{}</span>', money.MISSING)
    return format_html('<span class="zk-mask">{}</span>', value)


@register.filter
def initial(name: str | None) -> str:
    """The first character of a Chinese name, up to two initials of any other."""
    words = (name or "").split()
    if not words:
        return "·"
    if ord(words[0][0]) > 0x2E80:
        return words[0][0]
    return "".join(word[0] for word in words[:2]).upper()


@register.simple_tag
def sparkline(values: Sequence[Any], label: str = "") -> SafeString:
    """A line of 92 × 22 with an end dot; its words go to those who do not see it."""
    return charts.sparkline([None if v is None else float(v) for v in values], label)


@register.simple_tag
def stacked_bar(parts: Sequence[charts.Part], label: str = "") -> SafeString:
    """One bar of parts, 10 px high; the table below is its legend."""
    return charts.stacked_bar(parts, label)


@register.simple_tag
def split_bar(*pairs: Any, label: str = "") -> SafeString:
    """`{% split_bar "c1" loaded "rest" unchanged "bad" rejected %}`: colour tokens and sizes in turn."""
    return charts.stacked_bar([charts.Part("", size, token) for token, size in zip(pairs[::2], pairs[1::2], strict=True)], label)


@register.simple_tag
def bar(share: Any, tone: str = "accent", label: str = "") -> SafeString:
    """A track filled to `share` (0…1)."""
    return charts.bar(float(share or 0), tone, label)


@register.inclusion_tag("core/_chart.html")
def chart(description: charts.Chart) -> dict[str, Any]:
    """Draws a typed chart description: picture, sentence, table."""
    return {"chart": description}


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The current address's query with some parameters changed; an empty value leaves one out."""
    current = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            current.pop(key, None)
        else:
            current[key] = str(value)
    return "?" + urlencode(list(current.lists()), doseq=True)


@register.simple_tag
def keys(*names: str) -> SafeString:
    """Key caps: `{% keys "Ctrl" "K" %}`."""
    return format_html_join("", "<kbd>{}</kbd>", ((name,) for name in names))
