"""What is news to a person: mentions of her, work of hers that is done, corrections and proposals of hers that were decided, what waits for her. The first argument is the viewer.

Nothing is written when something becomes news: each kind is read where it stands anyway, so that no table grows with the people who could be told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access import opening, proposals
from zhike.access import queries as access
from zhike.access.scope import Viewer
from zhike.audit import queries as audit
from zhike.core import dates
from zhike.core.words import language
from zhike.engagement import queries as engagement
from zhike.engagement.writing import excerpt
from zhike.parties import corrections
from zhike.parties import queries as parties
from zhike.privacy import reminders
from zhike.workspace.models import NoticeChoice

MOST_COUNTED = 100  # a badge says 99+ from here on
SHOWN = 40
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
KINDS: Mapping[str, str | Promise] = {
    "mentions": gettext_lazy("Colleagues mention me in a note"),
    "work": gettext_lazy("What I asked for is done, or has failed"),
    "corrections": gettext_lazy("A correction that I asked for was decided"),
    "approvals": gettext_lazy("Something waits for my decision"),
    "proposals": gettext_lazy("What I proposed was decided"),
    "unusual": gettext_lazy("Unusual access waits for review (for whoever may read the audit)"),
    "glass": gettext_lazy("Somebody opened a customer in an emergency"),
    "rights": gettext_lazy("A request over personal data is near its last day, or late"),
    "registers": gettext_lazy("An incident or an entry of a register is due (for whoever answers for privacy)"),
}


@dataclass(frozen=True)
class Choice:
    """What she wants to be told, and up to when she has looked."""

    muted: Sequence[str] = field(default_factory=tuple)
    looked_at: datetime = NEVER

    def wants(self, kind: str) -> bool:
        return kind not in self.muted


@dataclass(frozen=True)
class Notice:
    """One piece of news: what, in which words, when, where it leads."""

    kind: str
    icon: str
    title: str
    words: str
    at: datetime
    url: str
    is_new: bool


def choice_of(viewer: Viewer) -> Choice:
    """What the viewer chose."""
    row = NoticeChoice.objects.filter(person=viewer.person_id).first()
    return Choice(tuple(row.muted), row.looked_at or NEVER) if row else Choice()


def count_new(viewer: Viewer, choice: Choice) -> int:
    """How much is new to the viewer, at most `MOST_COUNTED`; one statement for all kinds."""
    rows: list[QuerySet[Any]] = [_NEW[kind](viewer, choice.looked_at) for kind in KINDS if choice.wants(kind)]
    if not rows:
        return 0
    first, *others = (one.order_by().values_list("pk", flat=True)[:MOST_COUNTED] for one in rows)
    return len(first.union(*others, all=True)[:MOST_COUNTED])


_NEW: Mapping[str, Callable[[Viewer, datetime], QuerySet[Any]]] = {
    "mentions": lambda viewer, _since: engagement.unread(viewer),
    "work": lambda viewer, since: access.finished_work(viewer).filter(finished_at__gt=since),
    "corrections": lambda viewer, since: corrections.decided(viewer).filter(decided_at__gt=since, decided_at__lte=Now()),
    "approvals": lambda viewer, since: proposals.waiting(viewer).filter(proposed_at__gt=since),
    "proposals": lambda viewer, since: proposals.decided_of_mine(viewer).filter(decided_at__gt=since),
    "unusual": audit.news,
    "glass": lambda viewer, _since: opening.to_review(viewer),
    "rights": lambda viewer, since: reminders.new_requests(viewer, since, now=timezone.now()),
    "registers": lambda viewer, since: reminders.new_entries(viewer, since, now=timezone.now()),
}


def notices(viewer: Viewer, choice: Choice) -> list[Notice]:
    """The latest of what the viewer wants to be told, newest first."""
    found = [one for kind in KINDS if choice.wants(kind) for one in _READ[kind](viewer, choice)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:SHOWN]


def _mentions(viewer: Viewer, _choice: Choice) -> list[Notice]:
    return [
        Notice(
            "mentions", "at", _("%(who)s mentions you about %(customer)s") % {"who": row.note.author.name, "customer": row.party.name},
            excerpt(row.note.text), row.mentioned_at, reverse("mention", args=[row.pk]), row.read_at is None,
        )
        for row in engagement.mentions(viewer).order_by("-mentioned_at", "-pk")[:SHOWN]
    ]  # fmt: skip


def _work(viewer: Viewer, choice: Choice) -> list[Notice]:
    return [
        Notice(
            "work", "circle-check" if row.state == "done" else "alert-triangle", f"{row.title}: {row.get_state_display()}", row.error or row.note,
            row.finished_at or NEVER, reverse("work"), (row.finished_at or NEVER) > choice.looked_at,
        )
        for row in access.finished_work(viewer).exclude(finished_at=None).order_by("-finished_at", "-pk")[:SHOWN]
    ]  # fmt: skip


def _corrections(viewer: Viewer, choice: Choice) -> list[Notice]:
    rows = list(corrections.decided(viewer).exclude(decided_at=None).order_by("-decided_at", "-pk")[:SHOWN])
    return [
        Notice(
            "corrections", "file-check", str(format_lazy("{what}: {state}", what=one.what, state=one.state_word)),
            " · ".join(str(words) for words in (one.party, one.answer) if words), one.decided_at or NEVER,
            reverse("customer", args=[one.party_id]), (one.decided_at or NEVER) > choice.looked_at,
        )
        for one in corrections.asked(viewer, rows)
    ]  # fmt: skip


def _approvals(viewer: Viewer, choice: Choice) -> list[Notice]:
    return [
        Notice(
            "approvals", "circle-check", _("%(who)s needs your decision") % {"who": row.proposer_name}, proposals.shown(row).title, row.proposed_at,
            reverse("approval", args=[row.pk]), row.proposed_at > choice.looked_at,
        )
        for row in proposals.waiting(viewer).order_by("-proposed_at", "-pk")[:SHOWN]
    ]  # fmt: skip


def _proposals(viewer: Viewer, choice: Choice) -> list[Notice]:
    return [
        Notice(
            "proposals", "circle-check" if row.state == "approved" else "circle-x", f"{proposals.shown(row).title}: {row.get_state_display()}",
            " · ".join(words for words in (row.decided_name, row.answer) if words), row.decided_at or NEVER,
            reverse("approval", args=[row.pk]), (row.decided_at or NEVER) > choice.looked_at,
        )
        for row in proposals.decided_of_mine(viewer).exclude(decided_at=None).order_by("-decided_at", "-pk")[:SHOWN]
    ]  # fmt: skip


def _unusual(viewer: Viewer, choice: Choice) -> list[Notice]:
    rows = list(audit.news(viewer, NEVER).order_by("-found_at", "-pk")[:SHOWN])
    names = audit.names_of(rows)
    return [
        Notice(
            "unusual", "alert-triangle", _("Unusual access: %(who)s") % {"who": names.get(row.person_id, "—")}, f"{row.get_kind_display()}: {row.count}",
            row.found_at, reverse("audit-unusual"), row.found_at > choice.looked_at,
        )
        for row in rows
    ]  # fmt: skip


def _glass(viewer: Viewer, _choice: Choice) -> list[Notice]:
    return [
        Notice(
            "glass", "alert-triangle", _("%(who)s opened a customer in an emergency") % {"who": row.person.name}, row.reason, row.from_at,
            reverse("glass"), True,
        )
        for row in opening.to_review(viewer).select_related("person").order_by("-from_at", "-pk")[:SHOWN]
    ]  # fmt: skip


def _rights(viewer: Viewer, choice: Choice) -> list[Notice]:
    now = timezone.now()
    today = timezone.localdate(now)
    rows = list(reminders.requests_due(viewer, now=now).order_by("due_date", "pk")[:SHOWN])
    names = parties.names(viewer, [row.party_id for row in rows]) if rows else {}
    return [
        Notice(
            "rights", "alert-triangle" if row.due_date < today else "hourglass",
            (_("%(what)s is late: %(customer)s") if row.due_date < today else _("%(what)s is due soon: %(customer)s"))
            % {"what": row.get_kind_display(), "customer": names.get(row.party_id, "")},
            _("Answer by %(day)s") % {"day": dates.full_day(row.due_date, language())}, at, reverse("privacy-request", args=[row.pk]), at > choice.looked_at,
        )
        for row in rows for at in [reminders.told_since(row, now=now)]
    ]  # fmt: skip


def _registers(viewer: Viewer, choice: Choice) -> list[Notice]:
    rows = list(reminders.entries_due(viewer, now=timezone.now()).order_by("-began_at", "-pk")[:SHOWN])
    return [
        Notice(
            "registers", "alert-triangle" if row.kind == "incident" else "book",
            _("Tell the authority: %(title)s") % {"title": row.title} if row.kind == "incident" else _("Read again after a year: %(title)s") % {"title": row.title},
            row.get_kind_display(), at, reverse("privacy-entry", args=[row.pk]), at > choice.looked_at,
        )
        for row in rows for at in [reminders.entry_told_since(row)]
    ]  # fmt: skip


_READ: Mapping[str, Callable[[Viewer, Choice], list[Notice]]] = {
    "mentions": _mentions, "work": _work, "corrections": _corrections, "approvals": _approvals, "proposals": _proposals,
    "unusual": _unusual,
    "glass": _glass,
    "rights": _rights,
    "registers": _registers,
}  # fmt: skip
