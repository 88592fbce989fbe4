"""The customers of service teams: which they are, giving a team some, and ending that. A customer's assignment is dated and stays on record."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from zhike.access import teams
from zhike.access.actions import record
from zhike.access.scope import Viewer, Where, require, seen_where
from zhike.access.teams import TeamLine
from zhike.parties.models import Party, Teamed
from zhike.parties.queries import require_seen

RECORDED = 1000  # keys of one act that its entry names
SHOWN = 50


@dataclass(frozen=True)
class Served:
    """What came of it: the team, and whose it changed, which is what an undo hands back. `is_on`: they were given to it."""

    team_id: int
    name: str
    party_ids: Sequence[int]
    is_on: bool


def teams_of(viewer: Viewer, party_id: int, *, at: datetime) -> list[TeamLine]:
    """The teams that serve a customer now; nobody's where the viewer does not see her."""
    return teams.of_these(viewer, team_ids_of(viewer, party_id), at=at)


def team_ids_of(viewer: Viewer, party_id: int) -> list[int]:
    """The numbers of the teams that serve a customer now."""
    return list(_now(viewer).filter(party=party_id).order_by("team_id").values_list("team_id", flat=True))


def team_ids_of_many(viewer: Viewer, party_ids: Collection[int], team_ids: Collection[int]) -> dict[int, set[int]]:
    """Customer → which of these teams serve her now."""
    found: dict[int, set[int]] = {}
    for party, team in _now(viewer).filter(party__in=list(party_ids), team__in=list(team_ids)).values_list("party_id", "team_id"):
        found.setdefault(party, set()).add(team)
    return found


def customers_of(viewer: Viewer, team_id: int, after: int = 0) -> list[tuple[int, str, str]]:
    """Key, name and number of the customers of a team whom the viewer sees, by key from behind `after`; at most one more than `SHOWN`."""
    served = _now(viewer).filter(team=team_id).values("party_id")
    rows = Party.objects.seen_by(viewer).filter(pk__in=served, pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", "name", "customer_no")[: SHOWN + 1])


@transaction.atomic
def serve(*, actor: Viewer, at: datetime, chosen: Sequence[int] | Where, team_id: int) -> Served:
    """Give customers to a team: those of `chosen` (keys, or a condition over the alias `p`) whom the actor sees by her own role and place and whom it
    does not serve yet; who was let in to a customer herself opens her to nobody. One statement however many. Raises NoSuchTeam, PermissionDenied."""
    team = teams.kept_team(actor, team_id)
    where = _own(actor, chosen)
    changed = _changed(
        f"""insert into parties_teamed (party_id, team_id, from_at, given_by_id, given_at)
            select p.id, %(team)s, %(at)s, %(person)s, %(at)s from parties_party p where {where.sql}
            on conflict (team_id, party_id) where ended_at is null do nothing returning party_id""",  # noqa: S608 - conditions are written in the program
        {**where.values, "team": team.pk, "at": at, "person": actor.person_id},
    )
    _record(actor, at, "teams.customers_given", team.pk, team.name, changed)
    return Served(team.pk, team.name, changed, is_on=True)


@transaction.atomic
def serve_no_more(*, actor: Viewer, at: datetime, chosen: Sequence[int] | Where, team_id: int) -> Served:
    """End that a team serves those of `chosen` whom the actor sees. Raises as `serve`."""
    team = teams.kept_team(actor, team_id)
    wanted = chosen if isinstance(chosen, Where) else Where("p.id = any(%(chosen)s::bigint[])", {"chosen": list(chosen)})
    where = wanted & seen_where(actor)
    changed = _changed(
        f"""update parties_teamed c set ended_at = %(at)s from parties_party p
            where p.id = c.party_id and c.team_id = %(team)s and c.ended_at is null and {where.sql} returning c.party_id""",  # noqa: S608 - the same
        {**where.values, "team": team.pk, "at": at},
    )
    _record(actor, at, "teams.customers_taken", team.pk, team.name, changed)
    return Served(team.pk, team.name, changed, is_on=False)


def undo_serving(*, actor: Viewer, at: datetime, done: Served) -> Served:
    """The opposite, for exactly those whom it changed."""
    act: Any = serve_no_more if done.is_on else serve
    undone: Served = act(actor=actor, at=at, chosen=done.party_ids, team_id=done.team_id)
    return undone


def serve_one(*, actor: Viewer, at: datetime, party_id: int, team_id: int, ends: bool) -> Served:
    """Give one customer to a team, or end that. Raises PartyNotSeen before any right is asked, else as `serve`."""
    require_seen(actor, party_id)
    require(actor, teams.MANAGE)
    act: Any = serve_no_more if ends else serve
    done: Served = act(actor=actor, at=at, chosen=[party_id], team_id=team_id)
    return done


def _now(viewer: Viewer) -> Any:
    """What holds now, of customers whom the viewer sees."""
    running = Q(until_at=None) | Q(until_at__gt=Now())
    return Teamed.objects.seen_by(viewer).filter(running, ended_at=None, from_at__lte=Now(), team__ended_at=None)


def _own(actor: Viewer, chosen: Sequence[int] | Where) -> Where:
    by_herself = replace(actor, party_ids=(), team_ids=())
    wanted = chosen if isinstance(chosen, Where) else Where("p.id = any(%(chosen)s::bigint[])", {"chosen": list(chosen)})
    return wanted & _apart(seen_where(by_herself))


def _apart(where: Where) -> Where:
    """The same condition under names of its own, so that it stands beside the one of the whole scope."""
    sql, values = where.sql, {}
    for name, value in where.values.items():
        sql, values[f"own_{name}"] = sql.replace(f"%({name})s", f"%(own_{name})s"), value
    return Where(sql, values)


def _changed(statement: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def _record(actor: Viewer, at: datetime, act: str, team_id: int, name: str, changed: Sequence[int]) -> None:
    """One entry; about the customer where it is one."""
    if not changed:
        return
    after: dict[str, Any] = {"team": name}
    if len(changed) > 1:
        after |= {"count": len(changed), "parties": list(changed[:RECORDED])}
    record(actor, act, subject=("team", team_id), party_id=changed[0] if len(changed) == 1 else None, after=after, at=at)
