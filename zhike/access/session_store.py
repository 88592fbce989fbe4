"""Sessions in our own table (settings.SESSION_ENGINE): whose, since when, last seen, from where; keys are kept as digests.

Whoever reads the table, or a copy of it, cannot take over a session with what is in it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from zhike.access.session_models import Session

OPENED = "opened"  # in the session's own data: what its row says besides


def digest_of(session_key: str) -> str:
    """What is kept of a cookie's key. It has 165 random bits, so it needs neither salt nor slowness."""
    return hashlib.blake2b(session_key.encode(), digest_size=20).hexdigest()


class SessionStore(db.SessionStore):
    """One session; `row` is what was read of it, None for a new one."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Our table."""
        return Session

    def exists(self, session_key: str) -> bool:
        """Whether there is such a session."""
        return Session.objects.filter(pk=digest_of(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        """End it; one that has ended already is no error."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(pk=digest_of(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of this session as it is now."""
        opened = data.get(OPENED, {})
        now = timezone.now()
        return Session(
            session_key=digest_of(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            person_id=data.get(SESSION_KEY),
            way=opened.get("way", ""),
            address=opened.get("address"),
            agent=opened.get("agent", ""),
            opened_at=_instant(opened.get("at")) or (self.row.opened_at if self.row else now),
            seen_at=now,
        )

    def _get_session_from_db(self) -> Session | None:
        found = Session.objects.filter(pk=digest_of(self.session_key or ""), expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
        self.row = found
        return found


def _instant(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None
