"""init, person, sql, doctor: run as a person at a terminal runs them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import psycopg
import pytest

from zhike.access.tests.conftest import SmallBank
from zhike.core.connections import Installation
from zhike.core.installing import CannotInstall, install
from zhike.testing.databases import Bank


def told(bank: Bank, *arguments: str) -> tuple[int, str, str]:
    done = bank.run.zhike(bank.name, *arguments)
    return done.returncode, done.stdout, done.stderr


def rows(bank: Bank, *arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in bank.zhike("sql", *arguments, "--json").splitlines()]


def test_init_again_changes_nothing_and_says_it_is_ready(empty_bank: Bank) -> None:
    assert "ready" in empty_bank.zhike("init")
    assert empty_bank.zhike("init", "--quiet") == ""


def test_direct_sql_with_her_identity_returns_her_rows_and_nothing_more(small_bank: SmallBank) -> None:
    small_bank.person("lin", "relationship_manager", "E11")
    small_bank.person("gao", "administrator")
    assert [row["id"] for row in rows(small_bank.bank, "--as", "lin", "select id from parties_party order by id")] == [101, 106]
    assert rows(small_bank.bank, "select count(*) as n from parties_party") == [{"n": 6}]
    assert rows(small_bank.bank, "select act, login, reason from access_auditentry where act = 'access.sql_run' order by id limit 1") == [
        {"act": "access.sql_run", "login": "lin", "reason": "select id from parties_party order by id"}
    ]


FORBIDDEN = [
    "select 1; select 2",
    "delete from django_session",
    "insert into core_event (name) values ('x')",
    "create table t (a int)",
    "select sealed from access_vault",
    "commit; delete from django_session",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_sql_runs_one_statement_that_reads_and_nothing_else(small_bank: SmallBank, statement: str) -> None:
    small_bank.person("gao", "administrator")
    code, out, err = told(small_bank.bank, "sql", statement)
    assert code == 1
    assert out == ""
    assert "Traceback" not in err


def test_an_identity_forged_inside_the_statement_returns_nothing(small_bank: SmallBank) -> None:
    small_bank.person("lin", "relationship_manager", "E11")
    forged = json.dumps({"p": 1, "a": True, "u": [], "e": [], "r": [], "d": "app", "x": 9999999999}) + "0" * 64
    query = f"with f as materialized (select set_config('zhike.viewer', '{forged}', true)) select id from f, parties_party"
    assert rows(small_bank.bank, "--as", "lin", query) == []


def test_a_bi_tool_reads_as_a_person_for_some_hours(small_bank: SmallBank) -> None:
    small_bank.person("o'lin", "relationship_manager", "E11")
    statement = small_bank.bank.zhike("identity", "o'lin", "--hours", "2")
    with small_bank.bank.connected("read") as read:
        read.execute(statement)
        for _ in range(2):  # each its own transaction
            assert read.execute("select id from parties_party order by id").fetchall() == [(101,), (106,)]
        read.execute(re.sub(r"'(\d+);:", r"'\1;aw:", statement))
        assert read.execute("select id from parties_party").fetchall() == []
    with small_bank.bank.connected("job") as job:
        given = job.execute("select login, \"after\" from access_auditentry where act = 'access.identity_given'").fetchall()
    assert given == [("o'lin", {"hours": 2})]
    assert told(small_bank.bank, "identity", "o'lin", "--hours", "25")[0] == 2


def test_sql_as_nobody_known_is_refused(small_bank: SmallBank) -> None:
    assert told(small_bank.bank, "sql", "--as", "nobody", "select 1")[0] == 1


def test_a_person_is_added_once(empty_bank: Bank) -> None:
    arguments = ("person", "add", "Gao", "--name", "高远", "--role", "administrator", "--password-env", "WORD")
    assert empty_bank.zhike(*arguments, WORD="a-long-sentence") == "Gao: added.\n"
    done = empty_bank.run.zhike(empty_bank.name, *arguments, WORD="a-long-sentence")
    assert (done.returncode, done.stderr) == (1, "Error: login: this login is taken\n")
    done = empty_bank.run.zhike(
        empty_bank.name, "person", "add", "b", "--name", "b", "--role", "analyst", "--password-env", "WORD", WORD="short"
    )
    assert "at least" in done.stderr


def test_doctor_finds_nothing_on_a_fresh_installation(empty_bank: Bank) -> None:
    told_ = json.loads(empty_bank.zhike("doctor", "--json"))
    assert told_["ok"] is True
    assert {"secrets", "server", "locale", "roles", "walls", "migrations", "keys"} <= {finding["name"] for finding in told_["findings"]}


def test_doctor_names_what_is_wrong(empty_bank: Bank) -> None:
    with empty_bank.connected("migrate") as migrate:
        migrate.execute("alter table parties_party disable row level security")
        migrate.execute("delete from django_migrations where app = 'parties'")
    code, out, _ = told(empty_bank, "doctor", "--json")
    wrong = {finding["name"]: finding["says"] for finding in json.loads(out)["findings"] if finding["state"] == "wrong"}
    assert code == 1
    assert "parties_party" in wrong["walls"]
    assert "zhike init" in wrong["migrations"]


def test_doctor_sees_secrets_that_others_can_read(empty_bank: Bank, tmp_path: Path) -> None:
    words = empty_bank.run.installation(empty_bank.name)
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o755)
    for file in words.secrets.iterdir():
        if file.is_file():
            (secrets / file.name).write_bytes(file.read_bytes())
    done = empty_bank.run.zhike(empty_bank.name, "doctor", ZHIKE_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "others may read" in done.stdout


@pytest.fixture
def second_installation(empty_bank: Bank, tmp_path: Path) -> Installation:
    """Another installation on the same server: its own database, folder and prefix, and an owner who is no superuser."""
    first = empty_bank.run.installation(empty_bank.name)
    words = first.owner_parameters()
    name = f"other_{os.getpid()}"
    with psycopg.connect(**{**words, "dbname": "postgres"}, autocommit=True) as owner:  # type: ignore[arg-type]
        owner.execute(f"drop database if exists {name}")
        for role in (f"{name}_{process}" for process in ("web", "job", "read", "migrate", "boss")):
            owner.execute(f"drop role if exists {role}")
        owner.execute(f"create role {name}_boss login createdb createrole password 'boss'")
    url = f"postgresql://{name}_boss:boss@/{name}?host={words['host']}&port={words.get('port', '5432')}"
    return Installation(tmp_path, url, name)


def test_two_installations_on_one_server_leave_each_other_alone(empty_bank: Bank, second_installation: Installation) -> None:
    first = empty_bank.run.installation(empty_bank.name)
    install(second_installation)
    install(second_installation)
    with empty_bank.connected("web") as web:
        assert web.execute("select count(*) from parties_party").fetchone() == (0,)
    intruder = {**first.parameters("web"), "dbname": second_installation.database}
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(**intruder)  # type: ignore[arg-type]
    with psycopg.connect(**second_installation.parameters("web")) as web, pytest.raises(psycopg.errors.InsufficientPrivilege):  # type: ignore[arg-type]
        web.execute("create temporary table t (a int)")


def test_an_owner_who_is_no_superuser_can_init_and_doctor_is_content(empty_bank: Bank, second_installation: Installation) -> None:
    there = {
        "DATABASE_URL": second_installation.database_url, "ZHIKE_ROLE_PREFIX": second_installation.prefix, "ZHIKE_HOME": str(second_installation.home),
    }  # fmt: skip
    empty_bank.zhike("init", "--quiet", **there)  # type: ignore[arg-type]
    told_ = json.loads(empty_bank.zhike("doctor", "--json", **there))  # type: ignore[arg-type]
    assert [finding for finding in told_["findings"] if finding["state"] == "wrong"] == []


def test_init_refuses_the_database_of_another_installation(empty_bank: Bank, second_installation: Installation, tmp_path: Path) -> None:
    install(second_installation)
    stranger = Installation(tmp_path / "stranger", second_installation.database_url, "stranger")
    with pytest.raises(CannotInstall, match="belongs to the installation"):
        install(stranger)
    assert empty_bank.name


def test_init_refuses_roles_whose_passwords_are_elsewhere(second_installation: Installation, tmp_path: Path) -> None:
    install(second_installation)
    lost = Installation(tmp_path / "lost", second_installation.database_url, second_installation.prefix)
    with pytest.raises(CannotInstall, match="new-passwords"):
        install(lost)
    install(lost, new_passwords=True)
    psycopg.connect(**lost.parameters("web")).close()  # type: ignore[arg-type]


def test_doctor_is_content_with_a_loaded_bank_and_names_a_wall_that_was_dropped(fresh_bank: Bank) -> None:
    well = json.loads(fresh_bank.zhike("doctor", "--json"))
    assert [finding for finding in well["findings"] if finding["state"] == "wrong"] == []
    assert "opens what is sealed" in next(finding["says"] for finding in well["findings"] if finding["name"] == "keys")
    for table, harm in {
        "holdings_transaction": "alter table holdings_transaction no force row level security",
        "parties_contactpoint": "drop policy seen on parties_contactpoint; drop policy working on parties_contactpoint",
        "holdings_card": "alter table holdings_card disable row level security",
        "holdings_loan": "create policy everybody on holdings_loan for select to public using (true)",
    }.items():
        with fresh_bank.connected("migrate") as migrate:
            migrate.execute(harm)
        code, out, _ = told(fresh_bank, "doctor", "--json")
        says = next(finding["says"] for finding in json.loads(out)["findings"] if finding["name"] == "walls")
        assert code == 1
        assert table in says
