"""Product sides (S21) and needs of a stage of life (S33) as pages show them: of one customer, and of all whom a viewer sees.

Both take the right to transactions beside that to accounts, since fees paid and salaries are in them. The first argument is the viewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from zhike.access.scope import Viewer
from zhike.core.pages import Words
from zhike.insight import lists
from zhike.insight.models import Profile
from zhike.insight.profile_needs import SHOWN
from zhike.insight.profile_sides import FLAGS, SIDES

RIGHTS = ("accounts.read", "transactions.read")
NOTHING = Decimal(0)
# What she holds of a side: a daily average of twelve months.
AVERAGES: Mapping[str, str] = {"liability": "deposits_12m_average", "asset": "lum_12m_average", "intermediary": "investments_12m_average"}


@dataclass(frozen=True)
class SideRow:
    """A side: its customers, for how many of them it is the main one and what those bring, and what all hold of it. `key` empty: on no side."""

    key: str
    word: Words
    customers: int
    mainly: int
    share: float
    held: Decimal
    contribution: Decimal
    link: str = ""
    mainly_link: str = ""


@dataclass(frozen=True)
class HerSides:
    """insight/_her_sides.html: her main side, the others of which she is a customer, her needs each with its reason."""

    main: Words
    others: Sequence[Words]
    needs: Sequence[tuple[Words, Words]]


def of_customer(viewer: Viewer, profile: Profile) -> HerSides | None:
    """What her page says; None: the viewer may not see postings."""
    if not all(viewer.may(right) for right in RIGHTS):
        return None
    main = profile.main_side or ""  # type: ignore[attr-defined]  # columns are added from the catalogue
    others = [word for side, word in SIDES.items() if side != main and getattr(profile, FLAGS[side])]
    needs = [(title, words[getattr(profile, key)]) for title, key, words in SHOWN if getattr(profile, key) in words]
    return HerSides(SIDES.get(main, ""), others, needs)


def by_side(viewer: Viewer, nobody: Words) -> list[SideRow]:
    """All customers by side, told in one statement; those on no side last, called `nobody`. Empty without the rights, and where no profile has a side yet."""
    if not all(viewer.may(right) for right in RIGHTS):
        return []
    rows = Profile.objects.seen_by(viewer).filter(status="customer").values("main_side", *FLAGS.values())
    sums = {name: Sum(column) for name, column in AVERAGES.items()}
    found = list(rows.annotate(n=Count("pk"), brought=Sum("contribution_12m"), **sums))
    whole = sum(row["n"] for row in found)
    if not any(row["main_side"] for row in found):
        return []

    def row_of(side: str, word: Words) -> SideRow:
        mine = [row for row in found if (row["main_side"] or "") == side]
        of_it = [row for row in found if row[FLAGS[side]]] if side else mine
        customers, mainly = sum(row["n"] for row in of_it), sum(row["n"] for row in mine)
        return SideRow(
            side, word, customers, mainly, lists.share(mainly, whole),
            sum((row[side] or NOTHING for row in found), NOTHING) if side else NOTHING, sum((row["brought"] or NOTHING for row in mine), NOTHING),
            lists.is_so(FLAGS[side]) if side and customers else "", lists.standing_at("main_side", side) if side and mainly else "",
        )  # fmt: skip

    said = [row_of(side, word) for side, word in SIDES.items()]
    none = row_of("", nobody)
    return [*said, none] if none.customers else said
