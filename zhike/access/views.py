"""Log-in and out, a person's looks, people and organisation. Each page's context is a dataclass; templates use its field names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access import actions, approvable, approvals, ask_why, entering, oidc, queries, second_factor, single_sign_on
from zhike.access.addresses import address_of
from zhike.access.forms import REASONS, LogInForm, PasswordForm, PersonForm
from zhike.access.middleware import ViewerRequest
from zhike.access.models import Person
from zhike.access.scope import Viewer, require
from zhike.core.pages import Panel, address, answer
from zhike.core.rates import Rates
from zhike.core.tables import Column, Page, page_of

WRONG_LOGINS, HALF_AN_HOUR = Rates(), 1800  # by network address
COOKIE_AGE = 365 * 24 * 3600
LOOKS = {"theme": ("zk-theme", ("system", "light", "dark")), "money": ("zk-money", ("red-up", "green-up"))}


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to log in as by one click: `note` says where she works, `key` is the digit that chooses her."""

    login: str
    name: str
    role: str
    note: str
    key: int


@dataclass(frozen=True)
class LogInPage:
    """access/login.html"""

    form: LogInForm
    error: str
    next: str
    demo_people: Sequence[DemoPerson]
    demo_url: str
    bank_url: str  # of the bank's own log-in; empty: it has none


@dataclass(frozen=True)
class PeoplePage:
    """access/people.html: `page` is a keyset page of Person (login, name, get_role_display, employee.unit.name, is_active)."""

    page: Page[Person]
    words: str
    new_url: str


@dataclass(frozen=True)
class PersonPage:
    """access/person.html: `person` is None while one is added."""

    form: PersonForm
    person: Person | None


@dataclass(frozen=True)
class OrganisationPage:
    """access/organisation.html: `rows` in drawing order, each with unit, depth, staff, has_children."""

    rows: Sequence[queries.TreeRow]


@dataclass(frozen=True)
class MePage:
    """access/me.html: the viewer's own record; `seen` says in words whose customers she sees. `form` None: she has no password to change."""

    person: Person
    viewer: Viewer
    seen: str
    form: PasswordForm | None
    densities: Sequence[tuple[str, Any]]
    start_pages: Sequence[tuple[str, Any]]
    tokens_url: str
    panel: Panel | None  # what other areas let her choose


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: ViewerRequest) -> HttpResponse:
    """The log-in page; a right password leads on to `next`."""
    if request.method == "GET":
        return redirect(_next(request)) if request.viewer else _login_page(request, LogInForm())
    form = LogInForm(request.POST)
    if not form.is_valid():
        return _login_page(request, form, _("Log-in name and password, please."))
    came_from = address_of(request)
    if wait := WRONG_LOGINS.wait(came_from, most=settings.WRONG_LOGINS, seconds=HALF_AN_HOUR):
        return _login_page(request, form, _too_many(request, form.cleaned_data["login"], wait))
    tried = single_sign_on.log_in(actor=request.viewer, at=timezone.now(), **form.cleaned_data)
    if tried.person is None:
        WRONG_LOGINS.spend(came_from, most=settings.WRONG_LOGINS, seconds=HALF_AN_HOUR)
        return _login_page(request, form, _refusal(tried.refusal))
    return _let_in(request, tried.person, tried.way)


@login_not_required
@require_POST
def demo_login(request: ViewerRequest) -> HttpResponse:
    """Let in one of the demo people without a password; not there unless ZHIKE_DEMO is set."""
    asked = request.POST.get("login", "")
    person = next((person for person in queries.demo_people() if person.login == asked), None) if settings.ZHIKE_DEMO else None
    if person is None:
        raise Http404
    return _let_in(request, person, "demo")


@require_POST
def logout(request: ViewerRequest) -> HttpResponse:
    """End the session."""
    actions.note_log_out(actor=request.viewer)
    auth.logout(request)
    return redirect("login")


@login_not_required
@require_POST
def set_language(request: ViewerRequest) -> HttpResponse:
    """Keep the language in a cookie, and with the person where there is one."""
    language = request.POST.get("language", "")
    response = redirect(_next(request))
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=COOKIE_AGE, samesite="Lax", secure=settings.HTTPS)
        if isinstance(request.user, Person):
            actions.choose_looks(actor=request.viewer, person=request.user, language=language)
    return response


