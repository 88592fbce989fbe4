"""What the database keeps of an entry as one number, so that walls need not take somebody's claims apart (decision 52).

Bits for the permissions that walls name most and for the door, one that says that they are told; then the only employee and the only unit in the
scope: nought where the claims say it, one for none, else the key and one. The functions of migration 0022 know these places; they are for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhike.access.scope import Viewer

KEPT_PERMISSIONS = (
    "contacts.read", "interactions.read", "transactions.read", "customers.read", "accounts.read", "audit.read", "customers.edit",
)  # fmt: skip
_APP, _TOLD = len(KEPT_PERMISSIONS), 11
_EMPLOYEE, _UNIT = (12, 26), (38, 25)  # the place of the lowest bit, and how many


def kept_number(viewer: Viewer, *, is_app: bool) -> int:
    """The number of what she may do and sees; it travels in the signed text, behind the flags."""
    number = 1 << _TOLD | is_app << _APP
    for bit, permission in enumerate(KEPT_PERMISSIONS):
        number |= viewer.may(permission) << bit
    for ids, (place, width) in ((viewer.employee_ids, _EMPLOYEE), (viewer.unit_ids, _UNIT)):
        only = 1 if not ids else ids[0] + 1 if len(ids) == 1 else 0
        number |= (only if only >> width == 0 else 0) << place
    return number
