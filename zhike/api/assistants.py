"""The tools of a bank's own assistants (Model Context Protocol): reading only, as a person, by her token; every call leaves an entry, refused ones too."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.utils import timezone
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from ninja import Schema

from zhike.access.actions import record
from zhike.access.doors import coming_through
from zhike.access.scope import NOBODY, Viewer, entered
from zhike.api import bank_queries, holding_queries, queries
from zhike.api.holding_queries import PageAsked, TransactionsAsked
from zhike.api.queries import CustomersAsked
from zhike.api.tokens import TokenUnfit, holder_of
from zhike.core.conditions.reading import Refused, names_of
from zhike.core.deadlines import TookTooLong
from zhike.parties.queries import Which

MOST = 50
INSTRUCTIONS = """Customers of the bank, what they hold and every contact with them, as the person of the token sees them. Phone, ID, account and card
numbers are masked and stay so. Find a customer by name, pinyin, customer number or the last four of a phone; go on with its id."""
READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
Reading = Callable[[Viewer], Schema | dict[str, Any]]


class Desk:
    """Answers an assistant's questions with one token, looked at anew at each, so that a revoked one ends at once."""

    def __init__(self, token: str) -> None:
        self._token = token

    def answer(self, tool: str, read: Reading, *, party_id: int | None = None, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What `read` finds for the token's person, with its entry. Raises `ToolError` with words for the assistant.

        The error is raised after the transaction: a refusal inside it would take its own entry back.
        """
        found: Schema | dict[str, Any] = {}
        refused = ""
        with self._asking() as viewer:
            try:
                found = read(viewer)
            except (Http404, PermissionDenied, Refused, TookTooLong) as wrong:
                reason, refused = _why(wrong)
                record(viewer, "api.assistant_refused", subject=("tool", tool), party_id=party_id, reason=reason, after=dict(asked or {}))
            else:
                record(viewer, "api.assistant_asked", subject=("tool", tool), party_id=party_id, after=dict(asked or {}))
        if refused:
            raise ToolError(refused)
        return found.model_dump(mode="json") if isinstance(found, Schema) else found

    @contextlib.contextmanager
    def _asking(self) -> Iterator[Viewer]:
        try:
            with entered(NOBODY):
                holder = holder_of(self._token, timezone.now())
            with coming_through("mcp"), entered(holder.viewer) as viewer:
                yield viewer
        except TokenUnfit as wrong:
            raise ToolError(f"The token does not open: {wrong.reason}.") from wrong
        finally:
            connection.close()  # each call has a thread of its own


def _why(wrong: Exception) -> tuple[str, str]:
    """A refusal as the entry names it, and in words for the assistant."""
    if isinstance(wrong, Refused):
        return "condition", f"This condition cannot be used: {wrong}. The tool condition_fields tells what may be asked."
    if isinstance(wrong, PermissionDenied):
        return f"right {wrong}", f"Not allowed: the right {wrong} is missing."
    if isinstance(wrong, TookTooLong):
        return "too long", "This takes too long: ask for something that fewer fit."
    return "not seen", "Not there, or not within the reach of this token."


def server(desk: Desk) -> MCPServer:
    """The server with its tools."""
    made: MCPServer = MCPServer("zhike", title="Zhike 知客", instructions=INSTRUCTIONS, log_level="WARNING")
    _customers(made, desk)
    _narrowed(made, desk)
    _holdings(made, desk)
    return made


def _customers(made: MCPServer, desk: Desk) -> None:
    @made.tool(annotations=READS)
    def find_customer(words: str, limit: int = 10) -> dict[str, Any]:
        """Customers found by name (characters, pinyin, initials), customer number, or the last four of a phone or ID; best first."""

        def read(viewer: Viewer) -> dict[str, Any]:
            found = queries.customers(viewer, CustomersAsked(Which(), words.strip()[:80].replace("\x00", ""), most=_most(limit)))
            return {"customers": [_plain(row) for row in found.rows], "is_cut": found.is_cut}

        return desk.answer("find_customer", read, asked={"letters": len(words)})

    @made.tool(annotations=READS)
    def customer(customer_id: int) -> dict[str, Any]:
        """Who a customer is, who looks after it, what it holds in its main currency."""

        def read(viewer: Viewer) -> dict[str, Any]:
            return _plain(queries.customer(viewer, _key(customer_id), timezone.localdate()))

        return desk.answer("customer", read, party_id=_key(customer_id))

    @made.tool(annotations=READS)
    def relationships(customer_id: int) -> dict[str, Any]:
        """Family, owners, guarantors, household and groups of a customer."""
        return desk.answer("relationships", lambda viewer: queries.relationships(viewer, _key(customer_id)), party_id=_key(customer_id))

    @made.tool(annotations=READS)
    def interactions(customer_id: int, limit: int = 20) -> dict[str, Any]:
        """Contacts with a customer on every channel, newest first."""

        def read(viewer: Viewer) -> Schema:
            return holding_queries.interactions(viewer, _key(customer_id), PageAsked(most=_most(limit)))

        return desk.answer("interactions", read, party_id=_key(customer_id))


def _narrowed(made: MCPServer, desk: Desk) -> None:
    @made.tool(annotations=READS)
    def condition_fields() -> dict[str, Any]:
        """What a condition on customers may ask: fields, relations and comparisons, with the labels of the bank's own fields."""
        return desk.answer("condition_fields", bank_queries.conditions)

    @made.tool(annotations=READS)
    def customers_that(where: dict[str, Any], limit: int = 20) -> dict[str, Any]:
        """Customers that fit a condition, by their key. For example those with 500,000 and more:
        {"version": 1, "where": {"all": [{"field": "aum", "op": "at_least", "value": "500000"}]}}"""
        asked = json.dumps(where, ensure_ascii=False)

        def read(viewer: Viewer) -> dict[str, Any]:
            found = queries.customers(viewer, CustomersAsked(Which(), most=_most(limit), where=asked))
            return {"customers": [_plain(row) for row in found.rows], "is_cut": found.last is not None}

        return desk.answer("customers_that", read, asked={"fields": sorted(names_of(where))})

    @made.tool(annotations=READS)
    def duplicates(customer_id: int, limit: int = 20) -> dict[str, Any]:
        """Other customers that look like the same one, with what speaks for it and against."""

        def read(viewer: Viewer) -> Schema:
            return bank_queries.pairs(viewer, "likely", PageAsked(most=_most(limit)), party_id=_key(customer_id))

        return desk.answer("duplicates", read, party_id=_key(customer_id))


def _holdings(made: MCPServer, desk: Desk) -> None:
    @made.tool(annotations=READS)
    def holdings(customer_id: int) -> dict[str, Any]:
        """Accounts with positions, loans and cards of a customer."""
        return desk.answer("holdings", lambda viewer: holding_queries.held(viewer, _key(customer_id)), party_id=_key(customer_id))

    @made.tool(annotations=READS)
    def transactions(customer_id: int, since: date | None = None, until: date | None = None, limit: int = 20) -> dict[str, Any]:
        """Postings on a customer's accounts, newest first, booked from `since` on and before `until`."""

        def read(viewer: Viewer) -> Schema:
            asked = TransactionsAsked(PageAsked(most=_most(limit)), since=since, until=until)
            return holding_queries.transactions(viewer, _key(customer_id), asked)

        return desk.answer("transactions", read, party_id=_key(customer_id))


def _most(limit: int) -> int:
    return max(1, min(limit, MOST))


def _key(given: int) -> int:
    """A key that fits PostgreSQL; what does not is nobody's."""
    return given if 0 < given < 2**63 else 0


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A customer's fields as JSON knows them."""
    return {
        name: value.model_dump(mode="json") if isinstance(value, Schema) else value.isoformat() if isinstance(value, date) else value
        for name, value in row.items()
    }
