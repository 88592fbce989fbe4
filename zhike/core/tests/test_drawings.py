"""Small drawings: to scale, in words, without inline style."""

from __future__ import annotations

from decimal import Decimal

from zhike.core.charts import Part, bar, months_in_out, sparkline, stacked_bar


def test_a_sparkline_says_in_words_what_it_shows() -> None:
    drawn = sparkline([1.0, None, 3.0], "3 months, up")
    assert 'aria-label="3 months, up"' in drawn
    assert drawn.count(",") >= 2 and "style=" not in drawn


def test_one_value_is_no_line() -> None:
    assert "<svg" not in sparkline([1.0])


def test_parts_of_a_bar_fill_it() -> None:
    drawn = stacked_bar([Part("Deposits", Decimal(75), "c1"), Part("Funds", Decimal(25), "c3"), Part("None", 0, "c4")])
    assert 'x="0.000%" width="75.000%"' in drawn and 'x="75.000%" width="25.000%"' in drawn
    assert "zk-fill-c4" not in drawn


def test_a_small_share_stays_visible() -> None:
    assert 'width="2.00%"' in bar(0.001)
    assert 'width="0.00%"' in bar(0)


def test_money_out_goes_downwards_and_the_net_is_their_sum() -> None:
    chart = months_in_out("", ["1"], [Decimal(80)], [Decimal(90)], ("in", "out", "net"))
    assert [list(series.values) for series in chart.series] == [[80.0], [-90.0], [-10.0]]
