"""From a figure to the customers behind it: the address of the customer list under conditions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

Node = dict[str, Any]
_CUSTOMERS: Node = {"field": "status", "op": "in", "value": ["customer"]}


def listed(*nodes: Node) -> str:
    """Customers of whom all of these hold."""
    where = {"version": 1, "where": {"all": [_CUSTOMERS, *nodes]}}
    return f"{reverse('customers')}?{urlencode({'where': json.dumps(where)})}"


def with_aum(low: int, below: int | None, *, is_below_cost: bool = False) -> str:
    """Customers whose AUM lies from an edge on (nothing: from below it) and under the next; or those of them who are below marginal cost."""
    nodes = [_check("aum", "at_least", str(low))] if low else []
    nodes += [_check("aum", "less_than", str(below))] if below else []
    return listed(*nodes, *([_check("is_below_cost", "is", True)] if is_below_cost else []))


def most_valuable(percent: int) -> str:
    """The first so many hundredths by contribution."""
    return listed(_check("value_percentile", "more_than", str(100 - percent)))


def below_cost(reason: str) -> str:
    """Customers below marginal cost for one reason."""
    return listed(_check("below_cost_reason", "in", [reason]))


def standing_at(column: str, key: str) -> str:
    """Customers at one stage, tier or state of decline (`column` of the profile)."""
    return listed(_check(column, "in", [key]))


def is_so(column: str) -> str:
    """Customers of whom a flag of the profile says yes."""
    return listed(_check(column, "is", True))


def moved(column: str, before: str, was: str, key: str) -> str:
    """Customers who stood at `was` (`before` of the profile) and stand at `key` (`column`)."""
    return listed(_check(before, "in", [was]), _check(column, "in", [key]))


def of_kinds(*kinds: str, tiers: Sequence[str] = (), sizes: Sequence[str] = (), industry: str = "") -> str:
    """Customers of some kinds, at some tiers, of some sizes, of an industry that begins so; what is empty narrows nothing."""
    nodes: list[Node] = [{"field": "kind", "op": "in", "value": list(kinds)}] if kinds else []
    nodes += [_check("tier_effective", "in", list(tiers))] if tiers else []
    nodes += [{"field": "size_class", "op": "in", "value": list(sizes)}] if sizes else []
    return listed(*nodes, *([{"field": "industry", "op": "starts", "value": industry}] if industry else []))


def _check(key: str, op: str, value: str | list[str] | bool) -> Node:
    return {"field": f"profile_{key}", "op": op, "value": value}


def share(part: int | Decimal, whole: int | Decimal) -> float:
    """A part of a whole; nothing of nothing."""
    return float(Decimal(part) / Decimal(whole)) if whole else 0.0
