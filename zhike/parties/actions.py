"""Writes about parties. Part 1 has one: showing a protected value, which leaves an audit entry."""

from __future__ import annotations

from typing import Literal, get_args

from django.db import transaction

from zhike.access import actions as access
from zhike.access.scope import Viewer, require
from zhike.parties.queries import PartyNotSeen, require_seen

Purpose = Literal["contact", "verify", "service"]
PURPOSES: tuple[str, ...] = get_args(Purpose)


class PurposeMissing(ValueError):
    """A protected value is shown for one of `PURPOSES` only (R31)."""


@transaction.atomic
def reveal(*, actor: Viewer, party_id: int, token: str, purpose: str) -> str:
    """The clear value behind a token that belongs to this party. The database checks again and writes the audit entry.

    Raises PartyNotSeen outside the scope and for a token that is not this party's, PermissionDenied without contacts.reveal,
    PurposeMissing, TooManyReveals.
    """
    require_seen(actor, party_id)
    require(actor, "contacts.reveal")
    if purpose not in PURPOSES:
        raise PurposeMissing(purpose)
    try:
        digest = bytes.fromhex(token)
    except ValueError as wrong:
        raise PartyNotSeen from wrong
    value = access.reveal(actor=actor, digest=digest, party_id=party_id, purpose=purpose)
    if value is None:
        raise PartyNotSeen
    return value
