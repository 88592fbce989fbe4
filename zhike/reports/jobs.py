"""What the worker does about reports: sends those that are due, each in the name of whoever it is for."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.work import NotDone, Outcome, Task, kind
from zhike.core.jobs import job
from zhike.reports import sending
from zhike.reports.models import Subscription


@job("reports.send_due", every="30 22 * * *", reason="asks for each report by itself, no customer")  # half past six in the morning in China
def send_due() -> None:
    """Begin to send what is due today."""
    if settings.ZHIKE_MAIL_HOST:
        sending.ask_for_all(at=timezone.now(), on=timezone.localdate())


@kind(sending.KIND)
def send(task: Task) -> Outcome:
    """Send one report to its person."""
    try:
        address = sending.send(task.viewer, int(task.asked["subscription"]), at=timezone.now())
    except Subscription.DoesNotExist as gone:
        raise NotDone(_("You have ended it since.")) from gone
    except sending.NotSent as wrong:
        raise NotDone(_("It could not be sent: %(why)s. Ask whoever runs Zhike about the mail server.") % {"why": wrong}) from wrong
    return Outcome(note=_("sent to %(address)s") % {"address": address})
