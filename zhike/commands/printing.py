"""How commands print tables: as wide as the screen for a person, never cut for a program that reads them."""

from __future__ import annotations

import sys

from rich.console import Console

WIDE = 1000


def console() -> Console:
    """The console for standard output."""
    return Console() if sys.stdout.isatty() else Console(width=WIDE, soft_wrap=True)
