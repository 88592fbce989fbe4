"""Who asks, whose customers she sees, and how PostgreSQL comes to know it.

`viewer_for(person)` says who asks; `entered(viewer)` opens a transaction and tells the database, in a signed text that no SQL can
forge (decision 12); `Model.objects.seen_by(viewer)` states the same scope in the query, so that the planner starts from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import time
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import psycopg
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from zhike.access.grants import Opened, opened
from zhike.access.kept import kept_number
from zhike.access.models import Employee, Person
from zhike.access.roles import role_of
from zhike.access.rules import Scope, scope_of
from zhike.access.sealing import keyring

Door = Literal["app", "sql"]
REQUEST_ID: ContextVar[str] = ContextVar("zhike_request_id", default="")  # stands in the audit entries of one request
VALID_FOR = 300  # seconds from signing to the start of the transaction that uses it


class ScopeMissing(Exception):
    """A table with customers in it was asked without `.seen_by(viewer)` or `.unscoped(reason="…")`."""


@dataclass(frozen=True)
class Viewer:
    """Who asks. `scope` with `unit_ids`, `employee_ids`, `party_ids` (customers opened to her by name) and `team_ids` (service teams, for their customers) says whose customers she sees,
    `permissions` what she may do with them. Customers on a special list she sees only where `list_ids` has all their lists; `is_barred`:
    there is a list that does not admit her."""

    person_id: int | None
    login: str
    name: str
    role: str
    scope: Scope
    unit_ids: tuple[int, ...] = ()
    employee_ids: tuple[int, ...] = ()
    permissions: frozenset[str] = field(default_factory=frozenset)
    unit_name: str = ""
    party_ids: tuple[int, ...] = ()
    list_ids: tuple[int, ...] = ()
    is_barred: bool = False
    team_ids: tuple[int, ...] = ()

    def may(self, permission: str) -> bool:
        """Whether she holds this permission, such as `customers.read`."""
        return permission in self.permissions

    def __bool__(self) -> bool:
        """Whether this is anybody at all."""
        return bool(self.role)

    @property
    def sees_all(self) -> bool:
        """Whether her scope is the whole bank; special lists may still be closed to her (`is_barred`)."""
        return self.scope == "bank"

    @property
    def sees_nobody(self) -> bool:
        """Whether nothing is open to her: nobody needs to be asked for."""
        return self.scope == "none" or not (self.sees_all or self.unit_ids or self.employee_ids or self.opened)

    @property
    def opened(self) -> bool:
        """Whether she sees some customers beside her units and books: by name, or with a service team."""
        return bool(self.party_ids or self.team_ids)

    @property
    def is_mixed(self) -> bool:
        """Whether she sees units, and besides a book or customers opened by name: each has an index of its own."""
        return bool(self.unit_ids and (self.employee_ids or self.opened))

    @property
    def by_book(self) -> bool:
        """Whether all she sees is a book that an index gives: hers, her team's, those she stands in for, those opened by name or team."""
        return not self.sees_all and not self.unit_ids and bool(self.employee_ids or self.opened)


def require(viewer: Viewer, permission: str) -> None:
    """Raise PermissionDenied, a 403 that names the right, unless the viewer holds it."""
    if not viewer.may(permission):
        raise PermissionDenied(permission)


NOBODY = Viewer(None, "", "", "", "none")


class ViewerRequest(HttpRequest):
    """A request as views get it: the middleware has put who asks on it."""

    viewer: Viewer


