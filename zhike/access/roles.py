"""What a person's role is: one that ships with Zhike, by its code, or one that an administrator composed, by its row.

A composed role is read once per process and version: a person's row carries the version (kept by triggers), so what an administrator
changes takes effect with the next request, and no request asks for it again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import connection

from zhike.access.rules import BREADTHS, ROLES, Breadth, Role
from zhike.access.scope_models import ComposedRole

if TYPE_CHECKING:
    from zhike.access.models import Person


def role_of(person: Person) -> Role | None:
    """The definition of a person's role; None: there is none of this name."""
    return role_named(person.role, version=person.role_version)


def role_named(name: str, *, version: int = 0) -> Role | None:
    """The role of this name; `version` 0: as it is now."""
    if name in ROLES:
        return ROLES[name]
    return _remembered(str(connection.settings_dict["NAME"]), name, version) if version else _read(name)


def all_roles() -> list[Role]:
    """Every role there is, those that ship with Zhike first; retired ones too."""
    return [*ROLES.values(), *(as_role(row) for row in ComposedRole.objects.filter(is_builtin=False).order_by("title", "name"))]


def names_with(permission: str) -> list[str]:
    """The names of the roles that hold a permission."""
    return list(ComposedRole.objects.filter(permissions__contains=[permission]).order_by("name").values_list("name", flat=True))


def names_of_wide() -> list[str]:
    """The names of the roles that see the whole bank."""
    return list(ComposedRole.objects.filter(scope="bank").order_by("name").values_list("name", flat=True))


def as_role(row: ComposedRole) -> Role:
    """A composed role's row as a definition; a scope that nobody knows sees nothing but what was opened by name."""
    breadth: Breadth = next((one for one in BREADTHS if one == row.scope), "participant")
    return Role(row.name, breadth, frozenset(row.permissions), row.title)


@lru_cache(maxsize=500)
def _remembered(_database: str, name: str, _version: int) -> Role | None:
    return _read(name)


def _read(name: str) -> Role | None:
    row = ComposedRole.objects.filter(pk=name, is_builtin=False).first()
    return as_role(row) if row else None
