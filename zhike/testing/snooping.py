"""Somebody who asks for everything, and what each answer may not say: beside `anybody` (who she is) and `marked` (what the bank holds)."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from zhike.testing.databases import Bank
from zhike.testing.marked import Owners
from zhike.testing.paper_text import text_of_pdf

API = "api/v1/"
# What differs between two answers to one question that say the same: tokens of forms, cursors (they carry their instant), numbers of failures.
_PASSING = re.compile(
    r'name="csrfmiddlewaretoken" value="\w+"|"csrf[^"]*":"\w+"|\b[A-Za-z0-9]{64}\b|(?:after|before|cursor|next)["=:& ]+[\w:.\-%]{20,}|nonce-[\w+/=-]+|\d{4}-\d\d-\d\d \d\d:\d\d|[0-9A-F]{4}-[0-9A-F]{4}|chart-\d+'
)
_IDS = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


def routes() -> list[str]:
    """Every address there is."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            else:
                yield route

    return list(walk(get_resolver().url_patterns, ""))


def names_in(route: str) -> list[str]:
    """The parts of a route that stand for something."""
    return [found["name"] for found in _IDS.finditer(route)]


def filled(route: str, ids: Mapping[str, object]) -> str:
    """The address with these ids."""
    return "/" + _IDS.sub(lambda found: quote(str(ids[found["name"]])), route)


@dataclass
class Snoop:
    """Her browser, her program's token, and whom she may see with what rights."""

    bank: Bank
    client: Client
    token: str
    owners: Owners
    seen: frozenset[int]
    rights: frozenset[str]
    asked: int = 0
    leaks: list[str] = field(default_factory=list)

    def ask(self, address: str, *, form: Mapping[str, Any] | None = None, about: int = 0, is_fragment: bool = False) -> tuple[int, str]:
        """The status and the text of an answer, read for what she must not know. `about`: the customer that the address itself names."""
        headers = {"HX-Request": "true"} if is_fragment else {}
        if address.startswith("/" + API):
            headers["Authorization"] = f"Bearer {self.token}"
        self.client.raise_request_exception = False  # what a view raises is told among the leaks
        answer = self.client.get(address, headers=headers) if form is None else self.client.post(address, form, headers=headers)
        self.asked += 1
        text = text_of(answer)
        if answer.status_code >= 500:
            self.leaks.append(f"{address}: {answer.status_code}")
        wrong = self.owners.strange(text, seen=self.seen, rights=self.rights) - {f"/customers/{about}/"}
        if wrong:
            self.leaks.append(f"{address} ({answer.status_code}): {sorted(wrong)[:4]}")
        return answer.status_code, text

    def get(self, address: str, query: Mapping[str, Any] | None = None, **more: Any) -> tuple[int, str]:
        """The same with the parts of a query."""
        return self.ask(f"{address}?{urlencode(query, doseq=True)}" if query else address, **more)

    def bare(self, address: str, *, about: int, is_fragment: bool = False) -> str:
        """The whole answer without what is of this one request, and without the address, which says itself who was asked for."""
        status, text = self.ask(address, about=about, is_fragment=is_fragment)
        for form in (address, quote(address), quote(address, safe="")):
            text = text.replace(form, "")
        return f"{status} {_PASSING.sub('', text)}"

    def said(self, address: str, query: Mapping[str, Any] | None = None) -> str:
        """An answer without what differs from one time to the next, and without the words that were asked."""
        status, text = self.get(address, query)
        for word in (query or {}).values():
            for form in {str(word), quote(str(word)), str(word).lower(), quote(str(word), safe=""), urlencode({"": word})[1:]} - {""}:
                text = text.replace(form, "") if len(form) > 3 else text
        return f"{status} {_PASSING.sub('', text)}"


def text_of(answer: Any) -> str:
    """All that is in an answer: a stream read to its end, a workbook unpacked, the words of a PDF."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    if content[:5] == b"%PDF-":
        return text_of_pdf(content)
    text: str = content.decode("utf-8-sig", "replace")
    return text


def condition(*lines: Mapping[str, Any]) -> str:
    """The stored form of a condition as it stands in an address."""
    return json.dumps({"version": 1, "where": {"all": list(lines)}}, separators=(",", ":"))