def viewer_for(person: Person, *, at: datetime | None = None) -> Viewer:
    """The viewer of a person at an instant (None: now): her role's permissions, what her role and her employee record open to her, what those
    do whose deputy she is, and what was opened or closed by name. Asks the database for a unit's or team's reach, and for absent people."""
    if not person.has_rights:
        return Viewer(person.pk, person.login, person.name, person.role, "none")
    instant = at or timezone.now()
    now = opened(person.grants, instant)
    own = reach_of(person)
    lent = lent_reaches(now, instant)
    whole = own.scope == "bank"
    parties = tuple(sorted({one.key for one in now if one.kind in ("participant", "glass")}))
    units, employees = _joined(one.unit_ids for one in (own, *lent.values())), _joined(one.employee_ids for one in (own, *lent.values()))
    lists = tuple(sorted({one.key for one in now if one.kind == "list"} & set(person.barrier_ids)))
    teams = _joined((teams_in(now), *(one.team_ids for one in lent.values())))
    role = role_of(person)
    return Viewer(
        person_id=person.pk,
        login=person.login,
        name=person.name,
        role=person.role,
        scope="bank" if whole else _widened(own.scope, units, employees, parties, teams),
        unit_ids=() if whole else units,
        employee_ids=() if whole else employees,
        permissions=role.permissions if role else frozenset(),
        unit_name=person.employee.unit.name if person.employee and person.employee.unit else "",
        party_ids=() if whole else parties,
        list_ids=lists,
        team_ids=() if whole else teams,
        is_barred=not set(person.barrier_ids) <= set(lists),
    )


def viewer_of(person_id: int, *, at: datetime) -> Viewer:
    """The viewer of somebody by her key: in whose name work is done that she is not here for. Raises Person.DoesNotExist."""
    return viewer_for(Person.objects.select_related("employee__unit").get(pk=person_id), at=at)


@dataclass(frozen=True)
class Reach:
    """What a role and an employee record open by themselves; `team_ids`: service teams whose customers go with it where it is lent."""

    scope: Scope
    unit_ids: tuple[int, ...] = ()
    employee_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()


def reach_of(person: Person) -> Reach:
    """What a person's role and employee record open to her, without what was opened by name; nothing to who may not log in."""
    employee, role = person.employee, role_of(person)
    unit = employee.unit if employee else None
    scope = scope_of(role, unit_level=unit.level if unit else None, has_employee=employee is not None) if person.has_rights else "none"
    if unit and scope in ("outlet", "subtree"):
        return Reach(scope, (unit.pk,) if role and role.scope == "outlet" else units_below(unit.pk))
    return Reach(scope, (), _employees(employee, scope) if employee else ())


def lent_reaches(now: Iterable[Opened], at: datetime) -> dict[int, Reach]:
    """Person → what she opens to her deputy, by what holds of the deputy's grants: by her role and place, and in her service teams. The whole bank is lent
    by nobody; what was opened to her by name, or as somebody's deputy, she does not lend on."""
    keys = [one.key for one in now if one.kind == "deputy"]
    absent = Person.objects.select_related("employee__unit").filter(pk__in=keys).order_by("pk") if keys else ()
    reaches = ((person, reach_of(person)) for person in absent if person.has_rights)
    return {
        person.pk: replace(reach, team_ids=teams_in(opened(person.grants, at))) for person, reach in reaches if reach.scope != "bank"
    }  # fmt: skip


def teams_in(now: Iterable[Opened]) -> tuple[int, ...]:
    """The service teams in what was opened to somebody."""
    return tuple(sorted({one.key for one in now if one.kind == "team"}))


def _joined(parts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted({key for part in parts for key in part}))


def _widened(scope: Scope, units: tuple[int, ...], employees: tuple[int, ...], parties: tuple[int, ...], teams: tuple[int, ...]) -> Scope:
    """The scope of whoever had none by herself, and to whom something was opened."""
    if scope != "none":
        return scope
    if units:
        return "subtree"
    return "own" if employees else "team" if teams else "participant" if parties else "none"


def system_viewer(reason: str) -> Viewer:
    """The viewer of a job: the whole bank, no person. `reason` stands in the audit as its login: "load", "worker"."""
    return Viewer(None, f"system:{reason}", reason, "system", "bank", permissions=frozenset({"customers.read"}))


