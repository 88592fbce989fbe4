"""What django-allauth's second factors ask of the application: names, and how secrets are kept."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from zhike.access.models import Person
from zhike.access.sealing import open_file, seal_file


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are encrypted as protected values are; a person is called by her name and log-in, for there are no e-mails of people here."""

    def encrypt(self, text: str) -> str:
        """A secret as it is kept."""
        return base64.b64encode(seal_file(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """A secret as it is used; raises `CannotOpen`."""
        return open_file(base64.b64decode(encrypted_text)).decode()

    def get_totp_issuer(self) -> str:
        """What stands above the code in the telephone."""
        return settings.ZHIKE_BANK_NAME or "Zhike"

    def get_totp_label(self, user: Person) -> str:
        """What stands below it."""
        return user.login

    def get_public_key_credential_user_entity(self, user: Person) -> dict[str, Any]:
        """Whose passkey it is, as the telephone lists it."""
        return {**super().get_public_key_credential_user_entity(user), "display_name": user.name, "name": user.login}

    def _get_site_name(self) -> str:
        return self.get_totp_issuer()
