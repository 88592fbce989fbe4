"""The checks of the house find what they are for, and say what to do instead."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tools import area_surface, translations, unscoped
from zhike.testing import left_out

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 22)


def findings_of(text: str, area: str = "holdings", file: str = "views.py") -> Iterator[str]:
    """What the area surface check says about a file with this text in an area."""
    path = area_surface.PACKAGE / area / file
    tree = ast.parse(text)
    yield from (f.text for f in area_surface.surface(path, tree))
    yield from (f.text for f in area_surface.sizes(path, tree, text.count("\n"), TODAY))
    yield from (f.text for f in area_surface.scope(path, tree, frozenset({"Party", "Account"})))


def test_an_area_may_not_look_into_another_areas_models() -> None:
    (said,) = findings_of("from zhike.parties.models import Party\n")
    assert "parties alone" in said and "queries" in said


@pytest.mark.parametrize(
    "line",
    [
        "from zhike.parties import queries",
        "from zhike.parties.queries import name_of",
        "from zhike.access.scope import Viewer",
        "from zhike.core.money import spoken",
        "from zhike.holdings.models import Account",
        "import zhike.insight.warehouse",
    ],
)
def test_an_area_may_use_what_is_public_and_what_is_its_own(line: str) -> None:
    assert list(findings_of(line + "\n")) == []


def test_a_function_of_sixty_one_lines_is_too_long_and_one_of_sixty_is_not() -> None:
    def function(lines: int) -> str:
        return "def f():\n" + "    x = 1\n" * (lines - 1)

    assert list(findings_of(function(60))) == []
    assert "61 lines" in next(findings_of(function(61)))


def test_a_file_of_more_than_four_hundred_lines_is_too_long() -> None:
    assert "look for the seam" in next(findings_of("x = 1\n" * 401))


@pytest.mark.parametrize("call", ["all()", "filter(pk=1)", "get(pk=1)", "count()"])
def test_customers_are_not_read_without_saying_who_asks(call: str) -> None:
    (said,) = findings_of(f"rows = Party.objects.{call}\n")
    assert "seen_by(viewer)" in said


@pytest.mark.parametrize("call", ["seen_by(viewer).filter(pk=1)", 'unscoped(reason="nightly export")', "create(name='x')"])
def test_customers_are_read_for_a_viewer_or_for_a_reason(call: str) -> None:
    assert list(findings_of(f"rows = Party.objects.{call}\n")) == []


def test_an_exception_to_a_size_ends_on_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(area_surface.ALLOWED, "zhike/holdings/views.py", date(2026, 12, 1))
    assert list(findings_of("x = 1\n" * 401)) == []
    monkeypatch.setitem(area_surface.ALLOWED, "zhike/holdings/views.py", date(2026, 11, 1))
    assert len(list(findings_of("x = 1\n" * 401))) == 1


def test_words_of_templates_and_code_are_found_as_gettext_knows_them() -> None:
    html = """{% translate "Customers" %} {% blocktranslate trimmed count n=n %}
        {{ n }} customer
        {% plural %}{{ n }} customers{% endblocktranslate %} {{ _("Balance") }}"""
    assert sorted(translations.in_template(html)) == ["%(n)s customer", "Balance", "Customers"]
    assert list(translations.in_python('a = _("Open")\nb = pgettext("x", "Close")\nc = _(name)\n')) == ["Open", "Close"]


def test_a_read_without_a_viewer_is_listed_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "jobs.py"
    file.write_text('def nightly():\n    return Party.objects.unscoped(reason="export for the warehouse")\n')
    assert list(unscoped.uses(file)) == [("nightly", "Party", "export for the warehouse")]


def test_what_a_machine_lacks_is_skipped_for_a_newcomer_and_fails_where_ci_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="left out: no browser"):
        left_out.leave_out("no browser")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        left_out.leave_out("no browser")


def test_a_machine_without_a_fitting_python_is_told_what_to_install(tmp_path: Path) -> None:
    for tool in ("sh", "env", "sed"):
        (tmp_path / tool).symlink_to(Path("/bin") / tool)
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    told = subprocess.run([ROOT / "tools" / "find_python"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "Python 3.9.2" in told.stderr and "apt-get install python3" in told.stderr


def test_scripts_can_be_run() -> None:
    scripts = [ROOT / ".ci" / "run", *(p for p in (ROOT / "tools").iterdir() if p.is_file() and not p.suffix)]
    assert [s.name for s in scripts if not os.access(s, os.X_OK)] == []


def test_locks_carry_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    packages = [line for line in lock.splitlines() if line[:1].isalnum()]
    assert len(packages) > 50 and lock.count("--hash=sha256:") >= len(packages)
    spark = (ROOT / "requirements-spark.lock").read_text("utf-8")
    assert "pyspark==" in spark and "pyspark==" not in lock, "who only looks at a demo is not made to fetch Spark"
    assert "://" not in lock + spark
    assert "resolved" not in (ROOT / "package-lock.json").read_text("utf-8")
