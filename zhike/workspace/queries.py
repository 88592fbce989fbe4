"""What pages made of many areas read: the customer list, and the head of one customer. The first argument is the viewer.

Every page costs the same number of queries whatever it shows; `tests/query_counts.json` holds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from django.utils import timezone

from zhike.access.scope import Viewer, Where
from zhike.core.asof import end_of
from zhike.core.deadlines import within
from zhike.core.pages import Words
from zhike.engagement import queries as engagement
from zhike.holdings import past as holdings_past
from zhike.holdings import queries as holdings
from zhike.insight import queries as insight
from zhike.insight.queries import ShownTier, main_sides
from zhike.parties import cells, searching
from zhike.parties import past as parties_past
from zhike.parties import queries as parties
from zhike.parties.cells import Cell, Facts, OwnOrder
from zhike.workspace import conditions
from zhike.workspace.paging import KeyPage, Stretch, page_of_keys

Sort = str  # of SORTS, or own_… for a declared field (ListAsked.own then says how)
SORTS: tuple[Sort, ...] = ("aum", "name", "since", "tier")
OF_ASSETS: frozenset[Sort] = frozenset({"aum", "tier"})  # orders that tell who has more
DESCENDING_FIRST: frozenset[Sort] = frozenset({"aum", "tier"})
Need = Literal["", "held", "facts", "contact", "curve", "declared", "tier", "side"]
USUAL_NEEDS: frozenset[Need] = frozenset({"held"})
EXPIRES_SOON = timedelta(days=60)


@dataclass(frozen=True)
class ListAsked:
    """What a customer list was asked for. `order` empty: the sorting's natural one; `needs`: what its columns have to be read from."""

    which: parties.Which
    words: str = ""
    sort: Sort = "aum"
    order: str = ""
    after: str = ""
    before: str = ""
    needs: frozenset[Need] = USUAL_NEEDS
    where: str = ""  # a condition's stored form, as text
    own: OwnOrder | None = None

    @property
    def sorting(self) -> str:
        """The name of the order, which a cursor belongs to."""
        return f"{self.sort}-{self.descending}"

    @property
    def descending(self) -> bool:
        return self.order == "desc" if self.order in ("asc", "desc") else self.sort in DESCENDING_FIRST


@dataclass(frozen=True)
class CustomerRow:
    """A customer in the list. `held` None: holds nothing, or not for this viewer. What no column needs was not read: None or empty."""

    party: parties.Line
    held: holdings.Held | None
    facts: Facts | None = None
    last_contact: datetime | None = None
    curve: Sequence[Decimal] = ()
    declared: Mapping[str, Cell] = field(default_factory=dict)
    side: Words = ""

    @property
    def tier(self) -> ShownTier | None:
        """The tier by which she is served, where a column needs it."""
        return insight.tier_of(self.party.beside)


@dataclass(frozen=True)
class CustomerList:
    """A page of customers. `is_cut`: a search found more than are shown."""

    rows: Sequence[CustomerRow]
    page: KeyPage
    is_cut: bool = False


@dataclass(frozen=True)
class Head:
    """Everything the first response of a customer's page says."""

    party: parties.About
    held: holdings.Held | None
    history: Sequence[holdings.MonthEnd]
    last_contact: tuple[datetime, str] | None
    known_since: date | None = None  # of a past day on which the bank's files did not know her: the first day they did

    @property
    def tier(self) -> ShownTier | None:
        """The tier by which she is served; None: none, not for this viewer, or of a past day."""
        return insight.tier_of(self.party.line.beside)

    def id_expires_within(self, today: date) -> int | None:
        """Days until the main document expires, where that is 60 or fewer (or it has expired: below nought)."""
        expires = self.party.identity.expires if self.party.identity else None
        return (expires - today).days if expires and expires - today <= EXPIRES_SOON else None


def customer_list(viewer: Viewer, asked: ListAsked) -> CustomerList:
    """A page of the customers that the viewer sees, or what her search found, best first.

    Raises conditions.Refused for a condition that she may not or cannot ask, TookTooLong for one that finds too few among too many.
    """
    if not asked.where:
        return _found(viewer, asked) if asked.words else _page(viewer, asked)
    with within(conditions.SECONDS):
        return _found(viewer, asked) if asked.words else _page(viewer, asked)


def _page(viewer: Viewer, asked: ListAsked) -> CustomerList:
    is_along = asked.sort == "name" and viewer.sees_all  # along the index of names, whoever it is
    is_common = (asked.sort not in {"name", "since", "tier"} or is_along) and not (
        asked.where or asked.own or asked.which.kind or asked.which.status
    )
    page = page_of_keys(stretches(viewer, asked), asked.sorting, after=asked.after, before=asked.before, is_common=is_common)
    return CustomerList(rows_of(viewer, page.keys, asked.needs), page)


def _found(viewer: Viewer, asked: ListAsked) -> CustomerList:
    most = searching.MOST_FOUND
    keys = searching.search(viewer, asked.words, most=most)
    keys += [key for key in holdings.parties_by_number(viewer, asked.words, most=most) if key not in keys]
    is_cut = len(keys) >= most
    if asked.where or not asked.which.is_everything:
        fitting = parties.fitting(viewer, asked.which, keys, conditions.where_of(viewer, asked.where) if asked.where else None)
        keys = [key for key in keys if key in fitting]
    return CustomerList(rows_of(viewer, keys[:most], asked.needs), KeyPage(keys[:most], 1), is_cut=is_cut)


