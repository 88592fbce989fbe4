"""What conditions may ask about what a customer holds. The first argument is the viewer.

Amounts on the customer are those of the currency she has most in, as lists show them; what is in each account has its own currency. A joint
account counts for its main holder, as in every sum (decision 11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer
from zhike.core.conditions.fields import Catalogue, Choice, Choices, Field, Relation, gathered
from zhike.core.conditions.kinds import Kind
from zhike.holdings import asked, labels
from zhike.holdings.labels import Words
from zhike.holdings.models import Account, Transaction

MONEY, DUE, MOVES = _("What is held"), _("Falling due"), _("Money in and out")
READ, POSTINGS = "accounts.read", "transactions.read"
_SUMMARY = "(select s.{column} from holdings_summary s where s.party_id = {{row}}.id and s.place is not null)"
_HELD = "from holdings_account a left join products_product f on f.id = a.product_id where a.party_id = {row}.id and a.valid_to is null and a.status <> 'closed'"


def fields(viewer: Viewer) -> list[Field]:
    """Sums of what a customer holds now."""
    families = f"array(select distinct coalesce(f.family, 'demand_deposit') {_HELD})"
    return [
        _sum("aum", _("End-of-day AUM"), MONEY, _("deposits and investments, in the currency the customer has most in")),
        _sum("deposits", _("Deposits"), MONEY),
        _sum("wealth", _("Investments"), MONEY),
        _sum("loans", _("Loans"), MONEY),
        _of_summary("currency", _("Main currency"), "choice", choices=_currencies),
        _of_summary("count_accounts", _("Number of accounts"), "number"),
        _of_summary("count_families", _("Number of product families"), "number"),
        Field("families", _("Holds"), "set", families, MONEY, choices=_families, permission=READ, protection="financial", value=asked.families),
        _of_summary("next_maturity_date", _("Next maturity"), "date", DUE),
        _sum("next_maturity_amount", _("Amount of the next maturity"), DUE),
    ]  # fmt: skip


def reader(viewer: Viewer) -> Callable[[int], asked.HoldingFacts]:
    """What Python decides on in the place of PostgreSQL, under the name of the area."""
    return asked.reader(viewer)


def relations(viewer: Viewer) -> list[Relation]:
    """Accounts, loans, cards and postings of a customer, one by one."""

    def accounts(side: str) -> str:
        return (
            "holdings_account {new} left join products_product {new}_product on {new}_product.id = {new}.product_id"
            " where {new}.party_id = {row}.id and {new}.valid_to is null and {new}.status <> 'closed'"
            f" and coalesce({{new}}_product.side, 'liability') = '{side}'"
        )

    def own(table: str) -> str:
        return f"{table} {{new}} where {{new}}.party_id = {{row}}.id and {{new}}.valid_to is null"

    postings = "holdings_account {new}_of join holdings_transaction {new} on {new}.account_id = {new}_of.id where {new}_of.party_id = {row}.id and {new}_of.valid_to is null"
    return [
        Relation("deposit", _("Deposit"), accounts("liability"), _account, _("a deposit"), _("no deposit"), _("%(n)s deposits"), MONEY, READ, rows=asked.accounts("liability")),
        Relation("investment", _("Investment"), accounts("intermediary"), _account, _("an investment"), _("no investment"), _("%(n)s investments"), MONEY, READ, rows=asked.accounts("intermediary")),
        Relation("loan", _("Loan"), own("holdings_loan"), _loan, _("a loan"), _("no loan"), _("%(n)s loans"), MONEY, READ, rows=asked.loans),
        Relation("card", _("Card"), own("holdings_card"), _card, _("a card"), _("no card"), _("%(n)s cards"), MONEY, READ, rows=asked.cards),
        Relation("posting", _("Transaction"), postings, _posting, _("a transaction"), _("no transaction"), _("%(n)s transactions"), MOVES, POSTINGS, rows=asked.postings),
    ]  # fmt: skip


def _of_summary(
    column: str, title: Words, kind: Kind, group: Words = MONEY, description: Words = "", choices: Choices | None = None
) -> Field:
    sql = _SUMMARY.format(column=column)
    value = asked.of_summary(column)
    return Field(
        column, title, kind, sql, group, "", choices, permission=READ, protection="financial", description=description, value=value
    )


def _sum(column: str, title: Words, group: Words, description: Words = "") -> Field:
    return _of_summary(column, title, "money", group, description)


def _own(name: str, title: Words, kind: Kind, *, column: str = "", unit: Words = "", choices: Choices | None = None) -> Field:
    """A column of the related row itself."""
    of_row = f"{{row}}.{column or name}"
    plain = f"nullif({of_row}, '')" if kind in ("text", "choice") else of_row
    return Field(name, title, kind, plain, "", unit, choices, protection="financial", value=asked.own(column or name))


def _words(words: Mapping[str, Words]) -> Choices:
    return lambda: [Choice(key, title) for key, title in words.items()]


def _account() -> Catalogue:
    return gathered([
        Field("family", _("Kind of product"), "choice", "coalesce({row}_product.family, 'demand_deposit')", choices=_families, protection="financial", value=asked.family),
        Field("product_name", _("Product"), "text", "nullif({row}_product.name, '')", protection="financial", value=asked.product_name),
        _own("balance", _("Balance"), "money"),
        _own("principal", _("Principal"), "money"),
        _own("maturity_date", _("Matures"), "date"),
        _own("opened_date", _("Opened"), "date"),
        _own("rate", _("Rate"), "number", column="rate * 100", unit="%"),
        _own("is_auto_renewed", _("Renewed by itself"), "flag"),
        _own("currency", _("Currency"), "choice", choices=_currencies),
        _own("status", _("Status"), "choice", choices=lambda: [Choice(key, title) for key, title in Account.Status.choices]),
    ])  # fmt: skip


def _loan() -> Catalogue:
    return gathered([
        _own("balance", _("Balance"), "money"),
        _own("amount", _("Amount granted"), "money"),
        _own("granted_date", _("Granted"), "date"),
        _own("maturity_date", _("Matures"), "date"),
        _own("rate", _("Rate"), "number", column="rate * 100", unit="%"),
        _own("state", _("Status"), "choice", choices=_words(labels.LOAN_STATES)),
        _own("five_class", _("Five-tier class"), "choice", choices=_words(labels.FIVE_CLASSES)),
        _own("overdue_days", _("Overdue for"), "number", unit=_("days")),
        _own("purpose", _("Purpose"), "text"),
    ])  # fmt: skip


def _card() -> Catalogue:
    return gathered([
        _own("side", _("Debit or credit"), "choice", choices=_words(labels.CARD_SIDES)),
        _own("status", _("Status"), "choice", choices=_words(labels.CARD_STATES)),
        _own("issued_date", _("Issued"), "date"),
        _own("renewal_month", _("Month of renewal"), "date"),
        _own("limit_amount", _("Limit"), "money"),
    ])  # fmt: skip


def _posting() -> Catalogue:
    return gathered([
        _own("booking_date", _("Date"), "date"),
        _own("amount", _("Amount"), "money"),
        _own("direction", _("In or out"), "choice", choices=lambda: [Choice(key, title) for key, title in Transaction.Direction.choices]),
        _own("code", _("Kind of posting"), "choice", choices=_words(labels.KINDS_OF_POSTING)),
        _own("channel", _("Channel"), "choice", choices=_words(labels.CHANNELS)),
        _own("counterparty_name", _("Counterparty"), "text"),
        _own("summary", _("Remark"), "text"),
    ])  # fmt: skip


def _families() -> list[Choice]:
    """The families of the bank's catalogue, in the words of the house where it has any."""
    rows = apps.get_model("products", "Product").objects.order_by("family").values_list("family", flat=True).distinct()
    return [Choice(family, labels.word(labels.FAMILIES, family)) for family in dict.fromkeys(["demand_deposit", *rows])]


def _currencies() -> list[Choice]:
    return [Choice(code, code) for code in labels.CURRENCIES]
