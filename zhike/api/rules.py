"""Pure decisions of the API: what a token opens, how a call that goes out is signed, when it is tried again, where it may go."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What a token may be good for: words of access.rules. Revealing, managing and loading stay with people.
SCOPES: tuple[str, ...] = (
    "customers.read", "contacts.read", "accounts.read", "transactions.read", "interactions.read", "interactions.write", "batches.read",
    "duplicates.decide", "audit.read",
)  # fmt: skip
LONGEST_TOKEN = timedelta(days=366)
ANSWERS_KEPT = timedelta(hours=24)  # of an Idempotency-Key
TOKEN_BEGINS = "zhk_"  # noqa: S105 - what everybody's token begins with, for whoever searches for leaked ones
FIRST_WAIT, LONGEST_WAIT, MOST_TRIES = timedelta(seconds=30), timedelta(hours=6), 12  # together somewhat more than a day


def opens(permissions: Collection[str], scopes: Collection[str]) -> frozenset[str]:
    """What somebody may do by a token: what she may do, as far as the token says so."""
    return frozenset(permissions) & frozenset(scopes) & frozenset(SCOPES)


def digest_of_token(text: str) -> bytes:
    """What is kept of a token. It is 32 random bytes, so a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def signature(secret: str, at: datetime, body: bytes) -> str:
    """The header `Zhike-Signature` of a call: `t=` seconds since 1970, `v1=` HMAC-SHA-256 in hex of "t.body" under the secret."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def wait_after(tries: int) -> timedelta | None:
    """How long after the `tries`-th failure a call is tried again: 30 s, twice as long each time, at most 6 h; None: no more."""
    if tries >= MOST_TRIES:
        return None
    doubled: timedelta = FIRST_WAIT * 2 ** (tries - 1)
    return min(doubled, LONGEST_WAIT)


def why_not_url(url: str, *, plain_allowed: bool) -> str:
    """What is wrong with the address of a subscription: "" or one of address, password, https. Plain HTTP is for this machine only."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "address"
    if parts.scheme not in ("http", "https") or not host:
        return "address"
    if parts.username or parts.password:
        return "password"
    return "" if parts.scheme == "https" or plain_allowed or is_this_machine(host) else "https"


def is_this_machine(host: str) -> bool:
    """Whether a host name means the machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_reach(addresses: Sequence[Address], networks: Sequence[Network]) -> bool:
    """Whether a call may go to a host with these addresses: public ones always, others where a named network holds them.

    One address that may not be reached refuses the host: whoever answers for its name could choose that one.
    """
    return bool(addresses) and all(address.is_global or any(address in network for network in networks) for address in addresses)