def stretches(viewer: Viewer, asked: ListAsked) -> list[Stretch]:
    """The list in its order, without its search words, for a keyset. Raises conditions.Refused."""
    tree = conditions.read_for(viewer, asked.where) if asked.where else None
    where = parties.listed(viewer, asked.which)
    condition = conditions.where_of_tree(viewer, tree) if tree is not None else None
    if condition is not None:
        where &= condition
    rows = f"from parties_party p where {where.sql}"
    if asked.own:
        return [
            Stretch(f"from {asked.own.keys} and {where.sql}", where.values, asked.own.column, "k.of_party", asked.descending),
            Stretch(f"{rows} and {asked.own.has_none}", where.values, "", "p.id"),
        ]
    if asked.sort == "name":
        paged = "" if asked.descending or tree else _paged_by_name(viewer, asked.which)
        return [Stretch(rows, where.values, "p.name", "p.id", asked.descending, paged=paged)]
    if asked.sort == "since":
        return [
            Stretch(f"{rows} and p.since_date is not null", where.values, "p.since_date", "p.id", asked.descending),
            Stretch(f"{rows} and p.since_date is null", where.values, "", "p.id"),
        ]
    if asked.sort == "tier":
        return _by_tier(where, asked.descending)
    walk = holdings.by_aum(viewer, asked.which, conditions.along_sums(condition, tree) if condition and tree else None)
    paged = walk.paged if asked.descending else ""
    holders = Stretch(walk.source, walk.values, "s.place", "s.party_id", asked.descending, walk.each, walk.beside, paged)
    if tree is not None and conditions.needs_holdings(tree):
        return [holders]
    return [holders, Stretch(f"{rows} and {holdings.HOLDS_NOTHING}", where.values, "", "p.id")]


def _paged_by_name(viewer: Viewer, which: parties.Which) -> str:
    """The function that gives a page by name (`Stretch.paged`); empty where the index of names does, or something narrows the list."""
    if viewer.sees_nobody or (viewer.sees_all and not viewer.is_barred) or parties.narrowed(viewer, which).sql != "true":
        return ""
    return "parties_units" if viewer.unit_ids and not viewer.is_mixed else "parties_reached"


def _by_tier(where: Where, is_descending: bool) -> list[Stretch]:
    """One stretch for each tier of the scheme in force, by the tier that serves; who has none of them comes last."""
    tiers = insight.tiers_upwards(timezone.localdate())
    found = [
        Stretch(
            f"from insight_profile q join parties_party p on p.id = q.id where q.tier_service = %(tier)s and {where.sql}",
            {**where.values, "tier": tier}, "", "q.id",
        )
        for tier in (reversed(tiers) if is_descending else tiers)
    ]  # fmt: skip
    none = "not exists (select 1 from insight_profile q where q.id = p.id and q.tier_service = any(%(tiers)s))"
    return [*found, Stretch(f"from parties_party p where {where.sql} and {none}", {**where.values, "tiers": list(tiers)}, "", "p.id")]


def rows_of(viewer: Viewer, keys: Sequence[int], needs: frozenset[Need] = USUAL_NEEDS) -> list[CustomerRow]:
    """These customers in this order with what their columns need, one statement a need (the tier comes with the lines); what she does not see is left out."""
    may = {
        "held": "accounts.read",
        "curve": "accounts.read",
        "contact": "interactions.read",
        "facts": "customers.read",
        "declared": "customers.read",
        "tier": "accounts.read",
        "side": "transactions.read",
    }
    wanted = {need for need in needs if need and viewer.may(may[need])}
    held = holdings.summaries(viewer, keys) if "held" in wanted else {}
    beside = insight.tier_beside(viewer, timezone.localdate()) if "tier" in wanted else parties.NOTHING_BESIDE
    lines = parties.lines(viewer, keys, beside)
    if not wanted - {"held", "tier"}:
        return [CustomerRow(line, held.get(line.id)) for line in lines]
    facts = cells.facts(viewer, keys) if "facts" in wanted else {}
    contacts = engagement.last_contacts(viewer, keys) if "contact" in wanted else {}
    curves = holdings.curves(viewer, keys) if "curve" in wanted else {}
    declared = cells.declared_cells(viewer, keys) if "declared" in wanted else {}
    sides = main_sides(viewer, keys) if "side" in wanted and viewer.may("accounts.read") else {}
    return [
        CustomerRow(
            one, held.get(one.id), facts.get(one.id), contacts.get(one.id), curves.get(one.id, ()), declared.get(one.id, {}), sides.get(one.id, ""),
        )
        for one in lines
    ]  # fmt: skip


def head(viewer: Viewer, party_id: int, today: date) -> Head:
    """The head of a customer's page. Raises PartyNotSeen."""
    party = parties.about(viewer, party_id, today, insight.tier_beside(viewer, today, is_open=True))
    held = holdings.opened_sum(viewer, party_id)
    history = holdings.opened_month_ends(party_id, held.currency, held.as_of or today) if held else []
    return Head(party, held, history, engagement.opened_last_contact(viewer, party_id))


def head_on(viewer: Viewer, party_id: int, on: date) -> Head:
    """The head as the bank's files had it by a past day. Raises PartyNotSeen."""
    try:
        party = parties_past.about(viewer, party_id, on)
    except parties_past.NotKnownThen as then:
        return Head(parties.about(viewer, party_id, on), None, (), None, then.since)
    held, own = None, []
    if viewer.may("accounts.read"):
        accounts = holdings_past.accounts(viewer, party_id, on)
        own = [one.account.pk for one in accounts if one.account.party_id == party_id]
        held = holdings_past.summary(accounts, party_id, on)
    history = holdings.balances_at_month_ends(own, held.currency, on) if held else []
    return Head(party, held, history, engagement.last_contact(viewer, party_id, before=end_of(on)))
