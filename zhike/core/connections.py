"""How each process reaches PostgreSQL: which server, which database, which role, which password (decision 15).

Nothing here connects; it only knows the words. Roles are named `<prefix>_<process>`; the owner is the one of `DATABASE_URL`,
or of the embedded server. Nothing uses SET ROLE.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from psycopg.conninfo import conninfo_to_dict

from zhike.core import postgres
from zhike.core.secret_files import read_secret

Process = Literal["migrate", "web", "job", "read"]
PROCESSES: tuple[Process, ...] = ("migrate", "web", "job", "read")
Parameters = dict[str, str]


@dataclass(frozen=True)
class Installation:
    """One installation of Zhike: its data folder, its server (empty URL: the embedded one) and the prefix of its roles."""

    home: Path
    database_url: str = ""
    prefix: str = "zhike"
    port: int = 0  # where the embedded server also listens on 127.0.0.1; 0: only its own socket

    @property
    def is_embedded(self) -> bool:
        return not self.database_url

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def server(self) -> postgres.Server:
        """The embedded server of this installation (only where `is_embedded`)."""
        return postgres.Server(self.home / "postgres", owner=f"{self.prefix}_owner", secret=self.password_file("owner"), port=self.port)

    def role(self, process: Process) -> str:
        """The name of the PostgreSQL role of a process."""
        return f"{self.prefix}_{process}"

    def password_file(self, process: Process | Literal["owner"]) -> Path:
        """Where the password of a role is kept; made by `zhike init`."""
        return self.secrets / f"{self.prefix}_{process}.password"

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.prefix if self.is_embedded else self.owner_parameters()["dbname"]

    def owner_parameters(self) -> Parameters:
        """Connection words of the owner, who makes the others and is used by nothing but `zhike init` and `zhike doctor`."""
        if self.is_embedded:
            return {**self.server.address(), "dbname": self.prefix}
        return {key: str(value) for key, value in conninfo_to_dict(self.database_url).items() if value is not None}

    def parameters(self, process: Process) -> Parameters:
        """Connection words of a process; the password is missing before `zhike init` has made it."""
        password = read_secret(self.password_file(process))
        words = {**self.owner_parameters(), "user": self.role(process)}
        words.pop("password", None)
        return {**words, "password": password} if password else words
