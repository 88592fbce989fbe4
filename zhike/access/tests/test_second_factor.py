"""A password alone does not let in who has a second factor; whose role needs one gets no further than setting it up."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import LazySettings
from django.test import Client

from zhike.access import second_pages
from zhike.access.tests.conftest import PASSWORD, SmallBank


def code_at(secret: str, steps: int = 0) -> str:
    """What a telephone shows now, or some half minutes from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def typed(client: Client, login: str, password: str = PASSWORD) -> str:
    """Where the log-in page leads."""
    return client.post("/login/", {"login": login, "password": password}).get("Location", "")


def set_up(client: Client) -> tuple[str, list[str]]:
    """Sets up a telephone; the secret and the codes on paper."""
    page = client.get("/me/security/code/").content.decode()
    found = re.search(r'id="totp-secret">(\w+)<', page)
    assert found is not None
    answer = client.post("/me/security/code/", {"code": code_at(found[1], -1)})
    assert answer.status_code == 200
    return found[1], re.findall(r"<code>(\d{8})</code>", answer.content.decode())


def acts(small_bank: SmallBank) -> list[tuple[str, str]]:
    with small_bank.bank.connected("job") as job:
        found = job.execute(
            "select act, reason from access_auditentry where act like 'session.%%' or act like '%%second%%' order by id"
        ).fetchall()
    return [(act, reason) for act, reason in found]


def test_she_sets_up_her_telephone_and_is_asked_for_its_code_from_then_on(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = Client()
    typed(client, "lin")
    secret, papers = set_up(client)
    assert len(papers) == 10
    new = Client()
    assert typed(new, "lin") == "/login/second/"
    assert new.get("/me/").status_code == 302, "the password alone opens nothing"
    assert new.post("/login/second/", {"code": "000000"}).status_code == 401
    assert new.post("/login/second/", {"code": code_at(secret)}).status_code == 302
    assert new.get("/me/").status_code == 200
    assert acts(small_bank)[1:] == [
        ("people.second_factor_added", ""), ("session.second_refused", "wrong code"), ("session.opened", "password + code"),
    ]  # fmt: skip


def test_a_code_opens_once_and_a_code_on_paper_too(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = Client()
    typed(client, "lin")
    secret, papers = set_up(client)

    def tried(code: str) -> int:
        new = Client()
        typed(new, "lin")
        return new.post("/login/second/", {"code": code}).status_code

    code = code_at(secret)
    assert (tried(code), tried(code)) == (302, 401)
    assert (tried(papers[3]), tried(papers[3]), tried(papers[4])) == (302, 401, 302)


def test_five_wrong_codes_lock_her_out(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = Client()
    typed(client, "lin")
    secret, _ = set_up(client)
    new = Client()
    typed(new, "lin")
    assert [new.post("/login/second/", {"code": "000000"}).status_code for _ in range(5)] == [401] * 5
    assert new.post("/login/second/", {"code": code_at(secret)}).status_code == 401
    assert typed(Client(), "lin") == ""


def test_whose_role_needs_one_gets_no_further_than_setting_it_up(small_bank: SmallBank, settings: LazySettings) -> None:
    settings.ZHIKE_SECOND_FACTOR = ("administrator",)
    small_bank.person("gao", "administrator")
    small_bank.person("lin", "analyst")
    gao, lin = Client(), Client()
    typed(gao, "gao")
    typed(lin, "lin")
    assert lin.get("/me/").status_code == 200
    assert gao.get("/people/")["Location"] == "/me/security/"
    assert "Your role needs" in gao.get("/me/security/").content.decode()
    set_up(gao)
    assert gao.get("/people/").status_code == 200


def test_an_administrator_helps_whoever_has_lost_her_telephone_but_not_herself(small_bank: SmallBank) -> None:
    lin, gao = small_bank.person("lin", "analyst"), small_bank.person("gao", "administrator")
    client, helper = Client(), Client()
    typed(client, "lin")
    set_up(client)
    typed(helper, "gao")
    assert client.post(f"/people/{lin.pk}/security/reset/").status_code == 403
    assert helper.post(f"/people/{gao.pk}/security/reset/").status_code == 403
    assert helper.post(f"/people/{lin.pk}/security/reset/").status_code == 302
    assert typed(Client(), "lin") == "/"
    assert acts(small_bank)[-2] == ("people.second_factor_reset", "")


def test_the_only_administrator_is_helped_by_the_operator_of_the_machine(small_bank: SmallBank) -> None:
    small_bank.person("gao", "administrator")
    client = Client()
    typed(client, "gao")
    set_up(client)
    assert typed(Client(), "gao") == "/login/second/"
    small_bank.bank.zhike("person", "reset-second-factor", "gao")
    assert typed(Client(), "gao") == "/"


def test_an_open_browser_is_not_enough_to_change_what_guards_it(small_bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    small_bank.person("lin", "analyst")
    client = Client()
    typed(client, "lin")
    assert client.get("/me/security/code/").status_code == 200
    monkeypatch.setattr(second_pages, "FRESH", timedelta(0))
    assert client.get("/me/security/code/")["Location"] == "/me/security/"


def test_the_secret_is_encrypted_where_it_is_kept(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst")
    client = Client()
    typed(client, "lin")
    secret, _ = set_up(client)
    with small_bank.bank.connected("job") as job:
        kept = str(job.execute("select data from mfa_authenticator").fetchall())
    assert "secret" in kept and secret not in kept
