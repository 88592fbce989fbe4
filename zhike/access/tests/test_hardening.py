"""What every answer carries, what a browser may do with it, and what nobody may send."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

import zhike
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.testing.run import Run

AsPerson = Callable[[str], Client]
TEMPLATES = sorted(Path(zhike.__file__).parent.rglob("templates/**/*.html"))
INLINE = re.compile(
    r"<script(?![^>]*\b(?:src|type=\"application/json\"))[^>]*>|<style\b|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=\s*[\"']|javascript:",
    re.IGNORECASE,
)
OF_PROGRAMS = ("api/", "v1/")  # they show a token, which no other site's page can make a browser send


@pytest.mark.parametrize("address", ["/login/", "/customers/", "/no-such-page/", "/static/nothing.js"])
def test_every_answer_says_what_a_browser_may_not_do(bank: Bank, people: Cast, as_person: AsPerson, address: str) -> None:
    answer = as_person("lin").get(address)
    policy = answer.get("Content-Security-Policy", "static")
    assert "unsafe" not in policy and answer["X-Content-Type-Options"] == "nosniff"
    if address.startswith("/static/"):
        return
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
    assert "base-uri 'none'" in policy and "object-src 'none'" in policy
    assert (answer["X-Frame-Options"], answer["Referrer-Policy"]) == ("DENY", "same-origin")
    assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("address", ["/login/", "/logout/", "/me/", "/customers/1/reveal/"])
def test_a_form_of_another_site_is_refused_log_in_included(bank: Bank, people: Cast, as_person: AsPerson, address: str) -> None:
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = as_person("lin").cookies
    assert guarded.post(address, {"login": "lin", "password": "x"}).status_code == 400  # csrf_failure: the page asks to send it again


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, object]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, path)
        else:
            yield path, pattern.callback


def test_only_programs_with_a_token_send_without_the_token_of_a_form() -> None:
    exempt = [path for path, view in addresses(get_resolver().url_patterns) if getattr(view, "csrf_exempt", False)]
    assert [path for path in exempt if not path.startswith(OF_PROGRAMS)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_script_a_style_or_a_handler_of_its_own(template: Path) -> None:
    if "paper" in template.name or "pdf" in template.name or "print" in template.name:
        pytest.skip("made into a PDF on the server: no browser reads it")
    assert INLINE.findall(template.read_text("utf-8")) == []


def test_over_https_cookies_are_bound_to_this_host_and_http_is_not_asked_again(run: Run, tmp_path: Path) -> None:
    words = "SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SESSION_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE SESSION_COOKIE_NAME CSRF_COOKIE_NAME SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS"
    ask = f"from zhike import settings as s; print([getattr(s, word) for word in '{words}'.split()])"
    environment = os.environ | {"ZHIKE_HTTPS": "1", "ZHIKE_HOME": str(tmp_path / "home"), "ZHIKE_PROCESS": "web"}
    told = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[True, True, True, 'Lax', '__Host-sessionid', '__Host-csrftoken', 31536000, True]"
