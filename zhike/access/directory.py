"""The bank's directory by LDAP: is this her password, and what does it say of her. Nothing is ever written to it."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from ldap3 import ANONYMOUS, AUTO_BIND_NONE, SIMPLE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException, LDAPInvalidCredentialsResult
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import parse_dn

SECONDS = 5  # to connect, and for each answer: a log-in page waits


class Unreachable(Exception):
    """The directory does not answer, or not in a way that can be trusted."""


@dataclass(frozen=True)
class Entry:
    """A person as the directory knows her; groups by the first part of their names: cn=zhike-admins,ou=… → zhike-admins."""

    name: str
    staff_no: str
    groups: Sequence[str]


def is_on() -> bool:
    """Whether this bank has a directory."""
    return bool(settings.ZHIKE_LDAP_URL)


def find(login: str, password: str) -> Entry | None:
    """The one person with this log-in whose password this is; None: there is none, there are two, or it is not. Raises `Unreachable`."""
    if not password or not login.strip():
        return None  # a directory takes an empty password for "anonymous" and says yes
    try:
        with _connection(settings.ZHIKE_LDAP_BIND, settings.ZHIKE_LDAP_PASSWORD) as looking:
            entry = _person(looking, login.strip())
            if entry is None or not _opens(entry["dn"], password):
                return None
            return Entry(
                _first(entry, "displayName") or _first(entry, "cn"),
                _first(entry, settings.ZHIKE_LDAP_STAFF_NO),
                _groups(looking, entry["dn"]),
            )
    except (LDAPException, OSError) as wrong:
        raise Unreachable(type(wrong).__name__) from wrong


def _server() -> Server:
    url = settings.ZHIKE_LDAP_URL
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.ZHIKE_LDAP_CA or None, version=ssl.PROTOCOL_TLS_CLIENT)
    return Server(url, use_ssl=url.startswith("ldaps://"), tls=tls, connect_timeout=SECONDS)


def _connection(dn: str, password: str) -> Connection:
    """A connection that speaks as `dn`; TLS stands before the password goes over it. Raises LDAPException where that cannot be."""
    server = _server()
    connection = Connection(
        server, dn or None, password or None, authentication=SIMPLE if dn else ANONYMOUS, auto_bind=AUTO_BIND_NONE, receive_timeout=SECONDS,
        raise_exceptions=True, read_only=True,
    )  # fmt: skip
    connection.open()
    if not server.ssl and settings.ZHIKE_LDAP_TLS == "start":
        connection.start_tls()
    connection.bind()
    return connection


def _person(looking: Connection, login: str) -> dict[str, Any] | None:
    found = _search(
        looking,
        settings.ZHIKE_LDAP_PERSON.replace("{login}", escape_filter_chars(login)),
        ["cn", "displayName", settings.ZHIKE_LDAP_STAFF_NO],
    )
    return found[0] if len(found) == 1 else None


def _groups(looking: Connection, dn: str) -> list[str]:
    found = _search(looking, settings.ZHIKE_LDAP_GROUP.replace("{dn}", escape_filter_chars(dn)), [])
    return [parse_dn(entry["dn"])[0][1] for entry in found]


def _search(looking: Connection, condition: str, attributes: list[str]) -> list[dict[str, Any]]:
    looking.search(settings.ZHIKE_LDAP_BASE, condition, SUBTREE, attributes=attributes, size_limit=500)
    return [entry for entry in looking.response or [] if entry["type"] == "searchResEntry"]


def _opens(dn: str, password: str) -> bool:
    try:
        with _connection(dn, password):
            return True
    except LDAPInvalidCredentialsResult:
        return False


def _first(entry: dict[str, Any], attribute: str) -> str:
    values = entry["attributes"].get(attribute) or []
    return str(values[0] if isinstance(values, list) else values).strip() if values else ""
