"""Everybody changes her own password on the page about herself, and nobody else does it for her with an open session."""

from __future__ import annotations

from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client

from zhike.access.tests.conftest import PASSWORD, SmallBank

NEW = "another-long-sentence-2"


def logged_in(login: str, password: str = PASSWORD) -> Client:
    client = Client()
    assert client.post("/login/", {"login": login, "password": password}).status_code == 302
    return client


def change(client: Client, *, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> HttpResponse:
    answer: HttpResponse = client.post("/me/password/", {"old": old, "new": new, "again": again})  # type: ignore[assignment]
    return answer


def acts(small_bank: SmallBank) -> list[tuple[str, str, str]]:
    with small_bank.bank.connected("job") as job:
        return job.execute("select act, login, reason from access_auditentry where act like 'people.password%' order by id").fetchall()


def test_she_changes_her_password_and_goes_on_while_other_sessions_end(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    here, elsewhere = logged_in("lin"), logged_in("lin")
    assert change(here).status_code == 302
    assert "holds from now on" in here.get("/me/").content.decode()
    assert elsewhere.get("/me/").status_code == 302
    assert Client().post("/login/", {"login": "lin", "password": PASSWORD}).status_code == 401
    logged_in("lin", NEW)
    assert acts(small_bank) == [("people.password_set", "lin", "by herself")]


def test_the_old_password_is_asked_for_and_guessing_it_locks(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = logged_in("lin")
    answers = [change(client, old="a guess") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {422}
    assert "not your present password" in answers[0].content.decode()
    assert "30 minutes" in change(client).content.decode()
    assert Client().post("/login/", {"login": "lin", "password": PASSWORD}).status_code == 401
    assert [act for act, _, _ in acts(small_bank)] == ["people.password_refused"] * 6


def test_a_short_or_mistyped_new_password_changes_nothing(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = logged_in("lin")
    short = change(client, new="short", again="short")
    assert (short.status_code, "at least" in short.content.decode()) == (422, True)
    mistyped = change(client, again=NEW + "x")
    assert (mistyped.status_code, "not the same" in mistyped.content.decode()) == (422, True)
    assert NEW not in mistyped.content.decode()
    logged_in("lin")
    assert acts(small_bank) == []


def test_who_is_let_in_without_a_password_has_none_to_change(small_bank: SmallBank, settings: LazySettings) -> None:
    settings.ZHIKE_DEMO = True
    small_bank.person("show", "analyst", is_demo=True)
    with small_bank.bank.connected("job") as job:
        job.execute("update access_person set password = '!none'")
    client = Client()
    assert client.post("/login/demo/", {"login": "show"}).status_code == 302
    assert "/me/password/" not in client.get("/me/").content.decode()
    assert change(client).status_code == 422