def units_below(unit_id: int) -> tuple[int, ...]:
    """A unit and every unit below it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """with recursive below(id) as (
                 select %s::bigint union select u.id from access_unit u join below b on u.parent_id = b.id)
               select id from below order by id""",
            [unit_id],
        )
        return tuple(row[0] for row in cursor.fetchall())


def _employees(employee: Employee, scope: Scope) -> tuple[int, ...]:
    if scope == "own":
        return (employee.pk,)
    if scope != "team":
        return ()
    if not employee.team or employee.unit_id is None:
        return (employee.pk,)
    return tuple(Employee.objects.filter(unit_id=employee.unit_id, team=employee.team).order_by("pk").values_list("pk", flat=True))


def sign(viewer: Viewer, *, expires: float, door: Door = "app") -> str:
    """The text that tells the database who asks: claims between semicolons, then the HMAC-SHA-256 of them in 64 hex digits. `expires`: seconds since
    1970; compared with the start of the transaction, so that a long report does not go dark half-way.
    `door`: what came in through `sql` (a person's own SQL) sees neither sessions nor people's passwords.
    """
    flags = {"a": viewer.sees_all and not viewer.is_barred, "w": viewer.sees_all, "p": door == "app"}
    ids = (viewer.unit_ids, viewer.employee_ids, viewer.party_ids, viewer.list_ids, viewer.team_ids)
    told = f"{''.join(flag for flag, is_so in flags.items() if is_so)}:{kept_number(viewer, is_app=flags['p'])}"
    arrays = [f"{{{','.join(map(str, some))}}}" for some in ids]
    claims = (str(viewer.person_id or ""), told, str(int(expires)), *arrays, f",{','.join(sorted(viewer.permissions))},", viewer.login)
    payload = ";".join(claims)
    return payload + hmac.new(keyring().viewer_key, payload.encode(), hashlib.sha256).hexdigest()


ANNOUNCED = "select access.enter(%s, %s)"


def announce(viewer: Viewer, *, door: Door = "app") -> None:
    """Tell the database who asks, until the end of the transaction. The text travels as a parameter: as part of the statement
    it would stand in `pg_stat_activity`, where every connection of the same role reads it."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a viewer is announced inside a transaction")
    connection.ensure_connection()
    signed = sign(viewer, expires=time.time() + VALID_FOR, door=door)
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(ANNOUNCED, [signed, REQUEST_ID.get()], prepare=settings.PREPARED)


@contextlib.contextmanager
def entered(viewer: Viewer, *, door: Door = "app") -> Iterator[Viewer]:
    """A transaction in which the database knows who asks; afterwards it knows nobody again."""
    with transaction.atomic():
        announce(viewer, door=door)
        yield viewer


def seen_filter(viewer: Viewer, path: str) -> Q | None:
    """The condition of a viewer's scope on a table that reaches its party over `path` ("": it is the party). None: sees all."""
    prefix = f"{path}__" if path else ""
    open_to_her = None if not viewer.is_barred else unlisted(viewer, f"{prefix}barrier_ids")
    if viewer.sees_all:
        return open_to_her
    condition = reached(viewer, unit=f"{prefix}unit_id", rms=f"{prefix}rm_ids", key=f"{path}_id" if path else "pk")
    return condition if open_to_her is None else condition & open_to_her


def reached(viewer: Viewer, *, unit: str, rms: str, key: str) -> Q:
    """The condition of the scope of a viewer who does not see all, by the names of a customer's unit, managers and key; lists left aside."""
    condition = Q(pk__in=[])
    if viewer.unit_ids:
        condition |= Q(**{f"{unit}__any_of": list(viewer.unit_ids)})
    if viewer.employee_ids:
        condition |= Q(**{f"{rms}__overlap": list(viewer.employee_ids)})
    if viewer.party_ids:
        condition |= Q(**{f"{key}__in": list(viewer.party_ids)})
    if viewer.team_ids:
        condition |= Q(**{f"{key}__served_by": list(viewer.team_ids)})
    return condition


def unlisted(viewer: Viewer, lists: str) -> Q:
    """The condition that every special list a customer stands on admits the viewer; `lists`: the name of its array."""
    return Q(**{f"{lists}__isnull": True}) | Q(**{f"{lists}__contained_by": list(viewer.list_ids)})


@dataclass(frozen=True)
class Where:
    """A condition of a statement that is written out: SQL over the alias `p` of `parties_party`, with its named values."""

    sql: str
    values: Mapping[str, Any]

    def __and__(self, other: Where) -> Where:
        """Both; a name that both give has the same value in both."""
        return Where(f"{self.sql} and {other.sql}", {**self.values, **other.values})


