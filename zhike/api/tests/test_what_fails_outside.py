"""What fails before an address of the API is reached is a problem for programs all the same, and a page for people."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from zhike.api import outside
from zhike.api.tests.asking import token_of
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

PROBLEM = "application/problem+json"


@pytest.mark.parametrize("host", ["evil.example", "no host at all", "bank:99999x"])
def test_a_host_that_this_is_not_is_a_problem_for_programs(bank: Bank, people: Cast, host: str) -> None:
    client, token = Client(), token_of(bank, "lin")
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    refused = client.get("/api/v1/me", headers={**headers, "Host": host})
    assert (refused.status_code, refused["Content-Type"]) == (400, PROBLEM)
    assert "host name" in refused.json()["detail"]


def test_it_is_a_page_for_people(bank: Bank) -> None:
    refused = Client().get("/login/", headers={"Host": "evil.example"})
    assert (refused.status_code, refused["Content-Type"].partition(";")[0]) == (400, "text/html")


def test_what_breaks_outside_a_view_gives_a_program_a_number(bank: Bank) -> None:
    failed = outside.server_error(RequestFactory().get("/api/v1/me"))
    assert (failed.status_code, failed["Content-Type"]) == (500, PROBLEM)
    assert b'"number"' in failed.content
    assert outside.server_error(RequestFactory().get("/customers/"))["Content-Type"].startswith("text/html")
