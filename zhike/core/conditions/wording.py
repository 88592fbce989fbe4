"""A condition said in the reader's language: "AUM at least 500,000 and (next maturity within the next 30 days or not …)"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from zhike.core import dates
from zhike.core.conditions.days import Span
from zhike.core.conditions.fields import Catalogue, Field
from zhike.core.conditions.trees import Check, Group, Has, Node
from zhike.core.money import MINUS
from zhike.core.pages import Words
from zhike.core.words import language

MOST_NAMED = 4  # choices that a sentence names before it counts the rest
PERIOD_WORDS: Mapping[str, Words] = {
    "today": gettext_lazy("today"), "yesterday": gettext_lazy("yesterday"), "tomorrow": gettext_lazy("tomorrow"),
    "this_week": gettext_lazy("this week"), "last_week": gettext_lazy("last week"), "next_week": gettext_lazy("next week"),
    "this_month": gettext_lazy("this month"), "last_month": gettext_lazy("last month"), "next_month": gettext_lazy("next month"),
    "this_quarter": gettext_lazy("this quarter"), "last_quarter": gettext_lazy("last quarter"), "next_quarter": gettext_lazy("next quarter"),
    "this_year": gettext_lazy("this year"), "last_year": gettext_lazy("last year"), "next_year": gettext_lazy("next year"),
}  # fmt: skip
_CHECKS: Mapping[str, Words] = {
    "contains": gettext_lazy("%(field)s contains “%(value)s”"), "not_contains": gettext_lazy("%(field)s does not contain “%(value)s”"),
    "starts": gettext_lazy("%(field)s begins with “%(value)s”"), "is": gettext_lazy("%(field)s is %(value)s"),
    "is_not": gettext_lazy("%(field)s is not %(value)s"), "at_least": gettext_lazy("%(field)s at least %(value)s"),
    "at_most": gettext_lazy("%(field)s at most %(value)s"), "more_than": gettext_lazy("%(field)s more than %(value)s"),
    "less_than": gettext_lazy("%(field)s less than %(value)s"), "between": gettext_lazy("%(field)s from %(value)s"),
    "within_next": gettext_lazy("%(field)s within the next %(value)s"), "within_last": gettext_lazy("%(field)s within the last %(value)s"),
    "more_than_ago": gettext_lazy("%(field)s more than %(value)s ago"), "more_than_ahead": gettext_lazy("%(field)s more than %(value)s ahead"),
    "in": gettext_lazy("%(field)s: %(value)s"), "on": gettext_lazy("%(field)s on %(value)s"), "before": gettext_lazy("%(field)s before %(value)s"),
    "since": gettext_lazy("%(field)s on or after %(value)s"), "not_in": gettext_lazy("%(field)s: not %(value)s"),
    "any_of": gettext_lazy("%(field)s: %(value)s"), "all_of": gettext_lazy("%(field)s: all of %(value)s"),
    "none_of": gettext_lazy("%(field)s: none of %(value)s"), "known": gettext_lazy("%(field)s is known"),
    "unknown": gettext_lazy("%(field)s is unknown"),
}  # fmt: skip


def said(node: Node, catalogue: Catalogue) -> str:
    """The condition as a sentence without its full stop. Choices are read for their words."""
    text = _said(node, catalogue)
    return text[:1].upper() + text[1:]


def _said(node: Node, catalogue: Catalogue) -> str:
    if isinstance(node, Group):
        return _group(node, catalogue)
    return _has(node, catalogue) if isinstance(node, Has) else _check(node, catalogue.fields[node.field])


def _group(group: Group, catalogue: Catalogue) -> str:
    if not group.nodes:
        return _("nobody") if group.joiner == "any" else _("everybody")
    inner = [_inside(node, catalogue) for node in group.nodes]
    if group.joiner == "none":
        return _("not (%(conditions)s)") % {
            "conditions": pgettext("between conditions", " or ").join(_said(node, catalogue) for node in group.nodes)
        }
    return (pgettext("between conditions", " and ") if group.joiner == "all" else pgettext("between conditions", " or ")).join(inner)


def _inside(node: Node, catalogue: Catalogue) -> str:
    """A node within a group: a group of several stands in brackets."""
    text = _said(node, catalogue)
    return (
        _("(%(conditions)s)") % {"conditions": text} if isinstance(node, Group) and node.joiner != "none" and len(node.nodes) > 1 else text
    )


def _has(node: Has, catalogue: Catalogue) -> str:
    relation = catalogue.relations[node.relation]
    names = {
        "least": str(relation.many) % {"n": f"{node.at_least:,}"},
        "most": str(relation.many) % {"n": f"{node.at_most or 0:,}"},
        "n": f"{node.at_least:,}",
    }
    if node.at_most == 0:
        text = _("has %(what)s") % {"what": relation.no}
    elif node.at_most is None:
        text = _("has %(what)s") % {"what": relation.one} if node.at_least <= 1 else _("has at least %(least)s") % names
    elif node.at_least == 0:
        text = _("has at most %(most)s") % names
    else:
        text = _("has %(n)s to %(most)s") % names
    where = node.where
    if isinstance(where, Group) and not where.nodes:
        return text
    return _("%(has)s (%(conditions)s)") % {"has": text, "conditions": _said(where, relation.catalogue())}


def _check(check: Check, field: Field) -> str:
    if field.kind == "flag" and check.op == "is":
        return ((_("%(field)s: yes") if check.value else _("%(field)s: no")) % {"field": _titled(field)}).replace(" ：", "：")
    return (str(_CHECKS[check.op]) % {"field": _titled(field), "value": _value(check, field)}).replace(" ：", "：")


def _titled(field: Field) -> str:
    """A field's title within a sentence: small in English unless it is an abbreviation, and no Latin letter against a Chinese one."""
    title = str(field.title)
    if language() == "zh":
        return f"{title} " if title[-1:].isascii() and title[-1:].isalnum() else title
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] in "- " else title


