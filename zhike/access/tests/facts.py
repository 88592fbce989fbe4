"""Who should see what, worked out again from the bank's own files: nothing of Zhike's code is used here but the layout's delimiter.

A viewer's scope is put in the bank's keys (P…, A…, O…, E…), so that it can be held against what queries, pages and SQL return.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

DELIMITER = "|+|"
Row = dict[str, str]


@dataclass(frozen=True)
class Facts:
    """The files of a sample bank, all their dates put together; of a key that came more than once the latest row counts."""

    folder: Path

    def rows(self, feed: str) -> Iterator[Row]:
        """Every row of a feed, oldest date first."""
        for file in sorted(self.folder.glob(f"[0-9]*/{feed}_[0-9]*.txt"), key=lambda path: path.parent.name):
            head, *lines = file.read_text("utf-8").splitlines()
            names = head.split(DELIMITER)
            for line in lines:
                yield dict(zip(names, line.split(DELIMITER), strict=True))

    @cached_property
    def as_of(self) -> str:
        """The latest business date, as files write it."""
        latest = max(path.name for path in self.folder.iterdir() if path.name.isdigit())
        return date(int(latest[:4]), int(latest[4:6]), int(latest[6:])).isoformat()

    @cached_property
    def parties(self) -> dict[str, Row]:
        return {row["party_key"]: row for row in self.rows("parties")}

    @cached_property
    def books(self) -> dict[str, set[str]]:
        """Staff number → the parties that employee is main or assisting manager of on the latest date."""
        known = {(row["party_key"], row["staff_no"], row["role"], row["from_date"]): row for row in self.rows("rm_assignments")}
        books: dict[str, set[str]] = defaultdict(set)
        for row in known.values():
            if row["from_date"] <= self.as_of and (not row["to_date"] or row["to_date"] > self.as_of):
                books[row["staff_no"]].add(row["party_key"])
        return books

    @cached_property
    def accounts(self) -> dict[str, set[str]]:
        """Account → everybody with a role on it, its main holder with them."""
        holders: dict[str, set[str]] = {row["account_key"]: {row["party_key"]} for row in self.rows("accounts")}
        for row in {row["role_key"]: row for row in self.rows("account_roles")}.values():
            holders[row["account_key"]].add(row["party_key"])
        return holders

    def units_below(self, unit: str) -> set[str]:
        """A unit and all below it."""
        children = defaultdict(set)
        for row in {row["unit_key"]: row for row in self.rows("organisation")}.values():
            children[row["parent_key"]].add(row["unit_key"])
        found, waiting = set(), [unit]
        while waiting:
            found.add(here := waiting.pop())
            waiting += children[here]
        return found

    def unit_of(self, staff_no: str) -> str:
        """Where an employee works."""
        return {row["staff_no"]: row["unit_key"] for row in self.rows("employees")}[staff_no]

    def seen_parties(self, role: str, staff_no: str) -> set[str]:
        """The parties that somebody with this role and staff number sees (docs/access.md)."""
        if role == "relationship_manager":
            return self.books[staff_no]
        if role == "branch_manager":
            units = self.units_below(self.unit_of(staff_no))
            return {key for key, row in self.parties.items() if row["unit_key"] in units}
        return set(self.parties)

    def seen_accounts(self, parties: set[str]) -> set[str]:
        """The accounts on which one of these parties has a role (decision 11)."""
        return {account for account, holders in self.accounts.items() if holders & parties}

    @cached_property
    def protected(self) -> set[str]:
        """Every ID number, phone, e-mail, account and card number in clear."""
        columns = {
            "identifiers": "id_no",
            "accounts": "account_no",
            "cards": "card_no",
            "transactions": "counterparty_account",
            "standing_orders": "counterparty_account",
        }
        found = {row[column] for feed, column in columns.items() for row in self.rows(feed)}
        for row in self.rows("contact_points"):
            found |= {row["phone"], row["email"]}
        return {value for value in found if len(value) > 6}

    @cached_property
    def addresses(self) -> set[str]:
        """Every street address in clear."""
        return {row["address"] for row in self.rows("contact_points") if row["address"]}

    def contacts_of(self, party: str) -> list[Row]:
        """How to reach a party, in clear."""
        return list({row["contact_key"]: row for row in self.rows("contact_points") if row["party_key"] == party}.values())
