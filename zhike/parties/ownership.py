"""Who stands behind a company, and who stands surety for whom, as pure rules over shares and guarantees.

A natural person is a beneficial owner who directly or through chains holds 25 % or more (domain §2.1, Order 2024 No. 3 of PBoC and
SAMR). Along a path shares are multiplied, over paths they are added. Companies that hold each other are walked round and round: what
comes back is held again by those outside the circle, so that every share ends with somebody and all of them never exceed one. Cutting
the circle instead would make owners smaller than they are, which is the wrong side to err on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

THRESHOLD = Fraction(1, 4)  # of shares, votes or profit
MOST_STEPS = 2_000  # of looking for paths: companies that all hold each other have more than anybody reads

Basis = Literal["shares", "control", "representative", "unknown"]
Flows = dict[int, dict[int, Fraction]]


class Holding(NamedTuple):
    """`holder` holds `share` (0.25 = 25 %) of `company`."""

    company: int
    holder: int
    share: Fraction


class Guarantee(NamedTuple):
    """`guarantor` stands surety for `guaranteed`."""

    guarantor: int
    guaranteed: int


@dataclass(frozen=True)
class Path:
    """One chain from an owner (first) down to the company (last), nobody twice, and the product of its shares."""

    parties: tuple[int, ...]
    shares: tuple[Fraction, ...]

    @property
    def share(self) -> Fraction:
        """What arrives at the end of the chain."""
        product = Fraction(1)
        for share in self.shares:
            product *= share
        return product


@dataclass(frozen=True)
class Stake:
    """What a chain's end holds in all. `circling`: the part that comes through companies holding each other, beyond the simple paths."""

    party: int
    share: Fraction
    paths: tuple[Path, ...]

    @property
    def circling(self) -> Fraction:
        return self.share - sum((path.share for path in self.paths), Fraction(0))

    @property
    def reaches(self) -> bool:
        """Whether it is 25 % or more."""
        return self.share >= THRESHOLD


@dataclass(frozen=True)
class Conclusion:
    """Whom the bank takes for beneficial owners, and on which ground."""

    basis: Basis
    parties: tuple[int, ...]


def stakes(company: int, holdings: Iterable[Holding], persons: Collection[int]) -> list[Stake]:
    """Everybody at whom a chain of shares ends, largest first: natural persons, and organisations of which no holder is known.

    A holding told twice counts once, the larger. Where the shares of a company add up to more than one they are taken in proportion.
    """
    held = _proportioned(holdings, persons)
    totals = _absorbed(company, held)
    paths: dict[int, list[Path]] = defaultdict(list)
    for path in _paths(company, held):
        paths[path.parties[0]].append(path)
    found = [
        Stake(party, share, tuple(sorted(paths[party], key=lambda path: (-path.share, path.parties))))
        for party, share in totals.items()
    ]  # fmt: skip
    return sorted(found, key=lambda stake: (-stake.share, stake.party))


def overfull(holdings: Iterable[Holding]) -> set[int]:
    """Companies whose holders' shares add up to more than one: the files contradict themselves."""
    return {company for company, holders in _told_once(holdings).items() if sum(holders.values()) > 1}


def concluded(
    found: Iterable[Stake], persons: Collection[int], controllers: Collection[int], representatives: Collection[int], *, is_whole: bool = True
) -> Conclusion:  # fmt: skip
    """Persons with 25 % or more; where there are none who controls the company; where nobody is known to, who represents it by law.

    `is_whole` False: chains lead to somebody who is not known here, so that the last resort would be a guess.
    """
    reaching = tuple(stake.party for stake in found if stake.reaches and stake.party in persons)
    steps: tuple[tuple[Basis, tuple[int, ...]], ...] = (
        ("shares", reaching), ("control", tuple(sorted(controllers))), ("representative", tuple(sorted(representatives)) if is_whole else ()),
    )  # fmt: skip
    return next((Conclusion(basis, parties) for basis, parties in steps if parties), Conclusion("unknown", ()))


def _told_once(holdings: Iterable[Holding]) -> Flows:
    held: Flows = defaultdict(dict)
    for company, holder, share in holdings:
        if share > 0:
            held[company][holder] = max(share, held[company].get(holder, Fraction(0)))
    return held


def _proportioned(holdings: Iterable[Holding], persons: Collection[int]) -> Flows:
    """Each company's holders with shares of at most one in all; a natural person is held by nobody, whatever the files say."""
    held: Flows = {}
    for company, holders in _told_once(holdings).items():
        whole = max(sum(holders.values(), Fraction(0)), Fraction(1))
        if company not in persons:
            held[company] = {holder: share / whole for holder, share in holders.items()}
    return held


def _absorbed(company: int, held: Mapping[int, Mapping[int, Fraction]]) -> dict[int, Fraction]:
    """Where the shares of a company end: its holders are put in the place of each company in between, one company after another.

    A company that ends up holding part of itself passes its whole on to the others; one that nobody else holds passes on nothing.
    """
    flows: Flows = {key: dict(held[key]) for key in sorted(_above(company, held)) if key in held}
    for middle in [key for key in flows if key != company]:
        passed = _without_itself(middle, flows.pop(middle))
        for holders in flows.values():
            part = holders.pop(middle, Fraction(0))
            for holder, share in passed.items() if part else ():
                holders[holder] = holders.get(holder, Fraction(0)) + part * share
    return _without_itself(company, flows.get(company, {}))


