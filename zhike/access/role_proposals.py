"""Composed roles by two people: what gives anybody a right or customers more waits for a second person, what only takes away is done at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access import composing
from zhike.access.approval_models import Proposal
from zhike.access.approvals import Asked, CannotBeDone, Done, Line, Told, is_needed, propose
from zhike.access.models import ComposedRole
from zhike.access.role_actions import RoleProposal, RoleRefused, as_it_is, change_roles, checked, holders, proposal_of
from zhike.access.roles import as_role
from zhike.access.rules import Role, gains
from zhike.access.scope import Viewer

KIND = "access.composed_role"
NOTHING = Role("", "participant", frozenset())


@transaction.atomic
def change_or_propose(*, actor: Viewer, at: datetime, proposal: RoleProposal, why: str) -> tuple[str, Proposal | None]:
    """Carry a change of roles out, or propose it where it gives more and a second person has to agree; the role's key ("": a new one that waits).

    Raises `RoleRefused`, `NotProposed`. Needs roles.manage.
    """
    asked = checked(actor, proposal)
    row = ComposedRole.objects.filter(pk=asked.name, is_builtin=False).first()
    if not _gives(row, asked) or not is_needed(KIND, on=timezone.localdate(at)):
        return change_roles(actor=actor, at=at, proposal=asked), None
    kept = {"to": asked.as_json(), "was": as_it_is(row) if row else None, "holders": holders(asked.name) if asked.name else 0}
    # A new role has no key yet: its name stands for it, so that it is not proposed twice.
    subject = ("role", asked.name) if asked.name else ("role_title", asked.title.casefold())
    return asked.name, propose(actor=actor, at=at, name=KIND, asked=kept, why=why, subject=subject)


def _gives(row: ComposedRole | None, asked: RoleProposal) -> bool:
    """Whether anybody may do or see more by it; a retired role is still held by whoever has it."""
    comes_back = row is not None and row.retired_at is not None and not asked.retired
    return comes_back or gains(as_role(row) if row else None, _role(asked.as_json()))


def _role(kept: Mapping[str, Any] | None) -> Role:
    """What a proposal keeps of a role, as a definition."""
    if kept is None:
        return NOTHING
    return as_role(ComposedRole(name="", title=kept["title"], scope=kept["scope"], permissions=kept["permissions"]))


def told(_viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    """A change of a role in words: what differs, line by line, and how many people it concerns."""
    was, to = _role(asked["was"]), _role(asked["to"])
    lines = [
        Line(row.word, row.left if asked["was"] else "", row.right)
        for row in composing.compared(was, to)
        if row.differs or not asked["was"]
    ]
    if was.title != to.title:
        lines.insert(0, Line(_("Name"), was.title, to.title))
    if asked["was"] and asked["was"]["retired"]:
        lines.append(Line(_("May be given to people"), _("no"), _("yes")))
    if asked["holders"]:
        lines.append(Line(_("People who hold it"), str(asked["holders"]), str(asked["holders"])))
    title = _("Role %(role)s: more rights") if asked["was"] else _("New role %(role)s")
    return Told(title % {"role": to.title}, lines)


def changed(_viewer: Viewer, asked: Mapping[str, Any]) -> str:
    """What is different since a change was proposed."""
    row = ComposedRole.objects.filter(pk=asked["to"]["name"], is_builtin=False).first() if asked["to"]["name"] else None
    if (as_it_is(row) if row else None) == asked["was"]:
        return ""
    return _("The role was changed since it was proposed. It has to be proposed anew.")


def compose(asked: Asked) -> Done:
    """Carry out the change of a role that was approved."""
    try:
        name = change_roles(actor=asked.actor, at=asked.at, proposal=proposal_of(asked.values["to"]))
    except RoleRefused as wrong:
        raise CannotBeDone(_("Another role has this name meanwhile, or this one is not there any more.")) from wrong
    return Done(_("Holds from everybody's next page on."), reverse("role", args=[name]))
