"""Whoever serves a customer is told of her request five working days before its last day, whoever answers for privacy too, and once more when it is late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.access.scope import Viewer, entered
from zhike.privacy import actions, registers, reminders
from zhike.privacy.register_rules import FACTS
from zhike.privacy.rules import REMIND_DAYS, is_weekday, remind_date
from zhike.workspace.tests.books import book_of, one

RIGHTS = frozenset({"customers.read", "consents.write", "privacy.manage"})
OFFICER = Viewer(None, "officer", "合规", "compliance_officer", "bank", permissions=RIGHTS)
AT = datetime(2026, 11, 2, 4, tzinfo=UTC)
NEAR, LATE = datetime(2026, 11, 17, 1, tzinfo=UTC), datetime(2026, 11, 25, 1, tzinfo=UTC)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_five_working_days_lie_before(due: date) -> None:
    days = [due - timedelta(days=number) for number in range(1, (due - remind_date(due)).days + 1)]
    assert sum(map(is_weekday, days)) == REMIND_DAYS


@pytest.fixture
def request_id(bank: Any, people: Any) -> Iterator[int]:
    """A request of a customer of 林知远's, taken in on 2 November, to be answered by the 23rd."""
    key = book_of(bank, people, "lin")[0][0]
    with entered(OFFICER):
        made = actions.receive(actor=OFFICER, at=AT, party_id=key, kind="know", wanted="everything").pk
    yield made
    with bank.connected("job") as job:
        job.execute("delete from privacy_request where id = %s", [made])


def _lin(bank: Any, people: Any) -> Viewer:
    employee = one(bank, "select id from access_employee where staff_no = %s", people["lin"].staff_no)
    return replace(OFFICER, login="lin", scope="own", employee_ids=(employee,), permissions=RIGHTS - {"privacy.manage"})


def _due(viewer: Viewer, now: datetime, since: datetime | None = None) -> set[int]:
    with entered(viewer):
        rows = reminders.requests_due(viewer, now=now) if since is None else reminders.new_requests(viewer, since, now=now)
        return set(rows.values_list("pk", flat=True))


def test_she_is_told_in_time_once_and_once_more_when_it_is_late(bank: Any, people: Any, request_id: int) -> None:
    lin = _lin(bank, people)
    assert request_id not in _due(lin, AT) and request_id in _due(lin, NEAR) and request_id in _due(OFFICER, NEAR)
    assert request_id in _due(lin, NEAR, since=AT)
    assert request_id not in _due(lin, NEAR, since=NEAR), "not twice"
    assert request_id in _due(lin, LATE, since=NEAR), "late is news"
    assert request_id not in _due(lin, LATE, since=LATE)


def test_colleagues_elsewhere_are_told_nothing(bank: Any, people: Any, request_id: int) -> None:
    lin = _lin(bank, people)
    chen = replace(
        lin, login="chen", employee_ids=(one(bank, "select id from access_employee where staff_no = %s", people["chen"].staff_no),)
    )
    assert request_id not in _due(chen, LATE)
    agent = replace(lin, scope="bank", employee_ids=())
    assert request_id not in _due(agent, LATE), "whoever serves nobody of her own is not told of everybody"


def test_the_bell_says_it_in_words(bank: Any, people: Any, as_person: Any, request_id: int) -> None:
    with bank.connected("job") as job:
        job.execute("update privacy_request set due_date = current_date + 2, remind_date = current_date - 1 where id = %s", [request_id])
    page = as_person("lin").get("/notices/", headers={"accept-language": "en"}).content.decode()
    assert f"/privacy/{request_id}/" in page and "is due soon" in page
    assert f"/privacy/{request_id}/" not in as_person("chen").get("/notices/").content.decode()


def test_an_incident_and_an_entry_of_a_year_ago_are_told_to_the_officer_alone(bank: Any, people: Any) -> None:
    with entered(OFFICER):
        made = [
            registers.keep_entry(actor=OFFICER, at=AT, kind=kind, title="x", facts=dict.fromkeys(FACTS[kind], "x")).pk
            for kind in ("incident", "purpose")
        ]
        for now, told in ((AT + timedelta(hours=47), set()), (AT + timedelta(hours=49), {made[0]}), (AT + timedelta(days=366), set(made))):
            assert set(reminders.entries_due(OFFICER, now=now).values_list("pk", flat=True)) & set(made) == told
        assert (
            set(reminders.new_entries(OFFICER, AT + timedelta(hours=49), now=AT + timedelta(hours=50)).values_list("pk", flat=True))
            & set(made)
            == set()
        )
    lin = _lin(bank, people)
    with entered(lin):
        assert not reminders.entries_due(lin, now=AT + timedelta(days=366)).exists()
    with bank.connected("job") as job:
        job.execute("delete from privacy_entry where id = any(%s)", [made])
