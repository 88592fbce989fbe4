"""A condition is said as a banker would say it, in both languages, without losing a digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from zhike.core.conditions.days import Span
from zhike.core.conditions.fields import Choice, Field, Relation, gathered
from zhike.core.conditions.trees import EVERYBODY, Check, Group, Has
from zhike.core.conditions.wording import amount, said

CATALOGUE = gathered(
    [
        Field("aum", "AUM", "money", "{row}.aum"), Field("last", "Last contact", "instant", "{row}.last"), Field("age", "Age", "number", "{row}.age", unit="years"),
        Field("tier", "Tier", "choice", "{row}.tier", choices=lambda: [Choice(str(n), f"tier {n}") for n in range(9)]), Field("staff", "Staff", "flag", "{row}.staff"),
        Field("name", "Name", "text", "{row}.name"), Field("born", "Birthday", "birthday", "{row}.born"),
    ],
    [Relation("deposit", "Deposit", "", lambda: gathered([Field("due", "Matures", "date", "{row}.due")]), "a deposit", "no deposit", "%(n)s deposits")],
)  # fmt: skip
DUE = Group("all", (Check("due", "within_next", Span(30, "days")),))
RICH = Check("aum", "at_least", Decimal("500000"))
QUIET = Check("last", "more_than_ago", Span(90, "days"))


@pytest.mark.parametrize(
    ("node", "english", "chinese"),
    [
        (Group("all", (RICH, Group("any", (Has("deposit", DUE), QUIET)))),
         "AUM at least 500,000 and (has a deposit (matures within the next 30 days) or last contact more than 90 days ago)",
         "AUM 不少于 50 万，且（a deposit（Matures 在未来 30 天内），或Last contact 在 90 天以前）"),
        (EVERYBODY, "Everybody", "所有人"),
        (Group("any"), "Nobody", "没有人"),
        (Group("none", (Check("staff", "is", True),)), "Not (staff: yes)", "不满足（Staff：是）"),
        (Has("deposit", EVERYBODY, 2), "Has at least 2 deposits", "至少有 2 deposits"),
        (Has("deposit", EVERYBODY, 0, 0), "Has no deposit", "No deposit"),
        (Has("deposit", EVERYBODY, 2, 5), "Has 2 to 5 deposits", "有 2 到 5 deposits"),
        (Check("tier", "in", tuple(str(n) for n in range(6))), "Tier: tier 0, tier 1, tier 2, tier 3, 2 others", "Tier：tier 0、tier 1、tier 2、tier 3、另 2 项"),
        (Check("age", "between", (Decimal(30), Decimal("45.5"))), "Age from 30 years to 45.5 years", "Age 在 30 years 到 45.5 years之间"),
        (Check("name", "contains", "王%"), "Name contains “王%”", "Name 包含「王%」"),
        (Check("born", "in", "this_month"), "Birthday: this month", "Birthday：本月"),
        (Check("last", "since", date(2026, 1, 31)), "Last contact on or after 31 Jan 2026", "Last contact 不早于 2026-01-31"),
    ],
)  # fmt: skip
def test_a_condition_is_said_in_both_languages(node, english, chinese):
    with translation.override("en"):
        assert said(node, CATALOGUE) == english
    with translation.override("zh-hans"):
        assert said(node, CATALOGUE) == chinese


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [("500000", "500,000", "50 万"), ("512345", "512,345", "512,345"), ("12500", "12,500", "1.25 万"), ("250000000", "250,000,000", "2.5 亿"),
     ("-30000", "−30,000", "−3 万"), ("0.50", "0.5", "0.5"), ("-0.5", "−0.5", "−0.5"), ("0", "0", "0"), ("1000000", "1,000,000", "100 万")],
)  # fmt: skip
def test_an_amount_is_said_without_loss(value, english, chinese):
    with translation.override("en"):
        assert amount(Decimal(value), is_money=True) == english
    with translation.override("zh-hans"):
        assert amount(Decimal(value), is_money=True) == chinese
