"""Row security and grants as migration operations, so that a table and its wall arrive together (decisions 12, 13, 15).

An area writes in its migration, after its tables:

    operations += [party_wall("parties_party"), wall_through("parties_identifier", "parties_party", "party_id"),
                   protected_column("parties_identifier", "id_no_digest", "party_id")]

The web and read roles see rows through the signed viewer; the job role's policy lets it see all; every wall is forced, so that it
holds for the tables' owner too. A table without any of these is out of the web's reach.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db.migrations.operations import RunSQL

from zhike.core.connections import Process

ALL = "(select access.viewer_all())"
UNITS = "(select access.viewer_units())::bigint[]"
EMPLOYEES = "(select access.viewer_employees())::bigint[]"
VIEWERS: tuple[Process, ...] = ("web", "read")  # processes that see through a viewer
Writes = Sequence[str]  # of insert, update, delete


def role(process: Process) -> str:
    """The name of a process's database role in this installation."""
    name: str = settings.INSTALLATION.role(process)
    return name


def party_wall(table: str, *, unit: str = "unit_id", rms: str = "rm_ids", writes: Writes = ()) -> RunSQL:
    """The wall of the table of parties: a row is seen by whom `unit` or one of `rms` opens it to, or who sees all."""
    seen = f"({ALL} or {unit} = any({UNITS}) or {rms} && {EMPLOYEES})"
    return wall(table, seen, writes=writes)


def wall_through(
    table: str, parent: str, column: str, *, key: str = "id", permission: str | None = None, writes: Writes = (), also: str | None = None,
    write_permission: str | None = None,
) -> RunSQL:  # fmt: skip
    """The wall of a table that hangs on another: a row is seen where the row of `parent` with `key` = `column` is seen.

    `permission`: needed as well, such as contacts.read, `write_permission`: to write. `also`: a further SQL condition that opens a row (an account by its
    role-holders). The parent's own wall decides, so the chain may be as long as it needs to be. A scalar sub-select, where `exists` would be
    planned as a hash of all parents besides, once more for every level above: planning took longer than the whole statement.
    """
    through = f"(select true from {parent} above where above.{key} = {table}.{column})"
    seen = " or ".join([ALL, through, *([also] if also else [])])
    return wall(table, f"({seen})", permission=permission, writes=writes, write_permission=write_permission)


def one_by_one(table: str, parent: str, column: str, *, key: str = "id") -> RunSQL:
    """What `wall_through` says by itself; migrations of before it did so name it."""
    through = f"(select true from {parent} above where above.{key} = {table}.{column})"
    return RunSQL(f"alter policy seen on {table} using ({ALL} or {through})", RunSQL.noop)


def wall(table: str, seen: str, *, permission: str | None = None, writes: Writes = (), write_permission: str | None = None) -> RunSQL:
    """The wall of a table by a condition of its own; `seen` is SQL over its columns. `write_permission`: needed besides to write."""
    condition = f"{seen} and (select access.viewer_may('{permission}'))" if permission else seen
    writable = f"{condition} and (select access.viewer_may('{write_permission}'))" if write_permission else condition
    viewers = ", ".join(role(process) for process in VIEWERS)
    return RunSQL(
        [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy seen on {table} for select to {viewers} using ({condition})",
            *(f"create policy web_{verb} on {table} for {verb} to {role('web')} {_clauses(verb, writable)}" for verb in writes),
            f"create policy working on {table} to {role('job')}, {role('migrate')} using (true) with check (true)",
            *grants(table, web=("select", *writes)),
        ],
        [
            f"drop policy seen on {table}", *(f"drop policy web_{verb} on {table}" for verb in writes), f"drop policy working on {table}",
            f"alter table {table} no force row level security", f"alter table {table} disable row level security",
        ],
    )  # fmt: skip


def opened_view(table: str, columns: Sequence[str], *, key: str = "party_id", permission: str | None = None) -> RunSQL:
    """`<table>_opened`: the rows of the one customer that `access.open` opened in this transaction; `permission` is asked besides."""
    may = f" and access.viewer_may('{permission}')" if permission else ""
    return barrier_view(f"{table}_opened", f"select {', '.join(columns)} from {table} where {key} = access.opened(){may}")


def barrier_view(name: str, statement: str) -> RunSQL:
    """A view with the owner's rights, for web and jobs: `statement` is its own wall. Either it asks `access.opened()`, or everything in it is joined
    to `parties_walled`, whose wall is that of who asks: a customer is looked at once, and not again for every table that hangs on her."""
    return RunSQL(
        [f"create view {name} with (security_barrier) as {statement}", f"grant select on {name} to {role('web')}, {role('job')}"],
        f"drop view {name}",
    )


def open_table(table: str, *, writes: Writes = (), hidden: Sequence[str] = (), columns: Sequence[str] = ()) -> RunSQL:
    """A table without customers (units, products, batches): the web reads it, without a wall; `writes` it may do as well.

    `hidden` columns of `columns` (all of the table's columns, in SQL names) stay out of reach of web and read.
    """
    shown = [column for column in columns if column not in hidden] if hidden else []
    return RunSQL([*grants(table, web=("select", *writes), shown=shown)], RunSQL.noop)


def closed_table(table: str) -> RunSQL:
    """A table that only the job role works on."""
    return RunSQL([*grants(table, web=(), read=())], RunSQL.noop)


def grants(table: str, *, web: Sequence[str], read: Sequence[str] = ("select",), shown: Sequence[str] = ()) -> list[str]:
    """GRANT statements for a table; `shown` limits reading to these columns."""
    only = f" ({', '.join(shown)})" if shown else ""
    statements = [f"grant select, insert, update, delete, truncate on {table} to {role('job')}"]
    reading: tuple[tuple[Process, Sequence[str]], ...] = (("web", web), ("read", read if web else ()))
    for process, verbs in reading:
        if verbs:
            words = ", ".join(f"{verb}{only}" if verb == "select" else verb for verb in verbs)
            statements.append(f"grant {words} on {table} to {role(process)}")
    return statements


KEEP_PLACE = """
    insert into access_protectedcolumn ("table", digest_column, party_column, permission) values (%s, %s, %s, %s)
    on conflict ("table", digest_column) do update set party_column = excluded.party_column, permission = excluded.permission
"""
FORGET_PLACE = 'delete from access_protectedcolumn where "table" = %s and digest_column = %s'


def protected_column(table: str, digest_column: str, party_column: str = "party_id", *, permission: str = "contacts.reveal") -> RunSQL:
    """Tell `access.reveal` that digests in this column are values of the party in `party_column`, and who may have them revealed."""
    return RunSQL(
        [(KEEP_PLACE, [table, digest_column, party_column, permission])], [(FORGET_PLACE, [table, digest_column])]
    )  # fmt: skip


def _clauses(verb: str, condition: str) -> str:
    if verb == "insert":
        return f"with check ({condition})"
    return f"using ({condition}) with check ({condition})" if verb == "update" else f"using ({condition})"
