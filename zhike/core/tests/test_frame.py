"""The frame of a page: what a person finds in it, what she is told when something fails, and what a browser is forbidden."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import translation

from zhike.core import context, look, pages


@pytest.fixture(autouse=True)
def _no_database(settings: Any) -> None:
    settings.ZHIKE_DATA_AS_OF = ""


def asked(path: str = "/", *, permissions: frozenset[str] = frozenset(), fragment: bool = False, **cookies: str) -> HttpRequest:
    """A request of somebody with these permissions; her looks are not saved."""
    request = RequestFactory().get(path, headers={"HX-Request": "true"} if fragment else {})
    request.COOKIES.update({name.replace("_", "-"): value for name, value in cookies.items()})
    viewer: Any = SimpleNamespace(name="沈佩蓉", login="shen", permissions=permissions)
    request.viewer = viewer  # type: ignore[attr-defined]
    request.user = SimpleNamespace(theme="", money_direction="")  # type: ignore[assignment]
    request.htmx = SimpleNamespace(boosted=False, history_restore_request=False) if fragment else None  # type: ignore[attr-defined]
    return request


def titles(request: HttpRequest) -> list[str]:
    return [str(link.title) for section in context.build_frame(request).sections for link in section.links]


def test_a_person_finds_only_the_pages_she_may_open() -> None:
    assert "People" not in titles(asked())
    assert "People" in titles(asked(permissions=frozenset({"people.manage"})))


def test_the_entry_of_the_page_one_is_on_is_marked() -> None:
    request = asked("/people/12/", permissions=frozenset({"people.manage"}))
    current = [str(link.title) for section in context.build_frame(request).sections for link in section.links if link.current]
    assert current == ["People"]


@pytest.mark.parametrize(("language", "direction"), [("zh-hans", "red-up"), ("en", "green-up")])
def test_a_rise_is_red_in_chinese_and_green_in_english_until_chosen(language: str, direction: str) -> None:
    with translation.override(language):
        assert context.build_frame(asked()).money == direction
        assert context.build_frame(asked(zk_money="red-up")).money == "red-up"
        assert context.build_frame(asked(zk_money="nonsense")).money == direction


def test_what_a_person_has_saved_wins_over_the_browser() -> None:
    request = asked(zk_theme="dark")
    assert context.build_frame(request).theme == "dark"
    request.user.theme = "light"  # type: ignore[union-attr]
    assert context.build_frame(request).theme == "light"


@pytest.mark.parametrize(("language", "written"), [("zh-hans", "zh-Hans"), ("en", "en")])
def test_every_part_draws_in_both_languages_under_one_heading(language: str, written: str, settings: Any) -> None:
    settings.ZHIKE_DEMO = True
    with translation.override(language):
        html = look.look(asked("/_look")).content.decode()
    assert f'<html lang="{written}"' in html
    assert len(re.findall("<h1", html)) == 1


def test_a_bank_has_no_page_of_parts(settings: Any) -> None:
    settings.ZHIKE_DEMO = settings.DEBUG = False
    with pytest.raises(Http404):
        look.look(asked("/_look"))


def test_a_failed_page_shows_the_number_that_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    response = pages.server_error(asked())
    number = re.search(r"[0-9A-F]{4}-[0-9A-F]{4}", response.content.decode())
    assert response.status_code == 500
    assert number and number[0] in caplog.text


def test_a_failed_panel_answers_a_fragment() -> None:
    response = pages.server_error(asked(fragment=True))
    assert b"<html" not in response.content and b"data-zk-retry" in response.content


@pytest.mark.parametrize(("answer", "status"), [(pages.not_found, 404), (pages.permission_denied, 403), (pages.bad_request, 400)])
def test_every_refusal_is_a_page_with_a_way_on(answer: Any, status: int) -> None:
    response = answer(asked())
    assert response.status_code == status
    assert b'class="zk-button' in response.content


def test_nothing_inline_runs_and_pages_are_not_stored() -> None:
    guarded = context.content_security_policy(lambda _request: HttpResponse("<p>"))
    response = guarded(asked())
    assert "default-src 'self'" in response["Content-Security-Policy"] and "unsafe" not in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"


def test_the_same_view_answers_page_and_fragment() -> None:
    request = asked(fragment=True)
    assert b"<html" not in pages.answer(request, "core/page.html", fragment="core/_skeleton.html").content
    assert b"<html" in pages.answer(asked(), "core/page.html", fragment="core/_skeleton.html").content
