"""Days, distances between days, durations and times of day (ui guide, section 8). Pure: `today` is always handed in.

A date is in the bank's time zone; an instant is turned into a date or a time of day by its caller. A language is "zh" or "en".
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from zhike.core.money import MISSING, Language

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FAR = 100  # from here a distance in days says less than the date itself


def day(value: date | None, language: Language, today: date) -> str:
    """`11-25` within this year, else `2027-01-14`; `25 Nov`, `14 Jan 2027`."""
    if value is None:
        return MISSING
    if language == "zh":
        return f"{value:%m-%d}" if value.year == today.year else value.isoformat()
    short = f"{value.day} {_MONTHS_EN[value.month - 1]}"
    return short if value.year == today.year else f"{short} {value.year}"


def full_day(value: date | None, language: Language) -> str:
    """A day with its year always: `2026-11-25`, `25 Nov 2026`."""
    if value is None:
        return MISSING
    return value.isoformat() if language == "zh" else f"{value.day} {_MONTHS_EN[value.month - 1]} {value.year}"


def day_heading(value: date | None, language: Language, today: date) -> str:
    """For headings: `11-17 周二`, `Tue 17 Nov`."""
    if value is None:
        return MISSING
    shown = day(value, language, today)
    weekday = value.weekday()
    return f"{shown} 周{_WEEKDAYS_ZH[weekday]}" if language == "zh" else f"{_WEEKDAYS_EN[weekday]} {shown}"


def day_prose(value: date | None, language: Language, today: date) -> str:
    """Inside a sentence: `11 月 25 日`, `25 Nov`."""
    if value is None:
        return MISSING
    if language == "en":
        return day(value, "en", today)
    shown = f"{value.month} 月 {value.day} 日"
    return shown if value.year == today.year else f"{value.year} 年 {shown}"


def month(value: date | None, language: Language) -> str:
    """A month on an axis or in a list: `2026-11`, `Nov 2026`."""
    if value is None:
        return MISSING
    return f"{value:%Y-%m}" if language == "zh" else f"{_MONTHS_EN[value.month - 1]} {value.year}"


def relative(value: date | None, language: Language, today: date) -> str:
    """How far a day is: today, tomorrow, yesterday, `剩 6 天` ahead, `93 天` behind; 100 days and more give the date."""
    if value is None:
        return MISSING
    ahead = (value - today).days
    near = {0: ("今天", "today"), 1: ("明天", "tomorrow"), -1: ("昨天", "yesterday")}
    if ahead in near:
        return near[ahead][0 if language == "zh" else 1]
    if abs(ahead) >= _FAR:
        return day(value, language, today)
    if language == "en":
        return f"{abs(ahead)} days"
    return f"剩 {ahead} 天" if ahead > 0 else f"{-ahead} 天"


def duration(seconds: float | timedelta | None) -> str:
    """`372` → `6′12″`; an hour and more as `1 h 02′`; below ten seconds with a decimal, `4.2″`."""
    if seconds is None:
        return MISSING
    exact = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    if 0 < exact < 9.95:
        return f"{max(exact, 0.1):.1f}″"
    total = round(exact)
    minutes, rest = divmod(max(total, 0), 60)
    if minutes >= 60:
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes:02d}′"
    return f"{minutes}′{rest:02d}″"


def clock(value: datetime | None) -> str:
    """The time of day, 24 hours: `10:26`. The instant is already in the bank's zone."""
    return MISSING if value is None else f"{value:%H:%M}"


def tenure(since: date | None, language: Language, today: date) -> str:
    """How long somebody has been a customer: `17 年 7 个月`, `17 y 7 m`."""
    if since is None:
        return MISSING
    months = (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)
    years, rest = divmod(max(months, 0), 12)
    if language == "zh":
        return f"{years} 年 {rest} 个月" if years and rest else f"{years} 年" if years else f"{rest} 个月"
    return f"{years} y {rest} m" if years and rest else f"{years} y" if years else f"{rest} m"
