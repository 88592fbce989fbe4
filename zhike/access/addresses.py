"""From where somebody comes, and whether she may from there. Behind a proxy of the bank's its word is taken, nobody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def address_of(request: HttpRequest) -> str | None:
    """The address the request comes from; behind `ZHIKE_PROXIES` the last one in X-Forwarded-For that is no proxy. None: unknown."""
    nearest = _address(request.META.get("REMOTE_ADDR", ""))
    told = [_address(word) for word in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if word.strip()]
    while nearest is not None and told and _is_in(nearest, settings.ZHIKE_PROXIES):
        nearest = told.pop()
    return str(nearest) if nearest is not None else None


def may_come_from(address: str | None, *, role: str, own: str) -> bool:
    """Whether somebody may come from this address: her own networks decide where she has any, else her role's, else everybody's."""
    allowed = networks_of(own) if own else _of_role(settings.ZHIKE_NETWORKS, role)
    found = _address(address or "")
    return not allowed or (found is not None and _is_in(found, allowed))


@lru_cache(maxsize=1024)
def networks_of(text: str) -> tuple[Network, ...]:
    """Networks such as `10.0.0.0/8 192.168.1.7`, separated by spaces or commas; raises ValueError for anything else."""
    return tuple(ip_network(word, strict=False) for word in text.replace(",", " ").split())


def _of_role(by_role: Mapping[str, tuple[Network, ...]], role: str) -> tuple[Network, ...]:
    return by_role.get(role, by_role.get("", ()))


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _address(text: str) -> Address | None:
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
