"""Small tables of the build: the calendar of months, rates and costs as they hold in each month. Pure: settings and dates in, rows out.

A month has one set of settings (that of its last day), one exchange rate and one FTP curve; what has a term keeps the curve of the day on which it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import ibis

from zhike.insight.settings_needs import LifeNeeds, born
from zhike.insight.settings_rules import DEPOSITS, INVESTMENTS, LOANS, Settings, of
from zhike.insight.staging.accounts import MOST_OVERDUE, MOST_TERM

SettingsOn = Callable[[date], Settings]
HOME = "CNY"
_SIX = Decimal("0.000001")
_BUCKETS: Mapping[str, str] = {
    "demand_deposit": "demand", "wealth_product": "wealth", "trust": "wealth", "fund": "funds", "bond": "funds", "custody": "funds",
    "insurance": "insurance", "precious_metal": "insurance", "mortgage": "mortgage", "credit_card": "card",
}  # fmt: skip

CLOCK = ibis.schema({
    "as_of": "date", "month": "date", "month_days": "int64", "quarter_days": "int64", "year_days": "int64", "days_3m": "int64", "last_days": "int64",
    "days_12m": "int64", "effective_aum": "decimal(18,2)", "families": "int64", "groups": "int64", "hurdle": "decimal(12,6)",
    "held_elsewhere": "decimal(12,6)", "half": "decimal(12,6)", "main": "decimal(12,6)", "almost_all": "decimal(12,6)", "priced_from": "date", "joint_shared": "boolean",
    "housing_salary_months": "int64", **dict.fromkeys(born(date(2000, 1, 1), LifeNeeds()), "date"),
})  # fmt: skip
MONTHS = ibis.schema({
    "month": "date", "start_date": "date", "end_date": "date", "days": "int64", "days_of_month": "int64", "is_base": "boolean",
    "customer_cost": "decimal(18,2)", "customer_variable": "decimal(12,6)", "managed_cost": "decimal(18,2)",
    "managed_variable": "decimal(12,6)", "tax": "decimal(12,6)", "hurdle": "decimal(12,6)", "direct": "decimal(12,6)", "by_contract": "boolean", "joint_shared": "boolean",
})  # fmt: skip
SPANS = ibis.schema({"month": "date", **dict.fromkeys(
    ("in_month", "in_quarter", "in_year", "in_12m", "is_last_full", "in_full3", "in_before3", "starts_quarter", "starts_year", "starts_12m", "starts_3m", "starts_6m", "in_rfm"), "boolean"
)})  # fmt: skip
EXCHANGE = ibis.schema({"month": "date", "currency": "string", "rate_open": "decimal(12,6)", "rate_close": "decimal(12,6)"})
FAMILIES = ibis.schema({
    "month": "date", "family": "string", "side": "string", "bucket": "string", "base": "int64", "own_term": "int64", "commission": "decimal(12,6)",
    "account_cost": "decimal(18,2)", "account_variable": "decimal(12,6)", "capital_rate": "decimal(12,6)", "family_bit": "int64",
})  # fmt: skip
CURVE = ibis.schema({"month": "date", "term": "int64", "ftp": "decimal(12,6)"})
CONTRACT_DAYS = ibis.schema(
    {"begun_date": "date", "curve": "int64"}
)  # every day on which something may have begun, and which curve held on it
CONTRACT_CURVE = ibis.schema({"curve": "int64", "term": "int64", "contract_ftp": "decimal(12,6)"})
LOSSES = ibis.schema({"month": "date", "family": "string", "overdue_days": "int64", "loss_rate": "decimal(12,6)"})
# of an act: its cost in fen and, of that, what varies in millionths of a CNY; whole, so that sums of acts are exact however they were staged
CHANNELS = ibis.schema({"month": "date", "channel": "string", "act_fen": "int64", "act_varies": "int64"})
SCHEMAS = {
    "clock": CLOCK, "months": MONTHS, "spans": SPANS, "exchange": EXCHANGE, "families": FAMILIES, "curve": CURVE, "losses": LOSSES,
    "channels": CHANNELS, "contract_days": CONTRACT_DAYS, "contract_curve": CONTRACT_CURVE,
}  # fmt: skip
CHANNEL_NAMES = (
    "counter",
    "atm",
    "mobile_app",
    "online_bank",
    "phone",
    "email",
    "sms",
    "wechat",
    "visit",
    "branch_visit",
    "letter",
    "system",
    "pos",
    "other",
)
FAMILY_NAMES = (
    *DEPOSITS,
    *INVESTMENTS,
    *LOANS,
    "custody",
    "debit_card",
    "e_banking",
    "payroll",
    "merchant",
    "settlement",
    "guarantee",
    "letter_of_credit",
)

Points = Mapping[int, Decimal]


@dataclass(frozen=True)
class Quote:
    """A delivered rate: of kind fx `USD/CNY`, of kind ftp `CNY-12M`."""

    kind: str
    key: str
    day: date
    rate: Decimal


def month_after(month: date, count: int = 1) -> date:
    """The first day of the month `count` months later (negative: before)."""
    whole = month.year * 12 + month.month - 1 + count
    return date(whole // 12, whole % 12 + 1, 1)


def rfm_from(as_of: date, settings: Settings) -> date:
    """The first of the days that frequency counts (§3.2)."""
    return as_of - timedelta(days=settings.rfm.days - 1)


def months_between(first: date, last: date) -> list[date]:
    """The first days of the months from `first` to `last`, both included."""
    found = [first.replace(day=1)]
    while found[-1] < last.replace(day=1):
        found.append(month_after(found[-1]))
    return found


@dataclass(frozen=True)
class Terms:
    """What holds in the months of a build. `first`: the month before which nothing is known."""

    as_of: date
    first: date
    settings_on: SettingsOn
    quotes: Sequence[Quote]

    def rows(self, months: Sequence[date], base: date | None) -> dict[str, list[tuple[object, ...]]]:
        """The rows of every small table for the months to be computed; `base` is the month that only opens them."""
        by_month = {month: self.settings_on(self.last_day(month)) for month in months}
        begun = self.curves_by_day()
        return {
            "clock": [self._clock()],
            "months": [self._month(month, settings, month == base) for month, settings in by_month.items()],
            "spans": [self._span(month) for month in months_between(self.first, self.as_of)],
            "exchange": [row for month, settings in by_month.items() for row in self._exchange(month, settings)],
            "families": [row for month, settings in by_month.items() for row in _families(month, settings)],
            "curve": [row for month, settings in by_month.items() for row in self._curve(month, settings)],
            "losses": [row for month, settings in by_month.items() for row in _losses(month, settings)],
            "channels": [(month, channel, *_act(of(s.costs.act, channel), of(s.costs.variable, channel))) for month, s in by_month.items() for channel in CHANNEL_NAMES],
            "contract_days": [(day, number) for day, number, _points in begun],
            "contract_curve": _curves(begun),
        }  # fmt: skip

    def last_day(self, month: date) -> date:
        """The last day of a month that is known."""
        return min(month_after(month) - timedelta(days=1), self.as_of)

    def _days(self, months: Iterable[date]) -> int:
        """The days of some months up to the business date; 30 each where the setting says so (§2.4)."""
        found = [month for month in months if month >= self.first]
        if self.settings_on(self.as_of).averages.day_count == "thirty":
            return 30 * len(found)
        return sum((self.last_day(month) - month).days + 1 for month in found)

    def _clock(self) -> tuple[object, ...]:
        now, settings = self.as_of.replace(day=1), self.settings_on(self.as_of)
        quarter = month_after(now, -((now.month - 1) % 3))
        full = [month_after(now, -n) for n in range(1, 4)] if not self.is_full(now) else [month_after(now, -n) for n in range(3)]
        wallet = settings.wallet
        return (
            self.as_of, now, self._days([now]), self._days(months_between(quarter, now)),
            self._days(months_between(date(now.year, 1, 1), now)), self._days(full), self._days(full[:1]), self._days(month_after(now, -n) for n in range(12)),
            settings.holding.effective_aum, settings.holding.families, settings.rfm.groups, settings.capital.hurdle, wallet.held_elsewhere,
            wallet.bands["half"], wallet.bands["main"], wallet.bands["almost_all"], self.curves_by_day()[0][0], settings.averages.joint == "share",
            settings.needs.housing_salary_months, *born(self.as_of, settings.needs).values(),
        )  # fmt: skip

    def is_full(self, month: date) -> bool:
        """Whether the last day of a month is known."""
        return month_after(month) - timedelta(days=1) <= self.as_of

    def _month(self, month: date, settings: Settings, is_base: bool) -> tuple[object, ...]:
        end, whole = self.last_day(month) + timedelta(days=1), (month_after(month) - month).days
        costs = settings.costs
        return (
            month, month, end, (end - month).days, whole, is_base, costs.customer, of(costs.variable, "customer"), costs.managed,
            of(costs.variable, "managed"), settings.capital.tax, settings.capital.hurdle, of(settings.fees.direct, "*"),
            settings.transfer.day == "contract", settings.averages.joint == "share",
        )  # fmt: skip

    def _span(self, month: date) -> tuple[object, ...]:
        now = self.as_of.replace(day=1)
        quarter, year, twelve = month_after(now, -((now.month - 1) % 3)), date(now.year, 1, 1), month_after(now, -11)
        last_full = now if self.is_full(now) else month_after(now, -1)
        return (
            month, month == now, month >= quarter, month >= year, month >= twelve, month == last_full,
            month_after(last_full, -2) <= month <= last_full, month_after(last_full, -5) <= month <= month_after(last_full, -3),
            month == max(quarter, self.first), month == max(year, self.first), month == max(twelve, self.first),
            month == max(month_after(now, -2), self.first), month == max(month_after(now, -5), self.first),
            month >= rfm_from(self.as_of, self.settings_on(self.as_of)).replace(day=1),
        )  # fmt: skip

    def _exchange(self, month: date, settings: Settings) -> list[tuple[object, ...]]:
        codes = sorted({*settings.currency.rate, *(quote.key.partition("/")[0] for quote in self.quotes if quote.kind == "fx")} - {"*"})
        before = month - timedelta(days=1)
        earlier = self.settings_on(before)
        rows: list[tuple[object, ...]] = [(month, HOME, Decimal(1), Decimal(1))]
        return rows + [
            (month, code, self.rate_of(code, before, earlier), self.rate_of(code, self.last_day(month), settings)) for code in codes
        ]

    def rate_of(self, currency: str, day: date, settings: Settings) -> Decimal:
        """What one unit of a currency is in CNY on a day: the last delivered rate, else the setting's, else one."""
        if settings.currency.source == "feed":
            found = [quote for quote in self.quotes if quote.kind == "fx" and quote.key == f"{currency}/{HOME}" and quote.day <= day]
            if found:
                return max(found, key=lambda quote: quote.day).rate
        return settings.currency.rate.get(currency, Decimal(1))

    def _curve(self, month: date, settings: Settings) -> list[tuple[object, ...]]:
        points = self.curve_on(self.last_day(month), settings)
        return [(month, term, interpolated(points, term)) for term in range(1, MOST_TERM + 1)]

    def curve_on(self, day: date, settings: Settings) -> Mapping[int, Decimal]:
        """The price of money by months of term on a day: the curve delivered last, else the setting's (§3.3)."""
        found = [quote for quote in self.quotes if quote.kind == "ftp" and quote.key.startswith(f"{HOME}-") and quote.day <= day]
        if settings.transfer.source == "feed" and found:
            latest = max(quote.day for quote in found)
            return {int(quote.key[4:-1]): quote.rate for quote in found if quote.day == latest}
        return {int(term): rate for term, rate in settings.transfer.curve.items()}

    def curves_by_day(self) -> list[tuple[date, int, Points]]:
        """For every day up to the business date on which a contract may have begun, the number of the curve that held on it and its points. What began before
        the first one that is known has that one. Delivered curves begin on their days, those of the setting with their months."""
        begun = self._delivered_curves() if self.settings_on(self.as_of).transfer.source == "feed" else {}
        if not begun:
            begun = {
                month: self.curve_on(self.last_day(month), self.settings_on(self.last_day(month)))
                for month in months_between(self.first, self.as_of)
            }
        days = sorted(begun)
        found = []
        for number, day in enumerate(days):
            until = days[number + 1] if number + 1 < len(days) else self.as_of + timedelta(days=1)
            found += [(day + timedelta(days=more), number, begun[day]) for more in range((until - day).days)]
        return found

    def _delivered_curves(self) -> dict[date, Points]:
        found: dict[date, dict[int, Decimal]] = {}
        for quote in self.quotes:
            if quote.kind == "ftp" and quote.key.startswith(f"{HOME}-") and quote.day <= self.as_of:
                found.setdefault(quote.day, {})[int(quote.key[4:-1])] = quote.rate
        return dict(found)


