"""A small bank's organisation with a customer in every corner of it, for tests of who sees what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest
from django.conf import LazySettings

from zhike.access.actions import add_person
from zhike.access.models import Person
from zhike.access.scope import Viewer, entered, system_viewer, viewer_for
from zhike.testing.databases import Bank

PASSWORD = "a-long-sentence-for-tests-1"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

ORGANISATION = """
insert into access_unit (id, key, name, level, parent_id) overriding system value values
  (1, 'HO', '总行', 'head_office', null), (2, 'B1', '杭州分行', 'branch', 1), (3, 'S1', '西湖支行', 'sub_branch', 2),
  (4, 'O1', '文三路网点', 'outlet', 3), (5, 'O2', '古墩路网点', 'outlet', 3), (6, 'B2', '宁波分行', 'branch', 1);
insert into access_employee (id, staff_no, name, unit_id, post, team) overriding system value values
  (11, 'E11', '林知远', 4, 'relationship_manager', 'A'), (12, 'E12', '陈思', 4, 'relationship_manager', 'A'),
  (13, 'E13', '周敏', 4, 'branch_manager', ''), (14, 'E14', '吴桐', 3, 'branch_manager', ''),
  (15, 'E15', '何平', 1, 'agent', ''), (16, 'E16', '郑一', 5, 'relationship_manager', 'A');
insert into parties_party (id, kind, status, name, name_tokens, unit_id, rm_ids, source, external_key, valid_from, batch_id,
    short_name, customer_no, sex, nationality, occupation, employer_name, education, marital_status, income_band, region, industry,
    size_class, is_staff, is_related_party, lead_source)
  overriding system value
  select id, 'individual', 'customer', name, '{}', unit_id, rm_ids, 'core', id::text, '2026-01-01', 1,
    '', '', '', '', '', '', '', '', '', '', '', '', false, false, ''
  from (values (101, '甲', 4, array[11]), (102, '乙', 4, array[12]), (103, '丙', 5, array[16]), (104, '丁', 6, array[]::int[]),
               (105, '戊', null, array[]::int[]), (106, '己', 5, array[16, 11])) as v(id, name, unit_id, rm_ids);
"""


@dataclass(frozen=True)
class SmallBank:
    """A database with six units, six employees and the customers 101 to 106."""

    bank: Bank

    def person(self, login: str, role: str, staff_no: str = "", **more: object) -> Person:
        """Somebody new who may log in."""
        actor = system_viewer("test")
        with self.bank.acting_as("job"), entered(actor):
            return add_person(actor=actor, at=NOW, login=login, name=login, role=role, staff_no=staff_no, password=PASSWORD, **more)  # type: ignore[arg-type]

    def viewer(self, role: str, staff_no: str = "") -> Viewer:
        """The viewer of somebody new with this role."""
        person = self.person(f"{role}-{staff_no or 'none'}".lower(), role, staff_no)
        return viewer_for(person)


@pytest.fixture
def small_bank(empty_bank: Bank) -> SmallBank:
    """The organisation and customers of this module's first lines."""
    with empty_bank.connected("job") as job:
        job.execute(ORGANISATION)
    return SmallBank(empty_bank)


@pytest.fixture
def ids_by_sql(small_bank: SmallBank) -> Callable[[str | None], set[int]]:
    """The customers that plain SQL under the web role returns for a signed text (None: without any)."""

    def ask(signed: str | None) -> set[int]:
        with small_bank.bank.connected("web") as web, web.transaction():
            if signed is not None:
                web.execute("select set_config('zhike.viewer', %s, true)", [signed])
            return {row[0] for row in web.execute("select id from parties_party").fetchall()}

    return ask


def refused(web: psycopg.Connection, statement: str) -> bool:
    """Whether PostgreSQL says that this role may not do this."""
    try:
        web.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


@pytest.fixture(autouse=True)
def quick_hashes(request: pytest.FixtureRequest, settings: LazySettings) -> None:
    """Hashing a password is made to take long; for people of a small bank it need not (those of the sample bank came by command)."""
    if "small_bank" in request.fixturenames:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
