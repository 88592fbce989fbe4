"""A backup is noise without its key, and an empty folder becomes the same installation by it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from zhike.access.archives import PIECE, CannotRead, Reader, Writer
from zhike.access.masters import KeyUnavailable, Masters
from zhike.access.tests.facts import Facts
from zhike.core.connections import Installation
from zhike.core.installing import connect
from zhike.insight.warehouse import read_manifest
from zhike.privacy import deletion
from zhike.privacy.tests.test_deleting_a_customer import _end
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, add_to, cast_of
from zhike.testing.run import Run
from zhike.testing.serving import Served, free_port, session_cookie, wait_until_up

PASSPHRASE = "nine geese over the lake"
FIGURES = """
    select (select json_agg(row(kind, n)) from (select kind, count(*) n from parties_party group by 1 order by 1) p) as parties,
           (select json_agg(row(currency, n, total)) from (select currency, count(*) n, sum(amount) total from holdings_transaction group by 1 order by 1) t) as postings,
           (select json_agg(row(currency, total)) from (select currency, sum(balance) total from holdings_balance where valid_to is null group by 1 order by 1) b) as balances,
           (select json_agg(row(source, batch_date)) from ingestion_dataasof) as as_of
"""


@pytest.fixture
def new_home(run: Run) -> Iterator[Path]:
    """Where a restored installation lies: below the run's folder, through which the server's own user passes."""
    home = run.folder / f"restored-{secrets.token_hex(3)}"
    yield home
    shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def restored_home(home: Path, prefix: str) -> Iterator[dict[str, str]]:
    """The settings of a new installation with a server of its own, below `home`."""
    yield {"ZHIKE_HOME": str(home), "DATABASE_URL": "", "ZHIKE_ROLE_PREFIX": prefix, "ZHIKE_BACKUP_PASSPHRASE": PASSPHRASE}
    with contextlib.suppress(Exception):
        Installation(home, prefix=prefix).server.stop()


def told(environment: dict[str, str], *arguments: str) -> str:
    done = zhike(environment, *arguments)
    assert done.returncode == 0, f"zhike {arguments[0]}: {done.stdout}{done.stderr}"
    return done.stdout


def zhike(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from zhike.cli import main; raise SystemExit(main())", *arguments]
    known = {k: v for k, v in os.environ.items() if k not in {"ZHIKE_PROCESS", "DJANGO_SETTINGS_MODULE"}}
    return subprocess.run(command, env=known | environment, capture_output=True, text=True, check=False, timeout=600)


def serves_lin(environment: dict[str, str], home: Path, party: int, digest: str) -> str:
    """What 林知远 is shown behind a mask by the restored site, to which she logs in with her password of before."""
    site = Served("127.0.0.1", free_port())
    known = {k: v for k, v in os.environ.items() if k not in {"ZHIKE_PROCESS", "DJANGO_SETTINGS_MODULE", "PYTEST_PLUGINS"}}
    command = [sys.executable, "-c", "from zhike.cli import main; raise SystemExit(main())", "serve", "--port", str(site.port)]
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=known | environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until_up(site.address, process, home / "serve.log")
        cookie = session_cookie(site, "lin", PASSWORD)
        token = cookie.split("csrftoken=")[-1].split(";")[0]
        asked = subprocess.run(
            ["curl", "-s", "-H", f"Cookie: {cookie}", "-H", f"X-CSRFToken: {token}", "-d", f"token={digest}&purpose=contact", f"{site.address}/customers/{party}/reveal/"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return asked.stdout
    finally:
        process.terminate()
        process.wait(30)


def _somebody_who_left(bank: Bank) -> int:
    """A customer whose relation ended long ago."""
    with bank.connected("job") as job:
        (party,) = job.execute("select max(id) from parties_party where kind = 'individual'").fetchone() or (0,)
    _end(bank, party)
    return int(party)


def _deleted_since(bank: Bank, party: int) -> None:
    with bank.acting_as("job"), transaction.atomic():
        assert deletion.carry_out([party], at=timezone.now()).measures == {party: "whole"}


def test_a_backup_restored_into_an_empty_folder_is_the_same_bank(fresh_bank: Bank, new_home: Path, tmp_path: Path) -> None:
    people = cast_of(fresh_bank)
    for login in ("lin", "gao"):
        add_to(fresh_bank, people[login])
    left = _somebody_who_left(fresh_bank)
    before, file, home = fresh_bank.zhike("sql", "--as", "gao", "--json", FIGURES), tmp_path / "evening.zhike", new_home
    fresh_bank.zhike("backup", str(file), "--with-keys", ZHIKE_BACKUP_PASSPHRASE=PASSPHRASE)
    assert file.stat().st_mode & 0o077 == 0
    with fresh_bank.connected("job") as job:
        party, digest, masked = job.execute(
            """select c.party_id, encode(c.value_digest, 'hex'), c.value_masked from parties_contactpoint c join parties_party p on p.id = c.party_id
               join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s and c.kind = 'mobile' limit 1""", [people["lin"].staff_no]
        ).fetchone() or (0, "", "")  # fmt: skip
        entries = job.execute("select count(*), max(id) from access_auditentry where act <> 'installation.backed_up'").fetchone()
    _deleted_since(fresh_bank, left)
    with restored_home(home, fresh_bank.run.prefix) as settings:
        checked = zhike(settings, "restore", "--check", str(file))
        assert checked.returncode == 0 and "whole" in checked.stdout and not (home / "postgres").exists()
        done = zhike(settings, "restore", str(file), "--deletions", str(fresh_bank.home / "audit"))
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"deleted again: customers {left}." in done.stdout
        assert json.loads(told(settings, "sql", "--as", "gao", "--json", f"select name from parties_party where id = {left}")) == {
            "name": "—"
        }
        assert zhike(settings, "restore", str(file)).returncode == 1  # not empty any more
        assert json.loads(told(settings, "sql", "--as", "gao", "--json", FIGURES)) == json.loads(before)
        doctor = json.loads(told(settings, "doctor", "--json"))
        assert [one for one in doctor["findings"] if one["state"] == "wrong"] == []
        assert read_manifest(home, "zhike").files == read_manifest(fresh_bank.home, "zhike").files != []
        verified = zhike(settings, "audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        phone = serves_lin(settings, home, party, digest)
        assert phone.isdigit() and phone[-4:] == masked[-4:]
        with (
            Installation(home, prefix=fresh_bank.run.prefix).server.running() as server,
            connect({**server.address(), "dbname": fresh_bank.run.prefix}) as owner,
        ):
            acts = owner.execute("select count(*) from access_auditentry where id <= %s", [(entries or (0, 0))[1]]).fetchone()
            assert acts is not None and entries is not None and acts[0] >= entries[0] > 0
        again = zhike(settings, "load", str(fresh_bank.home / "files" / "sample"), "--layout", "zhike", "--json")
        assert again.returncode == 0, again.stderr  # the landings and the book of batches fit: nothing is loaded twice
        assert json.loads(told(settings, "sql", "--as", "gao", "--json", FIGURES)) == json.loads(before)


def test_a_backup_without_keys_reveals_nothing_and_needs_the_master_key(fresh_bank: Bank, new_home: Path, tmp_path: Path) -> None:
    file, facts = tmp_path / "b.zhike", Facts(fresh_bank.home / "files" / "sample")
    fresh_bank.zhike("backup", str(file))
    content = file.read_bytes()
    names = [row["name"].encode() for row in facts.parties.values() if len(row["name"]) > 3]
    assert len(names) > 20 and [name for name in names if name in content] == []
    assert [value for value in list(facts.protected)[:2000] if value.encode() in content] == []
    with restored_home(new_home, fresh_bank.run.prefix) as settings:
        refused = zhike(settings, "restore", str(file))
        assert refused.returncode == 3 and "master key" in refused.stderr and not (new_home / "postgres").exists()
        (new_home / "secrets").mkdir(parents=True, exist_ok=True)
        (new_home / "secrets" / "master.key").write_text((fresh_bank.home / "secrets" / "master.key").read_text())
        assert zhike(settings, "restore", "--check", str(file)).returncode == 0
        changed = tmp_path / "changed.zhike"
        changed.write_bytes(content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 1]) + content[len(content) // 2 + 1 :])
        cut = tmp_path / "cut.zhike"
        cut.write_bytes(content[:-1000])
        for broken in (changed, cut):
            told = zhike(settings, "restore", "--check", str(broken))
            assert told.returncode == 1 and "Traceback" not in told.stderr, told.stderr


def written(masters: Masters, content: bytes) -> bytes:
    out = io.BytesIO()
    writer = Writer(out, masters, made_at=str(date(2026, 11, 22)))
    writer.write(content)
    writer.finish()
    return out.getvalue()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_an_archive_reads_back_what_was_written_whatever_its_size(size: int) -> None:
    masters, content = Masters((b"\1" * 32,)), os.urandom(size)
    assert Reader(io.BytesIO(written(masters, content)), masters).read() == content


def test_pieces_that_are_cut_off_moved_or_changed_do_not_open() -> None:
    masters = Masters((b"\1" * 32,))
    whole = written(masters, bytes(3 * PIECE))
    head = whole.index(b"\n") + 1
    piece = 4 + PIECE + 16
    moved = whole[:head] + whole[head + piece : head + 2 * piece] + whole[head : head + piece] + whole[head + 2 * piece :]
    for broken in (whole[: head + 2 * piece], whole[: head + piece + 9], moved, whole[:head], whole.replace(b"2026", b"2027", 1)):
        with pytest.raises(CannotRead):
            Reader(io.BytesIO(broken), masters).read()
    with pytest.raises(KeyUnavailable):
        Reader(io.BytesIO(whole), Masters((b"\2" * 32,)))
