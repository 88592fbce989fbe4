"""What is done with accounts, loans, cards and postings when a customer is forgotten: sums stay, whose they were does not (`core.forgetting`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.forgetting import After, Rows, Stays, Values, declare

_SUMS = "amounts without a name: sums of branch and bank stay as they were"
_KEY = "external_key = replace(t.external_key, '|' || k.external_key || '|', '|' || k.alias || '|')"

declare(
    Values("holdings_account", "account_no_digest"),
    Values("holdings_card", "card_no_digest"),
    Rows("holdings_account", _("Account numbers"), sets="account_no_digest = null, account_no_last4 = null, account_no_masked = ''", is_law=True),
    Rows("holdings_card", _("Card numbers"), sets="card_no_digest = null, card_no_last4 = null, card_no_masked = ''", is_law=True),
    Rows("holdings_standingorder", _("Names and words of payments"), sets="counterparty_account_digest = null, counterparty_account_masked = ''", is_law=True),
    Rows("holdings_salary", sets=_KEY, is_law=True, is_keyed=True, only="t.source = k.source"),
    Rows("holdings_holdinghistory", is_law=True),
    After(
        """update holdings_transaction t set counterparty_name = null, counterparty_account_digest = null, counterparty_account_masked = null,
               counterparty_bank = null, summary = null
           from holdings_account a join going g on g.party_id = a.party_id and g.is_whole where t.account_id = a.id"""
    ),
    Stays("holdings_transaction", _SUMS),
    Stays("holdings_accountrole", _SUMS),
    Stays("holdings_balance", _SUMS),
    Stays("holdings_position", _SUMS),
    Stays("holdings_loan", _SUMS),
    Stays("holdings_payroll", _SUMS),
    Stays("holdings_summary", _SUMS),
)  # fmt: skip
