"""A request whose length can be read in two ways is answered once, with a refusal: nothing is smuggled behind it (ASVS 4.2.1)."""

from __future__ import annotations

import re
import socket

import pytest

from zhike.testing.serving import Served

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: bank.example\r\n\r\n"


def answers_to(site: Served, *lines: bytes, body: bytes = b"") -> list[bytes]:
    """The states of all answers that come back until the server is silent or hangs up."""
    with socket.create_connection((site.host, site.port), timeout=3) as wire:
        wire.sendall(b"\r\n".join((lines[0], b"Host: bank.example", *lines[1:], b"", b"")) + body)
        heard = b""
        try:
            while more := wire.recv(65536):
                heard += more
        except TimeoutError:
            pass
    return re.findall(rb"HTTP/1\.1 (\d{3}) ", heard)


AMBIGUOUS = {
    "both lengths": ([b"Content-Length: 4", b"Transfer-Encoding: chunked"], b"0\r\n\r\n" + HIDDEN),
    "two lengths": ([b"Content-Length: 3", b"Content-Length: 5"], b"abc" + HIDDEN),
    "a length with a sign": ([b"Content-Length: +3"], b"abc" + HIDDEN),
    "an unknown encoding": ([b"Transfer-Encoding: xchunked"], b"0\r\n\r\n" + HIDDEN),
    "chunked, but not last": ([b"Transfer-Encoding: chunked, identity"], b"0\r\n\r\n" + HIDDEN),
    "a space before the colon": ([b"Transfer-Encoding : chunked"], b"0\r\n\r\n" + HIDDEN),
    "a folded line": ([b"X-Folded: one", b" Content-Length: 3"], b"abc" + HIDDEN),
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_hides_no_other(live_site: Served, kind: str) -> None:
    lines, body = AMBIGUOUS[kind]
    heard = answers_to(live_site, b"POST /login/ HTTP/1.1", *lines, body=body)
    assert heard == [b"400"]


def test_a_plain_request_may_be_followed_by_another(live_site: Served) -> None:
    assert len(answers_to(live_site, b"GET /login/ HTTP/1.1", body=HIDDEN)) == 2
