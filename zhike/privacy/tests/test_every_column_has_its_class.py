"""Every column of the database has a class, a meaning and a time it is kept; what authenticates is nowhere, and identifiers only sealed (R30, R32)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils.translation import override

from zhike.access.scope import Viewer, entered
from zhike.core.data_classes import Table, tables
from zhike.ingestion.feeds import FEEDS
from zhike.ingestion.layout_reading import forbidden_columns
from zhike.privacy.catalogue import CATALOGUE, KEPT, TableLine, dictionary, form_of
from zhike.testing.databases import Bank

AUDITOR = Viewer(None, "auditor", "审计", "auditor", "bank", permissions=frozenset({"audit.read"}))
ANALYST = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=frozenset({"customers.read"}))
RANK = {"public": 0, "C1": 1, "C2": 2}
LIBRARIES = ("django_", "auth_", "account_", "mfa_", "procrastinate_")
# Staff's own password, hashed. Documents of customers have an end; a card's is not kept (decision 13).
STAFFS_OWN = {"access_person.password"}
# Addresses of networks and of other programs, and a table that is never written.
NO_CUSTOMERS = {
    "access_auditentry.address",
    "access_session.address",
    "account_emailaddress.email",
    "account_emailconfirmation.email_address_id",
    "reports_subscription.address",
}
COUNTS = {"insight_profile.mobile_12m"}  # how often by mobile banking, no number
EMPTY_WHERE_SEALED = ["parties_correction.proposed"]  # a birth date, an employer; of a protected value only its sealed forms
WHERE_FEEDS_GO = {
    "parties": "parties_party", "employees": "access_employee", "organisation": "access_unit", "products": "products_product", "accounts": "holdings_account",
    "transactions": "holdings_transaction", "loans": "holdings_loan", "cards": "holdings_card", "identifiers": "parties_identifier", "interactions": "engagement_interaction",
    "relationships": "parties_relationship", "contact_points": "parties_contactpoint", "balances": "holdings_balance", "positions": "holdings_position",
}  # fmt: skip


@pytest.fixture
def columns(bank: Bank) -> dict[str, set[str]]:
    """What PostgreSQL has, whoever may see it."""
    found: dict[str, set[str]] = {}
    with bank.connected("migrate") as migrate:
        for table, column, _type in migrate.execute(CATALOGUE).fetchall():
            found.setdefault(table, set()).add(column)
    return found


def unlike(columns: Mapping[str, set[str]], declared: Mapping[str, Table]) -> Iterator[str]:
    """Where what is declared and what is there differ."""
    yield from (f"{table} has no class" for table in columns.keys() - declared.keys())
    yield from (f"{table} is declared and does not exist" for table in declared.keys() - columns.keys())
    for name, table in declared.items():
        yield from (f"{name}.{column} is declared and does not exist" for column in table.levels.keys() - columns.get(name, set()))


def read(language: str, **asked: Any) -> list[TableLine]:
    with entered(AUDITOR), override(language):
        return dictionary(AUDITOR, **asked)


def test_every_table_has_a_class_and_every_declared_table_and_column_exists(columns: dict[str, set[str]]) -> None:
    assert len(columns) > 90
    assert list(unlike(columns, tables())) == []


def test_a_new_table_and_a_column_that_went_are_told(columns: dict[str, set[str]]) -> None:
    changed = {**columns, "parties_diary": {"id"}, "parties_party": columns["parties_party"] - {"industry"}}
    assert set(unlike(changed, tables())) == {"parties_diary has no class", "parties_party.industry is declared and does not exist"}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_column_of_ours_has_class_meaning_and_time_kept_in_both_languages(bank: Bank, language: str) -> None:
    lines = [one for one in read(language) if not one.name.startswith(LIBRARIES)]
    assert sum(len(table.columns) for table in lines) > 1000
    bare = [f"{table.name}.{one.name}" for table in lines for one in table.columns if not (one.meaning and one.level in RANK)]
    assert bare == []
    assert [table.name for table in lines if not (table.kept and table.what)] == []


def test_meanings_are_chinese_on_a_chinese_page(bank: Bank) -> None:
    foreign = [
        f"{table.name}.{one.name}: {one.meaning}" for table in read("zh-hans") if not table.name.startswith(LIBRARIES) for one in table.columns
        if not re.search(r"[\u4e00-\u9fff]", one.meaning)
    ]  # fmt: skip
    assert foreign == []


def test_nothing_that_authenticates_a_customer_has_a_column(columns: dict[str, set[str]]) -> None:
    suspicious = {f"{table}.{column}" for table, names in columns.items() for column in forbidden_columns(names)}
    assert suspicious == STAFFS_OWN
    assert {level for name, names in columns.items() for level in map(tables()[name].level_of, names)} == {"public", "C1", "C2"}


def test_identifiers_stand_only_as_digest_last_four_and_mask(columns: dict[str, set[str]]) -> None:
    sealed = {field.name for feed in FEEDS.values() for field in feed.fields if field.seal}
    assert {"id_no", "phone", "email", "address", "account_no", "card_no"} <= sealed
    named = re.compile(rf"(^|_)({'|'.join(sorted(sealed))}|mobile|iban)($|_)")
    found = {(table, column) for table, names in columns.items() for column in names if named.search(column)}
    clear = {f"{table}.{column}" for table, column in found if not column.endswith(("_digest", "_last4", "_masked"))}
    assert clear == (NO_CUSTOMERS | COUNTS) & clear
    for table, column in found - {tuple(one.split(".")) for one in NO_CUSTOMERS | COUNTS}:
        assert tables()[table].level_of(column) == "C2", f"{table}.{column}"
        assert form_of(table, column), f"{table}.{column}"
    masks = [(table, column.removesuffix("_masked")) for table, names in columns.items() for column in names if column.endswith("_masked")]
    assert len(masks) >= 6
    assert [f"{table}.{stem}" for table, stem in masks if stem in columns[table]] == EMPTY_WHERE_SEALED


def test_no_column_has_a_lower_class_than_the_field_it_came_from(columns: dict[str, set[str]]) -> None:
    compared = [
        (f"{table}.{one.name}", f"C{one.c}", tables()[table].level_of(one.name))
        for feed, table in WHERE_FEEDS_GO.items() for one in FEEDS[feed].fields if one.name in columns[table] and one.c == 2
    ]  # fmt: skip
    assert len(compared) > 10
    assert [one for one, feeds, ours in compared if RANK[ours] < RANK[feeds]] == []


def test_every_time_that_is_declared_has_words() -> None:
    assert {table.kept for table in tables().values()} <= set(KEPT)


def test_the_auditor_narrows_it_by_area_class_and_words_and_an_analyst_does_not_see_it(bank: Bank) -> None:
    assert {table.area for table in read("en", area="holdings")} == {"holdings"}
    assert {one.level for table in read("en", level="public") for one in table.columns} == {"public"}
    (only,) = read("en", words="renewal card")
    assert (only.name, [one.name for one in only.columns]) == ("holdings_card", ["renewal_month"])
    with entered(ANALYST), pytest.raises(PermissionDenied):
        dictionary(ANALYST)


def test_gao_reads_the_page_and_takes_it_as_csv(as_person: Any) -> None:
    gao: Client = as_person("gao")
    page = gao.get("/data-dictionary/").content.decode()
    assert "parties_party" in page
    assert "holdings_account" not in page
    assert "holdings_account" in gao.get("/data-dictionary/?q=account_no").content.decode()
    assert "/data-dictionary/" in gao.get("/people/").content.decode()
    assert "zk-empty" in gao.get("/data-dictionary/?q=nothing-is-called-so").content.decode()
    lines = gao.get("/data-dictionary/export/").content.decode().splitlines()
    assert len(lines) > 1000
    assert as_person("lin").get("/data-dictionary/").status_code == 403
