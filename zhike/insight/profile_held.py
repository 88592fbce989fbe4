"""Fields of the profile: what the customer holds, time points and daily averages (§3.1), and what is due."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.insight.profile_field import ProfileField, day, flag, money, number, rate

AUM, DEPOSITS, INVESTED, LOANS, HOLDS = _("AUM"), _("Deposits"), _("Investments"), _("Loans"), _("Products held")

_POINTS: tuple[ProfileField, ...] = (
    money("aum", _("AUM"), AUM, "customer_month.aum", _("Deposits and investments at the end of the business date")),
    money("aum_month_average", _("AUM, month's average"), AUM, "customer_month.aum_sum ÷ days", _("Daily average of the month so far")),
    money("aum_quarter_average", _("AUM, quarter's average"), AUM, "customer_month.aum_sum ÷ days", _("Daily average of the quarter so far")),
    money("aum_year_average", _("AUM, year's average"), AUM, "customer_month.aum_sum ÷ days", _("Daily average of the year so far")),
    money("aum_last_month_average", _("AUM, last month's average"), AUM, "customer_month.aum_sum ÷ days", _("Daily average of the last full month"), "month"),
    money("aum_3m_average", _("AUM, average of 3 months"), AUM, "customer_month.aum_sum ÷ days", _("Daily average of the last three full months"), "month"),
    money("aum_12m_average", _("AUM, average of 12 months"), AUM, "customer_month.aum_sum ÷ days", _("Daily average of 12 months")),
    money("aum_month_start", _("AUM at the start of the month"), AUM, "customer_month.aum_opening", "", "month"),
    money("aum_year_start", _("AUM at the start of the year"), AUM, "customer_month.aum_opening", "", "month"),
    money("aum_year_ago", _("AUM 12 months ago"), AUM, "customer_month.aum", _("At the end of the same month a year ago"), "month"),
    money("aum_peak", _("Highest AUM"), AUM, "customer_month.aum", _("Highest month end of all that is known")),
    money("aum_change_month", _("AUM, change in the month"), AUM, "customer_month.aum − aum_opening"),
    money("aum_change_year", _("AUM, change in the year"), AUM, "customer_month.aum − aum_opening"),
    money("aum_change_12m", _("AUM, change in 12 months"), AUM, "customer_month.aum − aum_opening"),
    money("deposits", _("Deposits"), DEPOSITS, "customer_month.deposits"),
    money("demand_deposits", _("Demand deposits"), DEPOSITS, "customer_month.demand"),
    money("term_deposits", _("Term deposits"), DEPOSITS, "customer_month.deposits − demand", _("Every deposit that is not on demand")),
    rate("term_share", _("Share of term deposits"), DEPOSITS, "customer_month.demand ÷ deposits", _("Of all deposits; empty without deposits (S125)")),
    money("deposits_month_average", _("Deposits, month's average"), DEPOSITS, "customer_month.deposits_sum ÷ days"),
    money("deposits_year_average", _("Deposits, year's average"), DEPOSITS, "customer_month.deposits_sum ÷ days"),
    money("investments", _("Investments"), INVESTED, "customer_month.aum − deposits"),
    money("wealth", _("Wealth products"), INVESTED, "customer_month.wealth"),
    money("funds", _("Funds and bonds"), INVESTED, "customer_month.funds"),
    money("insurance", _("Insurance and metals"), INVESTED, "customer_month.insurance"),
    money("lum", _("Loans"), LOANS, "customer_month.lum", _("Loans and what is owed on credit cards")),
    money("lum_month_average", _("Loans, month's average"), LOANS, "customer_month.lum_sum ÷ days"),
    money("lum_year_average", _("Loans, year's average"), LOANS, "customer_month.lum_sum ÷ days"),
    number("overdue_days", _("Days overdue"), LOANS, "loan.overdue_days", _("The longest of all loans")),
)  # fmt: skip

_HOLDS: tuple[ProfileField, ...] = (
    number("families_held", _("Product families held"), HOLDS, "customer_product.family"),
    flag("is_cross_sold", _("Cross-sold"), HOLDS, "customer_product.family", _("Holds at least three families (setting)")),
    number("accounts_open", _("Open accounts"), HOLDS, "account.closed_date"),
    flag("holds_term", _("Holds a term deposit"), HOLDS, "customer_product.family"),
    flag("holds_wealth", _("Holds a wealth product"), HOLDS, "customer_product.family"),
    flag("holds_fund", _("Holds a fund"), HOLDS, "customer_product.family"),
    flag("holds_insurance", _("Holds an insurance"), HOLDS, "customer_product.family"),
    flag("holds_mortgage", _("Holds a mortgage"), HOLDS, "customer_product.family"),
    flag("holds_loan", _("Holds another loan"), HOLDS, "customer_product.family", _("Any loan that is no mortgage and no card")),
    flag("holds_credit_card", _("Holds a credit card"), HOLDS, "customer_product.family"),
    day("next_maturity_date", _("Next maturity"), HOLDS, "account.maturity_date", _("Of deposits and investments, from the business date on")),
    money("next_maturity_amount", _("Amount of the next maturity"), HOLDS, "account.balance"),
    money("maturing_90d", _("Maturing within 90 days"), HOLDS, "account.maturity_date", _("Deposits and investments, from the business date on")),
    day("last_opened_date", _("Last account opened"), HOLDS, "account.opened_date"),
)  # fmt: skip

HELD = (*_POINTS, *_HOLDS)
