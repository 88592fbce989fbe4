"""The bank's own log-in is believed only where everything fits: a real provider answers for another question or person, and one that lies signs tokens of its own.

Each refusal leads to the log-in page with words that say what to do, leaves an entry, and opens no session.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx
import jwt
import oidc_provider_mock
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import LazySettings
from django.test import Client

from zhike.access.tests.conftest import SmallBank

LIN, GONE, CLOSED, STRANGER = "4711", "4712", "4713", "4714"
KNOWN = {LIN: "lin", GONE: "gone", CLOSED: "closed", STRANGER: "nobody-here"}
Change = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture
def people(small_bank: SmallBank) -> SmallBank:
    """林知远, somebody of whom the personnel file says that she left, and somebody whom an administrator shut out."""
    for login, number in (("lin", "E11"), ("gone", "E12"), ("closed", "E16")):
        small_bank.person(login, "relationship_manager", number)
    with small_bank.bank.connected("job") as job:
        job.execute("update access_person set has_left = true where login = 'gone'")
        job.execute("update access_person set is_active = false where login = 'closed'")
    return small_bank


@contextmanager
def provider(settings: LazySettings, **more: Any) -> Iterator[None]:
    """A real provider, which this bank trusts."""
    users = [oidc_provider_mock.User(sub=sub, claims={"preferred_username": login}) for sub, login in KNOWN.items()]
    with oidc_provider_mock.run_server_in_thread(user_claims=users, require_nonce=True, **more) as server:
        settings.ZHIKE_OIDC_ISSUER, settings.ZHIKE_OIDC_SECRET = f"http://localhost:{server.server_port}", "between-us"
        yield


def asked(client: Client) -> str:
    """The address to which Zhike sends the browser."""
    sent = client.get("/login/bank/?next=/me/")
    assert sent.status_code == 302
    return str(sent["Location"])


def recognised(there: str, sub: str, **changed: str) -> str:
    """What she brings back from the provider, where somebody may have changed the question on its way."""
    place = urlsplit(there)
    question = {name: values[0] for name, values in parse_qs(place.query).items()} | changed
    answer = httpx.post(urlunsplit(place._replace(query=urlencode(question))), data={"sub": sub}, follow_redirects=False)
    assert answer.status_code == 302, answer.text[:300]
    return urlsplit(answer.headers["Location"]).query


def come_back(client: Client, query: str) -> Any:
    return client.get(f"/login/bank/back/?{query}", follow=True, headers={"Accept-Language": "en"})


def is_refused(people: SmallBank, client: Client, answer: Any, reason: str, words: str) -> None:
    """On the log-in page with these words, not logged in, and with this entry as the last one."""
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0].startswith("/login/") and 'name="password"' in page
    assert words in page.replace("&#x27;", "'"), page[:500]
    assert client.get("/me/").status_code == 302, "no session was opened"
    with people.bank.connected("job") as job:
        last = job.execute("select act, reason from access_auditentry order by id desc limit 1").fetchone()
    assert last is not None and last[0] == "session.refused"
    assert reason in last[1]


BEGIN_AGAIN, ASK, AWAY = "Begin again from this page", "Ask an administrator", "does not answer"


def test_whoever_the_bank_recognises_comes_in(people: SmallBank, settings: LazySettings) -> None:
    client = Client()
    with provider(settings):
        answer = come_back(client, recognised(asked(client), LIN))
    assert answer.redirect_chain[-1][0] == "/me/" and client.get("/me/").status_code == 200


def test_a_token_for_another_question_is_refused(people: SmallBank, settings: LazySettings) -> None:
    client = Client()
    with provider(settings):
        is_refused(
            people, client, come_back(client, recognised(asked(client), LIN, nonce="of-another-question")), "nonce differs", BEGIN_AGAIN
        )


@pytest.mark.parametrize("state", [{}, {"state": "made-up"}, {"state": "é不"}], ids=["missing", "made up", "no ASCII"])
def test_an_answer_without_the_state_that_was_given_is_refused(people: SmallBank, settings: LazySettings, state: dict[str, str]) -> None:
    client = Client()
    with provider(settings):
        brought = parse_qs(recognised(asked(client), LIN))
        query = urlencode({"code": brought["code"][0], **state})
        is_refused(people, client, come_back(client, query), "state differs", BEGIN_AGAIN)


def test_a_code_opens_once_here_and_there(people: SmallBank, settings: LazySettings) -> None:
    client, thief = Client(), Client()
    with provider(settings):
        brought = recognised(asked(client), LIN)
        assert come_back(client, brought).redirect_chain[-1][0] == "/me/"
        is_refused(people, thief, come_back(thief, brought), "nothing was asked", BEGIN_AGAIN)
        own = parse_qs(urlsplit(asked(thief)).query)["state"][0]
        replayed = urlencode({"code": parse_qs(brought)["code"][0], "state": own})
        is_refused(people, thief, come_back(thief, replayed), "HTTPStatusError", BEGIN_AGAIN)


def test_a_token_that_has_expired_is_refused(people: SmallBank, settings: LazySettings) -> None:
    client = Client()
    with provider(settings, access_token_max_age=timedelta(minutes=-5)):
        is_refused(people, client, come_back(client, recognised(asked(client), LIN)), "ExpiredSignatureError", BEGIN_AGAIN)


@pytest.mark.parametrize(
    ("sub", "reason"), [(STRANGER, "no account"), (GONE, "closed"), (CLOSED, "closed")], ids=["unknown", "left", "shut out"]
)
def test_somebody_unknown_or_gone_is_refused(people: SmallBank, settings: LazySettings, sub: str, reason: str) -> None:
    client = Client()
    with provider(settings):
        is_refused(people, client, come_back(client, recognised(asked(client), sub)), reason, ASK)


def test_a_refusal_there_and_a_provider_that_is_away(people: SmallBank, settings: LazySettings) -> None:
    client = Client()
    with provider(settings):
        own = parse_qs(urlsplit(asked(client)).query)["state"][0]
        denied = urlencode({"error": "access_denied", "state": own})
        is_refused(people, client, come_back(client, denied), "refused there: access_denied", BEGIN_AGAIN)
        brought = recognised(asked(client), LIN)
    is_refused(people, client, come_back(client, brought), "ConnectError", AWAY)


@dataclass
class Liar:
    """An issuer that this bank trusts and that signs whatever it is told to."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    address: str = ""
    token: str = ""

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            return {"issuer": self.address, **{name: f"{self.address}/{place}" for name, place in places.items()}}
        if path == "/keys":
            return {"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key())) | {"kid": "1", "alg": "RS256"}]}
        return {"id_token": self.token, "access_token": "x", "token_type": "Bearer"}


@pytest.fixture
def liar(settings: LazySettings) -> Iterator[Liar]:
    made = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(made.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_words: object) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("localhost", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made.address = settings.ZHIKE_OIDC_ISSUER = f"http://localhost:{server.server_port}"
        yield made
        server.shutdown()


def brought_back(liar: Liar, client: Client, *, key: Any = None, algorithm: str = "RS256", kid: str = "1", **changed: Any) -> Any:
    """Come back with a token that this issuer signed, with some of its claims otherwise (None: left out)."""
    question = {name: values[0] for name, values in parse_qs(urlsplit(asked(client)).query).items()}
    now = int(time.time())
    claims = {"iss": liar.address, "aud": "zhike", "sub": LIN, "iat": now, "exp": now + 300, "nonce": question["nonce"]}
    claims |= {"preferred_username": "lin", "groups": []} | changed
    held = {name: value for name, value in claims.items() if value is not None}
    liar.token = jwt.encode(held, liar.key if key is None else key, algorithm=algorithm, headers={"kid": kid})
    return come_back(client, urlencode({"code": "a-code", "state": question["state"]}))


def test_what_it_signs_as_it_should_opens(people: SmallBank, liar: Liar) -> None:
    assert brought_back(liar, Client()).redirect_chain[-1][0] == "/me/"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://another.example"}, "InvalidIssuerError"), ({"iss": None}, "MissingRequiredClaimError"),
        ({"aud": "another-program"}, "InvalidAudienceError"), ({"aud": None}, "MissingRequiredClaimError"),
        ({"aud": ["zhike", "another-program"]}, "made for somebody else"),
        ({"aud": ["zhike", "another-program"], "azp": "another-program"}, "made for somebody else"),
        ({"exp": 1}, "ExpiredSignatureError"), ({"exp": None}, "MissingRequiredClaimError"), ({"iat": 2**33}, "ImmatureSignatureError"),
        ({"nonce": "another"}, "nonce differs"), ({"nonce": None}, "nonce differs"), ({"nonce": "不"}, "nonce differs"),
        ({"preferred_username": None}, "no claim preferred_username"), ({"preferred_username": ["lin"]}, "no claim preferred_username"),
        ({"kid": "of-nobody"}, "StopIteration"),
    ],
)  # fmt: skip
def test_claims_that_do_not_fit_are_refused(people: SmallBank, liar: Liar, changed: dict[str, Any], reason: str) -> None:
    client = Client()
    is_refused(people, client, brought_back(liar, client, **changed), reason, BEGIN_AGAIN)


def test_signatures_of_others_are_refused(people: SmallBank, liar: Liar) -> None:
    client = Client()
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    is_refused(people, client, brought_back(liar, client, key=other), "InvalidSignatureError", BEGIN_AGAIN)
    is_refused(people, client, brought_back(liar, client, key="", algorithm="none"), "InvalidAlgorithmError", BEGIN_AGAIN)
    public_words = liar.answer("/keys")["keys"][0]["n"]
    is_refused(people, client, brought_back(liar, client, key=public_words, algorithm="HS256"), "InvalidAlgorithmError", BEGIN_AGAIN)
