"""Fields of the profile: what came in and went out, what the customer is worth and why, how active she is."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from zhike.insight.profile_field import ProfileField, choice, day, flag, money, number, rate

FLOWS, VALUE, ACTIVE, WALLET = _("Money in and out"), _("Customer value"), _("Activity"), _("Wallet")
REASONS = MappingProxyType({
    "expected_loss": _("Expected loss"), "negative_margin": _("Deposits cost more than they earn"), "counter": _("Counter and visits"),
    "channels": _("Other channels"), "accounts": _("Accounts that cost and hold little"), "waived": _("Fees waived"),
    "care": _("Being looked after"),
})  # fmt: skip
BANDS = MappingProxyType({
    "small": _("Small part here"), "half": _("About half here"), "main": _("Mainly here"), "almost_all": _("Almost all here"),
})  # fmt: skip

_FLOWS: tuple[ProfileField, ...] = (
    money("nnm_month", _("Net new money, month"), FLOWS, "customer_month.nnm", _("What came in less what went out, without market, income and exchange rates (§3.1)")),
    money("nnm_year", _("Net new money, year"), FLOWS, "customer_month.nnm"),
    money("nnm_12m", _("Net new money, 12 months"), FLOWS, "customer_month.nnm"),
    money("market_12m", _("Market effect, 12 months"), FLOWS, "customer_month.mtm"),
    money("income_12m", _("Interest received, 12 months"), FLOWS, "customer_month.income"),
    money("inflow_12m", _("Money in, 12 months"), FLOWS, "customer_month.inflow", _("Credits on deposits; between own accounts here counts too")),
    money("outflow_12m", _("Money out, 12 months"), FLOWS, "customer_month.outflow"),
    money("own_out_12m", _("To own accounts elsewhere, 12 months"), FLOWS, "customer_month.own_out"),
    money("salary_12m", _("Salary, 12 months"), FLOWS, "customer_month.salary"),
    day("last_salary_date", _("Last salary"), FLOWS, "customer_month.last_salary_date"),
)  # fmt: skip

_VALUE: tuple[ProfileField, ...] = (
    money("contribution_month", _("Contribution, month"), VALUE, "customer_month.contribution", _("FTP margin and fees less costs, expected loss and tax (§3.3)")),
    money("contribution_12m", _("Contribution, 12 months"), VALUE, "customer_month.contribution"),
    money("margin_12m", _("FTP margin, 12 months"), VALUE, "customer_month.margin"),
    money("fees_12m", _("Fee income, 12 months"), VALUE, "customer_month.fees"),
    money("cost_12m", _("Cost to serve, 12 months"), VALUE, "customer_month.cost"),
    money("expected_loss_12m", _("Expected loss, 12 months"), VALUE, "customer_month.expected_loss"),
    money("marginal_12m", _("Contribution before fixed cost, 12 months"), VALUE, "customer_month.marginal", _("Below zero: below marginal cost (S27)")),
    flag("is_below_cost", _("Below marginal cost"), VALUE, "customer_month.marginal", _("Contribution before allocated fixed cost is below zero (S27)")),
    choice("below_cost_reason", _("Why below marginal cost"), VALUE, "customer_month", REASONS, _("The largest of what pulls her down")),
    money("eva_12m", _("EVA, 12 months"), VALUE, "customer_month.eva"),
    rate("raroc_12m", _("RAROC, 12 months"), VALUE, "customer_month"),
    number("value_percentile", _("Percentile of contribution"), VALUE, "customer_month.contribution", _("100: the most valuable hundredth of customers")),
)  # fmt: skip

_ACTIVE: tuple[ProfileField, ...] = (
    day("last_initiated_date", _("Last own transaction"), ACTIVE, "customer_month.last_initiated_date", _("The last one that the customer began herself (§3.2)")),
    number("initiated_3m", _("Own transactions, 3 months"), ACTIVE, "customer_month.initiated", _("In the last three full months")),
    number("initiated_before_3m", _("Own transactions, 3 months before"), ACTIVE, "customer_month.initiated", _("In the three full months before those")),
    number("initiated_12m", _("Own transactions, 12 months"), ACTIVE, "customer_month.initiated"),
    number("counter_12m", _("At the counter, 12 months"), ACTIVE, "customer_month.counter", _("Transactions and visits")),
    day("last_login_date", _("Last log-in"), ACTIVE, "customer_month.last_login_date"),
    number("logins_12m", _("Log-ins, 12 months"), ACTIVE, "customer_month.logins"),
    number("rfm_r", _("RFM: recency"), ACTIVE, "rfm.r", _("5: the fifth of customers whose last own transaction is the latest")),
    number("rfm_f", _("RFM: frequency"), ACTIVE, "rfm.f", _("5: the fifth with most own transactions in 12 months")),
    number("rfm_m", _("RFM: money"), ACTIVE, "rfm.m", _("5: the fifth with the highest month's average of AUM")),
    choice("wallet_band", _("Wallet"), WALLET, "customer_month.own_out", BANDS, _("Estimated share of the customer's assets that is here; a band, not a fact (§3.8)")),
)  # fmt: skip

WORTH = (*_FLOWS, *_VALUE, *_ACTIVE)
