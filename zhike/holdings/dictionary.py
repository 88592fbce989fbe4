"""Classes of the columns of accounts, money and transactions. What somebody has is C2; opening dates and units are C1 (R30)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("holdings_account", _("Accounts and contracts"), "C2", "law", c1="currency account_class opened_date"),
    Table("holdings_accountrole", _("What customers are on accounts"), "C2", "law", c1="from_date to_date"),
    Table("holdings_balance", _("Balances, now and at month ends"), "C2", "law", c1="currency"),
    Table("holdings_card", _("Cards"), "C2", "law", c1="type tier side issued_date activated_date closed_date renewal_month"),
    Table("holdings_holdinghistory", _("What holdings were before they changed"), "C2", "law"),
    Table("holdings_loan", _("Loans"), "C2", "law", c1="currency", c2="state"),
    Table("holdings_payroll", _("Employers who pay through the bank"), "C2", "law"),
    Table("holdings_position", _("Units of products held"), "C2", "law", c1="currency position_date"),
    Table("holdings_salary", _("Salaries paid"), "C2", "law"),
    Table("holdings_standingorder", _("Standing orders"), "C2", "law", c1="currency code source_code"),
    Table("holdings_summary", _("What customers hold, added up"), "C2", "customer", c1="currency as_of"),
    Table("holdings_transaction", _("Transactions, by month"), "C2", "law", c1="currency code source_code channel is_reversal"),
)
