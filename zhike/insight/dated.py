"""Settings that hold from a day on: defaults, replaced path by path by what was set for that day (§2.4 "a setting")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from zhike.insight.models import DatedSetting
from zhike.insight.settings_rules import Settings

Plain = Decimal | int | str


class NotASetting(ValueError):
    """No such path, or a value that it cannot have."""


def settings_on(day: date) -> Settings:
    """All settings as they hold on a day. No customer is in them, so that everybody and every build may ask."""
    return with_values(Settings(), values_on(day))


def values_on(day: date) -> dict[str, str]:
    """What was set for a day, by path: of each path the row that begins last, and of those the one that was set last."""
    rows = DatedSetting.objects.filter(from_date__lte=day).order_by("path", "-from_date", "-pk").distinct("path")
    return dict(rows.values_list("path", "value"))


def flattened(settings: Settings) -> dict[str, Plain]:
    """Every value by its path, in the order in which they are declared."""
    return dict(_leaves(settings, ""))


def _leaves(found: Any, path: str) -> Iterator[tuple[str, Plain]]:
    if is_dataclass(found):
        for one in fields(found):
            yield from _leaves(getattr(found, one.name), f"{path}.{one.name}" if path else one.name)
    elif isinstance(found, Mapping):
        for name, value in found.items():
            yield f"{path}.{name}", value
    else:
        yield path, found


def with_values(settings: Settings, values: Mapping[str, str]) -> Settings:
    """The settings with the values of some paths replaced; a path that this version no longer knows is passed over."""
    known = flattened(settings)
    for path, text in values.items():
        if path in known:
            settings = _replaced(settings, path.split(".", 2), read(known[path], text))
    return settings


def _replaced(settings: Settings, path: list[str], value: Plain) -> Settings:
    group = getattr(settings, path[0])
    if len(path) == 2:
        return replace(settings, **{path[0]: replace(group, **{path[1]: value})})
    entries = MappingProxyType({**getattr(group, path[1]), path[2]: value})
    return replace(settings, **{path[0]: replace(group, **{path[1]: entries})})


def read(like: Plain, text: str) -> Plain:
    """A value of the kind of `like` out of its text. Raises NotASetting."""
    try:
        if isinstance(like, Decimal):
            found = Decimal(text.strip())
            if not found.is_finite():
                raise NotASetting(text)
            return found
        return int(text) if isinstance(like, int) else text
    except (InvalidOperation, ValueError) as wrong:
        raise NotASetting(text) from wrong


def settings_by(days: Sequence[date]) -> list[Settings]:
    """The same as `settings_on` for each of some days, in one question."""
    rows = list(DatedSetting.objects.filter(from_date__lte=max(days)).order_by("from_date", "pk")) if days else []
    return [with_values(Settings(), {row.path: row.value for row in rows if row.from_date <= day}) for day in days]
