"""Service teams as pages show them, and making, filling and ending them. Each act is dated and recorded; nothing of a team is ever deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from zhike.access.actions import record
from zhike.access.models import Person, ServiceTeam, TeamMember, Unit
from zhike.access.scope import Viewer, require
from zhike.access.team_rules import PATTERNS, POSTS, Held, missing, refusal
from zhike.core.pages import Words

MANAGE = "teams.manage"
LONGEST = 60
POST_WORDS: Mapping[str, Words] = {
    "lead": _("Lead manager"), "wealth_adviser": _("Wealth adviser"), "fund_manager": _("Fund manager"), "fx_adviser": _("FX adviser"),
    "product": _("Product specialist"), "credit": _("Credit specialist"), "wealth_assistant": _("Wealth assistant"), "assistant": _("Team assistant"),
    "back_up": _("Back-up"), "service": _("Service staff"),
}  # fmt: skip
PATTERN_WORDS: Mapping[str, Words] = {"1+1+N": "1+1+N", "3-to-1": _("3-to-1"), "4-to-1": _("4-to-1"), "free": _("freely composed")}


class TeamRefused(Exception):
    """The team is not changed; `field` is the input at fault, `reason`: empty, long, taken, outside, unknown, post, there, lead, dates, unseen."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class NoSuchTeam(Exception):
    """No team of this number that the viewer may know of."""


@dataclass(frozen=True)
class MemberLine:
    """Somebody in a team: at which post, whether that holds now."""

    row: TeamMember
    post: Words
    holds: bool

    @property
    def name(self) -> str:
        return self.row.person.name


@dataclass(frozen=True)
class TeamLine:
    """A team with whoever is in it now or later, the posts that its pattern wants and nobody has now, and whether the viewer keeps it."""

    row: ServiceTeam
    pattern: Words
    unit: str
    members: Sequence[MemberLine]
    missing: Sequence[Words]
    may_manage: bool

    @property
    def pk(self) -> int:
        return self.row.pk


def patterns() -> list[tuple[str, Words, str]]:
    """The patterns a team may have: name, in words, and the posts that have to be filled."""
    return [(name, PATTERN_WORDS[name], " + ".join(str(POST_WORDS[post]) for post in posts)) for name, posts in PATTERNS.items()]


def posts() -> list[tuple[str, Words]]:
    """The posts there are, as they stand in a team."""
    return [(post, POST_WORDS[post]) for post in POSTS]


def may_keep(viewer: Viewer, team: ServiceTeam) -> bool:
    """Whether a team is the viewer's to change: with teams.manage, of her units, or any where she sees the whole bank."""
    return viewer.may(MANAGE) and (viewer.sees_all or team.unit_id in viewer.unit_ids)


def teams(viewer: Viewer, *, at: datetime, ended: bool = False) -> list[TeamLine]:
    """The teams that the viewer keeps, may explain, or is in; with `ended`, those that are over as well. Three statements however many."""
    rows = ServiceTeam.objects.select_related("unit").order_by("ended_at", "name", "pk")
    return _lines(viewer, list((rows if ended else rows.filter(ended_at=None)).filter(_hers(viewer))), at)


def team(viewer: Viewer, team_id: int, *, at: datetime) -> TeamLine:
    """One of them, over or not. Raises `NoSuchTeam`."""
    row = ServiceTeam.objects.select_related("unit").filter(_hers(viewer), pk=team_id).first()
    if row is None:
        raise NoSuchTeam
    return _lines(viewer, [row], at)[0]


def of_these(viewer: Viewer, team_ids: Collection[int], *, at: datetime) -> list[TeamLine]:
    """Teams that serve a customer whom the viewer sees; over ones are left out."""
    rows = ServiceTeam.objects.select_related("unit").filter(pk__in=list(team_ids), ended_at=None).order_by("name", "pk")
    return _lines(viewer, list(rows), at) if team_ids else []


def kept_by(viewer: Viewer) -> list[tuple[int, str]]:
    """The teams to which the viewer may give customers: number and name. Empty without teams.manage."""
    if not viewer.may(MANAGE):
        return []
    mine = Q() if viewer.sees_all else Q(unit_id__in=viewer.unit_ids)
    return list(ServiceTeam.objects.filter(mine, ended_at=None).order_by("name", "pk").values_list("pk", "name"))


def kept_team(viewer: Viewer, team_id: int) -> ServiceTeam:
    """A team that the viewer may change. Raises `NoSuchTeam`, PermissionDenied without teams.manage."""
    require(viewer, MANAGE)
    row = ServiceTeam.objects.filter(pk=team_id, ended_at=None).first()
    if row is None or not may_keep(viewer, row):
        raise NoSuchTeam
    return row


def units_of(viewer: Viewer) -> list[tuple[int, str]]:
    """The units for which the viewer may make a team."""
    rows = Unit.objects.all() if viewer.sees_all else Unit.objects.filter(pk__in=viewer.unit_ids)
    return list(rows.order_by("key").values_list("pk", "name"))


