"""Reports by e-mail: a link to everybody who asked for one, and the workbook where the bank allows it, with what that person sees on the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from zhike.access import work
from zhike.access.scope import Viewer, require, viewer_of
from zhike.reports import answering, drawing, exporting, naming, rules, stands
from zhike.reports.actions import RIGHT, next_day
from zhike.reports.answering import NotTogether, TooWide
from zhike.reports.catalogue import DIMENSIONS, MEASURES
from zhike.reports.models import Subscription
from zhike.reports.ordering import pivot

KIND = "reports.send"
SECONDS = 20


class NotSent(Exception):
    """It was not sent; `str()` says why: in words for her, or in the mail server's."""


@transaction.atomic
def ask_for_all(*, at: datetime, on: date) -> int:
    """Begin what is due on a day, each in the name of whoever it is for; how many. What a stopped worker missed is made up for once."""
    due = list(
        Subscription.objects.select_for_update(skip_locked=True)
        .filter(next_date__lte=on, report__archived_at=None)
        .select_related("report")
    )
    for one in due:
        with translation.override(one.language):
            title = _("Report by e-mail: %(name)s") % {"name": one.report.name}
            work.start(actor=viewer_of(one.person_id, at=at), at=at, kind=KIND, title=title, asked={"subscription": one.pk})
        Subscription.objects.filter(pk=one.pk).update(next_date=next_day(one.rhythm, on))
    return len(due)


def send(viewer: Viewer, subscription_id: int, *, at: datetime) -> str:
    """Send one report to its person, as she sees it now; where it went. Raises PermissionDenied, NotSent, Subscription.DoesNotExist."""
    row = Subscription.objects.select_related("report").get(pk=subscription_id, person_id=viewer.person_id or 0)
    require(viewer, RIGHT)
    link = f"{settings.ZHIKE_ADDRESS}{reverse('kept-report', args=[row.report_id])}"
    words = _(
        "%(name)s is ready. Open it here; the link shows what you may see:\n\n%(link)s\n\nIt is sent because you asked for it; end it on the same page.\n"
    )
    message = EmailMessage(
        _("Zhike report: %(name)s") % {"name": row.report.name},
        words % {"name": row.report.name, "link": link},
        settings.ZHIKE_MAIL_FROM,
        [row.address],
    )
    if row.has_file and settings.ZHIKE_MAIL_FILES:
        message.attach(*_file(viewer, row.report.asked, row.report.name, at))
    try:
        message.connection = _server()
        message.send()
    except (OSError, SMTPException) as wrong:
        raise NotSent(str(wrong)) from wrong
    Subscription.objects.filter(pk=row.pk).update(sent_at=at)
    return row.address


def _file(viewer: Viewer, given: Mapping[str, str], name: str, at: datetime) -> tuple[str, bytes, str]:
    """The workbook as this person would export it. Raises NotSent where there is nothing in it."""
    asked = rules.read(given, dimensions=DIMENSIONS, measures=MEASURES)
    stand = stands.stand(settings.HOME, asked.on, asked.version)
    if stand is None:
        raise NotSent(_("there are no figures in it now"))
    try:
        found = answering.answer(viewer, asked, stand)
    except (NotTogether, TooWide) as wrong:
        raise NotSent(_("there are no figures in it now")) from wrong
    names = naming.names(viewer, asked, found.cells)
    table = drawing.table(asked, pivot(asked, found, names, most=exporting.MOST_LINES, most_columns=exporting.MOST_COLUMNS), names)
    content = exporting.written(viewer, table, stand, "xlsx", at=at, months=(found.months[0], found.months[-1]), kept=name)
    return exporting.name_of("xlsx", timezone.localtime(at)), content, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _server() -> Any:
    return get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host=settings.ZHIKE_MAIL_HOST, port=settings.ZHIKE_MAIL_PORT,
        username=settings.ZHIKE_MAIL_USER, password=settings.ZHIKE_MAIL_PASSWORD, use_tls=settings.ZHIKE_MAIL_TLS == "starttls",
        use_ssl=settings.ZHIKE_MAIL_TLS == "tls", timeout=SECONDS, fail_silently=False,
    )  # fmt: skip
