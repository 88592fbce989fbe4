"""What a table of the build holds, one row per what, in the words of the page of lineage: the docstring of its function is for who builds it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from zhike.core.pages import Words

GRAINS: Mapping[str, Words] = {
    "balance": _("One row per account and day with a new balance; it holds until the next one."),
    "posted_balance": _(
        "One row per account and day with postings, where a system delivers no balances: the balance at the end of the day."
    ),
    "position": _("One row per account, product held in units and day with a new value; it holds until the next one."),
    "flow": _("One row per account, month and kind of posting: how many, how much, the last day."),
    "event": _("One row per customer, month, channel and kind: log-ins and visits."),
    "contact": _("One row per customer, month and channel: calls, visits, messages."),
    "fee": _("One row per customer and month: fees charged and waived."),
    "takings": _("One row per merchant and month: what was taken and what the merchant paid for it."),
    "posted_rate": _("One row per kind, key and day: exchange rates and the FTP curve, as delivered."),
    "product": _("One row per product."),
    "loan": _("One row per account with a loan; of several the longest overdue and the highest rate count."),
    "account": _("One row per account and its main holder, else the first owner among those who have a role in it."),
    "joint_holder": _("One row per account with several holders and holder: which share is counted for whom."),
    "owned": _("One row per account and customer for whom it counts: the main holder, or each holder where the settings say so."),
    "household": _("One row per customer with a household: which one, and how many customers belong to it."),
    "control_group": _("One row per customer in a group of companies under one control: which group; of several the first."),
    "manager": _("One row per customer with a main relationship manager on the business date."),
    "risk_profile": _("One row per customer who was assessed: the last risk profile."),
    "customer": _("One row per customer; of several records of one customer the one that has been a customer longest."),
    "shop": _("One row per merchant: which customer it belongs to."),
    "numbered": _("One row per account with a balance: a short number for this build, and its closing."),
    "balance_change": _("One row per account and change of its balance; it holds until the next one."),
    "position_change": _("One row per account, product held in units and change of its value, and how much of it is price."),
    "holding_month": _("One row per account, product held and month: opening, closing, sum of days, bought and sold."),
    "interest_income": _("One row per account and month with interest received."),
    "priced_holding": _("One row per account, product held and month, with its rates and its amounts in CNY."),
    "account_value": _("One row per account, product held, month and customer: assets or loans, how they moved, what they earn and cost."),
    "value_part": _("One row per customer and month: sums of what the accounts are worth."),
    "flow_part": _("One row per customer and month: money in and out, own transactions by channel, and what they cost."),
    "act_part": _("One row per customer and month with log-ins, visits or contacts, and what they cost."),
    "fee_part": _("One row per customer and month with fees charged or waived, merchants' fees among them."),
    "customer_month": _("One row per customer and month: what is held, how it moved, what it earns the bank, costs it and does."),
    "customer_states": _("One row per customer and month: tier, stage of the relation, decline."),
    "belonging_month": _("One row per unit, manager, group by control and month: the customers who belong to all of them together."),
    "bank_month": _("One row per month: the whole bank."),
    "unit_month": _("One row per managing unit and month."),
    "manager_month": _("One row per main relationship manager and month."),
    "household_month": _("One row per household and month; everybody without one together."),
    "group_month": _("One row per group of companies under one control and month; everybody without one together."),
    "family_month": _("One row per product family and month: what is held, earned and lost on it."),
    "mix_month": _("One row per month, line of business, tier, size and trade: what those customers hold, owe and bring."),
    "cards": _("One row per customer with a card that is not closed."),
    "registered_loans": _("One row per customer with a running loan in the register of loans."),
    "orders": _("One row per customer with a standing order in force."),
    "lines": _("One row per customer with a credit line in force."),
    "employers": _("One row per customer who pays salaries through the bank."),
    "complaints": _("One row per customer who complained up to the business date."),
    "services": _("One row per customer with a card, loan, standing order, credit line, payroll or complaint."),
    "earlier_span": _("One row per customer: the months before that of the business date added up, which the next day finds there."),
    "customer_span": _("One row per customer: the months added up over month, quarter, year and twelve months."),
    "customer_accounts": _(
        "One row per customer with an account: what is held on the business date, what falls due, when the last one was opened."
    ),
    "early_acts": _("One row per customer: own transactions at the beginning of the 365 days of RFM, counted by day."),
    "rfm": _(
        "One row per customer: scores 1 to 5 for recency, frequency and money of the last 365 days, and the percentile of contribution."
    ),
    "rfm_threshold": _("One row per score: where it begins for this business date."),
    "customer_cell": _("One row per customer: value and potential at the last end of a quarter, and at the one before."),
    "near_the_young": _("One row per customer past the age of school who shares a household, unit and manager with somebody of that age."),
    "profile": _("One row per customer: every field of the profile as of the business date."),
    "concentration": _("One row per hundredth of customers by contribution: how many, how much contribution and AUM."),
}
