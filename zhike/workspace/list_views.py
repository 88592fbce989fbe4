"""The customer list: its page, its table as a fragment, its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.money import Language
from zhike.core.pages import Crumb, Tab, answer
from zhike.core.words import language
from zhike.workspace import view_actions
from zhike.workspace.asking import KINDS, SORT_WORDS, STATUSES, Lens, always_there, lens, sorts_of
from zhike.workspace.columns import ListColumn, allowed
from zhike.workspace.heads import Heads, heads
from zhike.workspace.models import SavedView
from zhike.workspace.narrowing import Narrowing, narrowed_list
from zhike.workspace.queries import CustomerList, ListAsked
from zhike.workspace.rows import customer_rows
from zhike.workspace.search_rate import searched_too_often

MOST_TICKED = 500


@dataclass(frozen=True)
class Fixed:
    """Parts of the page that are the same for whoever has the same rights and language: drawn once, since templates are most of its time."""

    bulk: SafeString
    save: SafeString
    export: SafeString
    dialogs: SafeString


@dataclass(frozen=True)
class CustomersPage:
    """workspace/customers.html and its fragment _customers.html."""

    title: str
    crumbs: Sequence[Crumb]
    lens: Lens
    asked: ListAsked
    found: CustomerList
    rows: SafeString
    heads: Heads
    tabs: Sequence[Tab]
    filters: SafeString
    range: str
    may_see_phones: bool
    may_export: bool
    fixed: Fixed
    reset_url: str
    narrowing: Narrowing


@dataclass(frozen=True)
class ColumnsPage:
    """workspace/columns.html and its fragment _columns.html: every column with whether it is shown, shown ones first and in order."""

    title: str
    crumbs: Sequence[Crumb]
    columns: Sequence[tuple[ListColumn, bool]]
    lens: Lens


@require_GET
def customers(request: ViewerRequest) -> HttpResponse:
    """The customer list: tabs, filters, search, fifty at a time."""
    viewer = request.viewer
    require(viewer, "customers.read")
    if request.GET.get("q") and (refused := searched_too_often(request)):
        return refused
    wanted = lens_of(request, request.GET)
    found, narrowing = narrowed_list(viewer, wanted.asked)
    page = CustomersPage(
        _("Customers"), [Crumb(_("Customers"))], wanted, wanted.asked, found, customer_rows(found.rows, wanted.columns, has_ticks=True),
        heads(wanted, list(request.GET.lists())), _tabs(viewer, wanted), _filters(viewer, wanted), _range(found), viewer.may("contacts.read"),
        viewer.may("customers.export"), _fixed(viewer, wanted.look.list_id), f"{reverse('customers')}?view={wanted.look.view}", narrowing,
    )  # fmt: skip
    return answer(request, "workspace/customers.html", vars(page), fragment="workspace/_customers.html")


def _fixed(viewer: Viewer, list_id: int | None) -> Fixed:
    may_export, words = viewer.may("customers.export"), language()
    return Fixed(
        _drawn(
            "workspace/_bulk_bar.html",
            words,
            may_tag=viewer.may("customers.edit"),
            may_team=viewer.may("teams.manage"),
            may_export=may_export,
            list_id=list_id,
        ),
        _drawn("workspace/_view_fields.html", words, sharing=tuple(sharing(viewer.may("views.share")))),
        _drawn("workspace/_export_fields.html", words, may_reveal=viewer.may("contacts.reveal")),
        _drawn("workspace/_dialogs.html", words),
    )


@lru_cache(maxsize=256)
def _drawn(template: str, words: Language, **values: Any) -> SafeString:
    """A template that knows no request, in the language that is spoken (`words`)."""
    return render_to_string(template, values)


def lens_of(request: ViewerRequest, query: Mapping[str, str]) -> Lens:
    """What an address (or a form that carries one) asks of the list."""
    return lens(request.viewer, query, getattr(request.user, "employee_id", None))


def keys_of(query: QueryDict) -> list[int]:
    """The customers that were ticked, at most as many as a person can tick; those she does not see fall away where they are read."""
    given = ",".join(query.getlist("ids")).split(",")
    return list(dict.fromkeys(int(key) for key in given if key.isdecimal() and len(key) < 19))[:MOST_TICKED]


def sharing(may_share: bool) -> list[tuple[str, Any]]:
    """With whom a view may be shared: with all only by whom this is entrusted to."""
    return [(value, words) for value, words in SavedView.Shared.choices if value != SavedView.Shared.BANK or may_share]


def _filters(viewer: Viewer, wanted: Lens) -> SafeString:
    asked, own = wanted.asked, wanted.asked.own
    return _selects(
        language(), asked.which.kind, asked.which.status, asked.sort, tuple(sorts_of(viewer)), (own.name, str(own.title)) if own else None
    )


@lru_cache(maxsize=256)
def _selects(words: Language, kind: str, status: str, sort: str, sorts: Sequence[str], own: tuple[str, str] | None) -> SafeString:
    """Kind, status and, on a phone, order; `own`: a declared field that the list is in the order of."""
    orders = [*((name, title) for name, title in SORT_WORDS if name in sorts), *([own] if own else [])]
    filters = [("kind", _("Kind"), KINDS, kind), ("status", _("Status"), STATUSES, status), ("sort", _("Order"), orders, sort)]
    return render_to_string("workspace/_filters.html", {"filters": filters})


def _tabs(viewer: Viewer, wanted: Lens) -> list[Tab]:
    there = always_there(viewer, wanted.employee_id)
    tabs = [Tab(title, f"?view={view}", view == wanted.look.view) for view, title in there]
    placed = [look for look in wanted.looks.values() if look.name and (look.place is not None or look.view == wanted.look.view)]
    return [*tabs, *(Tab(look.name, f"?view={look.view}", look.view == wanted.look.view) for look in placed)]


def _range(found: CustomerList) -> str:
    count = len(found.rows)
    if found.is_cut:
        return _("the best %(n)s; more letters narrow it") % {"n": count}
    if not count:
        return ""
    if not (found.page.previous or found.page.next):
        return ngettext("%(n)s customer", "%(n)s customers", count) % {"n": count}
    return _("%(first)s–%(last)s") % {"first": f"{found.page.first:,}", "last": f"{found.page.first + count - 1:,}"}


@require_http_methods(["GET", "POST"])
def columns(request: ViewerRequest) -> HttpResponse:
    """Which columns the view has for this person, in which order and how wide; kept at once."""
    require(request.viewer, "customers.read")
    query = request.GET if request.method == "GET" else request.POST
    wanted = lens_of(request, query)
    if request.method == "POST":
        names = [] if query.get("usual") else request.POST.getlist("columns")
        widths = {
            name: query[f"width-{name}"] for name in (column.name for column in allowed(request.viewer)) if query.get(f"width-{name}")
        }
        view_actions.choose_columns(actor=request.viewer, at=timezone.now(), look=wanted.look, columns=names, widths=widths)
        return redirect(f"{reverse('customers')}?{wanted.query}")
    shown = [(column, True) for column in wanted.columns]
    names = [column.name for column, _is_shown in shown]
    rest = [(column, False) for column in allowed(request.viewer) if column.name not in names]
    title = _("Columns")
    page = ColumnsPage(title, [Crumb(_("Customers"), reverse("customers")), Crumb(title)], [*shown, *rest], wanted)
    return answer(request, "workspace/columns.html", vars(page), fragment="workspace/_columns.html")
