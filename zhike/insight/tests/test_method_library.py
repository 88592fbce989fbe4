"""The method library says of each method what it is, with an example that the build's own code works out, and leads to what it names."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from zhike.insight.method_examples import EXAMPLES, example
from zhike.insight.method_views import CODES, in_words, shown
from zhike.insight.methods import METHODS
from zhike.insight.profile_fields import BY_KEY
from zhike.insight.settings_labels import GROUPS


def found(key: str) -> list[object]:
    return [one.value for one in example(key).found]


def test_every_method_has_its_example_and_every_example_its_method() -> None:
    assert set(METHODS) == set(EXAMPLES)


@pytest.mark.parametrize("key", METHODS)
def test_what_a_method_names_exists(key: str) -> None:
    method = METHODS[key]
    assert set(method.settings) <= set(GROUPS)
    assert set(method.fields) <= set(BY_KEY)
    assert len(shown(method).pages) == len(method.pages)
    assert all(figure.shape != "word" or figure.value in CODES for figure in example(key).found)


def test_the_examples_of_the_domain_come_out() -> None:
    assert found("averages") == [Decimal(40_000), Decimal(1_800_000), Decimal("60000.00")]
    assert found("growth")[1] == Decimal("62300.00")
    assert found("ftp") == [Decimal("250.00"), Decimal("1583.33")]
    contribution, raroc, eva = found("value")
    assert (contribution, eva) == (Decimal("5625.00"), Decimal("1225.00"))
    assert raroc == Decimal("0.140625")
    assert found("loss") == [Decimal("287.67")]
    assert found("marginal") == [Decimal("-1.00")]
    assert found("rfm") == [1, 3, 5]


def test_a_tier_falls_after_its_grace_and_a_stage_after_two_months() -> None:
    assert found("tiers") == ["platinum", "platinum", "platinum", "platinum", "gold"]
    assert found("stages") == ["mature", "declining"]
    assert found("decline") == ["decline"]


def test_codes_are_said_in_the_readers_language() -> None:
    with translation.override("zh-hans"):
        assert str(in_words(example("matrix").found[1]).value) == "共生级"
