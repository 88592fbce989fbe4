"""The bank's calendar: on which days it works."""

from __future__ import annotations

from django.db import models

from zhike.core.models import Delivered


class CalendarDay(Delivered):
    """One day of a calendar of a country or market, as the bank's files say. A day that nobody names is a working day from Monday to Friday."""

    calendar = models.TextField(help_text="country or market: CN")
    day = models.DateField()
    is_working = models.BooleanField(help_text="also of a Sunday on which the bank works in lieu of a holiday")
    name = models.TextField(default="", blank=True, help_text="of a holiday")

    class Meta:
        db_table = "access_calendarday"
        indexes = [models.Index(fields=["calendar", "day"], name="calendarday_day", condition=models.Q(valid_to=None))]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_key"], condition=models.Q(valid_to=None), name="calendarday_open")
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.day}"
