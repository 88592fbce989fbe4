"""What a typed text means in each type of declared field, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.parties.field_types import (
    TYPES,
    Choice,
    Definition,
    FieldType,
    NotThis,
    accessor,
    both,
    checked,
    names_a_credit_report,
    names_a_secret,
)


def field(kind: FieldType, **more: Any) -> Definition:
    offered = [Choice("tea", "Tea", "品茶"), Choice("golf", "Golf", "高尔夫")]
    return Definition("it", kind, "It", "它", choices=offered, **more)


def refused(kind: FieldType, text: str) -> str:
    with pytest.raises(NotThis) as wrong:
        checked(field(kind), [text])
    return wrong.value.reason


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  阳澄湖的蟹 ", "阳澄湖的蟹"),
        ("number", "1,200", "1200"),
        ("number", "0.500", "0.5"),
        ("money", "50万", "500000.00"),
        ("money", "1.2亿", "120000000.00"),
        ("date", "2026/2/3", "2026-02-03"),
        ("date", "2026年2月3日", "2026-02-03"),
        ("yes_no", "是", True),
        ("yes_no", "no", False),
        ("choice", "golf", "golf"),
        ("link", "example.com/a", "https://example.com/a"),
        ("customer", "0042", "42"),
        ("text", "   ", None),
    ],
)
def test_a_typed_text_becomes_one_value_whatever_way_it_is_written(kind, text, value):
    assert checked(field(kind), [text]) == value


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("number", "many", "not_a_number"),
        ("number", "NaN", "not_a_number"),
        ("money", "1.234", "too_fine"),
        ("date", "2026-02-30", "no_such_day"),
        ("date", "soon", "not_a_date"),
        ("choice", "chess", "not_a_choice"),
        ("link", "javascript:alert(1)", "not_a_link"),
        ("customer", "lin", "not_a_customer"),
        ("text", "x" * 201, "too_long"),
        ("long_text", "卡号 6222 0212 3456 7890 128", "card_number"),
        ("long_text", "她的密码是 482913", "secret"),
        ("text", "CVV: 123", "secret"),
        ("text", "身份证 11010519491231002X", "id_number"),
    ],
)
def test_what_is_no_value_is_refused_with_its_reason(kind, text, reason):
    assert refused(kind, text) == reason


def test_several_choices_are_kept_in_the_order_in_which_they_are_offered():
    assert checked(field("choices"), ["golf", "tea"]) == ["tea", "golf"]


def test_a_required_field_is_not_left_empty():
    with pytest.raises(NotThis, match="required"):
        checked(field("text", is_required=True), [" "])


@given(st.sampled_from(TYPES), st.lists(st.text(max_size=40), max_size=3))
def test_whatever_is_typed_is_a_json_value_that_reads_back_or_is_refused_by_name(kind, texts):
    try:
        value = checked(field(kind), texts)
    except NotThis:
        return
    assert json.loads(json.dumps(value)) == value
    typed = ["yes" if value else "no"] if isinstance(value, bool) else value if isinstance(value, list) else [value or ""]
    assert checked(field(kind), typed) == value


@given(st.decimals(min_value=-(10**17), max_value=10**17, places=2))
def test_any_amount_of_money_comes_back_to_the_cent(amount):
    assert Decimal(str(checked(field("money"), [f"{amount:,}"]))) == amount


@given(st.dates(), st.dates())
def test_days_are_kept_so_that_their_texts_sort_as_they_do(one, other):
    kept = [str(checked(field("date"), [day.isoformat()])) for day in (one, other)]
    assert (kept[0] < kept[1]) == (one < other)
    assert date.fromisoformat(kept[0]) == one


@pytest.mark.parametrize("name", ["pin", "card_cvv", "login_password", "手机银行密码", "指纹", "face_id", "OTP"])
def test_a_field_that_would_authenticate_is_known_by_its_name(name):
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ["pinyin_name", "opinion", "shipping", "hobbies", "车辆"])
def test_a_harmless_name_is_not_taken_for_a_secret(name):
    assert not names_a_secret(name)


def test_both_texts_are_kept_once_each():
    assert both("likes tea", "likes golf") == "likes golf\nlikes tea"
    assert both("tea", "likes tea") == both("likes tea", "tea") == "likes tea"


def test_sql_reads_a_value_only_by_a_name_that_is_one():
    assert accessor("hobbies", "choices") == "(d.\"values\" -> 'hobbies')"
    with pytest.raises(ValueError, match="no name"):
        accessor("x') or true --", "text")


@pytest.mark.parametrize("name", ["征信报告摘要", "credit_bureau_grade", "Credit report of 2026", "bureau score", "个人信用报告"])
def test_what_the_credit_bureau_tells_is_no_field_of_a_customer(name: str) -> None:
    assert names_a_credit_report(name)


@pytest.mark.parametrize("name", ["信用卡等级", "credit_card_limit", "reporting line", "授信额度"])
def test_what_the_bank_itself_knows_of_credit_may_be_one(name: str) -> None:
    assert not names_a_credit_report(name)
