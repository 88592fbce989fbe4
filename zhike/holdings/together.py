"""What a household or group holds together: every account once, however many of its members are on it. The first argument is the viewer.

Added up is what the viewer sees: members outside her scope are a number, their money is in nothing shown. An account belongs here where a
member is its main holder, owner or joint holder; it stands with its main holder, else with the joint holder of the smallest key, so that the
members' amounts add up to the whole. Sides add up as in `summaries`; closed accounts and those on which a member only acts are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer
from zhike.holdings import past, queries
from zhike.holdings.labels import Words
from zhike.holdings.models import Account, AccountRole
from zhike.holdings.queries import NOTHING, HeldAccount
from zhike.holdings.rules import share
from zhike.parties import grouped
from zhike.parties import queries as parties

Part = Literal["deposits", "wealth", "loans"]
PARTS: tuple[Part, ...] = ("deposits", "wealth", "loans")
WORDS: Mapping[Part, Words] = {"deposits": _("Deposits"), "wealth": _("Investments"), "loans": _("Loans")}
MOST_SHOWN = 50  # accounts behind one number, and members of one group
KINDS = ("household", "control_group", "economic_group", "supply_chain")
_HOLDING = (AccountRole.Role.OWNER, AccountRole.Role.JOINT_HOLDER)


@dataclass(frozen=True)
class Counted:
    """One account, counted once. `holders`: the members who hold it, the one it stands with first."""

    account: Account
    part: Part
    amount: Decimal
    holders: Sequence[int]

    @property
    def is_joint(self) -> bool:
        """Whether several members hold it."""
        return len(self.holders) > 1


@dataclass(frozen=True)
class Sums:
    """What accounts of one currency add up to. AUM: deposits and investments."""

    currency: str
    deposits: Decimal
    wealth: Decimal
    loans: Decimal

    @property
    def aum(self) -> Decimal:
        return self.deposits + self.wealth


@dataclass(frozen=True)
class Row:
    """One member. `share` of the group's AUM; `depth` and `held` (how much of it the member above holds) draw the tree of a group."""

    party_id: int
    name: str
    role: str
    is_head: bool
    aum: Decimal
    share: Decimal | None
    loans: Decimal
    depth: int
    held: Decimal | None


@dataclass(frozen=True)
class Behind:
    """A number and the accounts it is made of, largest first, each with its holders' names; `more` of them are not listed."""

    part: Part
    amount: Decimal
    accounts: Sequence[tuple[Counted, Sequence[str]]]
    more: int

    @property
    def count(self) -> int:
        return len(self.accounts) + self.more

    @property
    def word(self) -> Words:
        return WORDS[self.part]


@dataclass(frozen=True)
class Together:
    """A household or group. `sums` is in its main currency, `others` in further ones; `outsiders` members are not the viewer's to see."""

    name: str
    kind: str
    word: Words
    sums: Sums
    others: Sequence[Sums]
    rows: Sequence[Row]
    more_rows: int
    behind: Sequence[Behind]
    count_joint: int
    outsiders: int


def together(viewer: Viewer, party_id: int, on: date | None = None) -> list[Together]:
    """The household and the groups of a party found for the viewer, today or as of a past day; in a fixed number of statements."""
    groups = sorted(parties.groups(viewer, party_id, on), key=lambda group: (KINDS.index(group.kind), group.name))
    if not groups:
        return []
    ids = sorted({member.party_id for group in groups for member in group.members})
    held = past.accounts_of(viewer, ids, on) if on else queries.accounts_of(viewer, ids)
    links = grouped.held_between(viewer, ids, on)
    outsiders = grouped.outsiders(viewer, party_id, on)
    return [
        _added_up(group, counted_once(held, {m.party_id for m in group.members}), links, outsiders.get(group.key, 0)) for group in groups
    ]


def counted_once(held: Iterable[tuple[int, HeldAccount]], members: set[int]) -> list[Counted]:
    """The open accounts these members hold, each once."""
    found: dict[int, tuple[HeldAccount, list[int]]] = {}
    for party, one in held:
        holds = one.role is None or one.role.role in _HOLDING or one.account.party_id == party
        if party in members and holds and one.account.status != Account.Status.CLOSED:
            found.setdefault(one.account.pk, (one, []))[1].append(party)
    return [_counted(one, sorted(holders, key=lambda key: (key != one.account.party_id, key))) for one, holders in found.values()]


def _counted(held: HeldAccount, holders: Sequence[int]) -> Counted:
    account, side = held.account, held.account.product.side if held.account.product else None
    amount = account.balance or NOTHING
    if side == "asset":
        return Counted(account, "loans", amount, holders)
    if side == "intermediary":
        worth = sum((position.market_value for position in held.positions), NOTHING) if held.positions else amount
        return Counted(account, "wealth", worth, holders)
    return Counted(account, "deposits", amount, holders)


def sums_of(counted: Iterable[Counted]) -> list[Sums]:
    """What accounts add up to in each currency; the one with most AUM first."""
    amounts: dict[str, dict[Part, Decimal]] = {}
    for one in counted:
        added = amounts.setdefault(one.account.currency, dict.fromkeys(PARTS, NOTHING))
        added[one.part] += one.amount
    found = [Sums(currency, added["deposits"], added["wealth"], added["loans"]) for currency, added in amounts.items()]
    return sorted(found, key=lambda sums: (-sums.aum, -sums.loans, sums.currency))


def _added_up(group: parties.Group, counted: Sequence[Counted], links: Iterable[grouped.Held], outsiders: int) -> Together:
    main, *others = sums_of(counted) or [Sums("CNY", NOTHING, NOTHING, NOTHING)]
    ours = [one for one in counted if one.account.currency == main.currency]
    names = {member.party_id: member.name for member in group.members}
    rows = _rows(group, main, ours, links)
    return Together(
        group.name, group.kind, group.word, main, others, rows[:MOST_SHOWN], max(len(rows) - MOST_SHOWN, 0),
        [_behind(part, ours, names) for part in PARTS], sum(one.is_joint for one in counted), outsiders,
    )  # fmt: skip


def _rows(group: parties.Group, main: Sums, ours: Iterable[Counted], links: Iterable[grouped.Held]) -> list[Row]:
    mine: dict[int, list[Counted]] = {}
    for one in ours:
        mine.setdefault(one.holders[0], []).append(one)
    found = []
    for branch in grouped.tree(group, () if group.kind == "household" else links):
        member = branch.member
        own = next(iter(sums_of(mine.get(member.party_id, ()))), Sums(main.currency, NOTHING, NOTHING, NOTHING))
        part = share(own.aum, main.aum)
        found.append(
            Row(member.party_id, member.name, member.role, member.is_head, own.aum, part, own.loans, min(branch.depth, 5), branch.share)
        )
    return found


def _behind(part: Part, ours: Iterable[Counted], names: Mapping[int, str]) -> Behind:
    found = sorted((one for one in ours if one.part == part), key=lambda one: (-one.amount, one.account.pk))
    shown = [(one, [names[key] for key in one.holders]) for one in found[:MOST_SHOWN]]
    return Behind(part, sum((one.amount for one in found), NOTHING), shown, len(found) - len(shown))
