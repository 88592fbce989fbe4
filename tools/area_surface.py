"""Holds the house to its habits where no ready-made linter can; every message says what to do instead.

- *surface*: an area uses of another area only what docs/map.md calls public;
- *sizes*: files up to 400 lines, functions up to 60 (tests exempt; exceptions in `ALLOWED` carry a date by which they end);
- *names*: no module named for having no better name;
- *scope*: a table with customers in it is only read through `seen_by(viewer)` or `unscoped(reason="…")`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "zhike"
AREAS = frozenset(p.name for p in PACKAGE.iterdir() if (p / "__init__.py").exists()) - {"testing", "commands"}

PUBLIC = frozenset({"queries", "actions", "events", "rules", "merging", "fields"})
ALSO_PUBLIC: dict[str, frozenset[str]] = {
    "access": frozenset(
        {
            "barring",
            "many_reveals",
            "working_days",
            "explaining",
            "teams",
            "opening",
            "opening_words",
            "doors",
            "scope",
            "sealing",
            "walls",
            "work",
            "approvals",
            "approval_rules",
            "ask_why",
            "proposals",
            "screening",
            "auditing",
            "marks",
            "woven",
            "outside",
        }
    ),
    "audit": frozenset({"labels"}),
    "privacy": frozenset({"reminders"}),
    "insight": frozenset(
        {"warehouse", "settings_rules", "dated", "snapshots", "profile_fields", "profile_field", "terms", "offering", "prospect_paths"}
    ),
    "holdings": frozenset({"postings", "moments", "past"}),
    "ingestion": frozenset({"feeds"}),
    "products": frozenset({"labels"}),
    "parties": frozenset(
        {
            "teamed",
            "searching",
            "prospects",
            "sides",
            "days",
            "cells",
            "declared",
            "declaring",
            "field_types",
            "filling",
            "importing",
            "keeping",
            "many_prospects",
            "setting",
            "tagging",
            "tags",
            "moments",
            "completeness",
            "consents",
            "restricting",
            "restrictions",
            "corrections",
            "grouped",
            "past",
            "trash",
            "forgotten",
            "handing",
            "handovers",
        }
    ),
    "engagement": frozenset({"moments", "note_actions", "writing"}),
    "workspace": frozenset({"asking", "columns", "conditions", "customer_fields", "rows", "exporting", "export_actions"}),
}
NAMELESS = frozenset({"utils.py", "util.py", "helpers.py", "services.py", "managers.py", "base.py", "common.py", "misc.py"})
MAX_FILE, MAX_FUNCTION = 400, 60
SCOPED_ENTRANCES = frozenset({"seen_by", "unscoped", "create", "bulk_create", "model", "db_manager"})

# "path" or "path::function" -> the day by which it must have been cut.
ALLOWED: dict[str, date] = {}


@dataclass(frozen=True)
class Finding:
    """One departure from the habits: where, what, and what to do instead."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.text}"


def area_of(path: Path) -> str | None:
    """The area a file belongs to; None for the entrances beside the areas."""
    first = path.relative_to(PACKAGE).parts[0]
    return first if first in AREAS else None


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every (line, dotted name) that the file imports; `from a import b` counts as a.b, which may be a module or a value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def surface(path: Path, tree: ast.AST) -> Iterator[Finding]:
    """Imports of another area's private modules."""
    own = area_of(path)
    if own is None:
        return
    for line, name in imported_modules(tree):
        parts = name.split(".")
        if parts[0] != "zhike" or len(parts) < 3 or parts[1] not in AREAS or parts[1] in (own, "core"):
            continue
        allowed = PUBLIC | ALSO_PUBLIC.get(parts[1], frozenset())
        if parts[2] not in allowed:
            yield Finding(
                path, line,
                f"{own} uses {'.'.join(parts[:3])}, which belongs to {parts[1]} alone. Public there: {', '.join(sorted(allowed))}. "
                f"Add what you need to one of them (a read to queries, a write to actions), or name a model by its string.",
            )  # fmt: skip


def sizes(path: Path, tree: ast.AST, lines: int, today: date) -> Iterator[Finding]:
    """Files and functions past their size, unless allowed until a day that has not come."""
    relative = str(path.relative_to(ROOT))

    def is_allowed(key: str) -> bool:
        return ALLOWED.get(key, date.min) >= today

    if lines > MAX_FILE and not is_allowed(relative):
        yield Finding(path, 1, f"{lines} lines (at most {MAX_FILE}): look for the seam and give the second half its own name.")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION and not is_allowed(f"{relative}::{node.name}"):
                yield Finding(
                    path, node.lineno, f"{node.name} has {length} lines (at most {MAX_FUNCTION}): past that it almost always hides two."
                )


def scoped_models() -> frozenset[str]:
    """Names of the model classes whose manager is a ScopedManager."""
    found = set()
    for path in PACKAGE.glob("**/*models.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and any("ScopedManager" in ast.unparse(line) for line in node.body):
                found.add(node.name)
    return frozenset(found)


def scope(path: Path, tree: ast.AST, scoped: frozenset[str]) -> Iterator[Finding]:
    """`Model.objects.filter(...)` on a table with customers in it."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "objects"):
            continue
        model = ast.unparse(node.value.value).split(".")[-1]
        if model in scoped and node.attr not in SCOPED_ENTRANCES:
            yield Finding(
                path, node.lineno,
                f"{model}.objects.{node.attr} asks without saying who asks. Write {model}.objects.seen_by(viewer).{node.attr}(…), "
                'or .unscoped(reason="…") where no person asks.',
            )  # fmt: skip


def is_exempt(path: Path) -> bool:
    """Tests may use anything and be as long as they like; migrations are written once and never read as code."""
    parts = path.relative_to(PACKAGE).parts
    return "tests" in parts or "migrations" in parts


def findings(today: date) -> Iterator[Finding]:
    """Everything that departs from the habits, file by file."""
    scoped = scoped_models()
    for path in sorted(PACKAGE.glob("**/*.py")):
        if path.name in NAMELESS:
            yield Finding(path, 1, f"{path.name} says nothing: name the file after what is in it, or put each thing where its subject is.")
        if is_exempt(path):
            continue
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        yield from surface(path, tree)
        yield from sizes(path, tree, text.count("\n"), today)
        yield from scope(path, tree, scoped)


def main() -> int:
    """Prints every finding; 1 when there is any."""
    found = list(findings(datetime.now(UTC).date()))
    for finding in found:
        print(finding)
    print(f"{len(found)} departures from the habits of docs/map.md" if found else "the areas keep to their surface")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
