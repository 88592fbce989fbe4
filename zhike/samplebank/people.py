"""Who the persons and sole traders are: facts that hold from the start, each a pure function of seed and index.

Persons come in blocks of five neighbours: a head, perhaps a spouse, perhaps a grown child, perhaps a parent, and a stranger. So a
relative is found by arithmetic, and any range of indexes can be made alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhike.samplebank.plan import Chance, Floats, Ints, Plan

BLOCK = 5
Flags = NDArray[np.bool_]

# Shares of customers and the log-normal (median yuan, sigma) of their financial assets: 60 % at 10-50 k, 2 % above a million (S29).
WEALTH_CLASSES = ((0.13, 1_200.0, 0.9), (0.60, 19_000.0, 0.55), (0.165, 78_000.0, 0.42), (0.083, 350_000.0, 0.45), (0.022, 0.0, 0.0))
RICH_FLOOR, RICH_ALPHA, RICH_CAP = 1_050_000.0, 1.12, 60_000_000.0


@dataclass(frozen=True)
class People:
    """Columns over one index range [lo, hi); money in fen."""

    index: Ints
    female: Flags
    birth_day: Ints  # days since 1970-01-01
    age: Ints  # years at the plan's `until`
    couple: Flags  # married to the neighbour of the block
    is_head: Flags
    is_spouse: Flags
    is_child: Flags
    is_parent: Flags
    marital: Ints  # 0 single 1 married 2 divorced 3 widowed
    trader: Flags
    outlet: Ints
    wealth: Ints
    income: Ints  # monthly, whatever the source
    employed: Flags
    employer: Ints  # company number among the plan's employers, -1 = pays elsewhere
    payday: Ints
    digital: Floats
    rate_sensitive: Floats
    persuadable: Floats
    joined: Ints  # month of joining, -1 = before the opening
    join_day: Ints
    tenure_days: Ints  # days from customer-since to the opening, for those before


def people(plan: Plan, chance: Chance, lo: int, hi: int) -> People:
    """The persons and sole traders with indexes lo..hi (hi exclusive)."""
    index = np.arange(lo, hi, dtype=np.int64)
    block, place = index // BLOCK, index % BLOCK
    trader = index >= plan.cuts[0]
    ages, roles = _ages_and_roles(plan, chance, index, block, place, trader)
    is_head, is_spouse, is_child, is_parent, couple = roles
    female_head = chance("female head", block) < 0.42
    female = np.where(is_head, female_head, np.where(is_spouse, ~female_head, chance("female", index) < 0.5))
    until_day = int(np.datetime64(plan.until, "D").astype(np.int64))
    birth_day = until_day - (ages * 365.2425).astype(np.int64) - (chance("birthday", index) * 364).astype(np.int64) - 1
    wealth = _wealth(chance, index, trader)
    retired = ages >= np.where(female, 55, 60)
    employed = ~trader & ~retired & (ages >= 20) & (chance("employed", index) < 0.82)
    pays_here = employed & (chance("payroll here", index) < 0.46)
    joined, join_day, tenure = _joining(plan, chance, index, ages)
    return People(
        index=index, female=female, birth_day=birth_day, age=ages, couple=couple, is_head=is_head, is_spouse=is_spouse,
        is_child=is_child, is_parent=is_parent, marital=_marital(chance, index, ages, couple), trader=trader,
        outlet=_outlet(plan, chance, block), wealth=wealth, income=_income(chance, index, ages, employed, trader, retired, wealth),
        employed=employed, employer=np.where(pays_here, _employer(plan, chance, index), -1),
        payday=np.array([5, 8, 10, 15, 20, 25])[(chance("payday", _employer(plan, chance, index)) * 6).astype(np.int64)],
        digital=np.clip(1.15 - ages / 90 + 0.25 * chance.normal("digital", index), 0.02, 1.0),
        rate_sensitive=chance("rate sensitive", index), persuadable=0.1 + 0.6 * chance("persuadable", index),
        joined=joined, join_day=join_day, tenure_days=tenure,
    )  # fmt: skip


def _ages_and_roles(
    plan: Plan, chance: Chance, index: Ints, block: Ints, place: Ints, trader: Flags
) -> tuple[Ints, tuple[Flags, Flags, Flags, Flags, Flags]]:
    whole = (block + 1) * BLOCK <= plan.cuts[0]  # a block cut by the sole traders holds strangers only
    head_age = (27 + 38 * chance("head age", block)).astype(np.int64)
    couple = whole & (chance("couple", block) < 0.42)
    has_child = whole & couple & (head_age >= 46) & (chance("has child", block) < 0.45)
    has_parent = whole & (head_age <= 60) & (chance("has parent", block) < 0.22)
    is_head, is_spouse = whole & (place == 0), couple & (place == 1)
    is_child, is_parent = has_child & (place == 2), has_parent & (place == 3)
    apart = (chance("age gap", block) * 6).astype(np.int64)
    stranger = (18 + 62 * chance("age", index) ** 1.25).astype(np.int64)
    stranger = np.where(trader, 25 + (40 * chance("age", index)).astype(np.int64), stranger)
    age = np.select(
        [is_head, is_spouse, is_child, is_parent],
        [head_age, head_age + apart - 3, head_age - 26 - apart // 2, head_age + 23 + apart],
        stranger,
    )
    return np.clip(age, 18, 92).astype(np.int64), (is_head, is_spouse, is_child, is_parent, couple & (is_head | is_spouse))


def _marital(chance: Chance, index: Ints, age: Ints, couple: Flags) -> Ints:
    u = chance("marital", index)
    alone = np.where(age < 26, 0, np.where(u < 0.55, 1, np.where(u < 0.85, 0, np.where(age > 68, 3, 2))))
    return np.where(couple, 1, alone).astype(np.int64)


def _wealth(chance: Chance, index: Ints, trader: Flags) -> Ints:
    u, edge = chance("wealth class", index), 0.0
    z = chance.normal("wealth", index)
    wealth = np.zeros(len(index))
    for share, median, sigma in WEALTH_CLASSES[:-1]:
        wealth = np.where((u >= edge) & (u < edge + share), median * np.exp(sigma * z), wealth)
        edge += share
    rich = np.minimum(RICH_FLOOR * chance("rich", index) ** (-1 / RICH_ALPHA), RICH_CAP)
    wealth = np.where(u >= edge, rich, wealth) * np.where(trader, 1.6, 1.0)
    return np.rint(wealth * 100).astype(np.int64)


def _income(chance: Chance, index: Ints, age: Ints, employed: Flags, trader: Flags, retired: Flags, wealth: Ints) -> Ints:
    pull = np.clip((np.log(np.maximum(wealth, 1e5)) - np.log(2_000_000)) * 0.16, -0.5, 1.2)
    base = np.where(trader, 16_000.0, np.where(retired, 3_600.0, np.where(employed, 6_400.0, 2_600.0)))
    career = np.where(employed, np.clip((age - 22) * 0.015, 0, 0.35), 0.0)
    income = base * np.exp(pull + career + 0.32 * chance.normal("income", index))
    return np.rint(income).astype(np.int64) * 100


def _employer(plan: Plan, chance: Chance, index: Ints) -> Ints:
    return (plan.employers * chance("employer", index) ** 1.7).astype(np.int64)


def _outlet(plan: Plan, chance: Chance, block: Ints) -> Ints:
    return (plan.outlets * chance("outlet", block) ** 1.15).astype(np.int64)


def _joining(plan: Plan, chance: Chance, index: Ints, age: Ints) -> tuple[Ints, Ints, Ints]:
    """About nine in a hundred customers a year are new; the others joined over the twelve years before."""
    u = chance("joins", index)
    share = min(0.5, 0.0075 * plan.months)
    month = np.where(u < share, (u / share * plan.months).astype(np.int64), -1)
    day = 2 + (chance("join day", index) * 24).astype(np.int64)
    longest = np.minimum(4380, (age - 16) * 365 - 366 * ((plan.months + 11) // 12))
    tenure = 30 + (np.maximum(longest, 60) * chance("tenure", index) ** 0.8).astype(np.int64)
    return month, day, tenure
