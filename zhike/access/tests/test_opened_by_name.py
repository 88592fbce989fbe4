"""What opens a customer beside a role: a deputy's time, a participant's, broken glass. It ends by its date, and nothing has to run for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from zhike.access import barring, explaining, opening
from zhike.access.models import Absence, AuditEntry, BrokenGlass, Participation, Person
from zhike.access.opening import OpeningRefused
from zhike.access.scope import NOBODY, Viewer, entered, viewer_for
from zhike.access.tests.conftest import SmallBank
from zhike.parties.models import Party

NOW = timezone.now()
WEEK = timedelta(days=7)


def viewer_of(login: str, at: datetime | None = None) -> Viewer:
    """Somebody as a request of hers would know her."""
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login), at=at)


def seen(login: str, at: datetime | None = None) -> set[int]:
    """The customers somebody sees at an instant, by query and wall."""
    viewer = viewer_of(login, at)
    with entered(viewer):
        return set(Party.objects.seen_by(viewer).values_list("pk", flat=True))


@pytest.fixture
def staff(small_bank: SmallBank) -> SmallBank:
    """林 and 陈 of one outlet, 郑 of another, 周 who manages the first, 郝 of compliance, 高 who administers."""
    for login, role, number in (
        ("lin", "relationship_manager", "E11"), ("chen", "relationship_manager", "E12"), ("zheng", "relationship_manager", "E16"),
        ("zhou", "branch_manager", "E13"), ("hao", "compliance_officer", ""), ("gao", "administrator", ""), ("li", "relationship_manager", ""),
    ):  # fmt: skip
        small_bank.person(login, role, number)
    with small_bank.bank.connected("job") as job:
        job.execute("update parties_party set customer_no = 'C' || id")
    return small_bank


def test_a_deputy_sees_the_absent_ones_book_from_one_day_to_another(staff: SmallBank) -> None:
    zhou = viewer_of("zhou")
    with entered(zhou):
        opening.name_deputy(actor=zhou, at=NOW, absent="lin", deputy="chen", from_at=NOW + WEEK, until_at=NOW + 2 * WEEK, reason="leave")
    assert seen("chen") == {102}
    assert seen("chen", NOW + 1.5 * WEEK) == {101, 102, 106}
    assert seen("chen", NOW + 2 * WEEK) == {102}, "the day it ends, though nothing ran"
    assert seen("lin", NOW + 1.5 * WEEK) == {101, 106}, "the absent one keeps hers"


def test_it_says_as_deputy_of_whom(staff: SmallBank) -> None:
    zhou, gao = viewer_of("zhou"), viewer_of("gao")
    with entered(zhou):
        opening.name_deputy(actor=zhou, at=NOW, absent="lin", deputy="chen", from_at=NOW - WEEK, until_at=NOW + WEEK, reason="leave")
        chen = Person.objects.get(login="chen").pk
    with entered(gao):
        told = explaining.explained(gao, chen)
        assert [source.words for source in told.sources if source.kind == "deputy"] == ["as deputy of lin"]
        assert explaining.ways_of(told.sources, unit_id=4, rm_ids=[11], party_id=101) == ["as deputy of lin"]
        assert [one.words for one in explaining.who_sees(gao, 101) if one.person_id == chen] == ["as deputy of lin"]


def test_who_does_not_manage_somebody_names_no_deputy_for_her(staff: SmallBank) -> None:
    zhou, lin = viewer_of("zhou"), viewer_of("lin")
    dates: dict[str, Any] = {"at": NOW, "from_at": NOW, "until_at": NOW + WEEK, "reason": "leave"}
    with entered(zhou), pytest.raises(OpeningRefused, match="outside"):
        opening.name_deputy(actor=zhou, absent="zheng", deputy="chen", **dates)
    with entered(zhou), pytest.raises(OpeningRefused, match="same"):
        opening.name_deputy(actor=zhou, absent="lin", deputy="lin", **dates)
    with entered(lin), pytest.raises(PermissionDenied):
        opening.name_deputy(actor=lin, absent="lin", deputy="chen", **dates)
    gao = viewer_of("gao")
    with entered(gao), pytest.raises(OpeningRefused, match="bank"):
        opening.name_deputy(actor=gao, absent="hao", deputy="chen", **dates)
    with staff.bank.acting_as("job"):
        assert not Absence.objects.exists()


def test_a_participant_sees_one_customer_until_the_day_and_lets_nobody_in(staff: SmallBank) -> None:
    lin = viewer_of("lin")
    with entered(lin):
        row = opening.let_in(actor=lin, at=NOW, party_id=101, login="li", until_at=NOW + WEEK, reason="one visit together")
    assert seen("li") == {101} and seen("li", NOW + WEEK) == set()
    li = viewer_of("li")
    with entered(li), pytest.raises(OpeningRefused, match="lent"):
        opening.let_in(actor=li, at=NOW, party_id=101, login="chen", until_at=NOW + WEEK, reason="further")
    with entered(lin):
        opening.let_out(actor=lin, at=NOW, party_id=101, participation_id=row.pk)
    assert seen("li") == set(), "at once"


def test_nobody_opens_a_customer_to_herself_whom_she_does_not_see(staff: SmallBank) -> None:
    lin = viewer_of("lin")
    with entered(lin), pytest.raises(opening.OpeningRefused, match="lent"):
        opening.let_in(actor=lin, at=NOW, party_id=103, login="lin", until_at=NOW + WEEK, reason="curious")
    with entered(lin), pytest.raises(Exception, match="row-level security"):
        Participation.objects.create(
            party_id=103,
            person_id=lin.person_id or 0,
            from_at=NOW,
            until_at=NOW + WEEK,
            reason="curious",
            given_by_id=lin.person_id,
            given_at=NOW,
        )
    with staff.bank.acting_as("job"):
        assert not Participation.objects.exists()


def test_broken_glass_opens_for_minutes_and_a_second_person_says_whether_that_was_right(staff: SmallBank) -> None:
    chen = viewer_of("chen")
    now = timezone.now()
    with entered(chen):
        party = opening.break_glass(actor=chen, at=now, customer_no="C101", reason="she stands at the counter", minutes=30)
    assert party == 101 and seen("chen") == {101, 102}
    assert seen("chen", now + timedelta(minutes=31)) == {102}
    zhou, gao = viewer_of("zhou"), viewer_of("gao")
    with entered(zhou):
        (row,) = opening.to_review(zhou)
        opening.review_glass(actor=zhou, at=now, glass_id=row.pk, approves=False, remark="she could have called")
    assert seen("chen") == {102}, "an objection closes it at once"
    with entered(gao):
        acts = list(AuditEntry.objects.filter(area="glass").order_by("pk").values_list("act", "party_id", "login"))
    assert acts == [("glass.broken", 101, "chen"), ("glass.objected", 101, "zhou")]
    with staff.bank.connected("job") as job:
        told = job.execute("select name from core_event where name like 'access.Glass%%' order by id").fetchall()
    assert told == [("access.GlassBroken",), ("access.GlassReviewed",)]


def test_nobody_reviews_herself(staff: SmallBank) -> None:
    zhou = viewer_of("zhou")
    with entered(zhou):
        opening.break_glass(actor=zhou, at=timezone.now(), customer_no="C103", reason="she stands at the counter", minutes=60)
    zhou = viewer_of("zhou")
    with entered(zhou):
        assert list(opening.to_review(zhou)) == []
        row = BrokenGlass.objects.get()
        with pytest.raises(OpeningRefused, match="own"):
            opening.review_glass(actor=zhou, at=NOW, glass_id=row.pk, approves=True, remark="")


@pytest.mark.parametrize(
    ("number", "reason", "minutes"), [("C999", "x" * 20, 30), ("", "x" * 20, 30), ("C101", "short", 30), ("C101", "x" * 20, 600)]
)
def test_glass_is_not_broken_for_nothing(staff: SmallBank, number: str, reason: str, minutes: int) -> None:
    chen = viewer_of("chen")
    with entered(chen), pytest.raises(OpeningRefused):
        opening.break_glass(actor=chen, at=timezone.now(), customer_no=number, reason=reason, minutes=minutes)
    assert seen("chen") == {102}


def test_a_special_list_closes_its_customers_to_all_but_whom_it_admits(staff: SmallBank) -> None:
    gao = viewer_of("gao")
    with entered(gao):
        made = barring.make_list(actor=gao, at=NOW - WEEK, name="staff", kind="staff", reason="their accounts")
    gao = viewer_of("gao")
    with entered(gao):
        barring.put_on_list(actor=gao, at=NOW - WEEK, barrier_id=made.pk, party_id=101, reason="an employee")
    assert seen("lin") == {106} and seen("zhou") == {102} and 101 not in seen("hao"), "manager, branch manager and compliance alike"
    assert 101 in seen("gao")
    with entered(gao):
        barring.admit(actor=gao, at=NOW - WEEK, barrier_id=made.pk, login="lin", until_at=NOW + WEEK, reason="looks after her")
    assert seen("lin") == {101, 106} and seen("lin", NOW + WEEK) == {106}, "by its date"
    chen = viewer_of("chen")
    with entered(chen), pytest.raises(OpeningRefused, match="missing"):
        opening.break_glass(actor=chen, at=timezone.now(), customer_no="C101", reason="she stands at the counter", minutes=30)
    with entered(gao):
        assert {one.person_id for one in explaining.who_sees(gao, 101) if not one.is_closed} == {
            Person.objects.get(login=login).pk for login in ("gao", "lin")
        }
        barring.end_list(actor=gao, at=NOW, barrier_id=made.pk)
    assert 101 in seen("zhou") and 101 in seen("hao")


def test_who_is_not_admitted_keeps_no_list(staff: SmallBank) -> None:
    gao, hao = viewer_of("gao"), viewer_of("hao")
    with entered(gao):
        made = barring.make_list(actor=gao, at=NOW, name="staff", kind="staff", reason="their accounts")
    with entered(hao), pytest.raises(barring.NotListed):
        barring.put_on_list(actor=hao, at=NOW, barrier_id=made.pk, party_id=101, reason="x")
    gao = viewer_of("gao")
    with entered(gao), pytest.raises(barring.BarringRefused, match="last"):
        barring.dismiss(actor=gao, at=NOW, barrier_id=made.pk, person_id=gao.person_id or 0)
