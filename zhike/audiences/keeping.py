"""Segments: who came, who left, when and why, worked out set by set for one day, and the tag that follows (S20).

A segment is what its owner would find in her list: her scope and her rights of that day stand in the statement, whoever runs it. What is
kept of the day before (`Standing`) tells which line of the condition brought somebody in; what somebody misses today tells which
line put her out. A tag that somebody took off by hand stays off, and one that was there before the segment stays on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.scope import Viewer, Where, seen_where, viewer_of
from zhike.audiences.actions import KEEP
from zhike.audiences.models import Audience
from zhike.audiences.rules import GONE, MAY_NOT, REFUSED, followed
from zhike.core.conditions.sql import compiled
from zhike.core.conditions.trees import Node
from zhike.core.jobs import later
from zhike.parties.tagging import tag_parties, untag_parties
from zhike.workspace.conditions import Refused, read_for
from zhike.workspace.customer_fields import catalogue

_LINES = "(select coalesce(jsonb_agg(i order by i), '[]') from generate_series(0, %(last)s) i where {mask} >> i & 1 = 1)"

# Today: of whom the owner sees, those in the segment, those who miss some lines but not all, and those who are in it until now.
_TODAY = """
create temp table kept on commit drop as
    select p.id as party_id, {missed} as missed from parties_party p where {scope}
"""
_LEAN = """
delete from kept k where k.missed = %(all)s
    and not exists (select 1 from audiences_membership m where m.audience_id = %(audience)s and m.party_id = k.party_id and m.left_date is null)
"""
_SAME_DAY = """
delete from audiences_membership m where m.audience_id = %(audience)s and m.left_date is null and m.joined_date >= %(on)s and m.tagged <> 'set'
    and not exists (select 1 from kept k where k.party_id = m.party_id and k.missed = 0)
"""
_LEFT = f"""
update audiences_membership m set left_date = greatest(%(on)s, m.joined_date), went = case
        when k.party_id is null then jsonb_build_object('version', %(version)s, 'unseen', true)
        when %(changed)s then jsonb_build_object('version', %(version)s, 'changed', true, 'lines', {_LINES.format(mask="k.missed")})
        else jsonb_build_object('version', %(version)s, 'lines', {_LINES.format(mask="k.missed")}) end
from audiences_membership w left join kept k on k.party_id = w.party_id
where w.id = m.id and m.audience_id = %(audience)s and m.left_date is null and k.missed is distinct from 0
returning m.party_id, m.tagged
"""  # noqa: S608 - written out here
_CAME = f"""
insert into audiences_membership (audience_id, party_id, joined_date, came, went, tagged)
select %(audience)s, k.party_id, %(on)s, case
        when %(first)s then jsonb_build_object('version', %(version)s, 'first', true)
        when %(changed)s then jsonb_build_object('version', %(version)s, 'changed', true)
        when s.missed is null then jsonb_build_object('version', %(version)s, 'all', true)
        else jsonb_build_object('version', %(version)s, 'lines', {_LINES.format(mask="s.missed")}) end, '{{}}', ''
from kept k left join audiences_standing s on s.audience_id = %(audience)s and s.party_id = k.party_id
where k.missed = 0 and not exists (
    select 1 from audiences_membership m where m.audience_id = %(audience)s and m.party_id = k.party_id and m.left_date is null)
"""  # noqa: S608 - written out here
_FORGET = """
delete from audiences_standing s where s.audience_id = %(audience)s
    and not exists (select 1 from kept k where k.party_id = s.party_id and k.missed > 0 and k.missed < %(all)s)
"""
_STAND = """
insert into audiences_standing (audience_id, party_id, missed)
select %(audience)s, k.party_id, k.missed from kept k
    left join audiences_standing s on s.audience_id = %(audience)s and s.party_id = k.party_id
    where k.missed > 0 and k.missed < %(all)s and s.missed is distinct from k.missed
on conflict (audience_id, party_id) do update set missed = excluded.missed
"""
# A tag that the segment set and that is no longer there was taken off by somebody: it is not put back, now or when she comes again.
_TAKEN = """
update audiences_membership m set tagged = 'taken' where m.audience_id = %(audience)s and m.tagged = 'set'
    and not exists (select 1 from parties_tagging t where t.party_id = m.party_id and t.tag_id = %(tag)s)
"""
_UNTAGGED = """
select m.party_id from audiences_membership m where m.audience_id = %(audience)s and m.left_date is null and m.tagged = ''
    and not exists (select 1 from audiences_membership e where e.audience_id = m.audience_id and e.party_id = m.party_id and e.tagged = 'taken')
"""
_TAGGED = """
update audiences_membership set tagged = case when party_id = any(%(set)s) then 'set' else 'had' end
where audience_id = %(audience)s and left_date is null and party_id = any(%(wanted)s)
"""
_BY_HAND = """
update audiences_membership m set tagged = 'taken' where m.audience_id = %(audience)s and m.left_date is null and m.tagged = ''
    and exists (select 1 from audiences_membership e where e.audience_id = m.audience_id and e.party_id = m.party_id and e.tagged = 'taken')
