"""What to talk about with a customer, from facts alone: each point is a fact, then what to do. Pure; the words are asked for when they are shown.

No model and no score stands behind them; a point that does not hold is not made. Identity refresh never hints at monitoring (ui guide, 14).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from zhike.core import dates, money
from zhike.core.moments import Ahead
from zhike.core.words import language
from zhike.holdings.queries import Held, MonthEnd

SOON, QUIET = timedelta(days=90), timedelta(days=90)
FALL = Decimal("0.2")  # of deposits, against the third month end before


@dataclass(frozen=True)
class Known:
    """What the points are made of. `missing`: words for what the profile lacks, weightiest first."""

    day: date
    held: Held | None
    history: Sequence[MonthEnd]
    ahead: Sequence[Ahead]
    last_contact: date | None
    may_see_contacts: bool
    missing: Sequence[str]


def points(known: Known) -> list[str]:
    """The points, the most pressing first."""
    return [*_coming(known), *_fallen(known), *_quiet(known), *_missing(known)]


def _coming(known: Known) -> Iterator[str]:
    for coming in known.ahead:
        if not known.day <= coming.day <= known.day + SOON:
            continue
        told = {
            "what": coming.title,
            "day": dates.full_day(coming.day, language()),
            "days": dates.relative(coming.day, language(), known.day),
        }
        if coming.amount:
            told["amount"] = money.money(coming.amount, language(), currency=coming.currency).text
            if coming.icon == "coin":
                yield _("%(what)s of %(amount)s falls due %(day)s: ask how it will be repaid") % told
            else:
                yield _("%(what)s of %(amount)s falls due %(day)s: ask what comes after it") % told
        elif coming.icon == "id":
            yield _("Identity refresh needed by %(day)s") % told
        elif coming.icon == "gift":
            yield _("%(what)s on %(day)s: a greeting in time") % told


def _fallen(known: Known) -> Iterator[str]:
    if known.held is None or len(known.history) < 4:
        return
    then, now = known.history[-4], known.history[-1]
    if then.deposits > 0 and then.deposits - now.deposits >= FALL * then.deposits:
        yield _("Balances fell by %(amount)s since %(month)s: ask where the money is needed") % {
            "amount": money.money(then.deposits - now.deposits, language(), currency=known.held.currency).text,
            "month": dates.month(then.day, language()),
        }


def _quiet(known: Known) -> Iterator[str]:
    if not known.may_see_contacts:
        return
    if known.last_contact is None:
        yield _("No contact is recorded: begin with what matters to the customer")
    elif known.day - known.last_contact > QUIET:
        yield _("Last contact %(days)s days ago: ask what has changed") % {"days": (known.day - known.last_contact).days}


def _missing(known: Known) -> Iterator[str]:
    if known.missing:
        yield _("Not known yet: %(what)s") % {"what": ", ".join(known.missing[:3])}
