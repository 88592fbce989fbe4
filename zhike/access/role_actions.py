"""Composing roles. `change_roles` takes a proposal, a plain value that may wait for a second person before it is carried out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from zhike.access.actions import record
from zhike.access.models import ComposedRole, Person
from zhike.access.rules import BREADTHS, ROLES, known_permissions
from zhike.access.scope import Viewer, require

LONGEST_TITLE = 60


class RoleRefused(Exception):
    """A role cannot be written like this; `reason`: empty, long, taken, builtin, unknown, yourself."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class RoleProposal:
    """What a role shall be from the next request on: its key ("": a new one), title, scope, permissions; `retired`: given to nobody any more."""

    name: str
    title: str
    scope: str
    permissions: tuple[str, ...]
    retired: bool = False

    def as_json(self) -> dict[str, Any]:
        """As whoever keeps proposals keeps this one."""
        return {**vars(self), "permissions": list(self.permissions)}


def proposal_of(kept: Mapping[str, Any]) -> RoleProposal:
    """The proposal that `as_json` wrote."""
    return RoleProposal(kept["name"], kept["title"], kept["scope"], tuple(kept["permissions"]), bool(kept["retired"]))


@transaction.atomic
def change_roles(*, actor: Viewer, at: datetime, proposal: RoleProposal) -> str:
    """Carry out a proposal; gives back the role's key. Raises `RoleRefused`. Needs roles.manage.

    Nobody takes roles.manage out of the role she holds herself: then nobody might be left who has it.
    """
    proposal = checked(actor, proposal)
    title, fit = proposal.title, proposal.permissions
    if not proposal.name:
        name = _key(title)
        ComposedRole.objects.create(name=name, title=title, scope=proposal.scope, permissions=list(fit), changed_at=at)
        record(actor, "roles.added", subject=("role", name), after={"title": title, "scope": proposal.scope, "permissions": fit}, at=at)
        return name
    row = ComposedRole.objects.select_for_update().get(pk=proposal.name, is_builtin=False)
    before = as_it_is(row)
    row.title, row.scope, row.permissions, row.version, row.changed_at = title, proposal.scope, list(fit), row.version + 1, at
    row.retired_at = (row.retired_at or at) if proposal.retired else None
    row.save()
    record(actor, "roles.changed", subject=("role", row.name), before=before, after=as_it_is(row), at=at)
    return row.name


def checked(actor: Viewer, proposal: RoleProposal) -> RoleProposal:
    """The proposal as it would be carried out, unknown permissions left out. Raises `RoleRefused`. Needs roles.manage."""
    require(actor, "roles.manage")
    fit = tuple(sorted(set(proposal.permissions) & known_permissions()))
    asked = replace(proposal, title=proposal.title.strip(), permissions=fit)
    _check(actor, asked, asked.title, fit)
    return asked


def keep_builtin_roles() -> None:
    """Let every role that ships with this version stand as it is in the table that people's rows refer to; `zhike init` calls it as the migrate role."""
    for role in ROLES.values():
        ComposedRole.objects.update_or_create(
            name=role.name, defaults={"scope": role.scope, "is_builtin": True, "permissions": sorted(role.permissions)}
        )


def _check(actor: Viewer, proposal: RoleProposal, title: str, permissions: tuple[str, ...]) -> None:
    if not title or len(title) > LONGEST_TITLE:
        raise RoleRefused("long" if title else "empty")
    if proposal.scope not in BREADTHS:
        raise RoleRefused("unknown")
    if proposal.name in ROLES:
        raise RoleRefused("builtin")
    if ComposedRole.objects.filter(title__iexact=title).exclude(pk=proposal.name).exists():
        raise RoleRefused("taken")
    if proposal.name and not ComposedRole.objects.filter(pk=proposal.name).exists():
        raise RoleRefused("unknown")
    if proposal.name == actor.role and "roles.manage" not in permissions:
        raise RoleRefused("yourself")


def _key(title: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:40] or "role"
    taken = set(ComposedRole.objects.filter(name__startswith=plain).values_list("name", flat=True)) | set(ROLES)
    return next(key for key in (plain, *(f"{plain}_{number}" for number in range(2, 10_000))) if key not in taken)


def as_it_is(row: ComposedRole) -> dict[str, Any]:
    """A composed role as the audit and a proposal keep it."""
    return {"title": row.title, "scope": row.scope, "permissions": list(row.permissions), "retired": row.retired_at is not None}


def holders(name: str) -> int:
    """How many people who may log in hold a role."""
    return Person.objects.filter(role=name, is_active=True).count()
