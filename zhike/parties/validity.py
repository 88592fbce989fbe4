"""When a relationship is in force: in valid time, and between the days that the source says. One rule for lists, graphs and owners."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

# Over the alias r of parties_relationship; %(known)s: what was in force in the bank's data that day (9999-12-31: what is now), %(at)s: the day.
IN_FORCE = """r.valid_from <= %(known)s and (r.valid_to is null or r.valid_to > %(known)s)
    and (r.from_date is null or r.from_date <= %(at)s) and (r.to_date is null or r.to_date > %(at)s)"""


def within_days(at: date) -> Q:
    """Of a queryset of relationships: those that have begun and not ended by `at`, as the source says. Valid time is asked besides."""
    return (Q(from_date=None) | Q(from_date__lte=at)) & (Q(to_date=None) | Q(to_date__gt=at))
