"""What differs between two versions of a condition, which lines a segment follows, and bands of age and money. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from zhike.core.conditions.trees import Group, Node, parts

GONE, MAY_NOT, REFUSED = "gone", "may_not", "refused"  # why a segment cannot be kept: its owner has left, lacks the right, may not ask it
FAULTS = (GONE, MAY_NOT, REFUSED)
MOST_LINES = 60  # of a condition; one bit each fits a bigint
AGE_BANDS = (18, 26, 36, 46, 56, 66)  # first age of each band above the youngest
AUM_BANDS = tuple(Decimal(edge) for edge in (10_000, 50_000, 200_000, 1_000_000, 6_000_000))  # yuan; 6 million is private banking (R64)


@dataclass(frozen=True)
class Difference:
    """What a version has that the one before had not, and the other way round. `joined`: how the lines are joined has changed."""

    added: Sequence[Node]
    removed: Sequence[Node]
    joined: bool

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.removed or self.joined)


def difference(before: Node, after: Node) -> Difference:
    """From one version to the next, line by line of the outermost group; a line that moved is no difference."""
    old, new = list(lines(before)), list(lines(after))
    added = [line for line in new if line not in old]
    removed = [line for line in old if line not in new]
    return Difference(added, removed, _joiner(before) != _joiner(after) and len(old) > 1 and len(new) > 1)


def lines(node: Node) -> Sequence[Node]:
    """The lines of a condition as a reader sees them: the members of its outermost group, else the whole."""
    return node.nodes if isinstance(node, Group) and node.nodes and node.joiner != "none" else parts(node)


def _joiner(node: Node) -> str:
    return node.joiner if isinstance(node, Group) and node.joiner != "none" else "all"


def followed(node: Node) -> Sequence[Node]:
    """The lines of which a segment keeps who missed which: those of an outermost `all` of two and more. Else the condition is one line."""
    found = parts(node)
    return found if 1 < len(found) <= MOST_LINES else (node,)


def bits(mask: int) -> list[int]:
    """The numbers of the lines in a mask, the lowest first."""
    return [at for at in range(mask.bit_length()) if mask >> at & 1]


def regions(count: int) -> list[int]:
    """Every way to be in some of `count` audiences, as masks: alone first, then in two, then in three."""
    return sorted(range(1, 1 << count), key=lambda mask: (mask.bit_count(), mask))
