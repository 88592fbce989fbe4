"""Where a person begins: what is useful to her post, each part fetched by itself; and each part as a page of its own, with more of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhike.access import proposals
from zhike.access import queries as access
from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.pages import Crumb, Panel, address, answer, is_fragment
from zhike.engagement import queries as engagement
from zhike.engagement.writing import excerpt
from zhike.holdings import queries as holdings
from zhike.ingestion import queries as ingestion
from zhike.parties import completeness, days
from zhike.parties import queries as parties
from zhike.workspace import finding

DUE_DAYS, BIRTHDAY_DAYS, DOCUMENT_DAYS = 30, 7, 60
FEW, MANY = 8, 200


def keeps_a_book(viewer: Viewer) -> bool:
    """Whether she or her team looks after customers by name."""
    return viewer.scope in ("own", "team")


def leads_units(viewer: Viewer) -> bool:
    """Whether her post is a unit and what is below it."""
    return viewer.scope in ("outlet", "subtree")


def answers_calls(viewer: Viewer) -> bool:
    """Whether customers reach her without being hers: she begins by searching."""
    return viewer.scope == "bank" and viewer.may("contacts.reveal")


@dataclass(frozen=True)
class Part:
    """A part of the home page: its URL name is `home-` and its name; it takes all of `permissions`, also customers.read where it names any; `shown` says to whom."""

    name: str
    title: str | Promise
    permissions: tuple[str, ...]
    height: int
    place: Any
    shown: Callable[[Viewer], bool]


PARTS = (
    Part("approvals", gettext_lazy("Waits for my decision"), ("approvals.decide",), 120, "rail", lambda _viewer: True),
    Part("maturing", gettext_lazy("Falls due within 30 days"), ("customers.read", "accounts.read"), 320, "main", lambda v: keeps_a_book(v) or leads_units(v)),
    Part("books", gettext_lazy("Books of the managers"), ("accounts.read",), 320, "main", leads_units),
    Part("data", gettext_lazy("Deliveries of the bank's systems"), ("batches.read",), 320, "main", lambda _viewer: True),
    Part("recent", gettext_lazy("My customers of late"), ("customers.read",), 240, "main", lambda _viewer: True),
    Part("birthdays", gettext_lazy("Birthdays this week"), ("customers.read",), 180, "rail", keeps_a_book),
    Part("documents", gettext_lazy("Documents that expire"), ("customers.read", "contacts.read"), 180, "rail", keeps_a_book),
    Part("mentions", gettext_lazy("Mentions of me"), ("customers.read", "notes.write"), 180, "rail", lambda _viewer: True),
    Part("incomplete", gettext_lazy("Incomplete profiles"), ("customers.read",), 240, "rail", keeps_a_book),
    Part("people", gettext_lazy("People"), ("people.manage",), 180, "rail", lambda _viewer: True),
)  # fmt: skip


@dataclass(frozen=True)
class HomePage:
    """workspace/home.html"""

    today: date
    panels: Sequence[Panel]
    begins_by_searching: bool
    seen: Any


def parts_of(viewer: Viewer) -> list[Part]:
    """The parts that a person's home page is made of."""
    return [part for part in PARTS if part.shown(viewer) and all(map(viewer.may, part.permissions))]


@require_GET
def home(request: ViewerRequest) -> HttpResponse:
    """Today, as it looks from her post. The page itself reads nothing of anybody."""
    panels = [
        Panel(part.name, address(f"home-{part.name}"), part.title, part.height, "load", part.place) for part in parts_of(request.viewer)
    ]
    page = HomePage(timezone.localdate(), panels, answers_calls(request.viewer), request.viewer.unit_name)
    return answer(request, "workspace/home.html", vars(page))


def _shown(request: ViewerRequest, name: str, context: Mapping[str, Any]) -> HttpResponse:
    """A part as a fragment of the home page, or as a page of its own."""
    title = next(part.title for part in PARTS if part.name == name)
    crumbs = [Crumb(_("Home"), address("home")), Crumb(title)]
    whole = {**context, "title": title, "crumbs": crumbs, "part": f"workspace/_home_{name}.html"}
    return answer(request, "workspace/home_part.html", whole, fragment=f"workspace/_home_{name}.html")


def _open(request: ViewerRequest, name: str) -> None:
    """Raises PermissionDenied where the part is not for this post."""
    part = next(part for part in PARTS if part.name == name)
    for permission in part.permissions:
        require(request.viewer, permission)
    if not part.shown(request.viewer):
        raise PermissionDenied


def _most(request: HttpRequest) -> int:
    return FEW if is_fragment(request) else MANY


@require_GET
def recent(request: ViewerRequest) -> HttpResponse:
    """Whom she pinned and opened last."""
    _open(request, "recent")
    return _shown(request, "recent", {"groups": [group for group in finding.hers(request.viewer) if group.hits]})


