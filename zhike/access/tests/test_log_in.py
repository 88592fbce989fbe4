"""Logging in and out, and being locked out."""

from __future__ import annotations

from datetime import timedelta

from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from zhike.access import actions
from zhike.access.models import AuditEntry, Person
from zhike.access.scope import NOBODY, entered
from zhike.access.session_store import digest_of
from zhike.access.tests.conftest import PASSWORD, SmallBank


def post(client: Client, login: str, password: str, **more: str) -> int:
    return client.post("/login/", {"login": login, "password": password, **more}).status_code


def acts(small_bank: SmallBank) -> list[tuple[str, str, str]]:
    with small_bank.bank.acting_as("job"):
        return list(AuditEntry.objects.filter(area="session").order_by("pk").values_list("act", "login", "reason"))


def test_the_right_password_leads_to_where_she_wanted_to_go(small_bank: SmallBank) -> None:
    small_bank.person("lin", "administrator")
    client = Client()
    answer = client.post("/login/", {"login": " LIN ", "password": PASSWORD, "next": "/people/"})
    assert (answer.status_code, answer["Location"]) == (302, "/people/")
    assert client.get("/people/").status_code == 200
    assert acts(small_bank) == [("session.opened", "lin", "password")]


def test_another_sites_address_is_not_followed(small_bank: SmallBank) -> None:
    small_bank.person("lin", "administrator")
    answer = Client().post("/login/", {"login": "lin", "password": PASSWORD, "next": "https://evil.example/"})
    assert not answer["Location"].startswith("http")


def test_a_wrong_password_and_an_unknown_login_read_alike(small_bank: SmallBank) -> None:
    small_bank.person("lin", "administrator")
    wrong, unknown = (Client().post("/login/", {"login": login, "password": "x"}) for login in ("lin", "nobody"))
    assert wrong.status_code == unknown.status_code == 401
    assert "is wrong" in wrong.content.decode()
    assert "is wrong" in unknown.content.decode()
    assert [reason for _, _, reason in acts(small_bank)] == ["wrong password", "unknown"]


def test_five_wrong_passwords_lock_the_right_one_out_too(small_bank: SmallBank) -> None:
    small_bank.person("lin", "administrator")
    client = Client()
    assert [post(client, "lin", "x") for _ in range(5)] == [401] * 5
    answer = client.post("/login/", {"login": "lin", "password": PASSWORD})
    assert answer.status_code == 401
    assert "30 minutes" in answer.content.decode()
    assert acts(small_bank)[-1] == ("session.refused", "", "locked")


def test_after_thirty_minutes_the_lock_opens(small_bank: SmallBank) -> None:
    small_bank.person("lin", "administrator")
    now = timezone.now()
    with entered(NOBODY):
        for _ in range(5):
            actions.log_in(actor=NOBODY, at=now, login="lin", password="x")
        assert actions.log_in(actor=NOBODY, at=now + timedelta(minutes=29), login="lin", password=PASSWORD).refusal == "locked"
        assert actions.log_in(actor=NOBODY, at=now + timedelta(minutes=30), login="lin", password=PASSWORD).person is not None
        assert Person.objects.get(login="lin").failures == 0


def test_whoever_left_cannot_log_in_and_her_open_session_ends(small_bank: SmallBank) -> None:
    small_bank.person("lin", "administrator")
    client = Client()
    assert post(client, "lin", PASSWORD) == 302
    with small_bank.bank.connected("job") as job:
        job.execute("update access_person set is_active = false")
    assert client.get("/me/").status_code == 302
    assert post(client, "lin", PASSWORD) == 401


def test_logging_out_ends_the_session(small_bank: SmallBank) -> None:
    small_bank.person("lin", "administrator")
    client = Client()
    post(client, "lin", PASSWORD)
    assert client.post("/logout/").status_code == 302
    assert client.get("/me/")["Location"].startswith("/login/")
    assert acts(small_bank)[-1] == ("session.closed", "lin", "")


def test_demo_people_log_in_by_one_click_only_in_a_demonstration(small_bank: SmallBank, settings: LazySettings) -> None:
    small_bank.person("show", "analyst", is_demo=True)
    small_bank.person("real", "administrator")
    assert Client().post("/login/demo/", {"login": "show"}).status_code == 404
    settings.ZHIKE_DEMO = True
    assert "show" in Client().get("/login/").content.decode()
    assert Client().post("/login/demo/", {"login": "real"}).status_code == 404
    client = Client()
    assert client.post("/login/demo/", {"login": "show"}).status_code == 302
    assert client.get("/me/").status_code == 200


def test_a_page_asked_for_without_a_session_leads_to_log_in(small_bank: SmallBank) -> None:
    for path in ("/people/", "/people/new/", "/people/1/", "/organisation/", "/me/"):
        assert Client().get(path)["Location"] == f"/login/?next={path}"


def test_sessions_that_ended_are_cleared_and_open_ones_stay(small_bank: SmallBank) -> None:
    small_bank.person("lin", "administrator")
    gone, here = Client(), Client()
    assert post(gone, "lin", PASSWORD) == post(here, "lin", PASSWORD) == 302
    with small_bank.bank.connected("job") as job:
        job.execute(
            "update access_session set expire_date = now() - interval '1 minute' where session_key = %s",
            [digest_of(gone.session.session_key or "")],
        )
    with small_bank.bank.acting_as("job"):
        assert actions.clear_expired_sessions(at=timezone.now()) == 1
    assert (here.get("/me/").status_code, gone.get("/me/").status_code) == (200, 302)
