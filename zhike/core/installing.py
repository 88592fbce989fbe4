"""Makes an installation's database, roles and schemas; `zhike init` calls it, as often as one likes (decision 15).

The owner makes roles, database and rights and does nothing else; schemas, tables and functions are made by the migrate role, so that
the owner need not be a superuser: CREATEROLE and either CREATEDB or an empty database of her own are enough.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.errors import DuplicateDatabase, InsufficientPrivilege, InvalidCatalogName

from zhike.core.connections import PROCESSES, Installation, Process
from zhike.core.secret_files import read_secret, secret_or_new

log = logging.getLogger(__name__)

OLDEST_VERSION = 150000


class CannotInstall(Exception):
    """The server or the database is not as Zhike needs it; `str()` says what to do."""


def connect(parameters: Mapping[str, str], *, autocommit: bool = True) -> psycopg.Connection:
    """A connection by these words, outside Django."""
    return psycopg.connect(**parameters, autocommit=autocommit, connect_timeout=10)  # type: ignore[arg-type]


def install(installation: Installation, *, new_passwords: bool = False) -> None:
    """Make or complete database, roles, rights, schemas and extensions. Raises `CannotInstall`.

    `new_passwords`: give the roles new ones, for instance when the secrets folder was lost.
    """
    _make_database(installation)
    with connect(installation.owner_parameters()) as owner:
        if owner.info.server_version < OLDEST_VERSION:
            raise CannotInstall(f"PostgreSQL 15 or newer is needed, this is {owner.info.server_version // 10000}.")
        _refuse_foreign(owner, installation)
        for process in PROCESSES:
            _make_role(owner, installation, process, new_passwords=new_passwords)
        _grant_database(owner, installation)
    with connect(installation.parameters("migrate")) as migrate:
        _make_schemas(migrate, installation)
        _make_extension(migrate, "pg_trgm")


def _make_database(installation: Installation) -> None:
    parameters = installation.owner_parameters()
    try:
        connect(parameters).close()
        return
    except psycopg.OperationalError as wrong:
        if not isinstance(wrong, InvalidCatalogName) and "does not exist" not in str(wrong):
            raise CannotInstall(f"The server cannot be reached: {wrong}") from wrong
    name = parameters["dbname"]
    statement = sql.SQL("create database {} template template0 encoding 'UTF8' locale 'C.UTF-8'").format(sql.Identifier(name))
    with connect({**parameters, "dbname": "postgres"}) as owner:
        try:
            owner.execute(statement)
        except DuplicateDatabase:
            pass  # another init was quicker
        except InsufficientPrivilege as wrong:
            raise CannotInstall(f"The owner may not create the database {name}: create it, owned by her, and run init again.") from wrong


def _refuse_foreign(owner: psycopg.Connection, installation: Installation) -> None:
    """One database holds one installation: refuse where another prefix has built already."""
    found = owner.execute("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'access'").fetchone()
    if found and found[0] != installation.role("migrate"):
        raise CannotInstall(
            f"This database belongs to the installation of {found[0]}. Use another database in DATABASE_URL, or its ZHIKE_ROLE_PREFIX. / "
            f"此数据库属于 {found[0]} 的安装：请在 DATABASE_URL 中使用另一个数据库，或使用它的 ZHIKE_ROLE_PREFIX。"
        )


def _make_role(owner: psycopg.Connection, installation: Installation, process: Process, *, new_passwords: bool) -> None:
    name, file = installation.role(process), installation.password_file(process)
    is_there = owner.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone() is not None
    if is_there and read_secret(file) is None and not new_passwords:
        raise CannotInstall(
            f"The role {name} is there, but its password is not in {installation.secrets}. Restore that folder, choose another "
            f"ZHIKE_ROLE_PREFIX, or run `zhike init --new-passwords`. / 角色 {name} 已存在，但 {installation.secrets} 中没有它的口令："
            "请恢复该文件夹，或更换 ZHIKE_ROLE_PREFIX，或运行 `zhike init --new-passwords`。"
        )
    if new_passwords:
        file.unlink(missing_ok=True)
    secret = secret_or_new(file)
    verifier = owner.pgconn.encrypt_password(secret.encode(), name.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("{verb} role {name} login nocreatedb nocreaterole noinherit password {password}").format(
        verb=sql.SQL("alter" if is_there else "create"), name=sql.Identifier(name), password=sql.Literal(verifier)
    )
    owner.execute(statement)  # the password itself never reaches the server's log


def _grant_database(owner: psycopg.Connection, installation: Installation) -> None:
    names = {process: sql.Identifier(installation.role(process)) for process in PROCESSES}
    database = sql.Identifier(installation.owner_parameters()["dbname"])
    everybody = sql.SQL(", ").join(names.values())
    for text in (
        "revoke all on database {database} from public",
        "grant connect on database {database} to {everybody}",
        "grant create, temporary on database {database} to {migrate}",
        "grant temporary on database {database} to {job}",
        "revoke create on schema public from public",
        "grant usage on schema public to {everybody}",
        "grant create on schema public to {migrate}",
    ):
        owner.execute(sql.SQL(text).format(database=database, everybody=everybody, **names))


def _make_schemas(migrate: psycopg.Connection, installation: Installation) -> None:
    job = sql.Identifier(installation.role("job"))
    for text in (
        "create schema if not exists access",
        "create schema if not exists stage",
        "grant usage, create on schema stage to {job}",
        "alter default privileges grant select, insert, update, delete, truncate on tables to {job}",
        "alter default privileges grant usage, select on sequences to {job}",
    ):
        migrate.execute(sql.SQL(text).format(job=job))


def _make_extension(migrate: psycopg.Connection, name: str) -> None:
    try:
        migrate.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(name)))
    except psycopg.Error as wrong:
        log.warning("the extension %s is not available: %s", name, wrong)