@dataclass(frozen=True)
class DueRow:
    """Somebody at whom something falls due, with her name."""

    due: holdings.Due
    name: str
    left: int


@require_GET
def maturing(request: ViewerRequest) -> HttpResponse:
    """At whom something falls due next within thirty days."""
    _open(request, "maturing")
    today = timezone.localdate()
    found = holdings.falling_due(request.viewer, today, today + timedelta(days=DUE_DAYS), most=_most(request))
    names = parties.names(request.viewer, [due.party_id for due in found.rows])
    rows = [DueRow(due, names.get(due.party_id, ""), (due.day - today).days) for due in found.rows]
    sums: Sequence[tuple[str, Decimal]] = sorted(found.sums.items(), key=lambda pair: -pair[1])
    return _shown(request, "maturing", {"rows": rows, "count": found.count, "sums": sums, "more": found.count > len(rows)})


@require_GET
def birthdays(request: ViewerRequest) -> HttpResponse:
    """Whose birthday is within a week."""
    _open(request, "birthdays")
    today = timezone.localdate()
    rows = days.birthdays(request.viewer, today, BIRTHDAY_DAYS)
    most = _most(request)
    return _shown(request, "birthdays", {"rows": rows[:most], "today": today, "more": len(rows) > most})


@require_GET
def documents(request: ViewerRequest) -> HttpResponse:
    """Whose main document has expired or soon will."""
    _open(request, "documents")
    today, most = timezone.localdate(), _most(request)
    rows = days.documents(request.viewer, today + timedelta(days=DOCUMENT_DAYS), most=most + 1)
    return _shown(request, "documents", {"rows": rows[:most], "today": today, "more": len(rows) > most})


@dataclass(frozen=True)
class IncompleteRow:
    """A customer whose profile is incomplete: how complete, and what is missing, the weightiest first."""

    party_id: int
    name: str
    percent: int
    missing: Sequence[completeness.Fact]

    @property
    def share(self) -> float:
        return self.percent / 100


@require_GET
def incomplete(request: ViewerRequest) -> HttpResponse:
    """Of whom in her book the least is known, and what is missing."""
    _open(request, "incomplete")
    viewer, today, most = request.viewer, timezone.localdate(), _most(request)
    book = parties.Which("mine", employee_id=getattr(request.user, "employee_id", None))
    found = completeness.incomplete(viewer, book, today, most=most + 1)
    keys = [key for key, _percent in found[:most]]
    names, missing = parties.names(viewer, keys), completeness.missing(viewer, keys, today)
    rows = [IncompleteRow(key, names.get(key, ""), percent, missing.get(key, [])) for key, percent in found[:most]]
    return _shown(request, "incomplete", {"rows": rows, "more": len(found) > most})


@require_GET
def mentions(request: ViewerRequest) -> HttpResponse:
    """Who mentioned her in notes, what she has not read first."""
    _open(request, "mentions")
    most = _most(request)
    rows = list(engagement.mentions(request.viewer).order_by(F("read_at").desc(nulls_first=True), "-mentioned_at", "-pk")[: most + 1])
    return _shown(request, "mentions", {"rows": [(row, excerpt(row.note.text)) for row in rows[:most]], "more": len(rows) > most})


@require_GET
def books(request: ViewerRequest) -> HttpResponse:
    """The customers of her unit by manager, and those whom nobody looks after."""
    _open(request, "books")
    found = holdings.books(request.viewer)
    managed = [book for book in found if book.employee_id]
    pool = next((book for book in found if book.employee_id is None), None)
    most = _most(request)
    context = {
        "rows": managed[:most], "largest": max((book.aum for book in managed), default=Decimal(0)), "pool": pool, "more": len(managed) > most,
        "customers": sum(book.customers for book in found),
    }  # fmt: skip
    return _shown(request, "books", context)


@require_GET
def data(request: ViewerRequest) -> HttpResponse:
    """Up to which day each source is loaded, and what came last."""
    _open(request, "data")
    batches = ingestion.recent_batches(request.viewer).order_by("-pk")[: _most(request)]
    return _shown(request, "data", {"batches": list(batches), "sources": ingestion.sources(request.viewer)})


@require_GET
def approvals(request: ViewerRequest) -> HttpResponse:
    """What colleagues proposed and she may decide, the most urgent first."""
    _open(request, "approvals")
    most = _most(request)
    rows = list(proposals.waiting(request.viewer).order_by("deadline_at", "pk")[: most + 1])
    return _shown(request, "approvals", {"rows": [proposals.shown(row) for row in rows[:most]], "more": len(rows) > most})


@require_GET
def people(request: ViewerRequest) -> HttpResponse:
    """Who may log in, and who is locked out at the moment."""
    _open(request, "people")
    at: datetime = timezone.now()
    return _shown(
        request,
        "people",
        {
            "active": access.people(request.viewer).filter(is_active=True, has_left=False).count(),
            "locked": access.locked(request.viewer, at),
        },
    )
