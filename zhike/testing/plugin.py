"""Begins the test run before Django reads its settings, ends it, and says at the end what was left out.

Named in pyproject.toml (`-p zhike.testing.plugin`) and, for parallel workers, in PYTEST_PLUGINS, so that it is imported before
anything of Zhike that looks at the environment.
"""

from __future__ import annotations

import os

import pytest

from zhike.testing import left_out
from zhike.testing.run import Run

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
STARTED_HERE = Run.joined() is None
RUN = Run.joined() or Run.begin()

os.environ["PYTEST_PLUGINS"] = "zhike.testing.plugin"
os.environ.update(RUN.environment(WORKER))
os.environ["ZHIKE_PROCESS"] = "web"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with browser tests come last: the browser's event loop, once begun, stays in its process, and Django's test client cannot work beside it.
    A module stays together, since its tests share a bank."""
    with_browser = {item.getparent(pytest.Module) for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.getparent(pytest.Module) in with_browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names what was left out and how often, right before the last line."""
    found = left_out.reasons(terminalreporter.stats.get("skipped", []))
    if found:
        terminalreporter.section("left out")
        for reason, count in sorted(found.items()):
            terminalreporter.line(f"{count:4d} tests: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """The process that began the run ends it, after its workers have gone."""
    if STARTED_HERE:
        RUN.end()
