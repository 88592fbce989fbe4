"""Whose customers somebody sees and why, and who sees a customer and why: told by the same definitions as viewers and walls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.composing import SCOPES, permission_word
from zhike.access.grants import Opened, opened
from zhike.access.models import Barrier, Employee, Person, ServiceTeam, Unit
from zhike.access.roles import role_of
from zhike.access.scope import Reach, Viewer, lent_reaches, reach_of, require, viewer_for


@dataclass(frozen=True)
class Source:
    """One reason for which customers are open to a person: in words, through whom, which units and managers' books, until when."""

    kind: str  # role, deputy, team, participant, glass
    words: str
    reach: Reach
    units: Sequence[str] = ()
    managers: Sequence[str] = ()
    until: datetime | None = None
    party_id: int | None = None
    team_id: int | None = None


@dataclass(frozen=True)
class Explained:
    """What a person sees and may do: `viewer` is she as the database would know her now; `lists` close customers to her, but for `admitted`."""

    person: Person
    viewer: Viewer
    role_title: str
    sources: Sequence[Source]
    permissions: Sequence[tuple[str, str]]
    closed: Sequence[str]
    admitted: Sequence[str]


@dataclass(frozen=True)
class SeesHer:
    """Somebody who sees a customer, by one way: `words` say why. `is_closed`: a special list keeps her out all the same."""

    person_id: int
    name: str
    role: str
    unit: str
    way: str
    words: str
    until: datetime | None
    is_closed: bool
    grant_id: int | None


class NotNear(Exception):
    """Nobody of this number within the viewer's units, team or bank."""


def explained(viewer: Viewer, person_id: int, at: datetime | None = None) -> Explained:
    """Why a person sees whom. Raises `NotNear` for one outside the viewer's units. Needs scope.explain."""
    require(viewer, "scope.explain")
    person = people_near(viewer).select_related("employee__unit").filter(pk=person_id).first()
    if person is None:
        raise NotNear
    instant = at or timezone.now()
    now = opened(person.grants, instant)
    role = role_of(person)
    hers = viewer_for(person, at=at)
    rights = [(permission_word(one), person.get_role_display()) for one in sorted(role.permissions)] if role and hers.permissions else []
    lists = dict(Barrier.objects.filter(pk__in=person.barrier_ids).values_list("pk", "name"))  # those the viewer knows of
    return Explained(
        person, hers, person.get_role_display(), [*_by_role(person), *beside_role(now, instant)] if person.has_rights else [], rights,
        [name for key, name in lists.items() if key not in hers.list_ids], [name for key, name in lists.items() if key in hers.list_ids],
    )  # fmt: skip


def people_near(viewer: Viewer) -> QuerySet[Person]:
    """The people of whom a viewer may ask what they see: everybody's for who sees the bank, else those of her units or team."""
    found = Person.objects.all()
    return found if viewer.sees_all else found.filter(
        Q(pk=viewer.person_id) | Q(employee__unit_id__in=viewer.unit_ids) | Q(employee_id__in=viewer.employee_ids)
    )  # fmt: skip


def who_sees(viewer: Viewer, party_id: int) -> list[SeesHer]:
    """Everybody who sees a customer and by which way, the nearest first; nobody where the viewer does not see her. Needs scope.explain; who has
    only participants.grant is told who takes part."""
    require(viewer, "participants.grant" if viewer.may("participants.grant") else "scope.explain")
    with connection.cursor() as cursor:
        cursor.execute(_WHO, [party_id])
        rows = [row for row in cursor.fetchall() if viewer.may("scope.explain") or row[1] == "participant"]
    people = {person.pk: person for person in Person.objects.select_related("employee__unit").filter(pk__in={row[0] for row in rows})}
    absent = dict(
        Person.objects.filter(pk__in={through for _key, way, through, *_rest in rows if way == "deputy"}).values_list("pk", "name")
    )
    served = dict(
        ServiceTeam.objects.filter(pk__in={through for _key, way, through, *_rest in rows if way == "service"}).values_list("pk", "name")
    )
    found = []
    for key, way, through, until, is_closed in rows:
        person = people[key]
        unit = person.employee.unit.name if person.employee and person.employee.unit else ""
        words = way_in_words(way, {"deputy": absent, "service": served}.get(way, {}).get(through, unit))
        grant = through if way in ("participant", "glass") else None
        found.append(SeesHer(key, person.name, person.get_role_display(), unit, way, words, until, is_closed, grant))
    return found