def _without_itself(company: int, holders: Mapping[int, Fraction]) -> dict[int, Fraction]:
    others = 1 - holders.get(company, Fraction(0))
    return {holder: share / others for holder, share in holders.items() if holder != company} if others else {}


def _above(company: int, held: Mapping[int, Mapping[int, Fraction]]) -> set[int]:
    seen, waiting = {company}, [company]
    while waiting:
        fresh = held.get(waiting.pop(), {}).keys() - seen
        seen |= fresh
        waiting.extend(fresh)
    return seen


def _paths(company: int, held: Mapping[int, Mapping[int, Fraction]]) -> Iterator[Path]:
    waiting = [Path((company,), ())]
    for _step in range(MOST_STEPS):
        if not waiting:
            return
        path = waiting.pop()
        top = path.parties[0]
        if top not in held:
            if path.shares:
                yield path
            continue
        further = ((holder, share) for holder, share in held[top].items() if holder not in path.parties)
        waiting.extend(Path((holder, *path.parties), (share, *path.shares)) for holder, share in sorted(further, reverse=True))


def circles(guarantees: Iterable[Guarantee]) -> list[frozenset[int]]:
    """Guarantee circles (担保圈): sets in which everybody in the end stands surety for everybody, herself included. Largest first."""
    forward, backward = _neighbours(guarantees)
    found, placed = [], set[int]()
    for party in sorted(forward):
        if party not in placed:
            together = frozenset(_reached(party, forward) & _reached(party, backward))
            placed |= together
            found += [together] if len(together) > 1 else []
    return sorted(found, key=lambda circle: (-len(circle), min(circle)))


def round_trip(party: int, guarantees: Iterable[Guarantee]) -> tuple[int, ...]:
    """The shortest way round through a party, she first and last: whom she guarantees, whom that one guarantees … Empty: no circle."""
    forward, _backward = _neighbours(guarantees)
    trips: list[tuple[int, ...]] = [(party,)]
    seen: set[int] = set()
    while trips:
        longer = [(*trip, other) for trip in trips for other in sorted(forward.get(trip[-1], ())) if other not in seen]
        if closed := [trip for trip in longer if trip[-1] == party]:
            return closed[0]
        firsts = {trip[-1]: trip for trip in reversed(longer)}
        seen |= firsts.keys()
        trips = [firsts[key] for key in sorted(firsts)]
    return ()


def longest_chain(guarantees: Iterable[Guarantee]) -> int:
    """How many guarantees follow one another at most (担保链); a circle on the way counts as one party."""
    told = list(guarantees)
    stands_for = {party: min(circle) for circle in circles(told) for party in circle}
    between = [Guarantee(stands_for.get(a, a), stands_for.get(b, b)) for a, b in told]
    layer = {party for pair in between for party in pair}
    forward, _backward = _neighbours(between)
    length = -1
    while layer:  # without circles each round leaves the last ones behind
        length += 1
        layer = {other for party in layer for other in forward.get(party, ())}
    return max(length, 0)


def _neighbours(guarantees: Iterable[Guarantee]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    forward, backward = defaultdict(set), defaultdict(set)
    for guarantor, guaranteed in guarantees:
        if guarantor != guaranteed:
            forward[guarantor].add(guaranteed)
            backward[guaranteed].add(guarantor)
    return forward, backward


def _reached(party: int, neighbours: Mapping[int, set[int]]) -> set[int]:
    seen, waiting = {party}, [party]
    while waiting:
        fresh = neighbours.get(waiting.pop(), set()) - seen
        seen |= fresh
        waiting.extend(fresh)
    return seen


class Branch(NamedTuple):
    """One member in the tree of a group: `depth` holders above it (0: nobody in the group holds it), `share` of it the one above holds."""

    party: int
    depth: int
    share: Fraction | None


def group_tree(members: Iterable[int], held: Iterable[tuple[int, int, Fraction | None]]) -> list[Branch]:
    """Every member once, each below the member that holds most of it (`held`: holder, company, share; None: a parent whose share is unknown).

    A parent with an unknown share stands above any known one, for it consolidates. Members that hold each other in a circle stand under the
    first of them. The order of `members` is kept among those on one level.
    """
    placed = list(dict.fromkeys(members))
    above: dict[int, tuple[int, Fraction | None]] = {}
    for holder, company, share in sorted(held, key=lambda row: (row[2] is not None, -(row[2] or 0), row[0])):
        if holder != company and holder in placed and company in placed and not _is_above(company, holder, above):
            known, part = above.setdefault(company, (holder, share))
            if known == holder and part is None:
                above[company] = (holder, share)
    below: dict[int, list[int]] = defaultdict(list)
    for party in placed:
        if party in above:
            below[above[party][0]].append(party)
    found: list[Branch] = []
    waiting = [Branch(party, 0, None) for party in reversed(placed) if party not in above]
    while waiting:
        branch = waiting.pop()
        found.append(branch)
        waiting.extend(Branch(party, branch.depth + 1, above[party][1]) for party in reversed(below[branch.party]))
    return found


def _is_above(party: int, other: int, above: Mapping[int, tuple[int, Fraction | None]]) -> bool:
    """Whether a party stands somewhere above another."""
    while other in above:
        other = above[other][0]
        if other == party:
            return True
    return False
