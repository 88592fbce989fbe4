"""Whoever has the disk and the database but no key finds no ID number, phone, e-mail, address, account or card number in clear (R30, R31).

The values are those of the bank's own files, and some that people type: into a search, an address, a broken request.
"""

from __future__ import annotations

import os
import re
import subprocess
import urllib.parse
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pyarrow.parquet as pq

from zhike.access.tests.facts import Facts
from zhike.commands.clients import environment
from zhike.core.postgres import client_binaries
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, add_to, cast_of
from zhike.testing.serving import Served, served, session_cookie

WORD = re.compile(r"[\w.+-]+@[\w.-]+|[0-9A-Za-z]{7,}")


def dumped(bank: Bank) -> str:
    """Every row of every table as the owner of the server would dump it: facts, audit, jobs, quarantine, indexes of names."""
    installation = bank.run.installation(bank.name)
    with bank.connected("migrate") as connection:
        folder = client_binaries(connection.info.server_version // 10000)
    assert folder is not None
    command: list[str | Path] = [folder / "pg_dump", "--data-only", "--enable-row-security", "--inserts", "--rows-per-insert=500"]
    return subprocess.run(command, env=environment(installation), capture_output=True, text=True, check=True).stdout


def written(bank: Bank, *, but: Path) -> Iterator[tuple[str, str]]:
    """What lies in the data folder, Parquet opened column by column; without the bank's own files."""
    for path in sorted(bank.home.rglob("*")):
        if path.is_dir() or path.is_relative_to(but) or path.is_relative_to(bank.home / "secrets"):
            continue
        if path.suffix == ".parquet":
            yield path.name, repr(pq.read_table(path).to_pydict())
        else:
            yield path.name, path.read_bytes().decode("utf-8", errors="replace")


def ask(site: Served, cookie: str, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    connection = HTTPConnection(site.host, site.port, timeout=60)
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, urllib.parse.urlencode(form) if form else None, headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", errors="replace")
    connection.close()
    return answer.status, text


def test_no_planted_value_stands_in_clear_in_the_dump_the_warehouse_the_logs_or_an_error_page(fresh_bank: Bank) -> None:
    files = fresh_bank.home / "files" / "sample"
    facts = Facts(files)
    planted = facts.protected
    people = cast_of(fresh_bank)
    for login in ("lin", "gao"):
        add_to(fresh_bank, people[login])
    phone = next(value for value in sorted(planted) if re.fullmatch(r"1[3-9]\d{9}", value))
    with served(fresh_bank.run, fresh_bank.name) as site:
        cookie = session_cookie(site, "gao", PASSWORD)
        asked = [
            ask(site, cookie, "GET", f"/find/?q={phone}")[0],
            ask(site, cookie, "GET", f"/customers/?q={phone}")[0],
            ask(site, cookie, "GET", f"/customers/{phone}/")[0],
            ask(site, cookie, "POST", "/login/", {"login": phone, "password": PASSWORD})[0],
        ]
        errors = [ask(site, cookie, "GET", f"/no-such-page/{phone}")[1], ask(site, cookie, "GET", f"/customers/?sort={phone}&after=%FF")[1]]
    assert 200 in asked and len(planted) > 500
    dump = dumped(fresh_bank)
    assert "access_vault" in dump and "holdings_transaction_" in dump and "procrastinate" in dump
    own = "".join(errors).replace(phone, "")  # what she typed herself stands in the address that she sees
    searched = {"the dump": dump, "an error page": own} | dict(written(fresh_bank, but=files))
    server_log = fresh_bank.run.folder / "postgres" / "server.log"
    if server_log.exists():
        searched["the server's log"] = server_log.read_text("utf-8", errors="replace")
    assert any(name.endswith(".parquet") for name in searched) and "serve.log" in searched
    found = {name: sorted(set(WORD.findall(text)) & planted)[:5] for name, text in searched.items()}
    assert {name: values for name, values in found.items() if values} == {}
    streets = {address for address in facts.addresses if any(figure.isdigit() for figure in address)}
    assert (
        streets
        and {name: [one for one in streets if one in text][:3] for name, text in searched.items() if any(one in text for one in streets)}
        == {}
    )


def test_the_search_can_fail(fresh_bank: Bank) -> None:
    planted = Facts(fresh_bank.home / "files" / "sample").protected
    one = min(planted)
    (fresh_bank.home / "left-behind.txt").write_text(f"{os.sep} {one} ")
    told = dict(written(fresh_bank, but=fresh_bank.home / "files" / "sample"))
    assert set(WORD.findall(told["left-behind.txt"])) & planted == {one}
