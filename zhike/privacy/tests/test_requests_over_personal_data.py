"""A customer's request over her data is taken in, answered in time by whoever answers for privacy, and gives what is hers (R25, E1)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.access.scope import Viewer, entered
from zhike.privacy import actions, queries
from zhike.privacy.rules import WORKING_DAYS, cell, due_date, extended, is_weekday, months_after
from zhike.workspace.tests.books import book_of, one, rows

HX = {"HX-Request": "true"}
AT = datetime(2026, 11, 2, 4, tzinfo=UTC)  # a Monday
RIGHTS = frozenset({
    "customers.read", "contacts.read", "contacts.reveal", "accounts.read", "transactions.read", "interactions.read", "consents.write", "privacy.manage",
})  # fmt: skip
OFFICER = Viewer(None, "officer", "合规", "compliance_officer", "bank", permissions=RIGHTS)


def test_fifteen_working_days_or_a_month() -> None:
    assert due_date("cn", date(2026, 11, 2)) == date(2026, 11, 23)
    assert due_date("cn", date(2026, 11, 2), is_working=lambda day: is_weekday(day) and day != date(2026, 11, 23)) == date(2026, 11, 24)
    assert due_date("eu", date(2026, 1, 31)) == date(2026, 2, 28)
    assert extended("eu", date(2026, 11, 30)) == date(2027, 2, 28)
    assert months_after(date(2026, 12, 15), 1) == date(2027, 1, 15)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_exactly_fifteen_working_days_lie_between(received: date) -> None:
    due = due_date("cn", received)
    days = [date.fromordinal(number) for number in range(received.toordinal() + 1, due.toordinal() + 1)]
    assert sum(map(is_weekday, days)) == WORKING_DAYS and is_weekday(due)
    assert extended("cn", received) > due


@given(st.text(max_size=20))
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture
def customer(bank: Any, people: Any) -> int:
    """A customer of 林知远's who asked nothing yet, of whom phone, account and contacts are known."""
    asked = {key for (key,) in rows(bank, "select party_id from privacy_request")}
    known = {key for (key,) in rows(bank, "select party_id from parties_contactpoint where kind = 'mobile' and valid_to is null")}
    return int(next(key for key, *_rest in reversed(book_of(bank, people, "lin")) if key in known - asked))


@pytest.fixture
def officer(bank: Any, people: Any) -> Iterator[Viewer]:
    """Whoever answers for privacy."""
    with entered(OFFICER):
        yield OFFICER


def take_in(client: Any, customer: int, **form: str) -> Any:
    return client.post(
        f"/customers/{customer}/privacy/new/",
        {"kind": "copy", "wanted": "请提供我的全部资料", "regime": "cn", "requester": "self", **form},
        headers=HX,
    )


def test_it_is_taken_in_by_whoever_serves_her_and_stands_in_the_list_of_whoever_sees_her(bank, people, as_person, customer):
    assert take_in(as_person("lin"), customer).status_code == 204
    name = one(bank, "select name from parties_party where id = %s", customer)
    key = one(bank, "select id from privacy_request where party_id = %s", customer)
    assert name in as_person("zhou").get("/privacy/").content.decode()
    assert name not in as_person("chen").get("/privacy/").content.decode()
    assert as_person("chen").get(f"/privacy/{key}/").status_code == 404
    assert "请提供我的全部资料" in as_person("lin").get(f"/privacy/{key}/").content.decode()
    for login, status in (("lin", 403), ("chen", 404), ("su", 403)):
        assert as_person(login).post(f"/privacy/{key}/", {"act": "done", "text": "x"}).status_code == status
        assert as_person(login).post(f"/privacy/{key}/data/").status_code == status
    for login, status in (("chen", 404), ("su", 403)):
        assert take_in(as_person(login), customer).status_code == status
    assert "few words" in take_in(as_person("lin"), customer, wanted=" ").content.decode()


