"""Who asks by a token: the person it stands for, as far as the token goes. The same walls hold as on her pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from zhike.access.scope import Viewer, viewer_for
from zhike.api.actions import note_use
from zhike.api.models import Token
from zhike.api.rules import digest_of_token, opens


class TokenUnfit(Exception):
    """The token does not open; `reason`: unknown, revoked, expired or person (she may not log in any more)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Holder:
    """Who a token stands for. `language` is the person's own, empty where she has none."""

    token_id: int
    token_name: str
    viewer: Viewer
    language: str
    employee_id: int | None
    expires_at: datetime


def holder_of(text: str, at: datetime) -> Holder:
    """The holder of a token's text. Asked while nobody is entered; the caller enters the viewer. Raises `TokenUnfit`."""
    token = Token.objects.select_related("person__employee__unit").filter(digest=digest_of_token(text)).first()
    if token is None:
        raise TokenUnfit("unknown")
    if token.revoked_at is not None:
        raise TokenUnfit("revoked")
    if token.expires_at <= at:
        raise TokenUnfit("expired")
    person = token.person
    if not person.has_rights:
        raise TokenUnfit("person")
    note_use(token.pk, at)
    whole = viewer_for(person)
    viewer = replace(whole, permissions=opens(whole.permissions, token.scopes))
    return Holder(token.pk, token.name, viewer, person.language, person.employee_id, token.expires_at)
