"""Writes of reports: kept, changed, shared, put away, sent to oneself. `actor` must be entered; row security lets her write her own only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import Http404
from django.utils import translation

from zhike.access.actions import record
from zhike.access.queries import team_of
from zhike.access.scope import Viewer, require
from zhike.reports.models import Report, Subscription

RIGHT = "reports.read"
LONGEST_NAME = 80
MONDAY = 0


class NameMissing(Exception):
    """A report needs a name that is not empty."""


class NotAnAddress(Exception):
    """The address is none, or not of the bank: `domains` are those that are."""

    def __init__(self, domains: tuple[str, ...]) -> None:
        super().__init__(", ".join(domains))
        self.domains = domains


@transaction.atomic
def keep(*, actor: Viewer, at: datetime, name: str, asked: Mapping[str, str], shared: str = "own") -> Report:
    """Keep a report under a name. Raises NameMissing, PermissionDenied."""
    require(actor, RIGHT)
    found = Report(owner_id=actor.person_id or 0, name=_named(name), asked=dict(asked), changed_at=at)
    _share(actor, found, shared)
    found.save(force_insert=True)
    record(actor, "reports.kept", subject=("report", found.pk), after=_told(found), at=at)
    return found


@transaction.atomic
def change(*, actor: Viewer, at: datetime, report_id: int, asked: Mapping[str, str]) -> Report:
    """Let her report ask something else. Raises Http404 where it is not hers."""
    found = _hers(actor, report_id)
    before = _told(found)
    found.asked, found.changed_at = dict(asked), at
    found.save(update_fields=["asked", "changed_at"])
    record(actor, "reports.changed", subject=("report", found.pk), before=before, after=_told(found), at=at)
    return found


@transaction.atomic
def describe(*, actor: Viewer, at: datetime, report_id: int, name: str, shared: str) -> Report:
    """Name and sharing of her report. Raises NameMissing, PermissionDenied, Http404."""
    found = _hers(actor, report_id)
    before = _told(found)
    found.name, found.changed_at = _named(name), at
    _share(actor, found, shared)
    found.save()
    record(actor, "reports.described", subject=("report", found.pk), before=before, after=_told(found), at=at)
    return found


@transaction.atomic
def put_away(*, actor: Viewer, at: datetime, report_id: int, is_back: bool = False) -> None:
    """Put her report away, or bring it back; while it is away it is sent to nobody. Raises Http404."""
    found = _hers(actor, report_id)
    Report.objects.filter(pk=found.pk).update(archived_at=None if is_back else at)
    record(
        actor, "reports.brought_back" if is_back else "reports.put_away", subject=("report", found.pk), before={"name": found.name}, at=at
    )


@transaction.atomic
def subscribe(*, actor: Viewer, at: datetime, on: date, report_id: int, rhythm: str, address: str, has_file: bool) -> Subscription | None:
    """Have a report that she may open sent to herself; no rhythm: no longer. Raises NotAnAddress, PermissionDenied, Http404."""
    require(actor, RIGHT)
    found = Report.objects.filter(pk=report_id, archived_at=None).first()
    if found is None:
        raise Http404
    hers = Subscription.objects.filter(report=found, person_id=actor.person_id or 0)
    if rhythm not in Subscription.Rhythm.values:
        hers.delete()
        record(actor, "reports.unsubscribed", subject=("report", found.pk), at=at)
        return None
    if has_file:
        require(actor, "customers.export")
    values = {
        "rhythm": rhythm, "address": _address(address), "has_file": has_file and settings.ZHIKE_MAIL_FILES, "next_date": next_day(rhythm, on),
        "language": translation.get_language() or "en",
    }  # fmt: skip
    row, _is_new = hers.update_or_create(report=found, person_id=actor.person_id or 0, defaults=values)
    record(actor, "reports.subscribed", subject=("report", found.pk), after={"rhythm": rhythm, "file": row.has_file}, at=at)
    return row


def next_day(rhythm: str, after: date) -> date:
    """The next Monday, or the next first of a month, after a day."""
    if rhythm == Subscription.Rhythm.WEEKLY:
        return after + timedelta(days=(MONDAY - after.weekday() - 1) % 7 + 1)
    return (after.replace(day=28) + timedelta(days=4)).replace(day=1)


def _address(given: str) -> str:
    domains: tuple[str, ...] = settings.ZHIKE_MAIL_DOMAINS
    plain = given.strip()
    try:
        validate_email(plain)
    except ValidationError as wrong:
        raise NotAnAddress(domains) from wrong
    if plain.rpartition("@")[2].lower() not in {domain.lower() for domain in domains}:
        raise NotAnAddress(domains)
    return plain


def _hers(actor: Viewer, report_id: int) -> Report:
    require(actor, RIGHT)
    found = Report.objects.filter(pk=report_id, owner_id=actor.person_id or 0).first()
    if found is None:
        raise Http404
    return found


def _share(actor: Viewer, found: Report, shared: str) -> None:
    """With whom: unit and role are the owner's own; role and bank reach beyond her unit and take views.share. What she cannot share with stays hers alone."""
    if shared in (Report.Shared.ROLE, Report.Shared.BANK):
        require(actor, "views.share")
    unit = team_of(actor)[0] if shared == Report.Shared.UNIT else None
    can = shared in (Report.Shared.ROLE, Report.Shared.BANK) or unit is not None
    found.shared = shared if can else Report.Shared.OWN
    found.unit_id, found.role = unit, actor.role if shared == Report.Shared.ROLE else ""


def _named(name: str) -> str:
    plain = " ".join(name.split())
    if not plain:
        raise NameMissing
    return plain[:LONGEST_NAME]


def _told(found: Report) -> Mapping[str, object]:
    return {"name": found.name, "asked": found.asked, "shared": found.shared, "unit": found.unit_id, "role": found.role}
