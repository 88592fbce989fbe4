"""Beneficial owners and guarantee circles, against cases worked by hand."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from zhike.parties.ownership import Guarantee, Holding, circles, concluded, longest_chain, overfull, round_trip, stakes

# 1–9 companies, 11–19 persons
PERSONS = frozenset(range(11, 20))
A, B, C, ANN, BEN, CAT = 1, 2, 3, 11, 12, 13


def held(*told: tuple[int, int, str]) -> list[Holding]:
    return [Holding(company, holder, Fraction(share)) for company, holder, share in told]


def shares(company: int, told: list[Holding]) -> dict[int, Fraction]:
    return {stake.party: stake.share for stake in stakes(company, told, PERSONS)}


def test_shares_are_multiplied_along_a_chain() -> None:
    told = held((A, B, "0.8"), (B, ANN, "0.6"), (A, BEN, "0.2"))
    assert shares(A, told) == {ANN: Fraction("0.48"), BEN: Fraction("0.2")}  # 60 % × 80 %
    assert concluded(stakes(A, told, PERSONS), PERSONS, {BEN}, {CAT}).parties == (ANN,)


def test_shares_are_added_over_chains() -> None:
    told = held((A, B, "0.5"), (A, C, "0.5"), (B, ANN, "0.3"), (C, ANN, "0.2"))
    (ann,) = stakes(A, told, PERSONS)
    assert ann.share == Fraction(1, 4) and ann.reaches  # 15 % + 10 %, exactly the threshold
    assert [path.parties for path in ann.paths] == [(ANN, B, A), (ANN, C, A)]


def test_companies_that_hold_each_other_leave_their_shares_to_those_outside() -> None:
    told = held((A, ANN, "0.5"), (A, B, "0.5"), (B, A, "0.5"), (B, BEN, "0.5"))
    # a = 0.5 + 0.5 b and b = 0.5 a: Ann 2/3 of A, Ben 1/3
    assert shares(A, told) == {ANN: Fraction(2, 3), BEN: Fraction(1, 3)}
    ann, ben = stakes(A, told, PERSONS)
    assert ann.circling == Fraction(1, 6) and ben.circling == Fraction(1, 12)


def test_who_is_below_25_by_the_straight_path_may_be_above_by_the_circle() -> None:
    told = held((A, ANN, "0.2"), (A, A, "0.3"))
    assert shares(A, told) == {ANN: Fraction(2, 7)}  # a company's own shares count for the others


def test_a_circle_that_nobody_outside_holds_belongs_to_nobody() -> None:
    told = held((A, B, "1"), (B, C, "1"), (C, A, "1"))
    assert shares(A, told) == {}
    assert concluded([], PERSONS, (), {CAT}).basis == "representative"


def test_a_circle_above_is_walked_too() -> None:
    told = held((A, B, "0.5"), (B, C, "0.5"), (C, B, "0.5"), (C, ANN, "0.5"), (B, BEN, "0.5"))
    # b = 0.5 Ben + 0.5 c, c = 0.5 b + 0.5 Ann: b = 2/3 Ben + 1/3 Ann
    assert shares(A, told) == {BEN: Fraction(1, 3), ANN: Fraction(1, 6)}


def test_a_chain_may_end_at_an_organisation_of_which_no_holder_is_known() -> None:
    told = held((A, B, "0.7"), (A, ANN, "0.2"))
    found = stakes(A, told, PERSONS)
    assert shares(A, told) == {B: Fraction("0.7"), ANN: Fraction("0.2")}
    assert concluded(found, PERSONS, (), {CAT}).basis == "representative"
    assert concluded(found, PERSONS, (), {CAT}, is_whole=False).basis == "unknown"


def test_when_nobody_reaches_25_it_is_who_controls_and_then_who_represents() -> None:
    few = stakes(A, held((A, ANN, "0.24"), (A, BEN, "0.24")), PERSONS)
    assert concluded(few, PERSONS, {BEN}, {CAT}) == concluded(few, PERSONS, {BEN}, ())
    assert concluded(few, PERSONS, {BEN}, {CAT}).basis == "control"
    assert concluded(few, PERSONS, (), {CAT}).parties == (CAT,)
    assert concluded(few, PERSONS, (), ()).basis == "unknown"


def test_shares_of_more_than_the_whole_are_taken_in_proportion() -> None:
    told = held((A, ANN, "0.8"), (A, BEN, "0.8"))
    assert shares(A, told) == {ANN: Fraction(1, 2), BEN: Fraction(1, 2)}
    assert overfull(told) == {A}


def test_a_holding_told_by_two_sources_counts_once() -> None:
    assert shares(A, held((A, ANN, "0.3"), (A, ANN, "0.3"))) == {ANN: Fraction("0.3")}


PARTIES = st.integers(1, 9) | st.integers(11, 19)
HOLDINGS = st.lists(st.builds(Holding, st.integers(1, 9), PARTIES, st.fractions(0, 1, max_denominator=100)), max_size=14)


@given(HOLDINGS)
def test_all_stakes_together_never_exceed_the_whole(told: list[Holding]) -> None:
    found = stakes(A, told, PERSONS)
    assert sum((stake.share for stake in found), Fraction(0)) <= 1
    assert all(stake.share > 0 and stake.circling >= 0 for stake in found)


@given(HOLDINGS, st.randoms())
def test_the_order_of_the_rows_does_not_matter(told: list[Holding], chance) -> None:
    mixed = list(told)
    chance.shuffle(mixed)
    assert stakes(A, mixed, PERSONS) == stakes(A, told, PERSONS)


@given(HOLDINGS)
def test_without_circles_a_stake_is_the_sum_of_its_paths(told: list[Holding]) -> None:
    downward = [holding for holding in told if holding.holder > holding.company]
    assert all(stake.circling == 0 for stake in stakes(A, downward, PERSONS))


def pledges(*pairs: tuple[int, int]) -> list[Guarantee]:
    return [Guarantee(*pair) for pair in pairs]


def test_three_that_stand_surety_for_each_other_are_a_circle_and_who_is_outside_is_not() -> None:
    told = pledges((1, 2), (2, 3), (3, 1), (4, 1), (3, 5))
    assert circles(told) == [frozenset({1, 2, 3})]
    assert round_trip(2, told) == (2, 3, 1, 2)
    assert round_trip(4, told) == ()
    assert longest_chain(told) == 2  # 4 → the circle → 5


def test_two_that_guarantee_each_other_are_the_smallest_circle() -> None:
    told = pledges((1, 2), (2, 1), (7, 7))
    assert circles(told) == [frozenset({1, 2})]  # who guarantees herself is no circle
    assert round_trip(1, told) == (1, 2, 1)


def test_a_chain_has_a_length_and_no_circle() -> None:
    told = pledges((1, 2), (2, 3), (3, 4), (1, 4))
    assert circles(told) == []
    assert longest_chain(told) == 3
    assert longest_chain([]) == 0


PLEDGES = st.lists(st.builds(Guarantee, st.integers(1, 8), st.integers(1, 8)), max_size=20)


@given(PLEDGES, st.randoms())
def test_circles_do_not_depend_on_order_and_everybody_in_one_has_a_way_round(told: list[Guarantee], chance) -> None:
    mixed = list(told)
    chance.shuffle(mixed)
    found = circles(told)
    assert circles(mixed) == found and longest_chain(mixed) == longest_chain(told)
    inside = {party for circle in found for party in circle}
    for party in range(1, 9):
        way = round_trip(party, told)
        assert bool(way) == (party in inside)
        assert round_trip(party, mixed) == way
