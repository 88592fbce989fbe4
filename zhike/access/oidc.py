"""The bank's own log-in by OpenID Connect: the authorization code flow with PKCE, state and nonce; the ID token is checked against the issuer's keys.

OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7; RFC 7636. No browser ever carries a token of it to us, only the code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
from django.conf import settings

from zhike.access.single_sign_on import Known

SECONDS = 5
LEEWAY = 60  # seconds that two clocks of the bank may differ
KNOWN_FOR = 3600  # seconds for which what the issuer says of itself is remembered
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)  # none that a client's secret could forge
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class BankLogInFailed(Exception):
    """The bank's log-in does not answer (`is_away`), or what came from there cannot be believed; `str()` says what, for the audit."""

    def __init__(self, reason: str, *, is_away: bool = False) -> None:
        super().__init__(reason)
        self.is_away = is_away


@dataclass(frozen=True)
class Asked:
    """What must come back the same: kept in the browser's session while she is at the bank's log-in."""

    state: str
    nonce: str
    verifier: str
    next: str


def is_on() -> bool:
    """Whether this bank has such a log-in."""
    return bool(settings.ZHIKE_OIDC_ISSUER)


def new_question(next_url: str) -> Asked:
    """A question of its own for each log-in."""
    return Asked(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), next_url)


def address_of(asked: Asked, back_url: str) -> str:
    """Where the browser is sent. Raises `BankLogInFailed`."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
    question = {
        "response_type": "code", "client_id": settings.ZHIKE_OIDC_CLIENT, "redirect_uri": back_url, "scope": settings.ZHIKE_OIDC_SCOPES,
        "state": asked.state, "nonce": asked.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    where = _issuer()["authorization_endpoint"]
    return f"{where}{'&' if urlsplit(where).query else '?'}{urlencode(question)}"


def known_by(asked: Asked, answered: Mapping[str, str], back_url: str) -> Known:
    """Whom the bank recognised, from what the browser brought back. Raises `BankLogInFailed` for anything that is not beyond doubt."""
    if not _is_same(answered.get("state", ""), asked.state):
        raise BankLogInFailed("state differs")
    if "code" not in answered:
        raise BankLogInFailed(f"refused there: {answered.get('error', '')[:80]}")
    tokens = _redeemed(answered["code"], asked.verifier, back_url)
    claims = _checked(str(tokens.get("id_token", "")), asked.nonce)
    if not claims.get(settings.ZHIKE_OIDC_LOGIN) or settings.ZHIKE_OIDC_GROUPS not in claims:
        claims = {**_said_of(claims["sub"], str(tokens.get("access_token", ""))), **claims}
    return _known(claims)


def _known(claims: Mapping[str, Any]) -> Known:
    login, groups = claims.get(settings.ZHIKE_OIDC_LOGIN), claims.get(settings.ZHIKE_OIDC_GROUPS, [])
    if not isinstance(login, str) or not login.strip():
        raise BankLogInFailed(f"no claim {settings.ZHIKE_OIDC_LOGIN}")
    listed = groups if isinstance(groups, list) else [groups]
    return Known(
        login, str(claims.get("name") or login), str(claims.get(settings.ZHIKE_OIDC_STAFF_NO) or ""), [str(group) for group in listed]
    )


def _redeemed(code: str, verifier: str, back_url: str) -> dict[str, Any]:
    client, secret = settings.ZHIKE_OIDC_CLIENT, settings.ZHIKE_OIDC_SECRET
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back_url, "code_verifier": verifier}
    credentials = (client, secret) if secret else None
    return _asked("POST", _issuer()["token_endpoint"], data=form if secret else form | {"client_id": client}, auth=credentials)


def _checked(token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token that was signed by the issuer, for us, for this very question, and has not expired."""
    client = settings.ZHIKE_OIDC_CLIENT
    try:
        head = jwt.get_unverified_header(token)
        key = next(key for key in _keys().keys if key.key_id == head.get("kid") or head.get("kid") is None)
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=list(ALGORITHMS), audience=client, issuer=settings.ZHIKE_OIDC_ISSUER, leeway=LEEWAY,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )  # fmt: skip
    except (jwt.PyJWTError, StopIteration) as wrong:
        raise BankLogInFailed(f"id token: {type(wrong).__name__}") from wrong
    if not _is_same(str(claims.get("nonce", "")), nonce):
        raise BankLogInFailed("nonce differs")
    is_for_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if is_for_several else client) != client:
        raise BankLogInFailed("made for somebody else")
    return claims


def _is_same(given: str, kept: str) -> bool:
    """Whether two texts are the same, in a time that does not tell how far they are; what is no ASCII differs like anything else."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), kept.encode())


def _said_of(subject: str, access_token: str) -> dict[str, Any]:
    where = _issuer().get("userinfo_endpoint")
    said = _asked("GET", where, headers={"Authorization": f"Bearer {access_token}"}) if where and access_token else {}
    if said and said.get("sub") != subject:
        raise BankLogInFailed("userinfo is of somebody else")
    return said


def _keys() -> jwt.PyJWKSet:
    return jwt.PyJWKSet.from_dict(_asked("GET", _issuer()["jwks_uri"]))


_remembered: dict[str, tuple[float, dict[str, Any]]] = {}


def _issuer() -> dict[str, Any]:
    """What the issuer says of itself, asked once an hour."""
    issuer = settings.ZHIKE_OIDC_ISSUER
    at, said = _remembered.get(issuer, (0.0, {}))
    if time.monotonic() - at > KNOWN_FOR or not said:
        said = _asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != issuer:
            raise BankLogInFailed("the issuer calls itself otherwise")
        _remembered[issuer] = (time.monotonic(), said)
    return said


def _asked(method: str, where: str, **more: Any) -> dict[str, Any]:
    """The answer of the issuer as JSON: over TLS, or on this very machine. Redirects are not followed."""
    place = urlsplit(where)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in _HERE):
        raise BankLogInFailed("not over https")
    try:
        answer = httpx.request(method, where, timeout=SECONDS, follow_redirects=False, **more).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as wrong:
        is_refusal = isinstance(wrong, httpx.HTTPStatusError) and wrong.response.is_client_error
        raise BankLogInFailed(f"{place.path}: {type(wrong).__name__}", is_away=not is_refusal) from wrong
    if not isinstance(answer, dict):
        raise BankLogInFailed(f"{place.path}: no object")
    return answer
