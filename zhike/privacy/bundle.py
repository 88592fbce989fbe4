"""What a customer is given of her data: a folder of tables, as JSON for machines and CSV for people (R25; GDPR 15, 20).

Only what is hers: of relatives only what they are to her, never who; nothing that the bank concluded by itself. Anything else that the bank keeps by law stands in no
table that this reads.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder

from zhike.access.actions import reveal
from zhike.access.scope import Viewer, require
from zhike.parties import queries as parties
from zhike.privacy.rules import cell

PURPOSE = "right"  # why a protected value is opened, in the audit
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Table:
    """A table of a bundle: the model it is read from, its columns, which of them stands for a protected value (column → its digest).

    `permission`: what whoever makes it must hold besides. `is_provided`: the customer gave it or made it by what she did, so that it may go elsewhere (GDPR 20).
    """

    name: str
    model: str
    columns: tuple[str, ...]
    order: str
    permission: str = "customers.read"
    sealed: tuple[str, str] | None = None
    only: Mapping[str, Any] | None = None
    is_provided: bool = True


TABLES: tuple[Table, ...] = (
    Table("profile", "parties.Party", (
        "customer_no", "kind", "name", "sex", "birth_date", "nationality", "occupation", "employer_name", "education", "marital_status", "income_band", "region",
        "industry", "registered_capital", "established_date", "since_date", "left_date",
    ), "id"),
    Table("documents", "parties.Identifier", ("id_type", "id_no_masked", "issued_date", "expires_date", "issuer"), "id", "contacts.read",
          ("id_no_masked", "id_no_digest"), {"valid_to": None}),
    Table("contact_points", "parties.ContactPoint", ("kind", "purpose", "value_masked", "region", "is_main", "is_valid"), "id", "contacts.read",
          ("value_masked", "value_digest"), {"valid_to": None}),
    Table("relations", "parties.Relationship", ("type", "share", "from_date", "to_date"), "id", only={"valid_to": None}, is_provided=False),
    Table("managers", "parties.Assignment", ("role", "from_date", "to_date"), "from_date", is_provided=False),
    Table("consents", "parties.Consent", ("purpose", "channel", "state", "at", "notice_version", "expires_date", "evidence"), "at"),
    Table("what_we_noted_as_facts", "parties.Declared", ("values",), "id", "contacts.read", is_provided=False),
    Table("accounts", "holdings.Account", ("account_no_masked", "currency", "status", "opened_date", "closed_date", "maturity_date", "rate", "balance", "balance_date"),
          "id", "accounts.read", ("account_no_masked", "account_no_digest"), {"valid_to": None}),
    Table("loans", "holdings.Loan", ("amount", "balance", "currency", "granted_date", "maturity_date", "rate", "state", "purpose"), "id", "accounts.read",
          only={"valid_to": None}),
    Table("transactions", "holdings.Transaction", ("booking_date", "amount", "currency", "direction", "code", "summary", "counterparty_name", "channel"), "booking_date",
          "transactions.read"),
    Table("contacts", "engagement.Interaction", ("at", "channel", "direction", "purpose", "subject", "text"), "at", "interactions.read", is_provided=False),
    Table("log_ins_and_visits", "engagement.ChannelDay", ("day", "channel", "kinds", "details", "seconds"), "day", "interactions.read"),
    Table("notes", "engagement.Note", ("written_at", "text"), "written_at", only={"deleted_at": None}, is_provided=False),
)  # fmt: skip


@dataclass(frozen=True)
class Bundle:
    """The tables by name, and what they are about."""

    about: Mapping[str, Any]
    tables: Mapping[str, Rows]

    def zipped(self) -> bytes:
        """`data.json` with all of it, and a CSV a table (UTF-8 with its mark, which spreadsheets want)."""
        into = io.BytesIO()
        with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as folder:
            whole = {"about": self.about, "data": self.tables}
            folder.writestr("data.json", json.dumps(whole, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
            for name, rows in self.tables.items():
                folder.writestr(f"{name}.csv", "\ufeff" + _csv(rows))
        return into.getvalue()


def bundle_of(viewer: Viewer, party_id: int, *, kind: str, at: datetime) -> Bundle:
    """The data of a customer whom the viewer sees; for `port` only what she provided. Raises PartyNotSeen, PermissionDenied where the viewer may not read one of
    the tables: a bundle with a hole in it would be a wrong answer."""
    parties.require_seen(viewer, party_id)
    chosen = [table for table in TABLES if kind != "port" or table.is_provided]
    for table in chosen:
        require(viewer, table.permission)
    about = {"format": "zhike.personal-data", "version": 1, "made_at": at, "request": kind, "tables": [table.name for table in chosen]}
    return Bundle(about, {table.name: _rows(viewer, party_id, table) for table in chosen})


def _rows(viewer: Viewer, party_id: int, table: Table) -> Rows:
    model: Any = apps.get_model(table.model)
    key = "pk" if table.model == "parties.Party" else "party"
    wanted = (*table.columns, *(table.sealed[1:] if table.sealed else ()))
    found = model.objects.seen_by(viewer).filter(**{key: party_id}, **(table.only or {})).order_by(table.order, "pk").values(*wanted)
    return [_opened(viewer, party_id, dict(row), table.sealed) for row in found]


def _opened(viewer: Viewer, party_id: int, row: dict[str, Any], sealed: Sequence[str] | None) -> dict[str, Any]:
    """A row with its protected value in clear where the viewer may open it, else with its mask; the digest never leaves."""
    if sealed is None:
        return row
    masked, digest = sealed
    token = row.pop(digest)
    value = row.pop(masked)
    if token is not None and viewer.may("contacts.reveal"):
        value = reveal(actor=viewer, digest=bytes(token), party_id=party_id, purpose=PURPOSE) or value
    return {masked.removesuffix("_masked"): value, **row}


def _csv(rows: Rows) -> str:
    into = io.StringIO()
    writer = csv.writer(into)
    if rows:
        writer.writerow(rows[0])
        writer.writerows([cell(_flat(value)) for value in row.values()] for row in rows)
    return into.getvalue()


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