def _value(check: Check, field: Field) -> str:
    value = check.value
    if field.kind in ("choice", "set") and isinstance(value, tuple):
        return _choices(tuple(map(str, value)), field)
    if isinstance(value, tuple):
        first, last = (_one(part, field) for part in value)
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    return _one(value, field)


def _one(value: object, field: Field) -> str:
    if isinstance(value, Decimal):
        unit = f"{'' if str(field.unit) == '%' else ' '}{field.unit}" if field.unit else ""
        return f"{amount(value, is_money=field.kind == 'money')}{unit}"
    if isinstance(value, date):
        return dates.full_day(value, language())
    if isinstance(value, Span):
        return span(value)
    text = str(value)
    return str(PERIOD_WORDS.get(text, text)) if field.kind in ("date", "instant", "birthday") else text


def _choices(keys: tuple[str, ...], field: Field) -> str:
    titles = {choice.key: str(choice.title) for choice in (field.choices() if field.choices else ())}
    named = [titles.get(key, key) for key in keys]
    if len(named) > MOST_NAMED:
        rest = len(named) - MOST_NAMED
        named = [*named[:MOST_NAMED], ngettext("%(n)s other", "%(n)s others", rest) % {"n": rest}]
    return pgettext("between choices", ", ").join(named)


def amount(value: Decimal, *, is_money: bool) -> str:
    """A number without loss: 500,000; in Chinese money in 万 and 亿 where that is exact: 50 万."""
    text = format(value, "f").rstrip("0").rstrip(".") if "." in format(value, "f") else format(value, "f")
    if is_money and language() == "zh":
        for scale, unit in ((100_000_000, "亿"), (10_000, "万")):
            if value and abs(value) >= scale and value % (scale // 100) == 0:
                return f"{format(value / scale, ',f').rstrip('0').rstrip('.') if value % scale else format(value / scale, ',.0f')} {unit}".replace(
                    "-", MINUS
                )
    whole, _dot, rest = text.partition(".")
    return f"{int(whole):,}{'.' + rest if rest else ''}".replace("-", MINUS) if whole != "-0" else text.replace("-", MINUS)


_SPANS: Mapping[str, Callable[[int], str]] = {
    "days": lambda n: ngettext("%(n)s day", "%(n)s days", n), "weeks": lambda n: ngettext("%(n)s week", "%(n)s weeks", n),
    "months": lambda n: ngettext("%(n)s month", "%(n)s months", n), "years": lambda n: ngettext("%(n)s year", "%(n)s years", n),
}  # fmt: skip


def span(value: Span) -> str:
    """30 days, 6 months."""
    return _SPANS[value.unit](value.n) % {"n": f"{value.n:,}"}
