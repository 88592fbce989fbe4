"""Panels about a party, each with its own address: profile, contact points, relations, owners, changes; and the reveal of a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from zhike.access.actions import TooManyReveals, note_refused_reveal
from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.asof import asked_day
from zhike.parties import actions, completeness, corrections, declared, labels, network, past, queries
from zhike.parties.changes import Change
from zhike.parties.changes import changes as delivered_changes
from zhike.parties.corrections import CORRECTABLE, DOCUMENT, POINT, Asked
from zhike.parties.graphs import STEPS, Graph, drawn
from zhike.parties.labels import Words
from zhike.parties.models import Party
from zhike.parties.prospects import is_own

RELATIONS_SHOWN = 8  # a company's employees would fill the page


@dataclass(frozen=True)
class ProfileRow:
    """A fact of the profile. `written`: text, day, money. `field`: what a correction may be asked of; `asked`: it waits for the source."""

    label: Words
    value: Any
    written: str
    field: str = ""
    asked: Asked | None = None


@dataclass(frozen=True)
class ProfilePanel:
    """parties/_profile.html: what is known about the party, field by field; an unknown fact stays in the list with a dash."""

    rows: Sequence[ProfileRow]
    party_id: int
    may_edit: bool
    complete: completeness.Completeness | None  # None: of a past day it is not told
    is_own: bool


@dataclass(frozen=True)
class ContactPanel:
    """parties/_contact.html: the fields of `queries.ContactLine` and `Identity`, each with the correction that waits (`asked`); `missing`: what
    was asked for beside them. `reveal_url` is empty where the viewer may not reveal."""

    points: Sequence[dict[str, Any]]
    identities: Sequence[dict[str, Any]]
    missing: Sequence[Asked]
    reveal_url: str
    party_id: int
    may_edit: bool


@dataclass(frozen=True)
class RelationsPanel:
    """parties/_relations.html: the nearest relations, `more` folded away, groups; `hidden` relations lead to parties outside the viewer's scope."""

    relations: Sequence[queries.Relation]
    more: Sequence[queries.Relation]
    groups: Sequence[queries.Group]
    hidden: int
    party_id: int
    graph: Graph
    may_edit: bool


@dataclass(frozen=True)
class OwnersPanel:
    """parties/_owners.html."""

    owners: network.Owners
    party_id: int
    on: date | None


@dataclass(frozen=True)
class ChangesPanel:
    """parties/_changes.html: newest first."""

    changes: Sequence[Change]
    party_id: int
    may_edit: bool


@require_GET
def profile(request: ViewerRequest, party_id: int) -> HttpResponse:
    """What is known about a party."""
    on = asked_day(request)
    party = past.party(request.viewer, party_id, on) if on else queries.party(request.viewer, party_id)
    require(request.viewer, "customers.read")
    complete = None if on else completeness.of_party(request.viewer, party_id, party.kind, timezone.localdate())
    asked = {} if on else corrections.asked_of(request.viewer, party_id)
    may_edit = request.viewer.may("customers.edit") and on is None
    return render(
        request, "parties/_profile.html", vars(ProfilePanel(profile_rows(party, asked), party_id, may_edit, complete, is_own(party)))
    )


