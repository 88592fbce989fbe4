"""Tier schemes: what holds, versions, the editor of a draft, its shadow run, and putting it in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhike.access import work
from zhike.access.approvals import NotProposed
from zhike.access.ask_why import REASONS
from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Words, answer
from zhike.insight import schemes
from zhike.insight.flow_pictures import Node, flow_picture
from zhike.insight.models import TierScheme
from zhike.insight.published_schemes import PUBLISHED, Published
from zhike.insight.scheme_forms import (
    DOWNS,
    MEASURES,
    MOST_RUNGS,
    REVIEWS,
    SOURCES,
    UPS,
    from_json,
    in_words,
    look_of,
    read_form,
    review_of,
    title_of,
    word_of,
)
from zhike.insight.schemes import SchemeRefused
from zhike.insight.setting_values import SET
from zhike.insight.shadowing import Shadow
from zhike.insight.tier_rules import BadScheme, Rung, Scheme

SHADOW = "insight.shadow"  # the work that runs one
EMPTY_ROWS = 2
BUILT_ON = (
    "aum_month_average",
    "aum_quarter_average",
    "aum_year_average",
    "deposits_month_average",
    "deposits_year_average",
    "contribution_12m",
)
REFUSALS: Mapping[str, Words] = {
    "not_draft": gettext_lazy("Only a draft is changed. Begin a new one from this version."),
    "no_title": gettext_lazy("Give it a name."),
    "no_day": gettext_lazy("Say from which day on; not one that has passed."),
    "no_reason": gettext_lazy("Say why; whoever approves it reads this."),
    "changed": gettext_lazy("Its rules were changed since."),
    "too_few": gettext_lazy("A ladder has at least two tiers."),
    "names": gettext_lazy("Two tiers have the same name."),
    "not_rising": gettext_lazy("Each tier begins above the one before."),
    "too_short": gettext_lazy("Grace is at least one month, and that of private tiers at least as long."),
    "after_the_fall": gettext_lazy("The watch mark comes before the tier falls."),
    "not_an_amount": gettext_lazy("This is not an amount."),
    "not_a_month_count": gettext_lazy("This is not a number of months."),
    "not_a_choice": gettext_lazy("Choose one of the list."),
    "not_a_month": gettext_lazy("Choose one of the list."),
}


@dataclass(frozen=True)
class VersionLine:
    """A version in the list, with its rules in words; `is_now`: it holds today."""

    row: TierScheme
    lines: Sequence[tuple[str, str]]
    is_now: bool


@dataclass(frozen=True)
class Step:
    """A tier of a ladder as it is drawn: the highest first."""

    rung: Rung
    word: str
    look: str


@dataclass(frozen=True)
class TiersPage:
    """insight/tiers.html."""

    title: str
    crumbs: Sequence[Crumb]
    ladder: Sequence[Step]
    lines: Sequence[tuple[str, str]]
    now: TierScheme | None
    versions: Sequence[VersionLine]
    published: Sequence[tuple[Published, Words, Sequence[tuple[str, str]]]]
    may_set: bool
    error: Words


@dataclass(frozen=True)
class FlowLine:
    """A row of the table of flows."""

    was: str
    was_look: str
    became: str
    became_look: str
    count: int
    url: str


@dataclass(frozen=True)
class ShadowCard:
    """What a shadow run found, beside what holds today."""

    shadow: Shadow
    up: int
    down: int
    picture: SafeString
    flows: Sequence[FlowLine]


@dataclass(frozen=True)
class SchemePage:
    """insight/tier_scheme.html: a version; of a draft its editor (`typed`, `rungs`)."""

    title: str
    crumbs: Sequence[Crumb]
    row: TierScheme
    ladder: Sequence[Step]
    lines: Sequence[tuple[str, str]]
    may_edit: bool
    may_set: bool
    typed: Mapping[str, str]
    rungs: Sequence[Mapping[str, str]]
    choices: Mapping[str, Sequence[tuple[str, Words]]]
    card: ShadowCard | None
    can_try: bool
    from_date: str
    why: str
    error: Words
    wrong: str


@require_http_methods(["GET", "POST"])
def tiers(request: ViewerRequest) -> HttpResponse:
    """What holds, drafts and versions, published schemes; a POST begins a draft from one of them (`from`, `title`)."""
    error: Words = ""
    if request.method == "POST":
        require(request.viewer, SET)
        try:
            scheme = _begin_from(request)
            row = schemes.begin_draft(actor=request.viewer, at=timezone.now(), scheme=scheme, title=request.POST.get("title", ""))
        except SchemeRefused as wrong:
            error = REFUSALS[wrong.reason]
        else:
            return redirect("insight-tier-scheme", row.pk)
    today, language = timezone.localdate(), get_language() or "en"
    now = schemes.row_on(today)
    holds = from_json(now.rules) if now else PUBLISHED["default"].scheme
    rows = [VersionLine(row, in_words(from_json(row.rules), language), row == now) for row in schemes.versions(request.viewer)]
    published = [(one, SOURCES[one.key], in_words(one.scheme, language)) for one in PUBLISHED.values()]
    title = _("Customer tiers")
    page = TiersPage(title, [Crumb(title)], _ladder(holds), in_words(holds, language), now, rows, published, request.viewer.may(SET), error)
    return answer(request, "insight/tiers.html", vars(page), status=422 if error else 200)


@require_http_methods(["GET", "POST"])
def scheme(request: ViewerRequest, scheme_id: int) -> HttpResponse:
    """A version; a POST changes the rules of a draft."""
    if request.method == "POST":
        require(request.viewer, SET)
        try:
            schemes.change_draft(actor=request.viewer, at=timezone.now(), scheme_id=scheme_id, scheme=read_form(request.POST.dict()))
        except BadScheme as wrong:
            return _page(request, scheme_id, REFUSALS[wrong.reason], wrong.field)
        except SchemeRefused as wrong:
            return _page(request, scheme_id, REFUSALS[wrong.reason])
        messages.success(request, _("Kept."))
        return redirect("insight-tier-scheme", scheme_id)
    return _page(request, scheme_id)


@require_POST
def discard(request: ViewerRequest, scheme_id: int) -> HttpResponse:
    """Put a draft away."""
    try:
        schemes.discard_draft(actor=request.viewer, at=timezone.now(), scheme_id=scheme_id)
    except SchemeRefused as wrong:
        return _page(request, scheme_id, REFUSALS[wrong.reason])
    messages.success(request, _("The draft is discarded."))
    return redirect("insight-tiers")


@require_POST
def shadow(request: ViewerRequest, scheme_id: int) -> HttpResponse:
    """Have the rules of a version run in the shadow; the worker does it."""
    require(request.viewer, SET)
    row = schemes.version(request.viewer, scheme_id)
    title = _("Shadow run of %(scheme)s") % {"scheme": row}
    task = work.start(actor=request.viewer, at=timezone.now(), kind=SHADOW, title=title, asked={"scheme_id": row.pk, "rules": row.rules})
    return redirect("work-one", task.pk)


@require_POST
def in_force(request: ViewerRequest, scheme_id: int) -> HttpResponse:
    """Put a draft in force from a day on, or propose it."""
    try:
        proposal = schemes.put_in_force_or_propose(
            actor=request.viewer,
            at=timezone.now(),
            scheme_id=scheme_id,
            from_date=_day(request.POST.get("from_date", "")),
            why=request.POST.get("why", ""),
        )
    except SchemeRefused as wrong:
        return _page(request, scheme_id, REFUSALS[wrong.reason])
    except NotProposed as wrong:
        return _page(request, scheme_id, REASONS[wrong.reason])
    if proposal:
        messages.success(request, _("It waits for somebody else to approve it."))
        return redirect("approval", proposal)
    messages.success(request, _("Kept."))
    return redirect("insight-tiers")


def _begin_from(request: ViewerRequest) -> Scheme:
    """The scheme that a draft begins with: a published one by its key, or a version by its number."""
    asked = request.POST.get("from", "")
    if asked in PUBLISHED:
        return PUBLISHED[asked].scheme
    return from_json(schemes.version(request.viewer, int(asked) if asked.isascii() and asked.isdigit() else 0).rules)


def _page(request: ViewerRequest, scheme_id: int, error: Words = "", wrong: str = "") -> HttpResponse:
    row = schemes.version(request.viewer, scheme_id)
    held = from_json(row.rules)
    given: Mapping[str, str] = request.POST.dict() if error else {}
    may_set = request.viewer.may(SET)
    may_edit = may_set and row.state == TierScheme.State.DRAFT
    title = f"{row.title} · {_('version %(n)s') % {'n': row.number}}"
    choices: Mapping[str, Sequence[tuple[str, Words]]] = {
        "measure": list(MEASURES.items()), "up": list(UPS.items()), "down": list(DOWNS.items()), "review": [(name, word) for name, (word, _m) in REVIEWS.items()],
    }  # fmt: skip
    typed = {
        "measure": held.measure, "up": held.up, "down": held.down, "review": review_of(held), "watch_after": str(held.watch_after),
        "grace": str(held.grace), "private_grace": str(held.private_grace),
    }  # fmt: skip
    page = SchemePage(
        title, [Crumb(_("Customer tiers"), reverse("insight-tiers")), Crumb(title)], row, _ladder(held), in_words(held, get_language() or "en"),
        may_edit, may_set, {**typed, **{name: given[name] for name in typed if name in given}}, _typed_rungs(held, given), choices,
        _card(row, held), held.measure in BUILT_ON, given.get("from_date", ""), given.get("why", ""), error, wrong,
    )  # fmt: skip
    return answer(request, "insight/tier_scheme.html", vars(page), status=422 if error else 200)


def _ladder(held: Scheme) -> list[Step]:
    return [Step(rung, title_of(rung), look_of(rung.key)) for rung in reversed(held.rungs)]


def _typed_rungs(held: Scheme, given: Mapping[str, str]) -> list[Mapping[str, str]]:
    """The rows of the editor: as typed, else as held, and some empty ones."""
    if "tier-0-title" in given:
        names = ("title", "key", "least", "cost", "private")
        return [{name: given.get(f"tier-{n}-{name}", "") for name in names} for n in range(MOST_RUNGS) if f"tier-{n}-title" in given]
    rows = [
        {"title": title_of(rung), "key": rung.key, "least": f"{rung.least:f}", "cost": f"{rung.cost:f}" if rung.cost else "", "private": "1" if rung.is_private else ""}
        for rung in held.rungs
    ]  # fmt: skip
    empty = {"title": "", "key": "", "least": "", "cost": "", "private": ""}
    return [*rows, *[empty] * min(EMPTY_ROWS, MOST_RUNGS - len(rows))]


def _card(row: TierScheme, then: Scheme) -> ShadowCard | None:
    """The last shadow run of these rules, as a picture and a table: only those who move are drawn."""
    if row.trial is None:
        return None
    found = Shadow.of(row.trial)
    now = from_json(found.rules_now)
    moves = [flow for flow in found.flows if flow[0] != flow[1]]
    sides = [[Node(step.rung.key, step.word, step.look) for step in _ladder(one)] for one in (now, then)]
    picture = flow_picture(moves, sides[0], sides[1], _("Who would move from which tier to which"))
    lines = [
        FlowLine(word_of(was, now), look_of(was), word_of(became, then), look_of(became), count, _who(row, was, became))
        for was, became, count in sorted(moves, key=lambda flow: -flow[2])
    ]
    return ShadowCard(found, found.moved(now, then, up=True), found.moved(now, then, up=False), picture, lines)


def _who(row: TierScheme, was: str, became: str) -> str:
    return f"{reverse('insight-tier-who', args=[row.pk])}?{urlencode({'was': was, 'became': became})}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
