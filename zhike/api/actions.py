"""Writes of tokens, and of what a repeated request must find again. `actor` must be entered."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.scope import Viewer, system_viewer
from zhike.api.models import Kept, Token
from zhike.api.rules import ANSWERS_KEPT, LONGEST_TOKEN, SCOPES, TOKEN_BEGINS, digest_of_token

SHOWN = 10  # letters of a token by which its owner knows it again


class TokenRefused(Exception):
    """A token cannot be made like this; `field` is at fault, `reason` one of missing, unknown, beyond, too_long, past."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class KeyUsedOtherwise(Exception):
    """The Idempotency-Key has been used for another request."""


@dataclass(frozen=True)
class MadeToken:
    """A new token and its text, which nobody can read again."""

    token: Token
    text: str


@transaction.atomic
def make_token(*, actor: Viewer, at: datetime, holder: Viewer, name: str, scopes: Sequence[str], expires_at: datetime) -> MadeToken:
    """Make a token that acts as `holder`: her own, or by the operator of this machine for anybody. Raises `TokenRefused`."""
    if holder.person_id is None or (actor.role != "system" and actor.person_id != holder.person_id):
        raise PermissionDenied("people.manage")
    _check(holder, name, scopes, at, expires_at)
    text = TOKEN_BEGINS + secrets.token_urlsafe(32)
    token = Token.objects.create(
        person_id=holder.person_id, name=name.strip(), digest=digest_of_token(text), begins=text[:SHOWN], scopes=sorted(set(scopes)),
        made_by=actor.login, created_at=at, expires_at=expires_at,
    )  # fmt: skip
    record(actor, "api.token_made", subject=("token", token.pk), after=_shown(token), at=at)
    return MadeToken(token, text)


def _check(holder: Viewer, name: str, scopes: Sequence[str], at: datetime, expires_at: datetime) -> None:
    if not name.strip():
        raise TokenRefused("name", "missing")
    if not scopes:
        raise TokenRefused("scopes", "missing")
    if not set(scopes) <= set(SCOPES):
        raise TokenRefused("scopes", "unknown")
    if not all(holder.may(scope) for scope in scopes):
        raise TokenRefused("scopes", "beyond")
    if expires_at <= at:
        raise TokenRefused("expires_at", "past")
    if expires_at > at + LONGEST_TOKEN:
        raise TokenRefused("expires_at", "too_long")


@transaction.atomic
def revoke_token(*, actor: Viewer, at: datetime, token: Token) -> None:
    """End a token at once: her own, or anybody's by who manages people. Ending it again changes nothing."""
    if actor.role != "system" and actor.person_id != token.person_id and not actor.may("people.manage"):
        raise PermissionDenied("people.manage")
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
    record(actor, "api.token_revoked", subject=("token", token.pk), before=_shown(token), at=at)


@transaction.atomic
def end_tokens_of_leavers(keys: Mapping[str, Any]) -> None:
    """End the tokens of people who have left. They open nothing since the load; this says so, and keeps it so should she come back."""
    actor = system_viewer("worker")
    for token in Token.objects.filter(person_id__in=keys["people"], person__has_left=True, revoked_at=None):
        revoke_token(actor=actor, at=timezone.now(), token=token)


def note_use(token_id: int, at: datetime) -> None:
    """Keep when a token was used last, once a minute. Never waits: requests of one token run beside each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            """update api_token set last_used_at = %(at)s where id in (
                 select id from api_token where id = %(id)s and (last_used_at is null or last_used_at < %(at)s - interval '1 minute')
                 for update skip locked)""",
            {"id": token_id, "at": at},
        )


def once(*, token_id: int, key: str, request: bytes, at: datetime, make: Callable[[], int]) -> tuple[int, bool]:
    """What `make` made under this key: its key, and whether it was made before. Raises `KeyUsedOtherwise`.

    The same key asked twice at the same time waits for the first; where `make` raises, the key stays free.
    """
    digest = hashlib.sha256(request).digest()
    with transaction.atomic():
        Kept.objects.filter(token=token_id, key=key, at__lt=at - ANSWERS_KEPT).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                """insert into api_kept (token_id, key, request_digest, at) values (%s, %s, %s, %s)
                   on conflict (token_id, key) do nothing returning id""",
                [token_id, key, digest, at],
            )
            is_new = cursor.fetchone() is not None
        kept = Kept.objects.get(token=token_id, key=key)
        if bytes(kept.request_digest) != digest:
            raise KeyUsedOtherwise(key)
        if is_new:
            kept.made_id = make()
            kept.save(update_fields=["made_id"])
        assert kept.made_id is not None
        return kept.made_id, not is_new


def clear_kept(*, at: datetime) -> int:
    """Forget the keys of requests older than 24 hours; how many. Housekeeping of the worker, nobody's act."""
    return Kept.objects.filter(at__lt=at - ANSWERS_KEPT).delete()[0]


def _shown(token: Token) -> dict[str, object]:
    return {"person_id": token.person_id, "name": token.name, "scopes": token.scopes, "expires_at": token.expires_at}
