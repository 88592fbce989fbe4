"""The columns a customer list may have: what each is called, who may see it, what it needs to be read, and its plain value for a file.

How a column looks on a page is `rows.py`; `value` is what an export writes: real dates, amounts and counts, masks as stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer
from zhike.core.pages import Words
from zhike.core.words import language
from zhike.parties.cells import OWN
from zhike.parties.declared import declared_fields
from zhike.parties.field_types import NAME, SORTABLE, Definition
from zhike.workspace.queries import CustomerRow, Need, Sort

Value = str | date | Decimal | int | None
Shape = Literal["text", "money", "date", "count", "number"]  # a number is an amount of no currency that is known
NARROWEST, WIDEST = 60, 600


@dataclass(frozen=True)
class ListColumn:
    """A column. `needs`: what has to be read besides the line of the party; each need is one statement a page."""

    name: str
    title: Words
    value: Callable[[CustomerRow], Value]
    shape: Shape = "text"
    needs: Need = ""
    permission: str = ""
    sort: Sort = ""
    look: str = ""  # further classes of its cells

    @property
    def right(self) -> bool:
        """Whether its cells stand at the right."""
        return self.shape in ("money", "count", "number")


def _held(name: str) -> Callable[[CustomerRow], Value]:
    def value(row: CustomerRow) -> Value:
        found: Value = getattr(row.held, name) if row.held else None
        return found

    return value


def _fact(name: str) -> Callable[[CustomerRow], Value]:
    def value(row: CustomerRow) -> Value:
        found = getattr(row.facts, name) if row.facts else None
        return found if found is None or isinstance(found, date | int) else str(found)

    return value


def _last_contact(row: CustomerRow) -> Value:
    return timezone.localtime(row.last_contact).date() if row.last_contact else None


def _change(row: CustomerRow) -> Decimal | None:
    return row.curve[-1] - row.curve[-2] if len(row.curve) > 1 else None


ALL: Mapping[str, ListColumn] = {
    column.name: column
    for column in (
        ListColumn("name", _("Customer"), lambda row: row.party.name, sort="name"),
        ListColumn("number", _("Customer number"), lambda row: row.party.customer_no, look="zk-num zk-number"),
        ListColumn("phone", _("Mobile"), lambda row: row.party.phone.masked if row.party.phone else "", permission="contacts.read", look="zk-phone"),
        ListColumn("aum", _("AUM, end of day"), _held("aum"), "money", "held", "accounts.read", "aum", "zk-name zk-aum"),
        ListColumn("change", _("Deposits, on last month"), _change, "money", "curve", "accounts.read"),
        ListColumn("curve", _("Deposits, 24 months"), lambda row: row.curve[-1] if row.curve else None, "money", "curve", "accounts.read"),
        ListColumn("loans", _("Loans"), lambda row: row.held.loans or None if row.held else None, "money", "held", "accounts.read"),
        ListColumn("products", _("Products"), lambda row: row.held.count_families or None if row.held else None, "count", "held", "accounts.read"),
        ListColumn("maturity", _("Next maturity"), _held("next_maturity_date"), "date", "held", "accounts.read", look="zk-maturity"),
        ListColumn("rm", _("Manager"), lambda row: row.party.rm),
        ListColumn("unit", _("Outlet"), lambda row: row.party.unit),
        ListColumn("since", _("Customer since"), lambda row: row.party.since, "date", sort="since"),
        ListColumn("tier", _("Service tier"), lambda row: row.tier.word if row.tier else None, "text", "tier", "accounts.read", "tier"),
        ListColumn("side", _("Main side"), lambda row: str(row.side), needs="side", permission="transactions.read"),
        ListColumn("deposits", _("Deposits"), _held("deposits"), "money", "held", "accounts.read"),
        ListColumn("wealth", _("Investments"), _held("wealth"), "money", "held", "accounts.read"),
        ListColumn("accounts", _("Accounts"), _held("count_accounts"), "count", "held", "accounts.read"),
        ListColumn("last_contact", _("Last contact"), _last_contact, "date", "contact", "interactions.read"),
        ListColumn("birthday", _("Born"), _fact("birth_date"), "date", "facts"),
        ListColumn("id_expires", _("ID expires"), _fact("id_expires"), "date", "facts", "contacts.read"),
        ListColumn("kind", _("Kind"), lambda row: str(row.party.kind)),
        ListColumn("status", _("Status"), lambda row: str(row.party.status_word)),
        ListColumn("occupation", _("Occupation"), _fact("occupation"), needs="facts"),
        ListColumn("industry", _("Industry"), _fact("industry"), needs="facts"),
        ListColumn("employer", _("Employer"), _fact("employer"), needs="facts"),
        ListColumn("region", _("Region"), _fact("region"), needs="facts"),
    )
}  # fmt: skip
USUAL = ("name", "number", "phone", "aum", "loans", "products", "maturity", "rm", "unit", "since")


def allowed(viewer: Viewer) -> list[ListColumn]:
    """Every column that this viewer may have, those of declared fields last."""
    return [*(column for column in ALL.values() if not column.permission or viewer.may(column.permission)), *own_columns(viewer)]


def own_columns(viewer: Viewer) -> list[ListColumn]:
    """A column for each declared field that she may read; one with an index can be ordered by."""
    return [_own(definition) for definition in declared_fields(viewer)]


def _own(definition: Definition) -> ListColumn:
    name = f"{OWN}{definition.name}"
    shape: Shape = {"number": "number", "money": "number", "date": "date"}.get(definition.type, "text")  # type: ignore[assignment]
    sort = name if definition.has_index and definition.type in SORTABLE else ""
    return ListColumn(
        name, definition.label(language()), lambda row: row.declared.get(definition.name), shape, "declared", definition.permission, sort
    )  # fmt: skip


def is_column(name: str) -> bool:
    """Whether a column may be called so; whether there is one is asked when it is shown."""
    return name in ALL or (name.startswith(OWN) and NAME.fullmatch(name.removeprefix(OWN)) is not None)


def chosen(viewer: Viewer, names: Sequence[str] | None) -> list[ListColumn]:
    """These columns in this order, as far as they exist and she may see them, with the name first; without a choice the usual ones."""
    wanted = dict.fromkeys(["name", *(names or USUAL)])
    of_ours = own_columns(viewer) if any(name.startswith(OWN) for name in wanted) else []
    may = {column.name: column for column in of_ours}
    may |= {name: column for name, column in ALL.items() if not column.permission or viewer.may(column.permission)}
    return [may[name] for name in wanted if name in may]


def needs_of(columns: Sequence[ListColumn]) -> frozenset[Need]:
    """What has to be read for these columns."""
    return frozenset(column.needs for column in columns if column.needs)


def width(text: object) -> int | None:
    """A width in pixels as a person may set it; None for what is none."""
    try:
        wanted = int(str(text))
    except ValueError:
        return None
    return min(max(wanted, NARROWEST), WIDEST)
