"""The sessions of the people who are logged in. What stands here opens nothing: a cookie's key is kept as its digest only."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now


class Session(AbstractBaseSession):
    """A session; `session_key` is the digest of the cookie's key. `person` is empty while somebody is on her way in."""

    person = models.ForeignKey("access.Person", models.CASCADE, null=True, related_name="+")
    way = models.TextField(default="", db_default="", help_text="how she came in: password, passkey, ldap, oidc, demo")
    address = models.GenericIPAddressField(null=True, help_text="from where she logged in")
    agent = models.TextField(default="", db_default="", help_text="what her browser calls itself")
    opened_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now(), help_text="kept once a minute")

    class Meta:
        indexes = [models.Index(fields=["person", "-seen_at"], name="session_person")]

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Not asked: the store knows its table."""
        raise NotImplementedError