@login_not_required
@require_POST
def set_looks(request: ViewerRequest) -> HttpResponse:
    """Keep theme (`theme`) and money direction (`money`) in cookies, and with the person where there is one."""
    response = redirect(_next(request))
    chosen = {name: value for name, (_cookie, allowed) in LOOKS.items() if (value := request.POST.get(name, "")) in allowed}
    _set_looks(response, chosen)
    if isinstance(request.user, Person):
        theme = chosen.get("theme")
        actions.choose_looks(
            actor=request.viewer, person=request.user, theme="" if theme == "system" else theme, money_direction=chosen.get("money"),
            density=request.POST.get("density"), start_page=request.POST.get("start_page"),
        )  # fmt: skip
    return response


PEOPLE_COLUMNS = (
    Column("login", gettext_lazy("Log-in name"), "login"),
    Column("name", gettext_lazy("Name"), "name"),
    Column("role", gettext_lazy("Role"), "role"),
    Column("unit", gettext_lazy("Unit"), hidden_on_phone=True),
    Column("state", gettext_lazy("State")),
)


@require_GET
def people(request: ViewerRequest) -> HttpResponse:
    """Everybody who may log in."""
    words = request.GET.get("q", "")
    found = page_of(queries.people(request.viewer, words=words), PEOPLE_COLUMNS, request.GET.dict(), sort="login")
    return answer(request, "access/people.html", vars(PeoplePage(found, words, reverse("person-new"))))


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def person_new(request: ViewerRequest) -> HttpResponse:
    """Add somebody."""
    require(request.viewer, "people.manage")
    form = PersonForm(request.POST or None, initial={"is_active": True})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            person, proposal = approvable.add_or_propose(
                actor=request.viewer, at=timezone.now(), given=given, why=request.POST.get("why", "")
            )
        except actions.PersonRefused as wrong:
            form.add_error(wrong.field, REASONS[wrong.reason])
        except approvals.NotProposed as wrong:
            form.add_error("role", str(ask_why.REASONS[wrong.reason]))
        else:
            if proposal:
                messages.success(
                    request, _("%(name)s is added, and can log in once somebody else has approved it.") % {"name": person.name}
                )
                return redirect("approval", proposal.pk)
            messages.success(request, _("%(name)s can log in now.") % {"name": person.name})
            return redirect("people")
    return answer(request, "access/person.html", vars(PersonPage(form, None)), status=422 if form.errors else 200)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def person_edit(request: ViewerRequest, person_id: int) -> HttpResponse:
    """Change somebody."""
    try:
        person = queries.person(request.viewer, person_id)
    except Person.DoesNotExist as missing:
        raise Http404 from missing
    form = PersonForm(request.POST or None, initial=_initial(person))
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("name", "role", "staff_no", "is_active", "password", "networks")}
        try:
            proposal = approvable.change_or_propose(
                actor=request.viewer, at=timezone.now(), person=person, given=given, why=request.POST.get("why", "")
            )
        except actions.PersonRefused as wrong:
            form.add_error(wrong.field, REASONS[wrong.reason])
        except approvals.NotProposed as wrong:
            form.add_error("role", str(ask_why.REASONS[wrong.reason]))
        else:
            if proposal:
                messages.success(request, _("It waits for somebody else to approve it."))
                return redirect("approval", proposal.pk)
            messages.success(request, _("Saved: %(name)s.") % {"name": person.name})
            return redirect("people")
    return answer(request, "access/person.html", vars(PersonPage(form, person)), status=422 if form.errors else 200)


@require_GET
def organisation(request: ViewerRequest) -> HttpResponse:
    """The tree of units."""
    return answer(request, "access/organisation.html", vars(OrganisationPage(queries.organisation(request.viewer))))


@require_GET
def me(request: ViewerRequest) -> HttpResponse:
    """Who I am here, and whose customers I see."""
    return _me_page(request, PasswordForm())


