"""A question that may take too long is given its seconds, and then given up, with the rest of the transaction unharmed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from django.db import OperationalError, connection, transaction


class TookTooLong(Exception):
    """The statements were not done in time; what they had done is undone."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Statements of this block may take `seconds` each. Raises TookTooLong; needs an open transaction, which goes on afterwards."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "select current_setting('statement_timeout'), set_config('statement_timeout', %s, true)", [str(max(int(seconds * 1000), 1))]
            )
            before = cursor.fetchone()[0]
            yield
            cursor.execute("select set_config('statement_timeout', %s, true)", [before])
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise TookTooLong from error
        raise
