"""A program that asks with somebody's token."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from zhike.access.models import Person
from zhike.access.scope import NOBODY, entered, system_viewer, viewer_for
from zhike.api.actions import make_token
from zhike.api.rules import SCOPES
from zhike.testing.databases import Bank


@dataclass(frozen=True)
class Program:
    """Asks the API with one token."""

    token: str

    def get(self, path: str, **headers: str) -> Any:
        return Client(raise_request_exception=False).get(f"/api/v1{path}", headers={"Authorization": f"Bearer {self.token}", **headers})

    def post(self, path: str, body: Any, **headers: str) -> Any:
        client = Client(raise_request_exception=False)
        text = body if isinstance(body, str) else json.dumps(body)
        return client.post(
            f"/api/v1{path}", text, content_type="application/json", headers={"Authorization": f"Bearer {self.token}", **headers}
        )

    def put(self, path: str, body: Any) -> Any:
        client = Client(raise_request_exception=False)
        return client.put(
            f"/api/v1{path}", json.dumps(body), content_type="application/json", headers={"Authorization": f"Bearer {self.token}"}
        )

    def all(self, path: str, *, limit: int = 200) -> list[dict[str, Any]]:
        """Every row of a list, page after page."""
        rows: list[dict[str, Any]] = []
        cursor, mark = "", "&" if "?" in path else "?"
        while True:
            answer = self.get(f"{path}{mark}limit={limit}{f'&cursor={cursor}' if cursor else ''}")
            assert answer.status_code == 200, answer.content
            page = answer.json()
            rows += page["data"]
            if not page["next"]:
                return rows
            cursor = page["next"]


def token_of(bank: Bank, login: str, *, scopes: tuple[str, ...] = (), days: float = 30) -> str:
    """A new token of somebody, with all the scopes her role allows or just these."""
    at, actor = timezone.now(), system_viewer("test")
    with bank.acting_as("job"):
        with entered(NOBODY):
            holder = viewer_for(Person.objects.select_related("employee__unit").get(login=login))
        with entered(actor):
            asked = scopes or tuple(scope for scope in SCOPES if holder.may(scope))
            return make_token(actor=actor, at=at, holder=holder, name="test", scopes=asked, expires_at=at + timedelta(days=days)).text


def program_of(bank: Bank, login: str, **more: Any) -> Program:
    return Program(token_of(bank, login, **more))
