"""What kinds of pages there are, and how one view answers both a whole page and a fragment of it.

*List page*: filters, a keyset table, one address. *Detail page*: a head in the first response and panels that each have an
address, a skeleton and an error of their own, so that a broken panel breaks alone. *Fragment*: a piece of either.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)

RESERVES = (60, 120, 180, 240, 320, 420)
Words = str | Promise  # a text, or one that waits for the language of the request


@dataclass(frozen=True)
class NavItem:
    """One entry of the side bar. It is shown where `url_name` exists and the viewer holds `permission` (empty: everybody)."""

    title: Words
    icon: str
    url_name: str
    permission: str = ""
    prefixes: tuple[str, ...] = ()  # further addresses under which the entry is the current one


@dataclass(frozen=True)
class NavGroup:
    title: Words
    items: tuple[NavItem, ...]


@dataclass(frozen=True)
class Crumb:
    """One step of the breadcrumb; the last one has no address."""

    title: Words
    url: str = ""


@dataclass(frozen=True)
class Panel:
    """A part of a detail page that is fetched by itself. `height` (px) is kept free before it arrives, so that nothing jumps.

    `when`: "load" right after the page, in order; "seen" when scrolled to. `place`: the fluid column or the rail.
    """

    name: str
    url: str
    title: Words
    height: int = 180
    when: Literal["load", "seen"] = "load"
    place: Literal["main", "rail"] = "main"

    @property
    def trigger(self) -> str:
        return "load" if self.when == "load" else "revealed"

    @property
    def reserve(self) -> int:
        """The step of the style sheet next above `height`; sizes cannot be written into the page."""
        return next((step for step in RESERVES if step >= self.height), RESERVES[-1])


@dataclass(frozen=True)
class Tab:
    """One tab of a page; `count` only where it is cheap."""

    title: Words
    url: str
    current: bool = False
    count: int | None = None
    alert: bool = False


@dataclass(frozen=True)
class Figure:
    """A cell of the figure ledger: what and for which period, how much, against what."""

    label: Words
    value: Any
    period: Words = ""
    note: Words = ""
    delta: Any = None
    hero: bool = False
    picture: str = ""  # server-drawn, safe


# What exists today. An area that adds a page adds its line here or in settings.ZHIKE_NAVIGATION.
NAVIGATION: tuple[NavGroup, ...] = (
    NavGroup("", (
        NavItem(_("Home"), "home", "home"),
        NavItem(_("Customers"), "users", "customers", "customers.read", ("/customers/", "/customer/")),
        NavItem(_("Insight"), "chart-bar", "insight", "insight.read", ("/insight/fields/", "/insight/origins/", "/insight/methods/")),
        NavItem(_("Reports"), "report", "reports", "reports.read", ("/reports/",)),
        NavItem(_("Audiences"), "target-arrow", "audiences", "customers.read", ("/audiences/",)),
        NavItem(_("Suitability"), "certificate", "suitability", "customers.read", ("/suitability/",)),
        NavItem(_("Risk and chances"), "trending-up", "insight-chances", "scores.read", ("/insight/chances/",)),
        NavItem(_("Prospects"), "network", "insight-prospects", "transactions.read", ("/prospects/network/",)),
        NavItem(_("Corrections"), "file-check", "corrections", "corrections.read", ("/corrections/",)),
        NavItem(_("Hand-overs"), "arrows-exchange", "handovers", "handovers.write", ("/handovers/",)),
        NavItem(_("Approvals"), "circle-check", "approvals", "", ("/approvals/",)),
    )),
    NavGroup(_("Platform"), (
        NavItem(_("Import"), "file-import", "imports", "customers.import", ("/imports/",)),
        NavItem(_("Duplicates"), "files", "duplicates", "customers.read", ("/duplicates/",)),
        NavItem(_("Data rights"), "shield-check", "privacy-requests", "customers.read", ("/privacy/",)),
        NavItem(_("Customer tiers"), "crown", "insight-tiers", "insight.read", ("/insight/tiers/",)),
        NavItem(_("Predictors"), "bulb", "insight-predictors", "insight.read", ("/insight/predictors/", "/insight/lab/")),
        NavItem(_("Settings of measures"), "adjustments", "insight-settings", "insight.read", ("/insight/settings/",)),
        NavItem(_("Data dictionary"), "book", "data-dictionary", "audit.read", ("/data-dictionary/",)),
        NavItem(_("Data feeds"), "database-import", "batches", "batches.read", ("/batches/",)),
        NavItem(_("Audit"), "shield-check", "audit", "audit.read", ("/audit/",)),
        NavItem(_("People"), "user-circle", "people", "people.manage", ("/people/",)),
        NavItem(_("Roles"), "key", "roles", "roles.manage", ("/roles/",)),
        NavItem(_("Deputies"), "friends", "deputies", "deputies.manage", ("/deputies/",)),
        NavItem(_("Service teams"), "users", "teams", "teams.manage", ("/teams/",)),
        NavItem(_("Special lists"), "shield-lock", "special-lists", "barriers.manage", ("/special-lists/",)),
        NavItem(_("Emergency access"), "alert-triangle", "glass", "glass.break", ("/glass/",)),
        NavItem(_("Trash"), "trash", "trash", "customers.edit", ("/trash/",)),
        NavItem(_("Tags"), "tag", "tags", "tags.manage", ("/tags/",)),
        NavItem(_("Fields"), "columns", "fields", "fields.manage", ("/fields/",)),
        NavItem(_("Calls out"), "world", "webhooks", "webhooks.manage", ("/webhooks/",)),
        NavItem(_("Organisation"), "sitemap", "organisation", "organisation.read", ("/organisation/",)),
    )),
)  # fmt: skip


def address(name: str, *args: Any) -> str:
    """The address of a named URL, or "" where this installation has none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def is_fragment(request: HttpRequest) -> bool:
    """True for an htmx request that wants a piece. Going back in history and boosted links want the whole page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


def answer(
    request: HttpRequest, page: str, context: Mapping[str, Any] | None = None, *, fragment: str | None = None, status: int = 200
) -> HttpResponse:
    """Renders `fragment` for an htmx request and `page` for any other, from one context."""
    template = fragment if fragment and is_fragment(request) else page
    response = render(request, template, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie", "Accept-Language"])
    return response


def error_number() -> str:
    """A number a person can read out on the phone and an operator can find in the log: `7F3A-21C8`."""
    digits = secrets.token_hex(4).upper()
    return f"{digits[:4]}-{digits[4:]}"


def _failed(request: HttpRequest, status: int, extra: Mapping[str, Any] | None = None) -> HttpResponse:
    context = {"fragment": is_fragment(request), "status": status, "path": request.get_full_path(), **(extra or {})}
    template = f"core/_failed_{'panel' if context['fragment'] else 'page'}.html"
    return render(request, template if context["fragment"] else f"{status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the address or the form makes no sense."""
    return _failed(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: inside the scope, without the right. The exception's text names the right, if it has one."""
    return _failed(request, 403, {"right": str(exception or "")})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: it is not there, or not within the viewer's scope; the page does not say which."""
    return _failed(request, 404)


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """429: more often than one person may; `wait` seconds until she may again."""
    response = _failed(request, 429, {"wait": wait})
    response["Retry-After"] = str(wait)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: logs under a number and shows that number. Must not fail itself, so a page without any look stands behind it."""
    number = error_number()
    log.error("page failed, number %s: %s %s", number, request.method, request.path)
    try:
        return _failed(request, 500, {"number": number})
    except Exception:
        log.exception("error page failed, number %s", number)
        return HttpResponse(f"500 {number}", status=500, content_type="text/plain; charset=utf-8")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that stood open too long, or came from elsewhere."""
    log.warning("form refused: %s %s", request.path, reason)
    return _failed(request, 400, {"expired": True})


def navigation() -> Sequence[NavGroup]:
    """The side bar's table: `settings.ZHIKE_NAVIGATION` where set, else `NAVIGATION`."""
    return getattr(settings, "ZHIKE_NAVIGATION", None) or NAVIGATION
