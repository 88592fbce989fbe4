"""What tests stand on keeps its promises: banks do not leak into each other, and tests have no more rights than the application."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from zhike.testing.databases import Bank, using


def role_of_django() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        return str(cursor.fetchone()[0])


def test_a_test_has_the_rights_of_the_web_and_a_job_only_where_it_says_so(empty_bank: Bank) -> None:
    assert role_of_django().endswith("_web")
    with empty_bank.acting_as("job"):
        assert role_of_django().endswith("_job")
    assert role_of_django().endswith("_web")


def test_the_web_cannot_change_the_shape_of_the_database(empty_bank: Bank) -> None:
    with empty_bank.connected("web") as direct, pytest.raises(psycopg.errors.InsufficientPrivilege):
        direct.execute("create table mine (a int)")


def test_what_is_written_into_one_bank_is_not_in_the_next(empty_bank: Bank) -> None:
    other = Bank(empty_bank.run, f"{empty_bank.name}_other")
    other.run.create(other.name, like="empty")
    with other.connected("migrate") as direct:
        direct.execute("create table only_there (a int)")
    with empty_bank.connected("migrate") as direct:
        assert direct.execute("select to_regclass('only_there')").fetchone() == (None,)
    other.run.drop(other.name)


def test_settings_and_environment_follow_the_bank_and_come_back(empty_bank: Bank) -> None:
    before = (settings.HOME, os.environ["ZHIKE_HOME"], connection.settings_dict["NAME"])
    with using(empty_bank.run, "empty"):
        assert Path(os.environ["ZHIKE_HOME"]).name == "empty"
        assert settings.INSTALLATION.home == settings.HOME == empty_bank.run.home("empty")
    assert (settings.HOME, os.environ["ZHIKE_HOME"], connection.settings_dict["NAME"]) == before


def test_a_command_that_fails_tells_the_test_its_words(empty_bank: Bank) -> None:
    with pytest.raises(AssertionError, match="no employee has this staff number"):
        empty_bank.zhike(
            "person", "add", "lin", "--name", "林知远", "--role", "relationship_manager", "--staff-no", "nobody",
            "--password-env", "WORD", WORD="a-long-sentence",
        )  # fmt: skip


def test_a_test_without_a_bank_does_not_reach_a_database() -> None:
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        connection.ensure_connection()
