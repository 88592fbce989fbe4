"""Random conditions and random rows from one seed: many thousand of them in the time in which Hypothesis draws a few, for the soak."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from zhike.core.conditions.days import MOST, PERIODS, UNITS, Span
from zhike.core.conditions.fields import Catalogue
from zhike.core.conditions.kinds import OPERATORS
from zhike.core.conditions.trees import JOINERS, Check, Group, Has, Node

LETTERS = "aAbBzZ王小明公司%_\\'\"é ßİ.*"
FIRST = date(2025, 1, 1)


class Made:
    """What one seed makes; `edges` are days worth hitting, `keys` and `numbers` the choices of the catalogue."""

    def __init__(self, seed: int, catalogue: Catalogue, edges: Sequence[date], keys: Sequence[str], numbers: Sequence[str]) -> None:
        self.random = Random(seed)  # noqa: S311 - tests, no secrets
        self.catalogue, self.edges, self.keys, self.numbers = catalogue, edges, keys, numbers
        self.fields = sorted(catalogue.fields.values(), key=lambda one: one.name)

    def day(self) -> date:
        return self.random.choice(self.edges) if self.random.random() < 0.4 else FIRST + timedelta(days=self.random.randrange(1400))

    def text(self) -> str:
        return "".join(self.random.choices(LETTERS, k=self.random.randint(1, 3)))

    def amount(self) -> Decimal:
        return (
            Decimal(self.random.choice([0, 1, -1, 500_000_00, self.random.randint(-5000, 5000), self.random.randint(-(10**8), 10**8)]))
            / 100
        )

    def node(self, depth: int = 3, *, relations: bool = True) -> Node:
        kind = self.random.random()
        if depth and kind < 0.4:
            return Group(
                self.random.choice(JOINERS), tuple(self.node(depth - 1, relations=relations) for _ in range(self.random.randint(0, 3)))
            )
        if depth and relations and kind < 0.6:
            least, most = sorted(self.random.randint(0, 3) for _ in range(2))
            return Has("child", self.node(depth - 1, relations=False), least, self.random.choice([None, most]))
        return self.check()

    def check(self) -> Check:
        known = self.random.choice(self.fields)
        way = self.random.choice(OPERATORS[known.kind])
        if way.shape == "keys":
            keys = self.numbers if known.key_type == "bigint" else self.keys
            return Check(known.name, way.name, tuple(self.random.sample(list(keys), self.random.randint(1, 3))))
        return Check(known.name, way.name, self.value(way.shape))

    def value(self, shape: str) -> Any:
        random = self.random
        if shape == "span":
            unit = random.choice(UNITS)
            return Span(random.choice([random.randint(0, 40), MOST[unit]]), unit)
        made: dict[str, Callable[[], Any]] = {
            "": lambda: None, "text": self.text, "amount": self.amount, "amounts": lambda: tuple(sorted([self.amount(), self.amount()])),
            "day": self.day, "days": lambda: tuple(sorted([self.day(), self.day()])), "period": lambda: random.choice(PERIODS),
            "flag": lambda: random.random() < 0.5, "month_days": lambda: (f"{self.day():%m-%d}", f"{self.day():%m-%d}"),
        }  # fmt: skip
        return made[shape]()

    def row(self, depth: int = 1) -> dict[str, Any]:
        random = self.random
        row = {
            "name": self.text(), "number": Decimal(random.randint(-50, 50)), "money": self.amount(), "day": self.day(),
            "at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(0, 900_000, 60)),
            "born": random.choice([date(2004, 2, 29), date(2000, 12, 31), date(1930, 1, 1) + timedelta(days=random.randrange(30_000))]),
            "tier": random.choice(self.keys), "unit": random.randint(1, 3), "tags": random.sample(list(self.keys), random.randint(0, 3)),
            "flag": random.random() < 0.5,
        }  # fmt: skip
        row = {name: None if random.random() < 0.2 else value for name, value in row.items()}
        return row | {"child": [self.row(0) for _ in range(random.randint(0, 4))] if depth else []}
