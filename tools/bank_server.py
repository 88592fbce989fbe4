"""Runs a command against a PostgreSQL of the machine, as if it were the bank's own server:

    python tools/bank_server.py 15 make test

The server lives in a temporary folder with an owner who is not called zhike, and is gone afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from zhike.core.postgres import Server
from zhike.core.secret_files import secret_or_new
from zhike.testing.serving import free_port


def main(version: str, command: list[str]) -> int:
    """Runs `command` with DATABASE_URL naming a server of that major version; gives back its exit code."""
    binaries = Path(f"/usr/lib/postgresql/{version}/bin")
    if not (binaries / "initdb").exists():
        print(f"PostgreSQL {version} is not installed (Debian: apt-get install postgresql-{version})", file=sys.stderr)
        return 3
    folder = Path(tempfile.mkdtemp(prefix="bank-"))
    folder.chmod(0o755)
    server = Server(folder / "postgres", owner="bank_dba", secret=folder / "secrets" / "owner", port=free_port(), binaries=binaries)
    secret_or_new(server.secret)
    try:
        with server.running():
            words = server.address()
            url = f"postgresql://{words['user']}:{quote(words['password'], safe='')}@127.0.0.1:{words['port']}/postgres"
            return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