"""


@dataclass(frozen=True)
class Kept:
    """What one day did to a segment: how many came, left and are in it; how many got the tag and lost it."""

    came: int
    left: int
    total: int
    tagged: int = 0
    untagged: int = 0


def keep_after_a_load(keys: Mapping[str, Any]) -> None:
    """Have every segment kept, once the bank's files are in force."""
    keep_every()


@transaction.atomic
def keep_every() -> int:
    """Ask for every segment to be kept, each by itself; how many there are."""
    found = list(Audience.objects.filter(segment_since__isnull=False, archived_at=None).order_by("pk").values_list("pk", flat=True))
    for key in found:
        later(KEEP, lock=f"audience {key}", once=f"audience {key}", audience_id=key)
    return len(found)


@transaction.atomic
def keep(*, at: datetime, on: date, audience_id: int) -> Kept | None:
    """Bring one segment up to date for a day; bears being called again. None: it is no segment any more, or cannot be kept and says why."""
    found = Audience.objects.select_for_update(of=("self",)).filter(pk=audience_id, segment_since__isnull=False, archived_at=None).first()
    if found is None:
        return None
    owner = viewer_of(found.owner_id, at=at)
    try:
        tree = _tree(owner, found)
    except _CannotBeKept as wrong:
        Audience.objects.filter(pk=found.pk).update(fault=wrong.fault)
        return None
    done = _moved(owner, found, tree, on)
    tagged, untagged = _tag(owner, at, found, done.left_with_tag)
    Audience.objects.filter(pk=found.pk).update(kept_date=on, kept_version=found.version, kept_tag_id=found.tag_id, fault="")
    told = Kept(done.came, done.left, done.total, tagged, untagged)
    record(owner, "audiences.kept", subject=("audience", found.pk), after={**vars(told), "on": on, "version": found.version}, at=at)
    return told


class _CannotBeKept(Exception):
    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def _tree(owner: Viewer, found: Audience) -> Node:
    if owner.scope == "none":
        raise _CannotBeKept(GONE)
    if not owner.may("segments.manage") or not owner.may("customers.read") or (found.tag_id and not owner.may("customers.edit")):
        raise _CannotBeKept(MAY_NOT)
    try:
        return read_for(owner, found.condition)
    except Refused as refused:
        raise _CannotBeKept(REFUSED) from refused


@dataclass(frozen=True)
class _Moved:
    came: int
    left: int
    total: int
    left_with_tag: Sequence[int]


def _moved(owner: Viewer, found: Audience, tree: Node, on: date) -> _Moved:
    """Who left and who came, and what everybody else misses now."""
    lines = followed(tree)
    missed, scope = _missed(owner, lines, on), seen_where(owner)
    is_changed = found.kept_version is not None and found.kept_version != found.version
    values: dict[str, Any] = {
        "audience": found.pk, "on": on, "version": found.version, "changed": is_changed, "first": found.kept_date is None,
        "all": (1 << len(lines)) - 1, "last": len(lines) - 1,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists kept")
        cursor.execute(_TODAY.format(missed=missed.sql, scope=scope.sql), {**missed.values, **scope.values})
        for statement in (_LEAN, "create index on kept (party_id)", "analyze kept", _SAME_DAY):
            cursor.execute(statement, values)
        cursor.execute(_LEFT, values)
        left = cursor.fetchall()
        cursor.execute(_CAME, values)
        came = cursor.rowcount
        cursor.execute(_FORGET, values)
        cursor.execute(_STAND, values)
        cursor.execute("select count(*) from kept where missed = 0")
        total = cursor.fetchone()[0]
    return _Moved(came, len(left), total, [party for party, tagged in left if tagged == "set"])


def _missed(owner: Viewer, lines: Sequence[Node], today: date) -> Where:
    """Which lines a customer misses, as bits; the values of all of them."""
    known, zone = catalogue(owner), timezone.get_current_timezone()
    each = [compiled(line, known, today=today, zone=zone, prefix=f"l{at}_") for at, line in enumerate(lines)]
    values: dict[str, Any] = {}
    for one in each:
        values |= one.values
    return Where(" | ".join(f"(case when {one.sql} then 0 else {1 << at} end)::bigint" for at, one in enumerate(each)), values)


def _tag(owner: Viewer, at: datetime, found: Audience, left: Sequence[int]) -> tuple[int, int]:
    """Put the tag on who came and lacks it, take it from who left and had it from here; how many each."""
    values: dict[str, Any] = {"audience": found.pk, "tag": found.tag_id}
    with connection.cursor() as cursor:
        if found.kept_tag_id is not None and found.kept_tag_id != found.tag_id:
            cursor.execute("update audiences_membership set tagged = '' where audience_id = %(audience)s", values)
            left = ()  # the tag that was set is left as it is
        if found.tag_id is None:
            return 0, 0
        gone = untag_parties(actor=owner, at=at, chosen=left, tag_id=found.tag_id).party_ids if left else ()
        cursor.execute(_TAKEN + " and m.left_date is null", values)
        cursor.execute(_BY_HAND, values)
        cursor.execute(_UNTAGGED, values)
        wanted = [key for (key,) in cursor.fetchall()]
        put = tag_parties(actor=owner, at=at, chosen=wanted, tag_id=found.tag_id).party_ids if wanted else ()
        cursor.execute(_TAGGED, {**values, "set": list(put), "wanted": wanted})
    return len(put), len(gone)
