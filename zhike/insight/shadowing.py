"""A shadow run: two tier schemes over the same months, who would be where, and what it costs (S35).

Both begin at the same month with nobody on watch, so that the difference is that of the rules. The page counts; who would move is kept beside the marts for those who see them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ibis.expr import types as ir

from zhike.insight import tiering
from zhike.insight.scheme_forms import as_json
from zhike.insight.tier_rules import Scheme

Months = Iterable[tuple[date, ir.Table]]
Keep = Callable[[str, ir.Table], ir.Table]
Ask = Callable[[ir.Table], Sequence[tuple[Any, ...]]]


@dataclass(frozen=True)
class Shadow:
    """What a shadow run found, after `months` months up to `as_of`: `flows` of tier now, tier then, customers; on watch now and then; CNY a
    year that serving everybody costs now and then. `rules_now`: the scheme that it was compared with."""

    rules_now: Mapping[str, Any]
    as_of: str
    months: int
    flows: tuple[tuple[str, str, int], ...]
    watched_now: int
    watched_then: int
    cost_now: str
    cost_then: str

    @property
    def plain(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Shadow:
        """As it was kept."""
        return cls(**{**said, "flows": tuple((was, became, count) for was, became, count in said["flows"])})

    @property
    def customers(self) -> int:
        return sum(count for _was, _became, count in self.flows)

    @property
    def cost(self) -> Decimal:
        """What a year costs more."""
        return Decimal(self.cost_then) - Decimal(self.cost_now)

    def moved(self, now: Scheme, then: Scheme, *, up: bool) -> int:
        """How many would stand higher, or lower: by the places of both tiers on one ladder; where neither ladder has both, by the values at which they
        begin. Whose tier keeps its name has not moved, whatever it takes to reach it."""
        return sum(count for was, became, count in self.flows if (step := _step(was, became, now, then)) and (step > 0) == up)


def _step(was: str, became: str, now: Scheme, then: Scheme) -> int | Decimal:
    """Above nothing where `became` stands higher than `was`, below nothing where it stands lower."""
    for scheme in (then, now):
        places = {rung.key: place for place, rung in enumerate(scheme.rungs)}
        if was in places and became in places:
            return places[became] - places[was]
    least_now, least_then = ({rung.key: rung.least for rung in one.rungs} for one in (now, then))
    return least_then.get(became, Decimal(0)) - least_now.get(was, Decimal(0))


def shadow(
    now: Scheme, then: Scheme, months_now: Months, months_then: Months, *, keep: Keep, ask: Ask, moved: Callable[[ir.Table], None] | None = None
) -> Shadow:  # fmt: skip
    """Run both. `months_now` and `months_then` are the same months with each scheme's own measure; `keep(name, rows)` puts rows where the next
    step reads them, `ask` reads a small table, `moved` takes who would be in another tier (party_id, was, became). Raises ValueError without any month."""
    ended = [_ended(months, scheme, name, keep) for months, scheme, name in ((months_now, now, "now"), (months_then, then, "then"))]
    (as_of, count, states_now), (_day, _count, states_then) = ended
    named = tiering.named(states_now, now), tiering.named(states_then, then)
    if moved is not None:
        moved(tiering.moves(*named))
    flows = ask(tiering.flows(*named))
    found = tuple(sorted((str(was), str(became), int(customers)) for was, became, customers in flows))
    watched = [int(ask(states.aggregate(watched=states.is_watched.sum()))[0][0] or 0) for states in (states_now, states_then)]
    prices = _prices(then)
    costs = [_cost(found, _prices(now) or prices, 0), _cost(found, prices, 1)]
    return Shadow(as_json(now), as_of.isoformat(), count, found, watched[0], watched[1], f"{costs[0]:f}", f"{costs[1]:f}")


def _ended(months: Months, scheme: Scheme, name: str, keep: Keep) -> tuple[date, int, ir.Table]:
    """The last month, how many there were, and the states after it. Two tables take turns, so that no more than two are kept."""
    turns = 0

    def kept(rows: ir.Table) -> ir.Table:
        nonlocal turns
        turns += 1
        return keep(f"shadow_{name}_{turns % 2}", rows)

    reached: tuple[date, ir.Table] | None = None
    for one in tiering.over_months(months, scheme, keep=kept):
        reached = one
    if reached is None:
        raise ValueError("no months")
    return reached[0], turns, reached[1]


def _prices(scheme: Scheme) -> dict[str, Decimal]:
    """What serving one customer of each tier costs a year, CNY; nothing where the scheme does not say it of any."""
    cost = {rung.key: rung.cost for rung in scheme.rungs}
    return cost if any(cost.values()) else {}


def _cost(flows: Sequence[tuple[str, str, int]], prices: Mapping[str, Decimal], part: int) -> Decimal:
    """CNY a year of the tiers in this part of the flows. A scheme without prices is held to those of the other: else it would seem to cost nothing."""
    return sum((prices.get(str(flow[part]), Decimal(0)) * flow[2] for flow in flows), Decimal(0))