def _hers(viewer: Viewer) -> Q:
    if viewer.sees_all and (viewer.may(MANAGE) or viewer.may("scope.explain")):
        return Q()
    kept = Q(unit_id__in=viewer.unit_ids) if viewer.may(MANAGE) or viewer.may("scope.explain") else Q(pk__in=[])
    return kept | Q(pk__in=viewer.team_ids)


def _lines(viewer: Viewer, rows: Sequence[ServiceTeam], at: datetime) -> list[TeamLine]:
    held: dict[int, list[MemberLine]] = defaultdict(list)
    coming = TeamMember.objects.select_related("person__employee__unit").filter(Q(until_at=None) | Q(until_at__gt=Now()), ended_at=None)
    for one in coming.filter(team__in=[row.pk for row in rows]).order_by("from_at", "pk"):
        held[one.team_id].append(MemberLine(one, POST_WORDS.get(one.post, one.post), one.from_at <= at))
    lines = []
    for row in rows:
        members = sorted(held[row.pk], key=lambda line: POSTS.index(line.row.post) if line.row.post in POSTS else len(POSTS))
        lacking = [POST_WORDS[post] for post in missing(row.pattern, [line.row.post for line in members if line.holds])]
        unit = row.unit.name if row.unit else ""
        lines.append(
            TeamLine(
                row, PATTERN_WORDS.get(row.pattern, row.pattern), unit, members, lacking, row.ended_at is None and may_keep(viewer, row)
            )
        )
    return lines


@transaction.atomic
def make_team(*, actor: Viewer, at: datetime, name: str, pattern: str, unit_id: int | None) -> ServiceTeam:
    """A new team, empty. Raises `TeamRefused`. Needs teams.manage; without the whole bank the unit must be one of the actor's."""
    require(actor, MANAGE)
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST:
        raise TeamRefused("name", "long" if plain else "empty")
    if pattern not in PATTERNS:
        raise TeamRefused("pattern", "unknown")
    if not actor.sees_all and unit_id not in actor.unit_ids:
        raise TeamRefused("unit", "outside")
    try:
        with transaction.atomic():
            row = ServiceTeam.objects.create(name=plain, pattern=pattern, unit_id=unit_id, made_by_id=actor.person_id, made_at=at)
    except IntegrityError as wrong:
        raise TeamRefused("name", "taken") from wrong
    record(actor, "teams.made", subject=("team", row.pk), after={"name": plain, "pattern": pattern, "unit_id": unit_id}, at=at)
    return row


@transaction.atomic
def end_team(*, actor: Viewer, at: datetime, team_id: int) -> None:
    """Let a team open nobody any more, from everybody's next page on. Raises `NoSuchTeam`."""
    row = kept_team(actor, team_id)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    record(actor, "teams.ended", subject=("team", row.pk), after={"name": row.name}, at=at)


@transaction.atomic
def put_in(
    *, actor: Viewer, at: datetime, team_id: int, login: str, post: str, from_at: datetime, until_at: datetime | None, reason: str
) -> TeamMember:
    """Give somebody a post in a team, in [from_at, until_at); she sees the team's customers then. Raises `NoSuchTeam`, `TeamRefused` ("unseen":
    the team serves customers whom the actor does not see herself, so that she cannot open them to anybody)."""
    row = kept_team(actor, team_id)
    person = Person.objects.filter(login=login.strip().lower(), is_active=True, has_left=False).first()
    if person is None:
        raise TeamRefused("login", "unknown")
    if post not in POSTS:
        raise TeamRefused("post", "post")
    if until_at is not None and (until_at <= from_at or until_at <= at):
        raise TeamRefused("until", "dates")
    if not _sees_all_of(row):
        raise TeamRefused("login", "unseen")
    rows = TeamMember.objects.select_for_update(of=("self",)).filter(team=row, ended_at=None)
    held = [Held(one.person_id, one.post, one.from_at, one.until_at) for one in rows]
    wrong = refusal(Held(person.pk, post, from_at, until_at), held)
    if wrong:
        raise TeamRefused("post", wrong)
    made = TeamMember.objects.create(
        team=row,
        person=person,
        post=post,
        from_at=from_at,
        until_at=until_at,
        reason=reason.strip(),
        given_by_id=actor.person_id,
        given_at=at,
    )
    told = {"team": row.name, "person": person.login, "post": post, "from": from_at, "until": until_at}
    record(actor, "teams.joined", subject=("team", row.pk), reason=made.reason, after=told, at=at)
    return made


@transaction.atomic
def take_out(*, actor: Viewer, at: datetime, team_id: int, member_id: int) -> None:
    """End somebody's post before its time. Raises `NoSuchTeam`."""
    row = kept_team(actor, team_id)
    member = TeamMember.objects.select_related("person").filter(pk=member_id, team=row, ended_at=None).first()
    if member is None:
        raise NoSuchTeam
    member.ended_at = at
    member.save(update_fields=["ended_at"])
    record(
        actor, "teams.left", subject=("team", row.pk), after={"team": row.name, "person": member.person.login, "post": member.post}, at=at
    )


def _sees_all_of(row: ServiceTeam) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select access.team_is_managed(%s)", [row.pk])
        return bool(cursor.fetchone()[0])
