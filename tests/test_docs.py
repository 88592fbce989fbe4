"""The documents do not lie: what they name exists, and what exists that a reader needs is named."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import get_resolver

from tools.area_surface import AREAS
from zhike.cli import COMMANDS
from zhike.ingestion.feeds import FEEDS
from zhike.settings import ENV

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *ROOT.glob("README*.md")])
NUMBERS = [
    *(f"S{n}" for n in range(1, 147)),
    *(f"R{n}" for first, last in ((1, 11), (20, 37), (40, 48), (50, 68)) for n in range(first, last + 1)),
]


def tracked() -> list[Path]:
    """Every file of the repository that git knows."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in told.split("\0") if name and (path := ROOT / name).is_file()]


def text_of(name: str) -> str:
    """The text of one page of docs/; the test fails by name where it is missing."""
    path = DOCS / name
    assert path.exists(), f"docs/{name} is missing"
    return path.read_text("utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level; fails by name where the heading is missing."""
    found = re.search(rf"^#+ `?{re.escape(heading)}`?(?:[ \t][^\n]*)?$(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {heading}"
    return found.group(1)


def code_spans(path: Path) -> Iterator[str]:
    """What stands between single backticks, outside of blocks of code."""
    prose = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", prose)


def test_every_requirement_stands_in_the_table_exactly_once() -> None:
    rows = re.findall(r"^\| ([SR]\d+) \|", text_of("requirements.md"), re.MULTILINE)
    counted = Counter(rows)
    assert [n for n in NUMBERS if counted[n] != 1] == []
    assert set(rows) == set(NUMBERS)


def test_every_requirement_names_what_serves_it_or_when_it_comes() -> None:
    rows = re.findall(r"^\| ([SR]\d+) \| .+? \| (.*) \|$", text_of("requirements.md"), re.MULTILINE)
    assert len(rows) == len(NUMBERS)
    vague = [number for number, served in rows if "`" not in served and "not yet (part" not in served and "nothing is kept" not in served]
    assert vague == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_files_named_in_documents_exist(page: Path) -> None:
    named = [
        span.split("::")[0].rstrip("/")
        for span in code_spans(page)
        if re.match(r"(zhike|docs|tests|tools|\.ci)/[\w./-]+$", span.split("::")[0])
    ]
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_tests_named_in_documents_exist(page: Path) -> None:
    named = [span.split("::") for span in code_spans(page) if re.fullmatch(r"[\w./-]+\.py::test_\w+", span)]
    assert [f"{file}::{test}" for file, test in named if f"def {test}(" not in (ROOT / file).read_text("utf-8")] == []


def test_every_attempt_names_the_test_that_tries_it() -> None:
    attempts = text_of("security.md").split("## Attempts")[1].split("\n## ")[0]
    rows = [line for line in attempts.splitlines() if line.startswith("| ") and not line.startswith("| what is tried")]
    assert len(rows) > 30
    assert [row[:80] for row in rows if not re.search(r"`(?:zhike|tests)/[\w./]+\.py(?:::test_\w+)?`", row.split("|")[-2])] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_named_in_documents_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    named = {found for span in [*code_spans(page), *re.findall(r"^\.venv/bin/(zhike .*)$", text, re.MULTILINE)]
             if (found := first_command(span))}  # fmt: skip
    assert sorted(named - set(COMMANDS)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_pages_of_the_application_named_in_documents_exist(page: Path) -> None:
    named = set(re.findall(r"\bpages? `([a-z][a-z-]+)`", page.read_text("utf-8")))
    known = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert sorted(named - known) == []


def first_command(span: str) -> str | None:
    """`load` of "zhike load PATH"; None where the text is not a command line of Zhike."""
    found = re.match(r"(?:\.venv/bin/)?zhike ([a-z][a-z-]*)\b", span)
    return found.group(1) if found else None


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("setting", sorted(ENV.declared))
def test_every_setting_stands_in_the_table_with_its_meaning(setting: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .*? \| (.*) \|$", text_of("settings.md"), re.MULTILINE))
    assert rows.get(setting) == ENV.declared[setting].meaning


def test_no_setting_is_described_that_does_not_exist() -> None:
    named = set(re.findall(r"`((?:ZHIKE|DATABASE)_[A-Z_]+)`", text_of("settings.md"))) - {"ZHIKE_HOME"}
    assert sorted(named - set(ENV.declared)) == []


@pytest.mark.parametrize("area", sorted(AREAS))
def test_every_area_has_its_page(area: str) -> None:
    assert len(text_of(f"{area}.md")) > 300, f"docs/{area}.md says too little"


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_every_feed_is_described_field_by_field(feed: str) -> None:
    told = section(text_of("feeds.md"), feed)
    assert [f.name for f in FEEDS[feed].fields if not re.search(rf"`{f.name}`", told)] == []


def test_every_page_stands_in_the_index() -> None:
    index = text_of("README.md")
    assert [p.name for p in DOCS.glob("*.md") if p.name != "README.md" and f"({p.name})" not in index] == []


def test_nothing_tracked_names_a_package_registry_or_a_folder_of_somebodys_machine() -> None:
    forbidden = re.compile(
        "|".join(
            (r"registry\.npm" + "js", r"pypi" + r"\.org", "python" + r"hosted\.org", "npm" + r"mirror\.com", r"/wor" + "k/", r"/roo" + "t/")
        )
    )
    found = []
    for path in tracked():
        if path.suffix in {".png", ".woff2", ".jpg", ".zip", ".gz"} or path.name == "LICENSE":
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in forbidden.finditer(text)]
    assert found == []


def test_both_readmes_start_with_the_two_commands() -> None:
    for name in ("README.md", "README.zh.md"):
        top = (ROOT / name).read_text("utf-8")[:600]
        assert "make demo" in top and "make test" in top, name
