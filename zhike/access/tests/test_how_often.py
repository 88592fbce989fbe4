"""Nobody searches faster than she types, and no address tries one log-in name after the other (ASVS V2.4, V6.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client

from zhike.access import views
from zhike.access.tests.conftest import PASSWORD, SmallBank
from zhike.core.rates import Rates
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.search_rate import SEARCHES


def test_what_is_not_used_is_saved_up_for_so_long_and_no_longer() -> None:
    rates = Rates()
    spent = [rates.spend("lin", most=3, now=second) for second in (0, 0, 0, 0, 20, 20, 1000, 1000, 1000, 1000)]
    assert spent == [0, 0, 0, 20, 0, 20, 0, 0, 0, 20]
    assert rates.spend("chen", most=3, now=1000) == 0, "another has her own"
    assert [rates.wait("lin", most=3, now=1000), rates.wait("zhou", most=3, now=1000)] == [20, 0]


def test_lin_searches_on_when_the_minute_is_over_and_chen_is_not_in_her_way(
    bank: Bank, people: Cast, as_person: Callable[[str], Client], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SEARCHES_A_MINUTE = 3
    monkeypatch.setattr(SEARCHES, "_left", {})
    lin = as_person("lin")
    asked = [lin.get(path) for path in ("/find/?q=王", "/customers/?q=王", "/find/?q=李", "/find/?q=张", "/customers/?q=张")]
    assert [answer.status_code for answer in asked] == [200, 200, 200, 429, 429]
    assert 0 < int(asked[-1]["Retry-After"]) <= 20
    assert "more than one person asks" in asked[-1].content.decode() or "超过" in asked[-1].content.decode()
    assert [lin.get(path).status_code for path in ("/customers/", "/find/")] == [200, 200], "looking without words is no search"
    assert as_person("chen").get("/find/?q=王").status_code == 200


def test_an_address_that_tries_many_names_is_told_to_wait_and_the_right_password_with_it(
    small_bank: SmallBank, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_bank.person("lin", "administrator")
    settings.WRONG_LOGINS = 3
    monkeypatch.setattr(views.WRONG_LOGINS, "_left", {})
    here, elsewhere = Client(REMOTE_ADDR="10.1.2.3"), Client(REMOTE_ADDR="10.1.2.4")
    for name in ("a", "b", "c"):
        assert "is wrong" in here.post("/login/", {"login": name, "password": "x"}).content.decode()
    refused = here.post("/login/", {"login": "lin", "password": PASSWORD})
    assert refused.status_code == 401
    assert "10 minutes" in refused.content.decode()
    assert elsewhere.post("/login/", {"login": "lin", "password": PASSWORD}).status_code == 302
