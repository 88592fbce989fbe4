"""The pages of roles: all of them, one, a new one (like another), two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from zhike.access import composing, role_proposals, role_queries
from zhike.access.approvals import NotProposed
from zhike.access.ask_why import ask_why
from zhike.access.composing import CLASSES, Difference, FieldClass, Level, Line
from zhike.access.role_actions import RoleProposal, RoleRefused
from zhike.access.role_queries import RoleLine
from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Words, answer

REASONS: dict[str, Words] = {
    "empty": gettext_lazy("A role needs a name."),
    "long": gettext_lazy("A role's name has at most 60 characters."),
    "taken": gettext_lazy("Another role has this name."),
    "builtin": gettext_lazy("This role ships with Zhike and stays as it is. Copy it and change the copy."),
    "unknown": gettext_lazy("Choose whose customers the role sees."),
    "yourself": gettext_lazy("Nobody takes her own right to manage roles. Ask another administrator."),
}


@dataclass(frozen=True)
class RolesPage:
    """access/roles.html."""

    title: str
    crumbs: Sequence[Crumb]
    roles: Sequence[RoleLine]
    groups: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Shown:
    """A class of fields with the level that is chosen."""

    field_class: FieldClass
    chosen: Level


@dataclass(frozen=True)
class RolePage:
    """access/role.html. `line` None: a new one. What was typed stands in it again where it was refused (`error`)."""

    title: str
    crumbs: Sequence[Crumb]
    line: RoleLine | None
    name: str
    scope: str
    scopes: Sequence[tuple[str, Words]]
    classes: Sequence[Shown]
    grid: Sequence[Line]
    error: Words = ""

    @property
    def is_fixed(self) -> bool:
        return self.line is not None and self.line.is_builtin


@dataclass(frozen=True)
class ComparePage:
    """access/roles_compared.html."""

    title: str
    crumbs: Sequence[Crumb]
    left: RoleLine
    right: RoleLine
    rows: Sequence[Difference]


@require_GET
def roles(request: ViewerRequest) -> HttpResponse:
    """Every role, with how many hold it."""
    lines = role_queries.roles(request.viewer)
    titles = {line.role.name: line.title for line in lines}
    groups = [(group, titles.get(name, name)) for group, name in settings.ZHIKE_GROUP_ROLES.items()]
    return answer(request, "access/roles.html", vars(RolesPage(_("Roles"), [Crumb(_("Roles"))], lines, groups)))


@require_http_methods(["GET", "POST"])
def role_new(request: ViewerRequest) -> HttpResponse:
    """Compose one; `like` names the role it begins as."""
    require(request.viewer, "roles.manage")
    if request.method == "POST":
        return _change(request, None)
    like = role_queries.role(request.viewer, request.GET.get("like", ""))
    name = _("%(role)s, copy") % {"role": like.title} if like else ""
    return _page(request, None, name, like.role.scope if like else "own", like.role.permissions if like else ())


@require_http_methods(["GET", "POST"])
def role_edit(request: ViewerRequest, role_name: str) -> HttpResponse:
    """One role; a POST changes a composed one, `act` retire or return lets it be given to nobody, or again."""
    line = role_queries.role(request.viewer, role_name)
    if line is None:
        raise Http404
    if request.method == "POST":
        return _change(request, line)
    return _page(request, line, line.title, line.role.scope, line.role.permissions)


@require_GET
def roles_compared(request: ViewerRequest) -> HttpResponse:
    """Two roles side by side: `left` and `right` are their names."""
    sides = [role_queries.role(request.viewer, request.GET.get(side, "")) for side in ("left", "right")]
    left, right = sides
    if left is None or right is None:
        return redirect("roles")
    crumbs = [Crumb(_("Roles"), reverse("roles")), Crumb(_("Side by side"))]
    page = ComparePage(
        _("Side by side"), crumbs, left, right, sorted(composing.compared(left.role, right.role), key=lambda row: not row.differs)
    )
    return answer(request, "access/roles_compared.html", vars(page))


def _change(request: ViewerRequest, line: RoleLine | None) -> HttpResponse:
    act = request.POST.get("act", "save")
    if line and act in ("retire", "return"):
        proposal = RoleProposal(line.role.name, line.title, line.role.scope, tuple(sorted(line.role.permissions)), act == "retire")
    else:
        held = composing.permissions_from(
            {one.name: request.POST.get(f"class-{one.name}", "") for one in CLASSES}, request.POST.getlist("may")
        )
        title, scope = request.POST.get("title", ""), request.POST.get("scope", "")
        proposal = RoleProposal(line.role.name if line else "", title, scope, held, bool(line and line.is_retired))
    try:
        name, waits = role_proposals.change_or_propose(
            actor=request.viewer, at=timezone.now(), proposal=proposal, why=request.POST.get("why", "")
        )
    except RoleRefused as wrong:
        return _page(request, line, proposal.title, proposal.scope, proposal.permissions, REASONS[wrong.reason])
    except NotProposed as wrong:
        return ask_why(request, name=role_proposals.KIND, wrong=wrong, back=reverse("roles"))
    if waits:
        messages.success(request, _("It waits for somebody else to approve it."))
        return redirect("approval", waits.pk)
    messages.success(request, _("Saved. It holds from everybody's next page on."))
    return redirect("role", name) if line is None else redirect("roles")


def _page(
    request: ViewerRequest, line: RoleLine | None, name: str, scope: str, permissions: Sequence[str] | frozenset[str], error: Words = ""
) -> HttpResponse:
    title = line.title if line else _("Compose a role")
    shown = [Shown(one, one.level_of(permissions)) for one in CLASSES]
    crumbs = [Crumb(_("Roles"), reverse("roles")), Crumb(title)]
    page = RolePage(title, crumbs, line, name, scope, composing.SCOPE_CHOICES, shown, composing.grid(permissions), error)
    return answer(request, "access/role.html", {**vars(page), "is_fixed": page.is_fixed}, status=422 if error else 200)
