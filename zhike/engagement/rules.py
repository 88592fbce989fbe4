"""Pure decisions about contacts: which channels are people talking, and which icon stands for a channel."""

from __future__ import annotations

from collections.abc import Mapping

PEOPLE: frozenset[str] = frozenset({"phone", "visit", "branch_visit", "wechat", "counter"})
ICONS: Mapping[str, str] = {
    "phone": "phone", "visit": "map-pin", "branch_visit": "building-bank", "wechat": "brand-wechat", "counter": "building-bank",
    "sms": "message-2", "email": "mail", "mobile_app": "device-mobile", "online_bank": "world", "letter": "file-text",
    "atm": "credit-card", "pos": "credit-card", "system": "bolt",
}  # fmt: skip


def icon_of(channel: str) -> str:
    """The icon of a channel."""
    return ICONS.get(channel, "message")


def is_between_people(channel: str) -> bool:
    """Whether two people spoke, as against a message sent by a system (a timeline tells them apart)."""
    return channel in PEOPLE
