"""What every page knows: language, theme, money direction, side bar, person, data-as-of; and the content security policy.

Core knows no area. Composition happens in settings: `ZHIKE_FRAME` names the URLs the frame points to, `ZHIKE_DATA_AS_OF` is the
dotted path of a function `(viewer) -> DataAsOf | date | None`. What is not set is not shown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, cast

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from zhike.core import pages
from zhike.core.money import Language
from zhike.core.words import language

Theme = Literal["system", "light", "dark"]
MoneyDirection = Literal["red-up", "green-up"]
THEME_COOKIE = "zk-theme"
MONEY_COOKIE = "zk-money"
SIDE_COOKIE = "zk-side"
NOTHING_OF_THE_MACHINE = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), bluetooth=()"
BOTTOM = 4  # entries of the bar of a phone, beside "More" or "Me"

# Tabler draws a few marks (check boxes, select arrows) as data images; everything else comes from the app itself.
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

URLS: dict[str, str] = {
    "home": "home", "search": "customers", "find": "find", "log_in": "login", "log_out": "logout", "language": "set_language", "looks": "set-looks", "profile": "profile", "work": "work",
    "notices": "notices", "notices_count": "notices-count",
}  # fmt: skip


@dataclass(frozen=True)
class DataAsOf:
    """Up to which day the bank's data is in; `is_late` while an expected feed has not arrived."""

    day: date
    is_late: bool = False
    note: str = ""


@dataclass(frozen=True)
class NavLink:
    title: pages.Words
    icon: str
    url: str
    current: bool


@dataclass(frozen=True)
class NavSection:
    title: pages.Words
    links: tuple[NavLink, ...]


@dataclass(frozen=True)
class Frame:
    """Everything `core/page.html` and `core/bare.html` show around a page."""

    language: Language
    theme: Theme
    money: MoneyDirection
    side: Literal["open", "closed"]
    density: Literal["", "compact", "roomy"]
    bank_name: str
    demo: bool
    sections: tuple[NavSection, ...]
    viewer: Any
    role_label: str
    as_of: DataAsOf | None
    urls: Mapping[str, str]

    @property
    def bottom(self) -> tuple[NavLink, ...]:
        """What the bar of a phone has room for; the rest is behind "More"."""
        return tuple(link for section in self.sections for link in section.links)[:BOTTOM]

    @property
    def behind_more(self) -> tuple[NavSection, ...]:
        """The sections without what stands in the bar."""
        shown = {link.url for link in self.bottom}
        left = [NavSection(section.title, tuple(link for link in section.links if link.url not in shown)) for section in self.sections]
        return tuple(section for section in left if section.links)

    @property
    def is_behind_more(self) -> bool:
        """Whether this very page is one of those behind "More"."""
        return any(link.current for section in self.behind_more for link in section.links)

    @property
    def bs_theme(self) -> str:
        """What the server paints before the browser tells what the system prefers."""
        return "dark" if self.theme == "dark" else "light"

    @property
    def html_language(self) -> str:
        return "zh-Hans" if self.language == "zh" else "en"

    @property
    def other_language(self) -> str:
        return "en" if self.language == "zh" else "zh-hans"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame`, built only when a template asks for it."""
    return {"frame": SimpleLazyObject(lambda: build_frame(request))}


def build_frame(request: HttpRequest) -> Frame:
    """The frame of this request. Reads cookies, the viewer that access has put on the request, and settings."""
    viewer = getattr(request, "viewer", None)
    names = {**URLS, **getattr(settings, "ZHIKE_FRAME", {})}
    return Frame(
        language=language(),
        theme=_chosen(request, THEME_COOKIE, ("system", "light", "dark"), "theme"),
        money=_chosen(request, MONEY_COOKIE, ("red-up", "green-up") if language() == "zh" else ("green-up", "red-up"), "money_direction"),
        density=getattr(getattr(request, "user", None), "density", ""),
        side=_chosen(request, SIDE_COOKIE, ("open", "closed")),
        bank_name=getattr(settings, "ZHIKE_BANK_NAME", ""),
        demo=bool(getattr(settings, "ZHIKE_DEMO", False)),
        sections=_sections(request.path, viewer) if viewer else (),
        viewer=viewer,
        role_label=_role_label(request) if viewer else "",
        as_of=_as_of(viewer) if viewer else None,
        urls={key: pages.address(name) for key, name in names.items()},
    )


def _chosen(request: HttpRequest, cookie: str, allowed: tuple[Any, ...], field: str = "") -> Any:
    """What the person has saved, else what this browser has (before log-in), else the first of `allowed`."""
    person = getattr(request, "user", None)
    for value in (getattr(person, field, "") if field else "", request.COOKIES.get(cookie)):
        if value in allowed:
            return value
    return allowed[0]


def _role_label(request: HttpRequest) -> str:
    show = getattr(getattr(request, "user", None), "get_role_display", None)
    return str(show()) if show else ""


def _sections(path: str, viewer: Any) -> tuple[NavSection, ...]:
    held = getattr(viewer, "permissions", ())
    sections = []
    for group in pages.navigation():
        links = tuple(
            NavLink(item.title, item.icon, url, path == url or path.startswith(item.prefixes))
            for item in group.items
            if (not item.permission or item.permission in held) and (url := pages.address(item.url_name))
        )
        if links:
            sections.append(NavSection(group.title, links))
    return tuple(sections)


@lru_cache
def _as_of_source(path: str) -> Callable[[Any], DataAsOf | date | None]:
    return cast(Callable[[Any], "DataAsOf | date | None"], import_string(path))


def _as_of(viewer: Any) -> DataAsOf | None:
    path = getattr(settings, "ZHIKE_DATA_AS_OF", "")
    found = _as_of_source(path)(viewer) if path else None
    return DataAsOf(found) if isinstance(found, date) else found


def loaded_until(viewer: Any) -> date | None:
    """Up to which business date the bank's data are loaded, as the top bar says it."""
    found = _as_of(viewer)
    return found.day if found else None


@sync_and_async_middleware
def content_security_policy(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware: only our own files, no inline script or style, nobody frames us; pages with customers are never stored."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            return _guarded(request, await cast(Awaitable[HttpResponse], get_response(request)))

        return answer_later

    def answer(request: HttpRequest) -> HttpResponse:
        return _guarded(request, get_response(request))

    return answer


def _guarded(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if response.get("Content-Type", "").startswith("text/html"):
        response.headers.setdefault("Cache-Control", "private, no-store")
    if "HX-Request" not in request.headers:  # a fragment lives under its page's policies; on forty of them they are seven kilobytes
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", NOTHING_OF_THE_MACHINE)
    return response
