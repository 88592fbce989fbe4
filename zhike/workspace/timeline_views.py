"""The panel of the timeline: what happened with a customer on every channel, what colleagues noted, what moved, what is coming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core.asof import asked_day, day_of, end_of
from zhike.core.moments import Ahead, Asked, decode
from zhike.core.pages import Words
from zhike.parties import queries as parties
from zhike.workspace import timeline


@dataclass(frozen=True)
class Choice:
    """One thing a timeline may be narrowed to: the panel's own address for it, and the page's, which can be sent to a colleague."""

    word: Words
    url: str
    page_url: str
    is_chosen: bool


@dataclass(frozen=True)
class TimelinePanel:
    """workspace/_timeline.html, and workspace/_moments.html for what comes below."""

    found: timeline.Timeline
    ahead: Sequence[Ahead]
    kinds: Sequence[Choice]
    channels: Sequence[Choice]
    kind: str
    channel: str
    words: str
    url: str
    more_url: str


@require_GET
def panel(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Twenty moments at a time (`kind`, `channel`, `words`, `after`)."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    asked, on = request.GET, asked_day(request)
    known = dict(timeline.kinds(request.viewer))
    kind = asked.get("kind", "") if asked.get("kind") in known else ""
    channel, words = asked.get("channel", "")[:40], asked.get("words", "").strip()[:80]
    after = decode(asked.get("after", "")) if asked.get("after") else None
    found = timeline.timeline(
        request.viewer, party_id, Asked(end_of(on), after, words, channel if kind in ("", *timeline.ON_CHANNELS) else ""), kind=kind
    )
    url = reverse("customer-timeline", args=[party_id])
    more = (
        f"{url}?{urlencode({'kind': kind, 'channel': channel, 'words': words, 'after': found.next, **({'as_of': on.isoformat()} if on else {})})}"
        if found.next
        else ""
    )
    if after is not None:
        return render(request, "workspace/_moments.html", {"found": found, "more_url": more})
    channels = timeline.channels(request.viewer, party_id, kind)
    past = {"as_of": on.isoformat()} if on else {}
    is_bare = not (kind or channel or words)
    shown = TimelinePanel(
        found, timeline.ahead(request.viewer, party_id, day_of(request)) if is_bare and not on else (),
        _choices(party_id, "kind", list(known.items()), kind, past), _choices(party_id, "channel", channels, channel, {**past, **({"kind": kind} if kind else {})}),
        kind, channel, words, url, more,
    )  # fmt: skip
    return render(request, "workspace/_timeline.html", vars(shown))


def _choices(party_id: int, name: str, known: Sequence[tuple[str, Words]], chosen: str, also: dict[str, str]) -> list[Choice]:
    panel_url, page_url = reverse("customer-timeline", args=[party_id]), reverse("customer", args=[party_id])

    def choice(code: str, word: Words) -> Choice:
        query = urlencode({**also, **({name: code} if code else {})})
        return Choice(word, f"{panel_url}?{query}", f"{page_url}?{query}#panel-timeline", code == chosen)

    return [choice(code, word) for code, word in known]
