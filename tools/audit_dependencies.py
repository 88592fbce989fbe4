"""Are known weaknesses published for what Zhike depends on? Asks OSV for the locked Python packages and npm for those of the pages.

Works where a database can be reached and says plainly where it cannot: nothing is claimed then, and nothing fails. 1 where one is known.
OSV_URL names a mirror inside a bank.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OSV = os.environ.get("OSV_URL", "https://api.osv.dev") + "/v1/querybatch"
LOCKS = ("requirements.lock", "requirements-spark.lock")
PATIENCE = 10  # seconds


def locked(text: str) -> list[tuple[str, str]]:
    """Name and version of every package of a lock file."""
    return re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE)


def of_python(packages: list[tuple[str, str]]) -> list[str]:
    """What OSV knows of these packages, one line each. Raises OSError where it cannot be reached."""
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in packages]
    asked = urllib.request.Request(OSV, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310  # an https address of ours
        results = json.load(answer)["results"]
    return [
        f"{name} {version}: {known['id']}"
        for (name, version), result in zip(packages, results, strict=True)
        for known in result.get("vulns", [])
    ]


def of_pages() -> list[str]:
    """What npm knows of the packages that pages are made of. Raises OSError where it cannot be asked."""
    command = ["npm", "audit", "--omit=dev", "--json", "--fetch-retries=0", f"--fetch-timeout={PATIENCE * 1000}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE * 3)
    told = json.loads(done.stdout or "{}")
    if "vulnerabilities" not in told:
        raise OSError("npm audit could not ask")
    return [f"{name}: {one['severity']}" for name, one in told["vulnerabilities"].items() if one["severity"] in ("high", "critical")]


def main() -> int:
    """Prints what is known, and what could not be asked."""
    found: list[str] = []
    for what, ask in (
        ("Python packages", lambda: of_python(locked("".join((ROOT / name).read_text("utf-8") for name in LOCKS)))),
        ("packages of the pages", of_pages),
    ):
        try:
            found += ask()
        except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as wrong:
            print(f"note: {what} were NOT audited, no database could be reached ({type(wrong).__name__})")
    print("\n".join(found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
