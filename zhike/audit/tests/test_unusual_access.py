"""What is unusual is found for everybody at once, told to whoever may read the audit, and reviewed by somebody else with a note."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.utils import timezone

from zhike.access.models import Person
from zhike.audit import unusual
from zhike.audit.models import Unusual
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

AsPerson = Callable[[str], Client]
DAY = date(2026, 9, 15)
NOON, MIDNIGHT = datetime(2026, 9, 15, 4, tzinfo=UTC), datetime(2026, 9, 15, 15, tzinfo=UTC)  # 12:00 and 23:00 in the bank


@pytest.fixture(autouse=True)
def emptied(bank: Bank, people: Cast) -> Iterator[None]:
    _empty(bank)
    yield
    _empty(bank)


def _empty(bank: Bank) -> None:
    with bank.connected("job") as job:
        job.execute("delete from audit_unusual")
        job.execute("delete from audit_look where day = %s", [DAY])


def test_many_customers_of_others_in_a_day_are_unusual_her_own_are_not(bank: Bank, people: Cast) -> None:
    lin = people["lin"].staff_no
    _looked(bank, "lin", NOON, "e.staff_no = %s", lin)
    assert _found(bank) == []
    _looked(bank, "lin", NOON, "p.unit_id <> (select unit_id from access_employee where staff_no = %s) limit 60", lin)
    assert _found(bank) == [("lin", "outside")]
    assert _found(bank, again=True) == [("lin", "outside")]


def test_customers_opened_at_night_are_unusual(bank: Bank) -> None:
    _looked(
        bank,
        "chen",
        MIDNIGHT,
        "e.staff_no = (select w.staff_no from access_person s join access_employee w on w.id = s.employee_id where s.login = 'chen') limit 6",
    )
    assert _found(bank) == [("chen", "night")]


def test_many_customers_opened_shortly_before_leaving_are_unusual(bank: Bank, people: Cast) -> None:
    staff_no = people["lin"].staff_no
    with bank.connected("job") as job:
        job.execute("update access_employee set left_date = '2026-10-01' where staff_no = %s", [staff_no])
    try:
        _looked(bank, "lin", NOON, "true limit 35")
        assert ("lin", "leaving") in _found(bank)
    finally:
        with bank.connected("job") as job:
            job.execute("update access_employee set left_date = null where staff_no = %s", [staff_no])


def test_it_is_told_on_the_bell_and_reviewed_by_somebody_else_with_a_note(bank: Bank, as_person: AsPerson) -> None:
    _looked(bank, "lin", MIDNIGHT, "true limit 6")
    assert _found(bank)
    gao = as_person("gao")
    assert "Unusual access" in gao.get("/notices/").content.decode()
    assert "Unusual access" not in as_person("zhou").get("/notices/").content.decode()
    row = Unusual.objects.values_list("pk", flat=True)
    with bank.acting_as("job"):
        key = row.get()
    refused = gao.post(f"/audit/unusual/{key}/", {"note": " ", "result": "explained"})
    assert refused.status_code == 422
    assert "Write what you found out" in refused.content.decode()
    assert gao.post(f"/audit/unusual/{key}/", {"note": "夜间值班", "result": "explained"}).status_code == 302
    assert "夜间值班" in gao.get("/audit/unusual/?state=reviewed").content.decode()
    assert "Nothing unusual waits" in gao.get("/audit/unusual/").content.decode()


def test_nobody_reviews_herself(bank: Bank, as_person: AsPerson) -> None:
    _looked(bank, "gao", MIDNIGHT, "true limit 6")
    assert ("gao", "night") in _found(bank)
    with bank.acting_as("job"):
        key = Unusual.objects.get(kind="night").pk
    refused = as_person("gao").post(f"/audit/unusual/{key}/", {"note": "值班", "result": "explained"})
    assert refused.status_code == 422
    assert "somebody else reviews it" in refused.content.decode()


def test_there_is_a_limit_of_numbers_revealed_in_an_hour(bank: Bank, as_person: AsPerson, settings: object) -> None:
    with bank.connected("job") as job:
        party, digest = job.execute(
            "select c.party_id, encode(c.value_digest, 'hex') from parties_contactpoint c where c.valid_to is null order by c.id limit 1"
        ).fetchone() or (0, "")
    he = as_person("he")
    settings.REVEALS_AN_HOUR = 2  # type: ignore[attr-defined]
    form = {"token": digest, "purpose": "contact"}
    before = [he.post(f"/customers/{party}/reveal/", form).status_code for _time in range(3)]
    refused = he.post(f"/customers/{party}/reveal/", form)
    assert before[-1] == refused.status_code == 429
    assert "within an hour" in refused.content.decode()
    with bank.connected("job") as job:
        assert job.execute("select act from access_auditentry order by id desc limit 1").fetchone() == ("contacts.reveal_refused",)


def _looked(bank: Bank, login: str, at: datetime, who: str, *values: object) -> None:
    """Somebody opened customers: those whose main manager's employee row `e` fits."""
    with bank.acting_as("job"):
        person = Person.objects.get(login=login).pk
    with bank.connected("job") as job:
        job.execute(
            "insert into audit_look (customer_id, day, person_id, first_at) select p.id, %s, %s, %s from parties_party p"
            f" join access_employee e on e.id = p.main_rm_id where p.source = 'zhike' and {who} on conflict do nothing",
            [DAY, person, at, *values],
        )


def _found(bank: Bank, *, again: bool = False) -> list[tuple[str, str]]:
    """Who stands there with what; `again`: nothing is new the second time."""
    with bank.acting_as("job"):
        new = unusual.find(at=timezone.now(), today=DAY)
        assert not (again and new)
        names = dict(Person.objects.values_list("pk", "login"))
        return sorted((names[person], kind) for person, kind in Unusual.objects.values_list("person_id", "kind"))
