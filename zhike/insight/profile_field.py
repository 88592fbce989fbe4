"""One field of the profile, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, cast

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise
# money: CNY with two digits; rate: a fraction (0.25 is 25 %); number: whole; choice: one of `choices` or a key of another table.
Type = Literal["money", "rate", "number", "date", "text", "choice", "flag"]
Level = Literal["C1", "C2"]
Freshness = Literal["day", "month"]

NO_CHOICES: Mapping[str, Words] = MappingProxyType({})


@dataclass(frozen=True)
class ProfileField:
    """What a column of the profile is. `source` names the mart and its column it is made from; `freshness` says how often it can change;
    an empty value means not known or none, as `meaning` says."""

    key: str
    type: Type
    label: Words
    group: Words
    source: str
    meaning: Words = ""
    unit: Words = ""
    level: Level = "C2"
    freshness: Freshness = "day"
    choices: Mapping[str, Words] = field(default_factory=lambda: NO_CHOICES)

    def column(self) -> models.Field:  # type: ignore[type-arg]
        """The column of `insight_profile`."""
        label = cast("str", self.label)  # translated when it is shown
        match self.type:
            case "money":
                return models.DecimalField(max_digits=20, decimal_places=2, null=True, help_text=label)
            case "rate":
                return models.DecimalField(max_digits=14, decimal_places=6, null=True, help_text=label)
            case "number":
                return models.IntegerField(null=True, help_text=label)
            case "date":
                return models.DateField(null=True, help_text=label)
            case "flag":
                return models.BooleanField(null=True, help_text=label)
            case _:
                return models.TextField(null=True, help_text=label)

    @property
    def sql(self) -> str:
        """Its type in SQL of every engine."""
        return {"money": "decimal(20,2)", "rate": "decimal(14,6)", "number": "int", "date": "date", "flag": "boolean"}.get(
            self.type, "string"
        )


CNY = _("CNY")


def money(key: str, label: Words, group: Words, source: str, meaning: Words = "", freshness: Freshness = "day") -> ProfileField:
    """An amount in CNY."""
    return ProfileField(key, "money", label, group, source, meaning, CNY, freshness=freshness)


def number(key: str, label: Words, group: Words, source: str, meaning: Words = "", unit: Words = "") -> ProfileField:
    """A count."""
    return ProfileField(key, "number", label, group, source, meaning, unit)


def rate(key: str, label: Words, group: Words, source: str, meaning: Words = "", freshness: Freshness = "day") -> ProfileField:
    """A fraction."""
    return ProfileField(key, "rate", label, group, source, meaning, "%", freshness=freshness)


def day(key: str, label: Words, group: Words, source: str, meaning: Words = "") -> ProfileField:
    """A date."""
    return ProfileField(key, "date", label, group, source, meaning)


def flag(key: str, label: Words, group: Words, source: str, meaning: Words = "") -> ProfileField:
    """Yes or no."""
    return ProfileField(key, "flag", label, group, source, meaning)


def choice(
    key: str, label: Words, group: Words, source: str, choices: Mapping[str, Words], meaning: Words = "", level: Level = "C2"
) -> ProfileField:
    """One of several codes."""
    return ProfileField(key, "choice", label, group, source, meaning, level=level, choices=choices)