def test_nothing_is_handed_out_before_one_is_sure_who_asks_and_then_all_that_is_hers(bank, people, customer, officer):
    row = actions.receive(actor=officer, at=AT, party_id=customer, kind="copy", wanted="全部资料")
    with pytest.raises(actions.RequestRefused, match="no_identity"):
        actions.hand_out(actor=officer, at=AT, request_id=row.pk)
    with pytest.raises(actions.RequestRefused, match="no_identity"):
        actions.answer(actor=officer, at=AT, request_id=row.pk, state="done", text="附上")
    actions.check_identity(actor=officer, at=AT, request_id=row.pk, how="document")
    made = actions.hand_out(actor=officer, at=AT, request_id=row.pk)
    with zipfile.ZipFile(io.BytesIO(made.zipped())) as folder:
        whole = json.loads(folder.read("data.json"))
        assert {f"{name}.csv" for name in made.tables} | {"data.json"} == set(folder.namelist())
        assert folder.read("profile.csv").decode("utf-8-sig").startswith("customer_no")
    mobile = next(point["value"] for point in whole["data"]["contact_points"] if point["kind"] == "mobile")
    assert mobile.isdigit() and len(mobile) == 11, "in clear: it is hers"
    assert whole["data"]["profile"][0]["name"] == one(bank, "select name from parties_party where id = %s", customer)
    assert len(whole["data"]["consents"]) == one(bank, "select count(*) from parties_consent where party_id = %s", customer)
    assert "digest" not in json.dumps(whole["data"]) and "external_key" not in json.dumps(whole["data"])


def test_what_is_taken_elsewhere_is_what_she_gave_herself(bank, people, customer, officer):
    row = actions.receive(actor=officer, at=AT, party_id=customer, kind="port", wanted="转移", regime="eu")
    actions.check_identity(actor=officer, at=AT, request_id=row.pk, how="app")
    tables = actions.hand_out(actor=officer, at=AT, request_id=row.pk).tables
    assert "transactions" in tables and not {"notes", "contacts", "relations"} & set(tables)


def test_more_time_is_taken_once_with_a_reason_and_not_when_it_is_late(bank, people, customer, officer):
    row = actions.receive(actor=officer, at=AT, party_id=customer, kind="explain", wanted="为何推荐", regime="eu")
    assert row.due_date == date(2026, 12, 2)
    late = datetime(2026, 12, 3, 4, tzinfo=UTC)
    with pytest.raises(actions.RequestRefused, match="late"):
        actions.extend(actor=officer, at=late, request_id=row.pk, reason="资料多")
    assert queries.request_line(officer, row.pk, date(2026, 12, 3)).is_late
    assert actions.extend(actor=officer, at=AT, request_id=row.pk, reason="资料多").due_date == date(2027, 2, 2)
    with pytest.raises(actions.RequestRefused, match="extended_already"):
        actions.extend(actor=officer, at=AT, request_id=row.pk, reason="资料多")
    actions.answer(actor=officer, at=AT, request_id=row.pk, state="refused", text="并无自动化决策")
    with pytest.raises(actions.RequestRefused, match="decided"):
        actions.answer(actor=officer, at=AT, request_id=row.pk, state="withdrawn", text="x")


def test_every_step_leaves_an_entry_and_no_value_stands_in_it(bank, people, customer):
    with entered(OFFICER):
        row = actions.receive(actor=OFFICER, at=AT, party_id=customer, kind="know", wanted="保存了什么")
        actions.check_identity(actor=OFFICER, at=AT, request_id=row.pk, how="known")
        made = actions.hand_out(actor=OFFICER, at=AT, request_id=row.pk)
        actions.answer(actor=OFFICER, at=AT, request_id=row.pk, state="done", text="见附件")
    found = rows(
        bank, "select act, coalesce(after::text, '') from access_auditentry where party_id = %s and login = 'officer' order by id", customer
    )
    acts = [act for act, _after in found if act.startswith("privacy.")]
    assert acts == ["privacy.requested", "privacy.identity_checked", "privacy.handed_out", "privacy.done"]
    opened = sum(len(made.tables[name]) for name in ("documents", "contact_points"))
    assert len(found) - len(acts) >= opened > 0, "each value that was opened"
    mobile = next(point["value"] for point in made.tables["contact_points"] if point["kind"] == "mobile")
    assert mobile not in json.dumps(found)
