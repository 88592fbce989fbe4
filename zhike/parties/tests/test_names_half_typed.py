"""What a search text asks of names: half-typed words, pinyin in one word or several, and one slip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.parties.rules import asked_name, name_tokens, one_slip_away

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12)


@pytest.mark.parametrize(
    ("text", "before", "last", "joined"),
    [
        ("zhangs", [], "zhangs", ""),
        ("zhang s", ["zhang"], "s", "zhangs"),
        ("张 s", ["张"], "s", ""),
        ("张三", [], "", ""),
        ("John Smi", ["john"], "smi", "johnsmi"),
    ],
)
def test_the_last_word_may_be_half_typed(text, before, last, joined):
    asked = asked_name(text)
    assert (asked.before, asked.last, asked.joined) == (before, last, joined)


def test_a_name_typed_with_a_slip_is_one_away():
    assert {"zhagnsan", "zhansan", "zhangsann", "zhongsan"} <= set(one_slip_away("zhangsan"))
    assert "zhangsan" in name_tokens("张三") and "zhangsan" in asked_name("zhagn san").near


def test_short_words_and_numbers_forgive_nothing():
    assert asked_name("wei").near == [] and asked_name("6209").near == [] and asked_name("张wei").near == []


@given(WORDS)
def test_a_slip_works_both_ways(word):
    assert all(word in one_slip_away(other) for other in one_slip_away(word)[::40])


@given(WORDS)
def test_slips_are_few_and_never_the_word_itself(word):
    slips = one_slip_away(word)
    assert word not in slips and len(slips) == len(set(slips)) <= 54 * len(word) + 26
