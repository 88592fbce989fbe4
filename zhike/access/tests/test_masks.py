"""How protected values look (R31): always four dots, so that the length tells nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.access.rules import MASK, MASKS

CASES = [
    ("phone", "13812346209", "138••••6209"),
    ("phone", "25551234", "••••1234"),
    ("id_no", "110105194912310021", "110••••0021"),
    ("id_no", "P123", "••••"),
    ("card_no", "6222020012345678", "622202••••5678"),
    ("account_no", "1202024109900123456", "••••3456"),
    ("account_no", "485", "••••"),
    ("email", "li.wei@example.com", "l••••@example.com"),
    ("email", "nonsense", "••••"),
    ("address", "浙江省杭州市西湖区文三路90号", "浙江省杭州市西湖区••••"),
    ("address", "昆山市玉山镇前进路1号", "昆山市••••"),
    ("address", "12 Long Street, Leeds, UK", "•••• Leeds, UK"),
    ("address", "文三路90号", "••••"),
]


@pytest.mark.parametrize(("kind", "value", "shown"), CASES)
def test_a_value_is_shown_like_this(kind: str, value: str, shown: str) -> None:
    assert MASKS[kind](value) == shown


@given(st.sampled_from(["phone", "id_no", "card_no", "account_no"]), st.text(alphabet="0123456789X", min_size=1, max_size=30))
def test_at_least_three_characters_are_hidden_or_nothing_is_shown(kind: str, value: str) -> None:
    shown = MASKS[kind](value)
    assert shown.count(MASK) == 1
    assert len(shown) - len(MASK) <= max(0, len(value) - 3)