# The customers of service teams, as an array: beside other conditions an index can still be used for it.
SERVED = """array(select c.party_id from parties_teamed c where c.team_id = any(%s::bigint[]) and c.ended_at is null and c.from_at <= now()
    and (c.until_at is null or now() < c.until_at))"""


def seen_where(viewer: Viewer, *, alias: str = "p") -> Where:
    """`seen_filter` for a statement that is written out, because its page is asked for all day; over `alias` of `parties_party`."""
    unlisted = f"({alias}.barrier_ids is null or {alias}.barrier_ids <@ %(seen_lists)s::bigint[])"
    closed = Where(unlisted, {"seen_lists": list(viewer.list_ids)}) if viewer.is_barred else None
    if viewer.sees_all:
        return closed or Where("true", {})
    opened = {
        "seen_units": (f"{alias}.unit_id = any(%(seen_units)s::bigint[])", viewer.unit_ids),
        "seen_employees": (f"{alias}.rm_ids && %(seen_employees)s::bigint[]", viewer.employee_ids),
        "seen_parties": (f"{alias}.id = any(%(seen_parties)s::bigint[])", viewer.party_ids),
        "seen_teams": (f"{alias}.id = any({SERVED % '%(seen_teams)s'})", viewer.team_ids),
    }
    arms = [sql for sql, ids in opened.values() if ids]
    if viewer.sees_nobody:
        return Where("false", {})
    where = Where(f"({' or '.join(arms)})", {name: list(ids) for name, (_sql, ids) in opened.items() if ids})
    return where & closed if closed else where


@models.ForeignKey.register_lookup
@models.BigAutoField.register_lookup
@models.BigIntegerField.register_lookup
class AnyOf(models.Lookup):
    """`column = any(array)`: one parameter however many units, and the same statement for every viewer."""

    lookup_name = "any_of"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (list(value),)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        value, more = self.process_rhs(compiler, connection)
        return f"{column} = any({value}::bigint[])", (*parameters, *more)


@models.ForeignKey.register_lookup
@models.BigAutoField.register_lookup
@models.BigIntegerField.register_lookup
class ServedBy(AnyOf):
    """The key of a customer whom one of these service teams serves now."""

    lookup_name = "served_by"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        value, more = self.process_rhs(compiler, connection)
        return f"{column} = any({SERVED % value})", (*parameters, *more)


M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    """Rows that a viewer may see, or that a named reason let through."""


class ScopedManager(models.Manager[M], Generic[M]):
    """The only manager of a table with customers in it: refuses every question until told who asks.

    The model declares `scope_path`: how a query reaches its party ("" for the party itself, "party", "account__party"), or
    defines `seen_filter(viewer) -> Q | None` as a class method where one path cannot say it.
    """

    def get_queryset(self) -> models.QuerySet[M]:
        """Refused."""
        raise ScopeMissing(f'{self.model.__name__}.objects: say .seen_by(viewer) or .unscoped(reason="…") first.')

    def seen_by(self, viewer: Viewer) -> ScopedQuerySet[M]:
        """The rows of the customers that this viewer sees."""
        rows = self._rows()
        if viewer.sees_nobody:
            return rows.none()
        own = getattr(self.model, "seen_filter", None)
        condition = own(viewer) if own else seen_filter(viewer, getattr(self.model, "scope_path"))  # noqa: B009 - declared by each scoped model
        return rows if condition is None else rows.filter(condition)

    def unscoped(self, *, reason: str) -> ScopedQuerySet[M]:
        """All rows, for a reason that a reader accepts; every use is listed by a test. Row security still holds for the web role."""
        if not reason.strip():
            raise ScopeMissing("unscoped() needs a reason.")
        return self._rows()

    def create(self, **values: Any) -> M:
        """Write one new row; what may be written is the action's business, row security checks it for the web role."""
        return self._rows().create(**values)

    def bulk_create(self, *arguments: Any, **options: Any) -> list[M]:
        """Write many new rows."""
        return self._rows().bulk_create(*arguments, **options)

    def _rows(self) -> ScopedQuerySet[M]:
        return ScopedQuerySet(self.model, using=self._db)
