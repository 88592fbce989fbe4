"""Finds the person of a session. Passwords are checked by `actions.log_in`, which also counts failures and writes the audit."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from zhike.access.models import Person


class Passwords(BaseBackend):
    """The one way in of part 1."""

    def get_user(self, user_id: int) -> Person | None:
        """The person with her employee record and unit, or None when she is gone, has left or is closed."""
        return Person.objects.select_related("employee__unit").filter(pk=user_id, is_active=True, has_left=False).first()