_WHO = """
select person_id, way, through, until_at, is_closed from access.who_sees(%s)
order by array_position(array['book', 'team', 'service', 'deputy', 'participant', 'glass', 'unit', 'bank'], way), person_id, through
"""


def way_in_words(way: str, about: str = "") -> str:
    """One way to see a customer, in words; `about`: the absent person, the service team, or the unit."""
    words = {
        "bank": _("her role sees the whole bank"),
        "unit": _("%(unit)s or a unit below it manages the customer") % {"unit": about},
        "book": _("main or assisting manager"),
        "team": _("a colleague of her team is manager"),
        "service": _("in the service team “%(team)s”") % {"team": about},
        "deputy": _("as deputy of %(name)s") % {"name": about},
        "participant": _("takes part for a time"),
        "glass": _("opened in an emergency"),
    }
    return words[way]


def ways_of(
    sources: Sequence[Source], *, unit_id: int | None, rm_ids: Sequence[int], party_id: int, team_ids: Collection[int] = ()
) -> list[str]:
    """By which of these ways somebody sees a customer of this unit, these managers and service teams, in words; lists left aside."""
    found = []
    for source in sources:
        reach = source.reach
        if (
            source.party_id == party_id
            or source.team_id in team_ids
            or set(team_ids) & set(reach.team_ids)
            or reach.scope == "bank"
            or unit_id in reach.unit_ids
            or set(rm_ids) & set(reach.employee_ids)
        ):
            found.append(source.words)
    return found


def lent_to(user: object, at: datetime) -> tuple[Reach, Sequence[Source]] | None:
    """What a person's role and place open to her, and what was opened to her beside it; None: nothing was, and nothing had to be asked for that."""
    now = [one for one in opened(user.grants, at) if one.kind != "list"] if isinstance(user, Person) else []
    return (reach_of(user), beside_role(now, at)) if now and isinstance(user, Person) else None


def beside_role(now: Sequence[Opened], at: datetime) -> list[Source]:
    """What was opened to somebody beside her role, of what holds: as a deputy, in service teams, by name."""
    return [*_lent(now, at), *_by_team(now), *_by_name(now)]


def _by_team(now: Sequence[Opened]) -> list[Source]:
    mine = [one for one in now if one.kind == "team"]
    names = dict(ServiceTeam.objects.filter(pk__in=[one.key for one in mine]).values_list("pk", "name")) if mine else {}
    return [
        Source("team", way_in_words("service", names.get(one.key, "")), Reach("team"), until=one.until, team_id=one.key) for one in mine
    ]


def _by_role(person: Person) -> list[Source]:
    role, reach = role_of(person), reach_of(person)
    if role is None or reach.scope == "none":
        return []
    words = _("as %(role)s: %(scope)s") % {"role": person.get_role_display(), "scope": SCOPES[role.scope]}
    return [Source("role", words, reach, *_names(reach))]


def _lent(now: Sequence[Opened], at: datetime) -> list[Source]:
    lent = lent_reaches(now, at)
    names = dict(Person.objects.filter(pk__in=lent).values_list("pk", "name"))
    return [
        Source("deputy", way_in_words("deputy", names[one.key]), lent[one.key], *_names(lent[one.key]), until=one.until)
        for one in now
        if one.kind == "deputy" and one.key in lent
    ]


def _by_name(now: Sequence[Opened]) -> list[Source]:
    nothing = Reach("participant")
    return [
        Source(one.kind, way_in_words(one.kind), nothing, until=one.until, party_id=one.key)
        for one in now
        if one.kind in ("participant", "glass")
    ]


def _names(reach: Reach) -> tuple[list[str], list[str]]:
    units = Unit.objects.filter(pk__in=reach.unit_ids).order_by("key").values_list("name", flat=True) if reach.unit_ids else ()
    staff = Employee.objects.filter(pk__in=reach.employee_ids).order_by("name").values_list("name", flat=True) if reach.employee_ids else ()
    return list(units), list(staff)
