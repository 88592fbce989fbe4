"""Saying by name what a machine lacks: a newcomer's run skips with the reason and sums it up; where CI is set it fails instead."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import NoReturn

import pytest

PREFIX = "left out: "
REPOSITORY = Path(__file__).resolve().parents[2]


def leave_out(what: str) -> NoReturn:
    """Ends the running test: skipped and counted on a newcomer's machine, failed where CI is set. `what` names the missing thing."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} (with CI set nothing may be left out)", pytrace=False)
    pytest.skip(PREFIX + what)


def real_data_folder() -> Path:
    """The folder of real data: ZHIKE_DATA, by default ../shared/data beside the repository."""
    return Path(os.environ.get("ZHIKE_DATA") or REPOSITORY.parent / "shared" / "data")


def reasons(skipped: list[pytest.TestReport]) -> Counter[str]:
    """How many tests were left out for each reason."""
    texts = (r.longrepr[2].removeprefix("Skipped: ") for r in skipped if isinstance(r.longrepr, tuple))
    return Counter(text.removeprefix(PREFIX) for text in texts if text.startswith(PREFIX))
