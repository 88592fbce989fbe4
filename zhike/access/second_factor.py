"""Second factors: a code of six digits from a telephone (TOTP, RFC 6238), passkeys (WebAuthn), and codes on paper for when both are gone.

django-allauth keeps them and does their cryptography; pages, log-in, lock-out and audit are ours.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from zhike.access.actions import record
from zhike.access.models import Person
from zhike.access.scope import Viewer

CODE, RECOVERY, PASSKEY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN
LAST = "last_counter"  # in a TOTP's data: a code opens once


@dataclass(frozen=True)
class Passkey:
    """A passkey in a list."""

    pk: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """What somebody has: a code on her telephone and since when, passkeys, and how many codes on paper are left."""

    code_since: datetime | None
    passkeys: Sequence[Passkey]
    recovery_left: int

    def __bool__(self) -> bool:
        return self.code_since is not None or bool(self.passkeys)


def factors_of(viewer: Viewer, person: Person) -> Factors:
    """The second factors of a person: her own, or anybody's for people.manage."""
    _check(viewer, person)
    found = list(Authenticator.objects.filter(user=person).order_by("pk"))
    passkeys = [Passkey(row.pk, row.wrap().name, row.created_at, row.last_used_at) for row in found if row.type == PASSKEY]
    since = next((row.created_at for row in found if row.type == CODE), None)
    papers = next((row for row in found if row.type == RECOVERY), None)
    return Factors(since, passkeys, len(papers.wrap().get_unused_codes()) if papers else 0)


def has_any(person: Person) -> bool:
    """Whether a password alone does not let this person in."""
    return bool(Authenticator.objects.filter(user=person, type__in=[CODE, PASSKEY]).exists())


def is_required(role: str) -> bool:
    """Whether the settings ask a second factor of this role."""
    return role in settings.ZHIKE_SECOND_FACTOR or "all" in settings.ZHIKE_SECOND_FACTOR


def code_is_right(person: Person, code: str) -> bool:
    """Whether this is her telephone's code of this half minute, not used before, or one of her codes on paper, which it uses up."""
    typed = "".join(code.split())
    found = {row.type: row for row in Authenticator.objects.select_for_update().filter(user=person, type__in=[CODE, RECOVERY])}
    kept = found.get(CODE)
    if kept is not None and len(typed) == 6:
        counter = _counter_of(decrypt(kept.data["secret"]), typed)
        if counter is None or counter <= kept.data.get(LAST, 0):
            return False
        kept.data[LAST] = counter
        kept.save(update_fields=["data"])
        kept.record_usage()
        return True
    return RECOVERY in found and bool(RecoveryCodes(found[RECOVERY]).validate_code(typed))


def _counter_of(secret: str, code: str) -> int | None:
    right = (
        counter
        for counter in totp.yield_hotp_counters_from_time()
        if hmac.compare_digest(totp.format_hotp_value(totp.hotp_value(secret, counter)), code)
    )
    return next(right, None)


def new_secret() -> str:
    """A secret that a telephone and Zhike are to share, in base 32."""
    return str(totp.generate_totp_secret())


@transaction.atomic
def set_up_code(*, actor: Viewer, at: datetime, person: Person, secret: str, code: str) -> list[str] | None:
    """Begin to ask for codes of this secret, once a right one shows that the telephone has it; her codes on paper, None: the code is wrong."""
    counter = _counter_of(secret, "".join(code.split()))
    if counter is None:
        return None
    Authenticator.objects.filter(user=person, type=CODE).delete()
    kept = totp.TOTP.activate(person, secret).instance
    kept.data[LAST] = counter
    kept.save(update_fields=["data"])
    record(actor, "people.second_factor_added", subject=("person", person.pk), after={"kind": "code"}, at=at)
    return _papers(person)


@transaction.atomic
def new_papers(*, actor: Viewer, at: datetime, person: Person) -> list[str]:
    """New codes on paper; the old ones open nothing any more."""
    record(actor, "people.recovery_codes_made", subject=("person", person.pk), at=at)
    return _papers(person)


def _papers(person: Person) -> list[str]:
    Authenticator.objects.filter(user=person, type=RECOVERY).delete()
    codes: list[str] = RecoveryCodes.activate(person).get_unused_codes()
    return codes


@transaction.atomic
def take_away(*, actor: Viewer, at: datetime, person: Person, passkey_id: int | None = None) -> bool:
    """Take away a passkey, or without a number the code; False: there is none. With the last factor go the codes on paper."""
    _check(actor, person)
    found = (
        Authenticator.objects.filter(user=person, type=PASSKEY, pk=passkey_id)
        if passkey_id
        else Authenticator.objects.filter(user=person, type=CODE)
    )
    if not found.delete()[0]:
        return False
    if not has_any(person):
        Authenticator.objects.filter(user=person).delete()
    record(actor, "people.second_factor_removed", subject=("person", person.pk), after={"kind": "passkey" if passkey_id else "code"}, at=at)
    return True


@transaction.atomic
def reset(*, actor: Viewer, at: datetime, person: Person) -> None:
    """Take away all of somebody's second factors, for whoever has lost her telephone; needs people.manage and never one's own, or this machine's operator."""
    if actor.role != "system" and (not actor.may("people.manage") or actor.person_id == person.pk):
        raise PermissionDenied("people.manage")
    count = Authenticator.objects.filter(user=person).delete()[0]
    record(actor, "people.second_factor_reset", subject=("person", person.pk), after={"removed": count}, at=at)


def passkey_wanted(person: Person) -> dict[str, Any]:
    """What a browser needs to make a passkey; the challenge stays in the session."""
    return dict(webauthn.begin_registration(person, passwordless=True))


@transaction.atomic
def keep_passkey(*, actor: Viewer, at: datetime, person: Person, name: str, credential: dict[str, Any]) -> list[str] | None:
    """Keep the passkey that a browser has made: codes on paper where she had none yet, else nothing. Raises ValueError for one that is not right."""
    try:
        webauthn.parse_registration_response(credential)
        webauthn.complete_registration(credential)
    except (ValidationError, KeyError, TypeError) as wrong:
        raise ValueError("passkey") from wrong
    webauthn.WebAuthn.add(person, name.strip()[:80] or "Passkey", credential)
    record(actor, "people.second_factor_added", subject=("person", person.pk), after={"kind": "passkey"}, at=at)
    return None if Authenticator.objects.filter(user=person, type=RECOVERY).exists() else _papers(person)


def passkey_asked(person: Person | None) -> dict[str, Any]:
    """What a browser needs to show a passkey: of this person, or (None) of whomever it finds one."""
    return dict(webauthn.begin_authentication(person))


def shown_by(credential: dict[str, Any], person: Person | None) -> Person:
    """Whose passkey was shown, with her finger, face or PIN; `person`: it must be hers. Raises ValueError."""
    try:
        webauthn.parse_authentication_response(credential)
        found = person or webauthn.extract_user_from_response(credential)
        used = webauthn.complete_authentication(found, credential)
    except (ValidationError, KeyError, TypeError, AttributeError) as wrong:
        raise ValueError("passkey") from wrong
    used.record_usage()
    return Person.objects.select_related("employee__unit").get(pk=found.pk)


def _check(viewer: Viewer, person: Person) -> None:
    if viewer.person_id != person.pk and not viewer.may("people.manage"):
        raise PermissionDenied("people.manage")
