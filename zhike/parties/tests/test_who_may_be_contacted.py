"""Whoever contacts a customer asks one question, and what is not certain is no (decision 19; R20, R61, R62)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from zhike.access.models import Person
from zhike.access.scope import NOBODY, Viewer, entered, viewer_for
from zhike.parties.consent_rules import PURPOSES, Entry
from zhike.parties.restriction_rules import FORBIDS, Bar, may_be_contacted
from zhike.parties.restrictions import may_be_contacted as asked
from zhike.parties.restrictions import reachable
from zhike.workspace.tests.books import book_of, one, rows

HX = {"HX-Request": "true"}
NOW, DAY = datetime(2026, 6, 1, 12, tzinfo=UTC), date(2026, 6, 1)
AGREED = Entry(1, "marketing", "sms", "given", NOW - timedelta(days=9))


def may(*bars: Bar, said: tuple[Entry, ...] = (AGREED,), purpose: str = "marketing", channel: str = "sms") -> tuple[bool, tuple[str, ...]]:
    found = may_be_contacted(bars, said, purpose=purpose, channel=channel, at=NOW, day=DAY)
    return found.yes, found.because


def bar(kind: str, channel: str = "", **more: Any) -> Bar:
    return Bar(kind, channel, NOW - timedelta(days=1), **more)


def test_marketing_needs_consent_and_a_service_message_only_no_refusal() -> None:
    assert may() == (True, ())
    assert may(said=()) == (False, ("no_consent",))
    assert may(said=(), purpose="service") == (True, ())
    refused = Entry(2, "service", "", "withdrawn", NOW - timedelta(days=1))
    assert may(said=(refused,), purpose="service") == (False, ("refused",))
    assert may(said=(), purpose="something new") == (False, ("no_consent",))


def test_a_restriction_of_one_channel_leaves_the_others() -> None:
    assert may(bar("do_not_contact", "sms")) == (False, ("do_not_contact",))
    assert may(bar("do_not_contact", "phone")) == (True, ())
    assert may(bar("do_not_contact")) == (False, ("do_not_contact",))
    assert may(bar("do_not_contact"), said=(), purpose="service") == (True, ())


def test_it_holds_until_it_is_lifted_or_ends() -> None:
    assert may(bar("complaint", lifted_at=NOW - timedelta(hours=1))) == (True, ())
    assert may(bar("complaint", ends_date=DAY)) == (True, ())
    assert may(bar("complaint", ends_date=DAY + timedelta(days=1))) == (False, ("complaint",))
    assert may(bar("hold")) == (True, ()), "a legal hold forbids deletion, not a word"


@given(st.sampled_from(sorted(FORBIDS)), st.sampled_from(PURPOSES), st.sampled_from(["", "sms", "phone"]))
def test_to_somebody_deceased_or_restricted_by_law_nobody_writes(kind: str, purpose: str, channel: str) -> None:
    for absolute in ("deceased", "limited"):
        assert not may(bar(kind), bar(absolute), purpose=purpose, channel=channel)[0]


@pytest.fixture
def customer(bank: Any, people: Any) -> int:
    """A customer of 林知远's whom nobody restricted, who agreed to marketing by SMS."""
    agreed = {
        key
        for (key,) in rows(bank, "select party_id from parties_consent where purpose = 'marketing' and channel = 'sms' and state = 'given'")
    }
    other = {
        key
        for (key,) in rows(
            bank,
            """select party_id from parties_contactrestriction union
               select party_id from parties_consent where source = 'own' or (state <> 'given' and purpose = 'marketing' and channel in ('sms', ''))""",
        )
    }
    return int(next(key for key, *_rest in book_of(bank, people, "lin") if key in agreed - other))


def viewer_of(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def answer(login: str, customer: int, **more: str) -> bool:
    viewer = viewer_of(login)
    with entered(viewer):
        given = {"purpose": "marketing", "channel": "sms", **more}
        single = asked(viewer, customer, **given, at=timezone.now()).yes
        assert (customer in reachable(viewer, [customer, -1], **given, at=timezone.now())) is single
        return single


def test_do_not_contact_counts_at_once_stands_in_the_head_and_is_undone(bank, people, as_person, customer):
    lin = as_person("lin")
    assert answer("lin", customer)
    kept = lin.post(
        f"/customers/{customer}/restrictions/new/", {"kind": "do_not_contact", "channel": "sms", "reason": "客户来电要求"}, headers=HX
    )
    assert kept.status_code == 204
    assert not answer("he", customer) and answer("he", customer, purpose="service")
    flags = as_person("zhou").get(f"/customers/{customer}/flags/").content.decode()
    assert "Do not contact" in flags and "SMS" in flags
    found = re.search(r'"url": "([^"]+)"', kept["HX-Trigger"])
    assert found is not None
    assert lin.post(found[1], {"act": "lift"}, headers=HX).status_code == 204
    assert answer("he", customer)
    assert lin.post(found[1], {"act": "restore"}, headers=HX).status_code == 204
    assert not answer("he", customer)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert "Do not contact" not in lin.get(f"/customers/{customer}/flags/", {"as_of": yesterday}).content.decode()
    acts = rows(bank, "select act from access_auditentry where party_id = %s and act like 'parties.restrict%%' order by id", customer)
    assert [act for (act,) in acts] == ["parties.restricted", "parties.restriction_lifted", "parties.restricted"]


def test_withdrawn_consent_counts_at_once_there(bank, people, as_person, customer):
    form = {"state": "withdrawn", "purpose": "marketing", "channel": "", "evidence": "来电"}
    assert as_person("lin").post(f"/customers/{customer}/consents/", form, headers=HX).status_code == 204
    assert not answer("he", customer)


def test_without_a_reason_or_the_right_nothing_is_restricted(bank, people, as_person, customer):
    address = f"/customers/{customer}/restrictions/new/"
    assert "Say why" in as_person("lin").post(address, {"kind": "do_not_contact", "reason": " "}, headers=HX).content.decode()
    form = {"kind": "deceased", "channel": "sms", "reason": "家属"}
    assert as_person("lin").post(address, form, headers=HX).status_code == 422, "of one channel only somebody alive"
    for login, kind, status in (("lin", "hold", 403), ("su", "do_not_contact", 403), ("chen", "do_not_contact", 404)):
        assert as_person(login).post(address, {"kind": kind, "reason": "x"}, headers=HX).status_code == status
    assert one(bank, "select count(*) from parties_contactrestriction where party_id = %s", customer) == 0
