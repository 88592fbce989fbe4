"""Statements that PostgreSQL plans once per connection, not at every page.

For those that are written out and asked all day: under row security planning one takes longer than answering it. The values travel
beside the text, so each has a cast or a place that tells its type. The plan serves any value: not for statements whose best plan
depends on who asks.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

AFTER = 2  # times that a connection has seen a statement before it keeps its plan


def cursor() -> Any:
    """A cursor as `connection.cursor()` gives, whose statements are prepared. Where ZHIKE_PREPARED is off it plans them like any other."""
    connection.ensure_connection()
    connection.connection.prepare_threshold = AFTER if settings.PREPARED else None
    return connection._prepare_cursor(psycopg.Cursor(connection.connection))  # type: ignore[attr-defined]  # noqa: SLF001 - as Django does for its own cursors
