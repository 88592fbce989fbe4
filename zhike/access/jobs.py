"""Background work of this area: what people wait for, and housekeeping."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from zhike.access import actions, chaining, deciding, resealing, work
from zhike.access.keys import keyring
from zhike.access.models import Work
from zhike.core.jobs import Interrupted, is_stopping, job

KEPT_FOR = timedelta(days=30)


@job(work.JOB, tries=5, viewer="hers who asked, on a connection of the web role")
def do_work(work_id: int) -> None:
    """Do what somebody asked for."""
    work.perform(work_id)


@job("access.clear_sessions", every="7 * * * *", reason="sessions that ended: no customers")
def clear_sessions() -> None:
    """Delete sessions that have ended."""
    actions.clear_expired_sessions(at=timezone.now())


@job("access.clear_work", every="37 3 * * *", reason="what was asked for a month ago: no customers")
def clear_work() -> None:
    """Forget what was finished a month ago."""
    Work.objects.filter(finished_at__lt=timezone.now() - KEPT_FOR).delete()


@job("access.seal_audit", every="* * * * *", reason="the audit's chain")
def seal_audit() -> None:
    """Link what was written into the audit's chain, and sign how far it reaches."""
    chaining.seal(at=timezone.now())


@job("access.expire_proposals", every="*/10 * * * *", reason="proposals whose time is over, by dates alone")
def expire_proposals() -> None:
    """Let lapse what nobody decided in time."""
    deciding.expire(at=timezone.now())


@job("access.reseal", every="17 2 * * *", reason="ciphertexts under an older key")
def reseal() -> None:
    """Take along what was sealed under an older key while keys were rotated."""
    if len(keyring().data) == 1:
        return
    for _name, steps in resealing.everything():
        for _count in steps:
            if is_stopping():
                raise Interrupted