def _curves(begun: Sequence[tuple[date, int, Points]]) -> list[tuple[object, ...]]:
    """Every term of every numbered curve."""
    points = {number: those for _day, number, those in begun}
    return [(number, term, interpolated(those, term)) for number, those in points.items() for term in range(1, MOST_TERM + 1)]


def interpolated(points: Mapping[int, Decimal], term: int) -> Decimal:
    """The curve at a term: on the straight line between its neighbours, level outside."""
    known = sorted(points)
    below, above = max((t for t in known if t <= term), default=known[0]), min((t for t in known if t >= term), default=known[-1])
    if below == above:
        return points[below].quantize(_SIX)
    part = Decimal(term - below) / Decimal(above - below)
    return (points[below] + (points[above] - points[below]) * part).quantize(_SIX, ROUND_HALF_UP)


def _families(month: date, settings: Settings) -> list[tuple[object, ...]]:
    rows = []
    for place, family in enumerate(FAMILY_NAMES):
        side = "asset" if family in LOANS else "liability" if family in DEPOSITS else "intermediary"
        if family == "custody" and settings.averages.custody == "no":
            side = "none"
        bucket = _BUCKETS.get(family) or {"asset": "loan", "liability": "term", "none": "none"}.get(side, "other")
        rows.append((
            month, family, side, bucket, of(settings.interest.base, family), of(settings.transfer.term, family), of(settings.fees.commission, family),
            of(settings.costs.account, family), of(settings.costs.variable, "account"), of(settings.capital.rate, family),
            1 << place,
        ))  # fmt: skip
    return list(rows)


def _act(cost: Decimal, variable: Decimal) -> tuple[int, int]:
    return int(cost * 100), int((cost * variable * 1_000_000).to_integral_value(ROUND_HALF_UP))


def _losses(month: date, settings: Settings) -> list[tuple[object, ...]]:
    return [(month, family, days, loss_rate(settings, family, days)) for family in LOANS for days in range(MOST_OVERDUE + 1)]


def loss_rate(settings: Settings, family: str, overdue_days: int) -> Decimal:
    """PD × LGD a year of a loan so many days overdue."""
    risk = settings.risk
    band = (
        max((start, name) for name, start in risk.band_from.items() if start <= overdue_days)[1]
        if overdue_days >= min(risk.band_from.values())
        else ""
    )
    pd = risk.pd_overdue[band] if band else of(risk.pd, family)
    return (pd * of(risk.lgd, family)).quantize(_SIX, ROUND_HALF_UP)
