"""Fields of the profile: how she grows and holds on, through which channels she comes, what falls due, what services she has."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from zhike.insight.profile_field import ProfileField, choice, day, flag, money, number, rate
from zhike.insight.profile_held import AUM, DEPOSITS, HOLDS, INVESTED, LOANS
from zhike.insight.profile_worth import ACTIVE, FLOWS, VALUE

SERVICES, COMPLAINTS = _("Cards, orders and lines"), _("Complaints")
CHANNELS = MappingProxyType({
    "mobile": _("Mobile app"), "online": _("Online bank"), "counter": _("Counter"), "atm": _("ATM"), "pos": _("POS"),
})  # fmt: skip
FIVE = MappingProxyType({
    "pass": _("Pass"), "special_mention": _("Special mention"), "substandard": _("Substandard"), "doubtful": _("Doubtful"), "loss": _("Loss"),
})  # fmt: skip
_GROWS = _("Against the opening of the period, at most 9,999-fold; empty where nothing was held then")

_GROWTH: tuple[ProfileField, ...] = (
    rate("aum_growth_1m", _("AUM, growth in the month"), AUM, "customer_month.aum ÷ aum_opening", _GROWS),
    rate("aum_growth_3m", _("AUM, growth in 3 months"), AUM, "customer_month.aum ÷ aum_opening", _GROWS),
    rate("aum_growth_6m", _("AUM, growth in 6 months"), AUM, "customer_month.aum ÷ aum_opening", _GROWS),
    rate("aum_growth_12m", _("AUM, growth in 12 months"), AUM, "customer_month.aum ÷ aum_opening", _GROWS),
    money("aum_low_12m", _("Lowest AUM, 12 months"), AUM, "customer_month.aum", _("Lowest month end, the month so far included")),
    money("aum_high_12m", _("Highest AUM, 12 months"), AUM, "customer_month.aum", _("Highest month end, the month so far included")),
    rate("aum_swing_12m", _("AUM, swing in 12 months"), AUM, "customer_month.aum", _("Highest less lowest month end, as a share of the average")),
    rate("aum_below_peak", _("AUM below its peak"), AUM, "customer_month.aum", _("How far below the highest month end of all, as a share of it")),
    money("deposits_3m_average", _("Deposits, average of 3 months"), DEPOSITS, "customer_month.deposits_sum ÷ days", _("Daily average of the last three full months"), "month"),
    money("deposits_12m_average", _("Deposits, average of 12 months"), DEPOSITS, "customer_month.deposits_sum ÷ days"),
    rate("deposits_share", _("Share of deposits in AUM"), DEPOSITS, "customer_month.deposits ÷ aum"),
    rate("investments_share", _("Share of investments in AUM"), INVESTED, "customer_month.aum − deposits"),
    rate("wealth_share", _("Share of wealth products in AUM"), INVESTED, "customer_month.wealth ÷ aum"),
    money("lum_12m_average", _("Loans, average of 12 months"), LOANS, "customer_month.lum_sum ÷ days"),
    money("lum_change_month", _("Loans, change in the month"), LOANS, "customer_month.lum − lum_opening"),
    money("lum_change_12m", _("Loans, change in 12 months"), LOANS, "customer_month.lum − lum_opening"),
    money("mortgages", _("Mortgages"), LOANS, "customer_month.mortgage"),
    money("card_debt", _("Owed on credit cards"), LOANS, "customer_month.card"),
    money("other_loans", _("Other loans"), LOANS, "customer_month.loan", _("Loans that are no mortgage and no card")),
    choice("five_class", _("Worst loan class"), LOANS, "account.five_class", FIVE, _("Of the five classes, the worst of all loans")),
)  # fmt: skip

_MOVES: tuple[ProfileField, ...] = (
    money("inflow_month", _("Money in, month"), FLOWS, "customer_month.inflow"),
    money("outflow_month", _("Money out, month"), FLOWS, "customer_month.outflow"),
    money("own_in_12m", _("From own accounts elsewhere, 12 months"), FLOWS, "customer_month.own_in"),
    money("spent_12m", _("Spent by card, 12 months"), FLOWS, "customer_month.spent"),
    money("takings_12m", _("Merchant's takings, 12 months"), FLOWS, "customer_month.takings"),
    money("exchange_12m", _("Exchange-rate effect, 12 months"), FLOWS, "customer_month.fx"),
    number("salary_months", _("Months with salary, 12 months"), FLOWS, "customer_month.salary"),
    money("salary_average", _("Salary a month"), FLOWS, "customer_month.salary", _("Of the months with one, in 12 months")),
    money("contribution_quarter", _("Contribution, quarter"), VALUE, "customer_month.contribution"),
    money("contribution_year", _("Contribution, year"), VALUE, "customer_month.contribution"),
    money("commission_12m", _("Commission, 12 months"), VALUE, "customer_month.commission"),
    money("revenue_12m", _("Revenue, 12 months"), VALUE, "customer_month.revenue", _("Margin, commission and fees, less what of the fees goes straight out again")),
    money("waived_12m", _("Fees waived, 12 months"), VALUE, "customer_month.waived"),
    money("counter_cost_12m", _("Cost of counter and visits, 12 months"), VALUE, "customer_month.counter_cost"),
    rate("cost_income_12m", _("Cost to income, 12 months"), VALUE, "customer_month.cost ÷ revenue", _("Empty where nothing was earned")),
    rate("fee_share_12m", _("Share of fees and commission, 12 months"), VALUE, "customer_month", _("Of revenue; empty where nothing was earned")),
    money("capital_12m", _("Economic capital, average of 12 months"), VALUE, "customer_month.capital_days ÷ days"),
)  # fmt: skip

_ACTS: tuple[ProfileField, ...] = (
    number("initiated_month", _("Own transactions, month"), ACTIVE, "customer_month.initiated"),
    rate("initiated_change_3m", _("Own transactions, change in 3 months"), ACTIVE, "customer_month.initiated", _("The last three full months against the three before; empty where those had none")),
    number("active_months_12m", _("Months with own transactions, 12 months"), ACTIVE, "customer_month.initiated"),
    number("mobile_12m", _("By mobile app, 12 months"), ACTIVE, "customer_month.mobile", _("Own transactions")),
    number("online_12m", _("By online bank, 12 months"), ACTIVE, "customer_month.online", _("Own transactions")),
    number("atm_12m", _("At cash machines, 12 months"), ACTIVE, "customer_month.atm", _("Own transactions")),
    number("pos_12m", _("At card terminals, 12 months"), ACTIVE, "customer_month.pos", _("Own transactions")),
    number("visits_12m", _("Visits to the counter, 12 months"), ACTIVE, "customer_month.visits"),
    rate("digital_share_12m", _("Digital share, 12 months"), ACTIVE, "customer_month.mobile + online", _("Of own transactions, those by mobile app and online bank")),
    choice("main_channel", _("Main channel"), ACTIVE, "customer_month", CHANNELS, _("Where most own transactions of 12 months were made")),
    number("logins_month", _("Log-ins, month"), ACTIVE, "customer_month.logins"),
    number("logins_3m", _("Log-ins, 3 months"), ACTIVE, "customer_month.logins", _("In the last three full months")),
    number("contacts_12m", _("Contacts, 12 months"), ACTIVE, "customer_month.contacts", _("As the bank's systems delivered them")),
    day("last_contact_date", _("Last contact"), ACTIVE, "customer_month.last_contact_date", _("As the bank's systems delivered it")),
)  # fmt: skip

_DUE: tuple[ProfileField, ...] = (
    money("maturing_30d", _("Maturing within 30 days"), HOLDS, "account.maturity_date", _("Deposits and investments, from the business date on")),
    money("maturing_12m", _("Maturing within 12 months"), HOLDS, "account.maturity_date", _("Deposits and investments, from the business date on")),
    number("maturing_count_90d", _("Maturities within 90 days"), HOLDS, "account.maturity_date"),
    day("next_loan_date", _("Next end of a loan"), LOANS, "account.maturity_date"),
    money("loans_ending_12m", _("Loans ending within 12 months"), LOANS, "account.maturity_date"),
    day("first_opened_date", _("First account opened"), HOLDS, "account.opened_date"),
    day("last_closed_date", _("Last account closed"), HOLDS, "account.closed_date"),
    number("opened_12m", _("Accounts opened, 12 months"), HOLDS, "account.opened_date", _("In the 365 days up to the business date")),
    number("closed_12m", _("Accounts closed, 12 months"), HOLDS, "account.closed_date", _("In the 365 days up to the business date")),
    number("currencies_held", _("Currencies held"), HOLDS, "account.currency"),
    flag("holds_foreign", _("Holds other currencies"), HOLDS, "account.currency"),
)  # fmt: skip

_SERVICES: tuple[ProfileField, ...] = (
    number("debit_cards", _("Debit cards"), SERVICES, "card.side"),
    number("credit_cards", _("Credit cards"), SERVICES, "card.side"),
    money("card_limit", _("Limit of credit cards"), SERVICES, "card.limit_amount"),
    rate("card_use", _("Use of credit cards"), SERVICES, "customer_month.card ÷ limit", _("What is owed as a share of the limit")),
    number("loans_running", _("Loans running"), SERVICES, "loan.state", _("By the loan register, also those without an account of their own")),
    number("standing_orders", _("Standing orders"), SERVICES, "standing_order.from_date", _("In force on the business date")),
    money("credit_lines", _("Credit lines"), SERVICES, "credit_line.amount", _("In force on the business date")),
    rate("line_use", _("Use of credit lines"), SERVICES, "credit_line.used ÷ amount"),
    flag("pays_salaries", _("Pays salaries through the bank"), SERVICES, "payroll_agreement", _("Has a payroll agreement in force")),
    number("complaints_12m", _("Complaints, 12 months"), COMPLAINTS, "case.opened_at", _("In the 365 days up to the business date, as the bank's systems delivered them")),
    number("complaints_open", _("Complaints open"), COMPLAINTS, "case.closed_at"),
    day("last_complaint_date", _("Last complaint"), COMPLAINTS, "case.opened_at"),
)  # fmt: skip

FURTHER = (*_GROWTH, *_MOVES, *_ACTS, *_DUE, *_SERVICES)
