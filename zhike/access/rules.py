"""What each role may do, whose customers it sees, and how a protected value looks when it is shown.

Pure: no Django, no clock. A role's permissions are dotted words; pages and the database ask for the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Scope = Literal["own", "team", "outlet", "subtree", "bank", "participant", "none"]
Breadth = Literal["own", "team", "outlet", "unit", "bank", "participant"]  # of a role; a person's scope follows from it and her unit
BREADTHS: tuple[Breadth, ...] = ("participant", "own", "team", "outlet", "unit", "bank")  # narrowest first

MASK = "••••"  # always four, so that the length of what is hidden is not told (R31)

FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=30)
SHORTEST_PASSWORD = 10


@dataclass(frozen=True)
class Role:
    """Whose customers a role sees (`unit`: the person's unit and all below it; `outlet`: that unit alone; `participant`: only those she was
    let in to) and what it may do. `title`: what an administrator called it; those that ship with Zhike are called in every language."""

    name: str
    scope: Breadth
    permissions: frozenset[str]
    title: str = ""


_CUSTOMERS = frozenset({"customers.read", "contacts.read", "accounts.read", "transactions.read", "interactions.read"})
# Who keep what only people know (decision 2).
_KEEPERS = _CUSTOMERS | {"contacts.reveal", "customers.edit", "interactions.write", "notes.write", "corrections.read", "consents.write"}
_DESK = frozenset(
    {"customers.import", "customers.export", "participants.grant", "glass.break", "handovers.write", "tiers.override", "reports.read"}
    | {"scores.read", "scores.overrule"}
)

ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role("relationship_manager", "own", _KEEPERS | _DESK),
        Role("team_leader", "team", _KEEPERS | _DESK | {"deputies.manage"}),
        Role(
            "branch_manager",
            "unit",
            _KEEPERS
            | {"organisation.read", "views.share", "customers.export", "corrections.decide", "customers.merge", "duplicates.decide"}
            | {"customers.import", "approvals.decide", "handovers.write"}
            | {"scope.explain", "deputies.manage", "participants.grant", "glass.break", "glass.review", "teams.manage"}
            | {"insight.read", "tiers.override", "segments.manage", "reports.read", "scores.read", "scores.overrule"},
        ),
        Role("contact_centre_agent", "bank", _KEEPERS),
        Role(
            "analyst",
            "bank",
            _CUSTOMERS - {"contacts.read"}
            | {"batches.read", "views.share", "customers.export", "insight.read", "insight.set", "segments.manage", "reports.read"}
            | {"scores.read", "predictors.manage"},
        ),
        Role(
            "administrator",
            "bank",
            _CUSTOMERS
            | {
                "batches.read",
                "batches.load",
                "people.manage",
                "people.approve",
                "organisation.read",
                "audit.read",
                "fields.manage",
                "tags.manage",
                "webhooks.manage",
            }
            | {"views.share", "customers.export", "corrections.read", "corrections.decide", "customers.merge", "duplicates.decide"}
            | {"approvals.decide", "approvals.set", "handovers.write"}
            | {"roles.manage", "scope.explain", "deputies.manage", "participants.grant", "barriers.manage", "glass.break", "glass.review"}
            | {"teams.manage", "insight.read", "insight.set", "segments.manage", "reports.read", "scores.read", "predictors.manage"},
        ),
        Role(
            "compliance_officer",
            "bank",
            _CUSTOMERS
            | {"audit.read", "organisation.read", "scope.explain", "barriers.manage", "glass.break", "glass.review", "batches.read"}
            | {"privacy.manage", "consents.write", "contacts.reveal", "people.approve", "insight.read", "reports.read", "scores.read"},
        ),
        Role(
            "auditor",
            "bank",
            _CUSTOMERS
            | {"audit.read", "organisation.read", "scope.explain", "batches.read", "insight.read", "reports.read", "scores.read"},
        ),
    )
}


def known_permissions() -> frozenset[str]:
    """Every permission that a role which ships with Zhike holds, with those of accounts' numbers: what roles are composed of."""
    return frozenset().union(*(role.permissions for role in ROLES.values()))


