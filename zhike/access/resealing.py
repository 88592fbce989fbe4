"""Sealed again under the newest key: everything in the database and every file, in small steps, while people work.

What is sealed is found in the catalogue (columns named `sealed` or `…_sealed`), so that a new table need not be remembered; secrets of second
factors are texts in a table of django-allauth's. A step that is killed loses nothing: what is left still opens under its older key, and the
next run goes on with it. Landed Parquet is not written again, it is never changed (docs/map.md); its data key stays, wrapped anew
whenever the master key changes.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from zhike.access.sealing import FILE_BYTE, keyring, sealed_again, version_of

STEP = 2_000  # values of the vault in one transaction; elsewhere a value may be a whole table
LARGE_STEP = 50
VAULT = "access_vault"


@dataclass(frozen=True)
class Place:
    """A column of ciphertexts: its table, its key and the key's type."""

    table: str
    key: str
    key_type: str
    column: str

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


PLACES = """
    select c.relname, k.attname, format_type(k.atttypid, k.atttypmod), a.attname
    from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_index i on i.indrelid = c.oid and i.indisprimary and i.indnkeyatts = 1
    join pg_attribute k on k.attrelid = c.oid and k.attnum = i.indkey[0]
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and not a.attisdropped
      and a.atttypid = 'bytea'::regtype and (a.attname = 'sealed' or a.attname like '%%\\_sealed')
    order by c.relname <> 'access_vault', 1, 4
"""


def places() -> list[Place]:
    """Every column of ciphertexts, the vault first."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES)
        return [Place(*row) for row in cursor.fetchall()]


def versions_used(place: Place) -> dict[int, int]:
    """How many ciphertexts of a column each key version holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select get_byte({place.column}, 0), count(*) from {place.table} where length({place.column}) > 0 group by 1 order by 1"
        )
        return dict(cursor.fetchall())


def reseal(place: Place) -> Generator[int, None, None]:
    """Seal what older keys hold in a column again; after each step, how many that were. Each step is its own transaction."""
    last: Any = None
    while True:
        with transaction.atomic():
            found, last = _step(place, last)
        if not found:
            return
        yield found


def _step(place: Place, last: Any) -> tuple[int, Any]:
    newest = keyring().version
    beyond = "" if last is None else f"and {place.key} > %(last)s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""select {place.key}, {place.column} from {place.table} where length({place.column}) > 0
                and get_byte({place.column}, 0) <> %(newest)s {beyond} order by {place.key} limit %(step)s""",
            {"newest": newest, "last": last, "step": STEP if place.table == VAULT else LARGE_STEP},
        )
        rows = cursor.fetchall()
        if not rows:
            return 0, None
        keys, old = [row[0] for row in rows], [bytes(row[1]) for row in rows]
        version = f", key_version = {newest}" if place.table == VAULT else ""
        cursor.execute(  # what somebody changed meanwhile is newer than what was read: it stays
            f"""update {place.table} t set {place.column} = g.new{version}
                from unnest(%(keys)s::{place.key_type}[], %(old)s::bytea[], %(new)s::bytea[]) g(key, old, new)
                where t.{place.key} = g.key and t.{place.column} = g.old""",
            {"keys": keys, "old": old, "new": [sealed_again(one) for one in old]},
        )
    return len(rows), keys[-1]


def files() -> Iterator[Path]:
    """The encrypted files of notes."""
    for path in sorted((Path(settings.INSTALLATION.home) / "files").glob("??/*")):
        if path.is_file() and not path.name.startswith(".") and _head(path)[1:] == bytes((FILE_BYTE,)):
            yield path


def file_versions() -> dict[int, int]:
    """How many files each key version holds."""
    counted: dict[int, int] = {}
    for path in files():
        version = version_of(_head(path))
        counted[version] = counted.get(version, 0) + 1
    return counted


def reseal_files() -> Iterator[int]:
    """Seal files of older keys again, one by one; their times stay, because they tell what nobody needs any more."""
    newest = keyring().version
    for path in files():
        if version_of(_head(path)) == newest:
            continue
        times = path.stat()
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
        with os.fdopen(handle, "wb") as file:
            file.write(sealed_again(path.read_bytes()))
        os.utime(draft, ns=(times.st_atime_ns, times.st_mtime_ns))
        Path(draft).replace(path)
        yield 1


# Of a telephone the secret, of codes on paper what they are made from (`second_adapter`); passkeys have nothing that is secret here.
FACTOR_SECRETS = """
    select a.id, e.key, e.value from mfa_authenticator a, jsonb_each_text(a.data) e
    where e.key in ('secret', 'seed') and e.value ~ '^[A-Za-z0-9+/]{8}' order by a.id
"""


def factor_versions() -> dict[int, int]:
    """How many secrets of second factors each key version holds."""
    counted: dict[int, int] = {}
    for _key, _name, kept in _factor_secrets():
        version = version_of(base64.b64decode(kept))
        counted[version] = counted.get(version, 0) + 1
    return counted


def reseal_factors() -> Iterator[int]:
    """Seal secrets of second factors that older keys hold again, one by one."""
    newest = keyring().version
    for key, name, kept in _factor_secrets():
        if version_of(base64.b64decode(kept)) == newest:
            continue
        told: dict[str, int | str] = {
            "id": key,
            "name": name,
            "old": kept,
            "new": base64.b64encode(sealed_again(base64.b64decode(kept))).decode(),
        }
        with connection.cursor() as cursor:  # who sets her telephone up anew meanwhile has a newer secret: it stays
            cursor.execute(
                """update mfa_authenticator set data = jsonb_set(data, array[%(name)s], to_jsonb(%(new)s::text))
                   where id = %(id)s and data ->> %(name)s = %(old)s""",
                told,
            )
        yield 1


def _factor_secrets() -> list[tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(FACTOR_SECRETS)
        return [(int(key), str(name), str(kept)) for key, name, kept in cursor.fetchall()]


def everything() -> Iterator[tuple[str, Iterable[int]]]:
    """All that is sealed and may be sealed again, by name, with what does it step by step."""
    yield from ((place.name, reseal(place)) for place in places())
    yield "second factors", reseal_factors()
    yield "files", reseal_files()


def used() -> dict[str, dict[int, int]]:
    """By name, how many values or files each key version holds; landed files, which are another area's, are not among them."""
    return {**{place.name: versions_used(place) for place in places()}, "second factors": factor_versions(), "files": file_versions()}


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2)