@require_GET
def contact(request: ViewerRequest, party_id: int) -> HttpResponse:
    """How to reach a party, masked."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "contacts.read")
    on = asked_day(request)
    asked = {} if on else corrections.asked_of(request.viewer, party_id)
    points = [
        {**vars(point), "asked": asked.pop((POINT, point.kind, point.id), None)}
        for point in queries.contact_points(request.viewer, party_id, on)
    ]
    papers = [
        {**vars(paper), "asked": asked.pop((DOCUMENT, paper.code, paper.id), None)}
        for paper in queries.identities(request.viewer, party_id, on)
    ]
    missing = [one for (field, _kind, _id), one in asked.items() if field in (POINT, DOCUMENT)]
    panel = ContactPanel(
        points, papers, missing, reveal_url(request.viewer, party_id), party_id, request.viewer.may("customers.edit") and on is None
    )
    return render(request, "parties/_contact.html", vars(panel))


@require_GET
def relations(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Family, companies, groups."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    on = asked_day(request)
    found = queries.relations(request.viewer, party_id, on)
    seen = [relation for relation in found if relation.name]
    panel = RelationsPanel(
        seen[:RELATIONS_SHOWN], seen[RELATIONS_SHOWN:], queries.groups(request.viewer, party_id, on), len(found) - len(seen), party_id,
        graph_of(request, party_id), request.viewer.may("customers.edit") and on is None,
    )  # fmt: skip
    return render(request, "parties/_relations.html", vars(panel))


@require_GET
def graph(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The graph of the relations panel again, over more or fewer steps or as of a past day (`steps`, `on`)."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    return render(request, "parties/_graph.html", {"graph": graph_of(request, party_id)})


def graph_of(request: ViewerRequest, party_id: int) -> Graph:
    """The neighbourhood that the address asks for; what it cannot have falls back to two steps and today."""
    steps = request.GET.get("steps", "")
    on = _past_day(request.GET.get("on", "")) or asked_day(request)
    wanted = int(steps) if steps in STEPS else 2
    return drawn(network.neighbourhood(request.viewer, party_id, steps=wanted, at=on), party_id, steps=wanted, on=on)


def _past_day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:  # 30 February
        return None


@require_GET
def owners(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Who is behind a company, today or as of a past day (`on`): by law, by shares, in the end, and its guarantee circle."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    on = _past_day(request.GET.get("on", "")) or asked_day(request)
    return render(request, "parties/_owners.html", vars(OwnersPanel(network.owners(request.viewer, party_id, at=on), party_id, on)))


@require_GET
def changes(request: ViewerRequest, party_id: int) -> HttpResponse:
    """What changed about a party, and when."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    delivered = delivered_changes(request.viewer, party_id)
    kept = [
        Change(change.day, change.label, change.before or "—", change.after or "—", change.person, change.id)
        for change in declared.value_changes(request.viewer, party_id)
    ]
    on = asked_day(request)
    newest = sorted(
        [change for change in (*kept, *delivered) if on is None or change.day <= on], key=lambda change: change.day, reverse=True
    )
    return render(request, "parties/_changes.html", vars(ChangesPanel(newest, party_id, request.viewer.may("customers.edit"))))


@require_POST
@never_cache
@sensitive_variables("value")
def reveal(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The clear value as text, for a purpose; recorded."""
    try:
        value = actions.reveal(
            actor=request.viewer, party_id=party_id, token=request.POST.get("token", ""), purpose=request.POST.get("purpose", "")
        )
    except actions.PurposeMissing:
        return HttpResponseBadRequest(content_type="text/plain; charset=utf-8")
    except TooManyReveals as wrong:
        note_refused_reveal(actor=request.viewer, party_id=party_id)
        says = gettext(
            "You have revealed %(count)s numbers within an hour, as many as one person may. Go on in a while; if your work needs more, tell the"
            " administrator."
        )
        return HttpResponse(says % {"count": wrong.count}, status=429, content_type="text/plain; charset=utf-8")
    return HttpResponse(value, content_type="text/plain; charset=utf-8")


def reveal_url(viewer: Viewer, party_id: int) -> str:
    """Where a masked value of this party is revealed; empty without contacts.reveal."""
    return reverse("customer-reveal", args=[party_id]) if viewer.may("contacts.reveal") else ""


_PERSON = ("sex", "birth_date", "marital_status", "education", "occupation", "employer_name", "income_band", "nationality", "region")
_FIRM = ("short_name", "industry", "size_class", "registered_capital", "established_date", "region")
_WRITTEN = {"birth_date": "day", "established_date": "day", "since_date": "day", "left_date": "day", "registered_capital": "money"}


def profile_rows(party: Party, asked: Mapping[Any, Asked]) -> list[ProfileRow]:
    """The facts that matter for this kind of party, in reading order."""
    names = {"individual": _PERSON, "sole_trader": (*_PERSON, "industry", "established_date")}.get(party.kind, _FIRM)
    rows = [
        ProfileRow(
            labels.FIELDS[name],
            _value(party, name),
            _WRITTEN.get(name, "text"),
            name if name in CORRECTABLE and not is_own(party) else "",
            asked.get((name, "", None)),
        )
        for name in ("name", *names)
    ]
    opening = ProfileRow(labels.FIELDS["opening_unit_id"], party.opening_unit.name if party.opening_unit else "", "text")
    ends = [ProfileRow(labels.FIELDS["left_date"], party.left_date, "day")] if party.left_date else []
    return [*rows, opening, ProfileRow(labels.FIELDS["lead_source"], party.lead_source, "text"), *ends]


def _value(party: Party, name: str) -> Any:
    value = getattr(party, name)
    if name == "industry":
        return labels.industry(value)
    return labels.word(labels.CODED[name], value) if name in labels.CODED else value