def permissions_of(role: str) -> frozenset[str]:
    """What a role may do; nothing for an unknown one."""
    return ROLES[role].permissions if role in ROLES else frozenset()


def gains(was: Role | None, to: Role | None) -> bool:
    """Whether whoever held `was` (None: nothing) may do or see more as `to`: a right that she had not, or a wider scope."""
    if to is None:
        return False
    return was is None or not to.permissions <= was.permissions or BREADTHS.index(to.scope) > BREADTHS.index(was.scope)


def scope_of(role: str | Role | None, *, unit_level: str | None, has_employee: bool) -> Scope:
    """Whose customers a person with this role (or built-in role's name) sees. Without the employee or unit that it leans on: nobody's."""
    found = ROLES.get(role) if isinstance(role, str) else role
    breadth = found.scope if found else None
    if breadth in ("bank", "participant"):
        return breadth
    if breadth in ("own", "team"):
        return breadth if has_employee else "none"
    if breadth == "outlet" and unit_level is not None:
        return "outlet"
    if breadth == "unit" and unit_level is not None:
        return "outlet" if unit_level == "outlet" else "subtree"
    return "none"


def is_locked(failures: int, first_failure_at: datetime | None, now: datetime) -> bool:
    """Whether a log-in is refused whatever the password: five wrong ones, for thirty minutes from the first of them."""
    return first_failure_at is not None and failures >= FAILURES_ALLOWED and now < first_failure_at + LOCKED_FOR


def failures_after_another(failures: int, first_failure_at: datetime | None, now: datetime) -> tuple[int, datetime]:
    """The count of wrong passwords and since when, after one more; a count older than the lock-out starts again."""
    if first_failure_at is None or now >= first_failure_at + LOCKED_FOR:
        return 1, now
    return failures + 1, first_failure_at


HIDDEN_AT_LEAST = 3


def mask_ends(text: str, head: int, tail: int) -> str:
    """First and last characters around four dots. Where that would hide fewer than three, only the last; at worst nothing is shown."""
    if len(text) < head + tail + HIDDEN_AT_LEAST:
        head = 0
    if len(text) < tail + HIDDEN_AT_LEAST:
        tail = 0
    return f"{text[:head]}{MASK}{text[len(text) - tail :]}"


def mask_id_no(text: str) -> str:
    """First 3 and last 4 (R31)."""
    return mask_ends(text, 3, 4)


def mask_phone(text: str) -> str:
    """First 3 and last 4 (R31)."""
    return mask_ends(text, 3, 4)


def mask_card_no(text: str) -> str:
    """First 6 and last 4 (R31): the issuer's number is no secret."""
    return mask_ends(text, 6, 4)


def mask_account_no(text: str) -> str:
    """Last 4 (R31)."""
    return mask_ends(text, 0, 4)


def mask_email(text: str) -> str:
    """First letter and the domain (R31)."""
    name, at, domain = text.partition("@")
    return f"{name[:1]}{MASK}{at}{domain}" if at else MASK


_DISTRICT_ENDS = ("区", "县", "旗")
_CITY_ENDS = ("市", "州", "盟")


def mask_address(text: str) -> str:
    """To the district (R31): 杭州市西湖区文三路 90 号 → 杭州市西湖区••••. Elsewhere what follows the last comma but one: the town."""
    for ends in (_DISTRICT_ENDS, _CITY_ENDS):
        found = [place for end in ends if (place := text.find(end, 1)) >= 0 and place < 24]
        if found:
            return text[: min(found) + 1] + MASK
    parts = [part.strip() for part in text.split(",")]
    return f"{MASK} {parts[-2]}, {parts[-1]}" if len(parts) > 2 else MASK


def mask_row(_row: str) -> str:
    """Of a whole rejected line nothing is shown."""
    return MASK


MASKS: Mapping[str, Callable[[str], str]] = {
    "id_no": mask_id_no, "phone": mask_phone, "card_no": mask_card_no, "account_no": mask_account_no, "email": mask_email,
    "address": mask_address, "row": mask_row,
}  # fmt: skip
