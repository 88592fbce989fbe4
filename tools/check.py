"""`make check`: everything that can be judged without a bank's data, one line each, all of it even when the first one fails."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent

CHECKS: dict[str, list[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "style": [str(BIN / "ruff"), "check", "--quiet", "."],
    "import contract": [str(BIN / "lint-imports")],
    "area surface": [PYTHON, "tools/area_surface.py"],
    "unscoped reads are listed": [PYTHON, "tools/unscoped.py", "--check"],
    "types": [str(BIN / "mypy"), "--no-error-summary"],
    "django": [PYTHON, "-m", "django", "check", "--fail-level", "WARNING"],
    "missing migrations": [PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run"],
    "translations": [PYTHON, "tools/translations.py"],
    "known weaknesses": [PYTHON, "tools/audit_dependencies.py"],
    "documents": [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "tests/test_docs.py", "tests/test_house.py"],
}


def run(command: list[str], home: str) -> subprocess.CompletedProcess[str]:
    """One check in the repository's root, with a data folder of its own; output and errors together as text."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "zhike.settings",
        "ZHIKE_HOME": home,
        "ZHIKE_PROCESS": "migrate",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "140",
    }
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def main(names: list[str]) -> int:
    """Runs the named checks (all without a name); 1 when any fails. Unknown names are refused with the list of known ones."""
    unknown = set(names) - set(CHECKS)
    if unknown:
        print(f"no such check: {', '.join(sorted(unknown))}; there are: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    failed = []
    with tempfile.TemporaryDirectory(prefix="zhike-check-") as home:
        for name in names or CHECKS:
            started = time.monotonic()
            result = run(CHECKS[name], home)
            mark = "ok  " if result.returncode == 0 else "FAIL"
            print(f"{mark}  {name:<28} {time.monotonic() - started:5.1f} s", flush=True)
            print("".join(f"      {line}\n" for line in result.stdout.splitlines() if line.startswith("note: ")), end="", flush=True)
            if result.returncode:
                failed.append(name)
                print("".join(f"      {line}\n" for line in result.stdout.splitlines()[-80:]), flush=True)
    print(f"check: {'failed: ' + ', '.join(failed) if failed else 'everything is in order'}")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
