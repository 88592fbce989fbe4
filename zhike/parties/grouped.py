"""Households and corporate groups beyond their lists of members: how many are not the viewer's to see, who of them holds whom. Public to other
areas; the first argument is the viewer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db import connection

from zhike.access.scope import Viewer
from zhike.parties import network
from zhike.parties.ownership import group_tree
from zhike.parties.queries import Group, Member

_TODAYS = date(9999, 12, 30)  # in valid time: the versions that hold now, also those of a delivery dated ahead


@dataclass(frozen=True)
class Branch:
    """A member in the tree of its group: `depth` holders stand above it, the one right above holds `share` of it (None: nobody, or unknown)."""

    member: Member
    depth: int
    share: Decimal | None


@dataclass(frozen=True)
class Held:
    """`holder` has `share` of `company` (None: it is its parent company, with a share nobody told)."""

    holder: int
    company: int
    share: Fraction | None


def outsiders(viewer: Viewer, party_id: int, on: date | None = None) -> dict[tuple[str, str], int]:
    """How many members of each of a party's groups, by the groups' keys, the viewer does not see; a group she sees whole is not in it."""
    if viewer.sees_all and not viewer.is_barred:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("select * from parties_group_outsiders(%s, %s)", [party_id, on or _TODAYS])
        return {(source, key): count for source, key, count in cursor.fetchall()}


def held_between(viewer: Viewer, ids: Sequence[int], at: date | None = None) -> list[Held]:
    """Who of these parties holds shares in, or is parent company of, whom of them; in force today or on the day `at`."""
    edges = network.held_between(viewer, ids, at)
    return [Held(edge.source, edge.target, Fraction(edge.share) if edge.share else None) for edge in edges]


def tree(group: Group, held: Iterable[Held]) -> list[Branch]:
    """Every member of a group once, below the member that holds most of it; the order of the group's list on each level."""
    members = {member.party_id: member for member in reversed(group.members)}
    order = [member.party_id for member in group.members]
    return [
        Branch(members[party], depth, None if share is None else Decimal(share.numerator) / Decimal(share.denominator))
        for party, depth, share in group_tree(order, ((one.holder, one.company, one.share) for one in held))
    ]  # fmt: skip


def control_groups(viewer: Viewer, keys: Sequence[str]) -> dict[str, str]:
    """Names of groups by control as far as row security lets their members be seen; named after them, they take customers.read."""
    if not keys or not viewer.may("customers.read"):
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct group_key, name from parties_groupmember where kind = 'control_group' and valid_to is null and group_key = any(%s)",
            [list(keys)],
        )
        return {key: name for key, name in cursor.fetchall() if name}
