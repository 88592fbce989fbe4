"""Days, distances and durations read as the ui guide's table (section 8) has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from zhike.core.dates import clock, day, day_heading, day_prose, duration, full_day, month, relative, tenure

TODAY = date(2026, 11, 19)
CD_MATURES = date(2026, 11, 25)


def test_a_day_of_this_year_leaves_the_year_out() -> None:
    assert day(CD_MATURES, "zh", TODAY) == "11-25"
    assert day(CD_MATURES, "en", TODAY) == "25 Nov"
    assert day(date(2027, 1, 14), "zh", TODAY) == "2027-01-14"
    assert day(date(2027, 1, 14), "en", TODAY) == "14 Jan 2027"
    assert day(None, "zh", TODAY) == "—"


def test_headings_name_the_weekday_and_prose_the_month() -> None:
    assert day_heading(date(2026, 11, 17), "zh", TODAY) == "11-17 周二"
    assert day_heading(date(2026, 11, 17), "en", TODAY) == "Tue 17 Nov"
    assert day_prose(CD_MATURES, "zh", TODAY) == "11 月 25 日"
    assert day_prose(CD_MATURES, "en", TODAY) == "25 Nov"
    assert full_day(CD_MATURES, "en") == "25 Nov 2026"
    assert month(CD_MATURES, "zh") == "2026-11"


def test_near_days_have_names_and_far_ones_dates() -> None:
    assert [relative(TODAY + timedelta(n), "zh", TODAY) for n in (0, 1, -1, 6, -93)] == ["今天", "明天", "昨天", "剩 6 天", "93 天"]
    assert [relative(TODAY + timedelta(n), "en", TODAY) for n in (0, 1, -1, 6, -93)] == [
        "today",
        "tomorrow",
        "yesterday",
        "6 days",
        "93 days",
    ]
    assert relative(TODAY + timedelta(100), "zh", TODAY) == "2027-02-27"


def test_durations_and_times_of_day() -> None:
    assert duration(372) == "6′12″"
    assert duration(timedelta(seconds=19)) == "0′19″"
    assert [duration(took) for took in (0, 0.004, 4.21, 9.97)] == ["0′00″", "0.1″", "4.2″", "0′10″"]
    assert duration(3720) == "1 h 02′"
    assert clock(datetime(2026, 11, 19, 10, 26, tzinfo=UTC)) == "10:26"


def test_how_long_somebody_has_been_a_customer() -> None:
    assert tenure(date(2009, 4, 1), "zh", TODAY) == "17 年 7 个月"
    assert tenure(date(2026, 9, 20), "en", TODAY) == "1 m"
