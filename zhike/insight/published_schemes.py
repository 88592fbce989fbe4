"""Tier schemes that banks have published, to begin from (domain §2.5). Thresholds are CNY, of ICBC points.

Where a source gives the rule and not the thresholds (Bohai, CCB), the ladder is that of the typical market; where it gives the thresholds and
not the rule (Weihai, the typical market), the rule is the default's, rated as the source says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from zhike.insight.tier_rules import Rung, Scheme

SchemeOn = Callable[[date], Scheme]


@dataclass(frozen=True)
class Published:
    """A scheme and where it was seen."""

    key: str
    scheme: Scheme
    source: str


def _ladder(*rungs: tuple[str, int], private: str = "private") -> tuple[Rung, ...]:
    return tuple(Rung(key, Decimal(least), key.startswith(private)) for key, least in rungs)


TYPICAL = _ladder(("ordinary", 0), ("gold", 50_000), ("platinum", 200_000), ("diamond", 500_000), ("private", 6_000_000))
DEFAULT = _ladder(("ordinary", 0), ("gold", 50_000), ("platinum", 200_000), ("diamond", 1_000_000), ("private", 6_000_000))
WEIHAI = _ladder(
    ("ordinary", 0), ("gold", 100_000), ("platinum", 300_000), ("black_gold", 500_000), ("diamond", 1_000_000), ("private_6", 6_000_000),
    ("private_8", 8_000_000), ("private_10", 10_000_000),
)  # fmt: skip
ICBC = _ladder(("ordinary", 0), ("star_3", 50), ("star_4", 500), ("star_5", 2_000), ("star_6", 10_000), ("star_7", 80_000))

_ALL = (
    Published("default", Scheme(DEFAULT, grace=3, private_grace=6), "Zhike's default: month-average AUM"),
    Published("bohai", Scheme(TYPICAL, watch_after=0, grace=3, private_grace=6, down="last"), "Bohai Bank, tier page"),
    Published("ccb", Scheme(TYPICAL, up="at_once", watch_after=3, grace=6, private_grace=6, down="best"), "CCB, OCRM tier rule, 2012 copy"),
    Published(
        "icbc", Scheme(ICBC, measure="star_points", watch_after=1, grace=1, private_grace=1, review=(6, 12)), "ICBC stars: rated on 30 June and 31 December"
    ),
    Published(
        "weihai", Scheme(WEIHAI, measure="deposits_year_average", watch_after=1, grace=1, private_grace=1, review=(12,)),
        "Weihai City Commercial Bank: annual average deposits",
    ),
    Published("typical", Scheme(TYPICAL, grace=3, private_grace=6), "Overview of card tiers: the typical market"),
)  # fmt: skip
PUBLISHED: Mapping[str, Published] = {one.key: one for one in _ALL}


def default_scheme(_day: date) -> Scheme:
    """The tier scheme of a bank that has put none in force."""
    return PUBLISHED["default"].scheme
