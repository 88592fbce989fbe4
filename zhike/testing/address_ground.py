"""A bank in which everybody has logged in and every address has what stands for its parts: the ground of tests/test_access_table.py."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from zhike.api.tests.asking import token_of
from zhike.testing.address_forms import Asked, form_of
from zhike.testing.address_rows import BEFORE
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD

API = "api/v1/"
ENDS_SESSIONS_OF_LIN = {"people/<int:person_id>/security/sessions/end/"}
ENDS_THE_SESSION = {"logout/"}


@dataclass(frozen=True)
class Ground:
    """A bank of its own with everybody logged in, and what stands for the parts of an address."""

    bank: Bank
    ids: dict[str, int | str]
    token: str
    change: int
    clients: dict[str, Client] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def client(self, login: str, *, fresh: bool = False) -> Client:
        """Somebody's browser; 吴外's is not logged in."""
        if fresh or login not in self.clients:
            client = Client()
            if login != "wu":
                assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302, login
            if fresh:
                return client
            self.clients[login] = client
        return self.clients[login]

    def authorization(self, login: str) -> dict[str, str]:
        """What a program of somebody's sends along under api/v1; 吴外's has no token."""
        if login != "wu" and login not in self.tokens:
            self.tokens[login] = token_of(self.bank, login)
        return {"Authorization": f"Bearer {self.tokens[login]}"} if login != "wu" else {}

    def address(self, route: str, ids: dict[str, int | str] | None = None) -> str:
        """A route with the ids of this ground in it."""
        known = ids or self.ids

        def put(part: re.Match[str]) -> str:
            assert part["name"] in known, f"{route}: say in `ids_of` what stands for <{part['name']}>"
            return str(known[part["name"]])

        return "/" + re.sub(r"<(?:\w+:)?(?P<name>\w+)>", put, route).lstrip("/")

    def form(self, route: str, *, again: bool = False) -> dict[str, Any]:
        """What a person types who wants the form at this address to succeed; `again`: something else than before."""
        return form_of(route, Asked(self.bank, self.ids, self.token, self.change, again))

    def ask(
        self,
        method: str,
        route: str,
        login: str,
        *,
        ids: dict[str, int | str] | None = None,
        again: bool = False,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """One request; what a view raises becomes the answer it becomes in a bank. `ids`: others than this ground's."""
        client = self.client(login, fresh=route in ENDS_THE_SESSION)
        client.raise_request_exception = False
        form = self.form(route, again=again) if method in ("POST", "PUT") else {}
        if method == "POST" and route in BEFORE:
            with self.bank.connected("job") as job:
                job.execute(BEFORE[route])
        encoded = _encoded(form)
        if route.startswith(API):
            headers = {**(headers or {}), **self.authorization(login), "Idempotency-Key": f"{login}-{again}-{timezone.now().timestamp()}"}
            encoded = json.dumps(form).encode(), "application/json"
        answer: HttpResponse = client.generic(method, self.address(route, ids), *encoded, headers=headers)  # type: ignore[assignment]
        if method == "POST" and route in ENDS_SESSIONS_OF_LIN:
            self.clients.pop("lin", None)
        return answer


def _encoded(form: dict[str, Any]) -> tuple[bytes, str]:
    return (encode_multipart(BOUNDARY, form), MULTIPART_CONTENT) if form else (b"", MULTIPART_CONTENT)
