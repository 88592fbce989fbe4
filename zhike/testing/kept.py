"""The templates of a test run, kept for the next one: ZHIKE_TEST_KEPT names the folder, nothing is kept without it.

Making them takes half a minute, a single test often less. They are kept under a digest of what makes them (migrations, the sample
bank's maker, loading), so that a change there makes new ones. Only for the embedded server.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import zhike

FOLDER = "ZHIKE_TEST_KEPT"
BEGUN = "kept.place"  # in a run's folder: where its templates would be kept, by the code it began with
TEMPLATES = ("empty", "bank", "peopled")
_MADE_BY = (
    "*/migrations/*.py", "*/merging.py", "core/*.py", "access/seal*.py", "commands/*.py", "samplebank/*.py", "ingestion/**/*.py",
    "*/layouts/**/*.toml", "testing/people.py", "testing/databases.py", "settings.py",
)  # fmt: skip


def place() -> Path | None:
    """Where templates made by today's code are or would be kept; None where nobody asked for it."""
    asked = os.environ.get(FOLDER)
    if not asked:
        return None
    code = Path(zhike.__file__).parent
    files = sorted({path for pattern in _MADE_BY for path in code.glob(pattern) if "tests" not in path.parts})
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    return Path(asked) / digest


def bring(folder: Path) -> None:
    """Put what is kept into a new run's folder."""
    kept = place()
    if kept is None:
        return
    (folder / BEGUN).write_text(str(kept), "utf-8")
    if kept.exists():
        _copy(kept, folder)


def keep(folder: Path) -> None:
    """Keep the templates of a run whose server has been stopped and has no other database."""
    kept = place()
    if kept is None or kept.exists() or (folder / BEGUN).read_text("utf-8") != str(kept):
        return  # what makes templates was changed while the run went on
    making = kept.with_name(f"{kept.name}.{os.getpid()}")
    making.mkdir(parents=True)
    for part in ("postgres", "secrets", *TEMPLATES, *(f"{name}.done" for name in (*TEMPLATES, "haste"))):
        _copy(folder / part, making)
    for name in TEMPLATES:
        (making / name / "secrets").unlink()  # leads to the folder of secrets of the run that made it
    try:
        making.rename(kept)
    except OSError:  # another run was first
        shutil.rmtree(making)


def _copy(source: Path, target: Path) -> None:
    """With owners, since the server's files belong to its own user; a folder that is there gets what is in the source."""
    what = f"{source}/." if source.is_dir() and target.exists() and source == place() else str(source)
    subprocess.run(["cp", "-a", what, str(target)], check=True)
