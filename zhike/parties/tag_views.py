"""The tags in the head of a customer's page, and the pages of those who manage them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Words, answer, is_fragment
from zhike.parties import queries, tagging
from zhike.parties import tags as reads
from zhike.parties.models import Tag

REASONS = {
    "empty": gettext_lazy("Write a word or two."),
    "long": gettext_lazy("A tag has at most 40 characters. What is longer is a note."),
    "secret": gettext_lazy("This holds a number that is kept nowhere; take it out."),
    "taken": gettext_lazy("Another tag has this name. Merge the two instead."),
}


@dataclass(frozen=True)
class TagsPart:
    """parties/_tags.html: the customer's tags, and the names that are offered while somebody types."""

    tags: Sequence[reads.TagLine]
    offered: Sequence[reads.TagLine]
    party_id: int
    may_edit: bool
    error: Words = ""
    typed: str = ""


@dataclass(frozen=True)
class TagsPage:
    """parties/tags.html."""

    title: str
    crumbs: Sequence[Crumb]
    uses: Sequence[reads.TagUse]


@dataclass(frozen=True)
class TagPage:
    """parties/tag.html. `others`: what it may be merged into."""

    title: str
    crumbs: Sequence[Crumb]
    tag: Tag
    colours: Sequence[str]
    others: Sequence[reads.TagLine]
    error: Words = ""


@require_http_methods(["GET", "POST"])
def customer_tags(request: ViewerRequest, party_id: int) -> HttpResponse:
    """A customer's tags; a POST puts one on (`tag`, its name) or takes one away (`away`, its id)."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    error: Words = ""
    if request.method == "POST":
        away = request.POST.get("away", "")
        try:
            if away.isdigit():
                tagging.untag_parties(actor=request.viewer, at=timezone.now(), chosen=[party_id], tag_id=int(away))
            else:
                tagging.tag_one(actor=request.viewer, at=timezone.now(), party_id=party_id, name=request.POST.get("tag", ""))
        except tagging.TagRefused as wrong:
            error = REASONS[wrong.reason]
        except Tag.DoesNotExist as missing:
            raise Http404 from missing
        if not error and not is_fragment(request):
            return redirect("customer", party_id)
    may_edit = request.viewer.may("customers.edit")
    part = TagsPart(
        reads.tags_of(request.viewer, [party_id]).get(party_id, []), reads.tags(request.viewer) if may_edit else [], party_id, may_edit,
        error, request.POST.get("tag", "") if error else "",
    )  # fmt: skip
    return render(request, "parties/_tags.html", vars(part), status=422 if error else 200)


@require_GET
def tags(request: ViewerRequest) -> HttpResponse:
    """All tags, with how many customers carry each."""
    return answer(request, "parties/tags.html", vars(TagsPage(_("Tags"), [Crumb(_("Tags"))], reads.uses(request.viewer))))


@require_http_methods(["GET", "POST"])
def tag(request: ViewerRequest, tag_id: int) -> HttpResponse:
    """One tag: `act` is save, merge (`into`), retire or return."""
    require(request.viewer, "tags.manage")
    try:
        found = reads.tag(request.viewer, tag_id)
        told = _done(request, tag_id) if request.method == "POST" else ""
    except Tag.DoesNotExist as missing:
        raise Http404 from missing
    except tagging.TagRefused as wrong:
        return _tag_page(request, reads.tag(request.viewer, tag_id), REASONS[wrong.reason])
    if told:
        messages.success(request, told)
        return redirect("tags")
    return _tag_page(request, found)


def _done(request: ViewerRequest, tag_id: int) -> str:
    at, act, into = timezone.now(), request.POST.get("act", "save"), request.POST.get("into", "")
    if act == "merge" and into.isdigit():
        moved = tagging.merge_tags(actor=request.viewer, at=at, tag_id=tag_id, into_id=int(into))
        return ngettext("Merged: %(n)s customer", "Merged: %(n)s customers", moved) % {"n": moved}
    if act in ("retire", "return"):
        tagging.retire_tag(actor=request.viewer, at=at, tag_id=tag_id, retired=act == "retire")
        return _("Retired. It can be brought back with all who carry it.") if act == "retire" else _("The tag is in use again.")
    changed = tagging.change_tag(
        actor=request.viewer, at=at, tag_id=tag_id, name=request.POST.get("name", ""), colour=request.POST.get("colour", "")
    )
    return _("Saved: %(name)s.") % {"name": changed.name}


def _tag_page(request: ViewerRequest, found: Tag, error: Words = "") -> HttpResponse:
    others = [line for line in reads.tags(request.viewer) if line.id != found.pk]
    page = TagPage(found.name, [Crumb(_("Tags"), reverse("tags")), Crumb(found.name)], found, reads.COLOURS, others, error)
    return answer(request, "parties/tag.html", vars(page), status=422 if error else 200)
