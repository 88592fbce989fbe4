"""Money, deltas and rates read as the ui guide's table (section 8) has them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from zhike.core.money import basis_points, column_unit, count, delta, exact, money, percent, points, rate, ratio_delta


@pytest.mark.parametrize(
    ("amount", "chinese", "english"),
    [
        ("8300", "8,300元", "¥8.3K"),
        ("5486213.08", "548.6万", "¥5.49M"),
        ("386000000", "3.86亿", "¥386M"),
        ("1200000000", "12.00亿", "¥1.2B"),
        ("-45300", "−4.5万", "−¥45.3K"),
        ("0", "0", "0"),
        (None, "—", "—"),
    ],
)
def test_an_amount_reads_as_a_banker_says_it(amount: str | None, chinese: str, english: str) -> None:
    value = None if amount is None else Decimal(amount)
    assert money(value, "zh").text == chinese
    assert money(value, "en").text == english


@pytest.mark.parametrize(
    ("amount", "chinese", "english"), [("9999.60", "1.0万", "¥10K"), ("99999960", "1.00亿", "¥100M"), ("999999", "100.0万", "¥1M")]
)
def test_rounding_up_moves_to_the_next_unit(amount: str, chinese: str, english: str) -> None:
    assert money(Decimal(amount), "zh").text == chinese
    assert money(Decimal(amount), "en").text == english


def test_lists_drop_the_decimal_from_ten_million() -> None:
    assert money(Decimal("12104000"), "zh", dense=True).text == "1,210万"
    assert money(Decimal("5486213"), "zh", dense=True).text == "548.6万"


def test_another_currency_is_named() -> None:
    assert money(Decimal("5486213.08"), "zh", currency="CZK").text == "CZK 548.6万"
    assert money(Decimal("-8300"), "en", currency="USD").text == "−$8.3K"


def test_the_exact_amount_goes_to_the_cent() -> None:
    assert exact(Decimal("5486213.08"), "zh") == "5,486,213.08 元"
    assert exact(Decimal("5486213.08"), "en") == "CNY 5,486,213.08"
    assert exact(Decimal("-0.5"), "en") == "CNY −0.50"


def test_a_move_carries_an_arrow_and_no_sign() -> None:
    assert delta(Decimal("62000"), "zh", base="较上月").text == "较上月 ▲6.2万"
    assert delta(Decimal("62000"), "en", base="MoM").text == "MoM ▲ 62.0K"
    assert delta(Decimal("-453000"), "zh").text == "▼45.3万"
    assert delta(Decimal("9999.6"), "en").text == "▲ 10.0K"
    assert delta(Decimal("0"), "zh").text == "0"
    assert delta(None, "en").text == "—"
    assert ratio_delta(Decimal("-0.042"), "zh").text == "▼4.2%"


def test_rates_points_and_basis_points() -> None:
    assert percent(Decimal("0.151")) == "15.1%"
    assert percent(Decimal("-0.151")) == "−15.1%"
    assert rate(Decimal("0.0175")) == "1.75%"
    assert points(Decimal("0.061"), "zh") == "+6.1 个百分点"
    assert points(Decimal("0.061"), "en") == "+6.1 pts"
    assert basis_points(Decimal("0.0005"), "zh") == "+5bp"
    assert basis_points(Decimal("-0.0005"), "en") == "−5 bp"


def test_a_column_has_one_unit() -> None:
    assert column_unit([Decimal(3), Decimal(52_000), Decimal(9_000_000), None], "zh") == "wan"
    assert money(Decimal("300"), "zh", unit="wan").text == "0.0万"


def test_counts_have_thousands() -> None:
    assert count(13_426_088) == "13,426,088"
    assert count(-3) == "−3"
    assert count(None) == "—"
