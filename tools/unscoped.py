"""Keeps docs/unscoped.md: every place that reads customers' tables without a viewer, and its reason.

`python tools/unscoped.py` writes the page, `--check` fails where it is not up to date: a new unscoped read is seen in review.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "unscoped.md"
INTRODUCTION = """# Reads without a viewer

Tables with customers in them answer only when told who asks (docs/access.md). The places below say instead why nobody asks;
row security still stands behind them. This page is written by `python tools/unscoped.py`, and `make check` fails where it is old.

| file | function | table | reason |
|---|---|---|---|
"""


def uses(path: Path) -> Iterator[tuple[str, str, str]]:
    """(function, table, reason) of each `.unscoped(reason=…)` in one file, in order."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "unscoped"):
            continue
        around = [f for f in functions if f.lineno <= node.lineno <= (f.end_lineno or f.lineno)]
        reason = next((ast.unparse(k.value) for k in node.keywords if k.arg == "reason"), "(none given)").strip("'\"")
        table = ast.unparse(node.func.value).removesuffix(".objects").split(".")[-1]
        yield around[-1].name if around else "(module)", table, reason


def page() -> str:
    """The whole page as it should be now."""
    rows = [
        f"| `{path.relative_to(ROOT)}` | `{function}` | {table} | {reason} |"
        for path in sorted((ROOT / "zhike").glob("**/*.py"))
        if "tests" not in path.parts
        for function, table, reason in uses(path)
    ]
    return INTRODUCTION + "".join(f"{row}\n" for row in rows or ["| – | – | – | there is none |"])


def main() -> int:
    """Writes the page, or with --check compares it; 1 where it is old."""
    wanted = page()
    if "--check" not in sys.argv:
        PAGE.write_text(wanted, "utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text("utf-8") == wanted:
        return 0
    print("docs/unscoped.md is old: run `python tools/unscoped.py`, look at what changed, and commit it with your change.")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