@sensitive_post_parameters("old", "new", "again")
@require_POST
def my_password(request: ViewerRequest) -> HttpResponse:
    """Change one's own password; the session goes on, those opened elsewhere end."""
    assert isinstance(request.user, Person)
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _me_page(request, form)
    given = form.cleaned_data
    try:
        refusal = actions.change_own_password(actor=request.viewer, at=timezone.now(), old=given["old"], new=given["new"])
    except actions.PersonRefused as wrong:
        form.add_error("new", REASONS[wrong.reason])
        return _me_page(request, form)
    if refusal:
        form.add_error("old", REASONS[refusal])
        return _me_page(request, form)
    request.user.refresh_from_db(fields=["password"])
    auth.update_session_auth_hash(request, request.user)
    messages.success(request, _("The new password holds from now on."))
    return redirect("profile")


def _choices() -> Panel | None:
    url = address("my-choices")
    return Panel("choices", url, _("What I am told, how my list begins"), 320, "load", "main") if url else None


def _me_page(request: ViewerRequest, form: PasswordForm) -> HttpResponse:
    assert isinstance(request.user, Person)
    page = MePage(request.user, request.viewer, scope_in_words(request.viewer), form if request.user.has_usable_password() else None,
                  Person.Density.choices, Person.StartPage.choices, address("my-tokens"), _choices())  # fmt: skip
    return answer(request, "access/me.html", vars(page), status=422 if form.errors else 200)


def scope_in_words(viewer: Viewer) -> str:
    """Whose customers a viewer sees, in a sentence."""
    words = {
        "own": _("the customers of my own book"),
        "team": _("the customers of my team"),
        "outlet": _("the customers of my outlet"),
        "subtree": _("the customers of my unit and all units below it"),
        "bank": _("all customers of the bank"),
        "participant": _("only customers I was let in to"),
        "none": _("no customers"),
    }
    return words[viewer.scope]


def _login_page(request: ViewerRequest, form: LogInForm, error: str = "") -> HttpResponse:
    shown = [
        DemoPerson(person.login, person.name, person.get_role_display(), _workplace(person), key)
        for key, person in enumerate(queries.demo_people() if settings.ZHIKE_DEMO else [], start=1)
    ]
    page = LogInPage(form, error, _asked_next(request), shown, reverse("demo-login"), reverse("bank-login") if oidc.is_on() else "")
    return answer(request, "access/login.html", vars(page), status=401 if error else 200)


def _workplace(person: Person) -> str:
    unit = person.employee.unit if person.employee else None
    return unit.name if unit else ""


def _refusal(refusal: str | None) -> str:
    return str(REASONS[refusal]) if refusal and refusal != "wrong" else _("Log-in name or password is wrong.")


def _too_many(request: ViewerRequest, login: str, wait: int) -> str:
    """No password is looked at any more: who tries one name after the other is never locked by person."""
    actions.record(request.viewer, "session.refused", subject=("login", login.strip().lower()[:80]), reason="too many from this address")
    return _("Too many wrong passwords came from this network address. Try again in %(minutes)s minutes, or ask your administrator.") % {
        "minutes": -(-wait // 60)
    }


def _let_in(request: ViewerRequest, person: Person, way: Any) -> HttpResponse:
    if way in ("password", "ldap") and second_factor.has_any(person):
        entering.wait(request, person, way=way, next_url=_asked_next(request))
        return redirect("second")
    if not entering.open_session(request, person, way=way):
        return _login_page(request, LogInForm(initial={"login": person.login}), str(REASONS["address"]))
    response = redirect(_asked_next(request) or address(person.start_page) or _next(request))
    _set_looks(response, {"theme": person.theme, "money": person.money_direction})
    return response


def _set_looks(response: HttpResponse, chosen: dict[str, str]) -> None:
    for name, value in chosen.items():
        if value:
            response.set_cookie(LOOKS[name][0], value, max_age=COOKIE_AGE, samesite="Lax", secure=settings.HTTPS)


def _asked_next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if is_ours else ""


def _next(request: HttpRequest) -> str:
    return _asked_next(request) or address("home") or reverse("profile")


def _initial(person: Person) -> dict[str, Any]:
    return {
        "login": person.login, "name": person.name, "role": person.role, "is_active": person.is_active, "networks": person.networks,
        "staff_no": person.employee.staff_no if person.employee else "",
    }  # fmt: skip
