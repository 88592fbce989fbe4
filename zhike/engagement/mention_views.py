"""Where a person finds that colleagues mentioned her: the list, and the way to the note. The bell in the header is workspace's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhike.access.scope import ViewerRequest
from zhike.core.pages import Crumb, Words, answer
from zhike.core.tables import Column, Page, page_of
from zhike.engagement import note_actions as actions
from zhike.engagement import queries
from zhike.engagement.models import Mention
from zhike.engagement.writing import excerpt

COLUMNS = (Column("at", gettext_lazy("When"), "mentioned_at"),)
SHOWN = 30


@dataclass(frozen=True)
class MentionsPage:
    """engagement/mentions.html: newest first, with the beginning of each note."""

    title: Words
    crumbs: Sequence[Crumb]
    lines: Sequence[tuple[Mention, str]]
    page: Page[Mention]
    unread: int


@require_GET
def mentions(request: ViewerRequest) -> HttpResponse:
    """Who mentioned me, about whom, in which words."""
    page = page_of(queries.mentions(request.viewer), COLUMNS, request.GET.dict(), sort="at", descending=True, size=SHOWN)
    lines = [(row, excerpt(row.note.text)) for row in page.rows]
    shown = MentionsPage(_("Mentions of me"), [Crumb(_("Mentions of me"))], lines, page, queries.count_unread(request.viewer))
    return answer(request, "engagement/mentions.html", vars(shown))


@require_GET
def follow(request: ViewerRequest, mention_id: int) -> HttpResponse:
    """The way to the note; it counts as read."""
    mention = actions.read_mention(actor=request.viewer, at=timezone.now(), mention_id=mention_id)
    return redirect(f"{reverse('customer', args=[mention.party_id])}?note={mention.note_id}#panel-notes")


@require_POST
def read_all(request: ViewerRequest) -> HttpResponse:
    """Mark all as read."""
    actions.read_all_mentions(actor=request.viewer, at=timezone.now())
    return redirect("mentions")
