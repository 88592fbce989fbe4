"""Where somebody is logged in, and how a session ends: by her, by an administrator, by the clock, by where she comes from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from zhike.access import second_pages
from zhike.access.addresses import address_of
from zhike.access.session_rules import Limits, browser_of, ended, limits_of
from zhike.access.session_store import digest_of
from zhike.access.tests.conftest import PASSWORD, SmallBank

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def logged_in(login: str, **headers: str) -> Client:
    client = Client(headers={"User-Agent": FIREFOX, **headers})
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def acts(small_bank: SmallBank) -> list[tuple[str, str, str]]:
    with small_bank.bank.connected("job") as job:
        found = job.execute("select act, login, reason from access_auditentry where act like 'session.e%' order by id").fetchall()
    return [(act, login, reason) for act, login, reason in found]


def set_back(small_bank: SmallBank, column: str, minutes: int) -> None:
    with small_bank.bank.connected("job") as job:
        job.execute(f"update access_session set {column} = {column} - make_interval(mins => %s)", [minutes])


def test_she_sees_her_sessions_and_ends_one_and_then_all_others(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    here, there, elsewhere = (logged_in("lin") for _ in range(3))
    page = here.get("/me/security/").content.decode()
    assert page.count("Firefox · Windows") >= 3 and "this session" in page
    here.post("/me/security/sessions/end/", {"session": digest_of(there.session.session_key or "")})
    assert (is_in(here), is_in(there), is_in(elsewhere)) == (True, False, True)
    here.post("/me/security/sessions/end/")
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert acts(small_bank) == [("session.ended", "lin", ""), ("session.ended", "lin", "")]


def test_whoever_finds_her_screen_open_does_not_end_her_other_sessions(small_bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    small_bank.person("lin", "analyst")
    here, there = (logged_in("lin") for _ in range(2))
    monkeypatch.setattr(second_pages, "FRESH", timedelta())  # the quarter of an hour is over
    answer = here.post("/me/security/sessions/end/", follow=True)
    assert "log out and in again" in answer.content.decode()
    assert (is_in(here), is_in(there), acts(small_bank)) == (True, True, [])


def test_nobody_ends_anothers_session_but_who_manages_people(small_bank: SmallBank) -> None:
    lin, _ = small_bank.person("lin", "analyst"), small_bank.person("gao", "administrator")
    small_bank.person("chen", "analyst")
    hers, chen, gao = logged_in("lin"), logged_in("chen"), logged_in("gao")
    chen.post("/me/security/sessions/end/", {"session": digest_of(hers.session.session_key or "")})
    assert chen.post(f"/people/{lin.pk}/security/sessions/end/").status_code == 403
    assert is_in(hers)
    assert "Firefox" in gao.get(f"/people/{lin.pk}/security/").content.decode()
    assert gao.post(f"/people/{lin.pk}/security/sessions/end/").status_code == 302
    assert not is_in(hers) and is_in(chen)


def test_what_stands_in_the_table_opens_nothing(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = logged_in("lin")
    with small_bank.bank.connected("job") as job:
        (kept,) = job.execute("select session_key from access_session").fetchone() or ("",)
    thief = Client()
    thief.cookies["sessionid"] = kept
    assert is_in(client) and not is_in(thief)


def test_an_unused_session_ends_and_the_log_in_page_says_why(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = logged_in("lin")
    set_back(small_bank, "seen_at", 32)
    answer = client.get("/me/", follow=True)
    assert answer.redirect_chain == [("/login/?next=/me/", 302)]
    assert "away for a while" in answer.content.decode()
    assert acts(small_bank) == [("session.expired", "lin", "idle")]


def test_a_session_ends_after_ten_hours_however_busy(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = logged_in("lin")
    set_back(small_bank, "opened_at", 601)
    assert not is_in(client)
    assert acts(small_bank) == [("session.expired", "lin", "too_long")]


def test_its_use_is_written_once_a_minute(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = logged_in("lin")

    def seen() -> datetime:
        with small_bank.bank.connected("job") as job:
            found: datetime = (job.execute("select seen_at from access_session").fetchone() or (NOW,))[0]
            return found

    before = seen()
    client.get("/me/")
    assert seen() == before
    set_back(small_bank, "seen_at", 2)
    client.get("/me/")
    assert seen() > before


def test_an_administrator_may_have_to_be_quicker(small_bank: SmallBank, settings: LazySettings) -> None:
    settings.ZHIKE_IDLE_MINUTES = {"": 30, "administrator": 5}
    small_bank.person("lin", "analyst")
    small_bank.person("gao", "administrator")
    lin, gao = logged_in("lin"), logged_in("gao")
    set_back(small_bank, "seen_at", 10)
    assert (is_in(lin), is_in(gao)) == (True, False)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_session_goes_on_as_long_as_both_limits_allow(since: int, unused: int) -> None:
    limits = Limits(timedelta(minutes=30), timedelta(hours=10))
    why = ended(NOW - timedelta(minutes=since), NOW - timedelta(minutes=min(unused, since)), NOW, limits)
    assert (why is None) == (since < 600 and min(unused, since) < 31)


def test_what_is_not_said_of_a_role_holds_for_everybody() -> None:
    assert limits_of("analyst", {"": 30}, {"": 10, "analyst": 2}) == Limits(timedelta(minutes=30), timedelta(hours=2))
    assert browser_of("curl/8") == ""


def test_a_role_comes_from_its_networks_only_and_a_person_from_her_own(small_bank: SmallBank, settings: LazySettings) -> None:
    gao = small_bank.person("gao", "administrator")
    settings.ZHIKE_NETWORKS = {"administrator": (ip_network("10.1.0.0/16"),)}
    refused = Client(REMOTE_ADDR="192.0.2.7").post("/login/", {"login": "gao", "password": PASSWORD})
    assert refused.status_code == 401 and "from this machine" in refused.content.decode()
    client = Client(REMOTE_ADDR="10.1.2.3")
    assert client.post("/login/", {"login": "gao", "password": PASSWORD}).status_code == 302
    assert is_in(client)
    with small_bank.bank.connected("job") as job:
        job.execute("update access_person set networks = '192.0.2.0/24' where id = %s", [gao.pk])
    assert not is_in(client), "her own networks hold, and at once"
    assert Client(REMOTE_ADDR="192.0.2.7").post("/login/", {"login": "gao", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("nearest", "told", "found"),
    [
        ("198.51.100.1", "10.1.2.3", "198.51.100.1"),
        ("10.9.0.1", "10.1.2.3", "10.1.2.3"),
        ("10.9.0.1", "1.2.3.4, 10.1.2.3, 10.9.0.2", "10.1.2.3"),
        ("10.9.0.1", "nonsense", None),
        ("::ffff:10.1.2.3", "", "10.1.2.3"),
    ],
)
def test_only_a_proxy_of_the_bank_is_believed(settings: LazySettings, nearest: str, told: str, found: str | None) -> None:
    settings.ZHIKE_PROXIES = (ip_network("10.9.0.0/24"),)
    request = RequestFactory().get("/", REMOTE_ADDR=nearest, headers={"X-Forwarded-For": told} if told else {})
    assert address_of(request) == found
