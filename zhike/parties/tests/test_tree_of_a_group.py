"""The tree of a corporate group: every member once, below whoever in the group holds most of it."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zhike.parties.ownership import Branch, group_tree

HALF, THIRD, MOST = Fraction(1, 2), Fraction(1, 3), Fraction(2, 3)


def test_a_member_stands_below_its_largest_holder() -> None:
    assert group_tree([1, 2, 3], [(1, 2, MOST), (1, 3, THIRD), (2, 3, HALF)]) == [
        Branch(1, 0, None),
        Branch(2, 1, MOST),
        Branch(3, 2, HALF),
    ]


def test_a_parent_company_comes_before_a_larger_share_and_keeps_its_own_share() -> None:
    assert group_tree([1, 2, 3], [(2, 3, MOST), (1, 3, None), (1, 3, THIRD)]) == [
        Branch(1, 0, None),
        Branch(3, 1, THIRD),
        Branch(2, 0, None),
    ]


def test_holders_outside_the_group_and_holding_oneself_draw_nothing() -> None:
    assert group_tree([1, 2], [(9, 1, MOST), (2, 2, HALF), (1, 9, HALF)]) == [Branch(1, 0, None), Branch(2, 0, None)]


PARTIES = st.integers(1, 8)
HELD = st.lists(st.tuples(PARTIES, PARTIES, st.none() | st.fractions(Fraction(1, 100), 1)), max_size=30)


@given(st.lists(PARTIES, max_size=8), HELD)
def test_everybody_stands_there_once_whatever_circles_there_are(members: list[int], held: list[tuple[int, int, Fraction | None]]) -> None:
    tree = group_tree(members, held)
    assert sorted(branch.party for branch in tree) == sorted(set(members))
    depths = [branch.depth for branch in tree]
    assert not depths or (depths[0] == 0 and all(after <= before + 1 for before, after in pairwise(depths)))
