"""Lines of the log hold no number of anybody: what somebody types into an address bar ends up in "Not Found: …" (R30, R31)."""

from __future__ import annotations

import logging
import re

# Nine figures in a row are a telephone, card, account or ID number before they are anything that a log is read for.
_NUMBER = re.compile(r"(?<!\d)\d{9,}[Xx]?(?!\d)")
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")


def without_numbers(line: str) -> str:
    """A line with long numbers and e-mail addresses taken out."""
    return _EMAIL.sub("••••", _NUMBER.sub("••••", line))


class Masked(logging.Formatter):
    """Formats as ever, tracebacks included, then takes out numbers and e-mail addresses."""

    def format(self, record: logging.LogRecord) -> str:
        """One entry of the log."""
        return without_numbers(super().format(record))
