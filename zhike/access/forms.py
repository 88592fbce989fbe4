"""The forms of this area: plain ones; what is true of the data is decided by actions and the database."""

from __future__ import annotations

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from zhike.access.role_queries import role_choices
from zhike.access.rules import SHORTEST_PASSWORD


class LogInForm(forms.Form):
    """What is typed at log-in."""

    login = forms.CharField(max_length=200)
    password = forms.CharField(max_length=1000, strip=False)


class PersonForm(forms.Form):
    """A person as an administrator writes her; `login` only when she is added."""

    login = forms.CharField(label=_("Log-in name"), max_length=200, required=False)
    name = forms.CharField(label=_("Name"), max_length=200)
    role = forms.ChoiceField(label=_("Role"), choices=role_choices)
    staff_no = forms.CharField(label=_("Staff number"), max_length=200, required=False)
    password = forms.CharField(label=_("New password"), max_length=1000, strip=False, required=False)
    networks = forms.CharField(
        label=_("Comes only from these networks"),
        max_length=500,
        required=False,
        help_text=_("Such as 10.1.0.0/16 10.2.3.4; empty: as the role"),
    )
    is_active = forms.BooleanField(label=_("May log in"), required=False)
    why = forms.CharField(label=_("Why, where somebody else has to approve it"), max_length=2000, required=False)


class PasswordForm(forms.Form):
    """A new password for oneself."""

    old = forms.CharField(
        label=_("Present password"), max_length=1000, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label=_("New password"), max_length=1000, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=_("New password, again"), max_length=1000, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_again(self) -> str:
        """The same as `new`: what nobody sees is easily mistyped."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new"):
            raise forms.ValidationError(REASONS["differs"])
        return again


REASONS = {
    "taken": _("This log-in name is taken."),
    "unknown_role": _("There is no such role."),
    "unknown_employee": _("No employee has this staff number."),
    "too_short": format_lazy(_("A password has at least {count} characters."), count=SHORTEST_PASSWORD),
    "breached": _("This password stands on lists of stolen ones. Choose another."),
    "own_name": _("A password does not hold one's own log-in name."),
    "missing": _("This must not be empty."),
    "differs": _("This is not the same new password."),
    "wrong": _("This is not your present password."),
    "locked": _("Too many wrong passwords. Try again in 30 minutes, or ask an administrator for a new password."),
    "networks": _("Write networks like 10.1.0.0/16 or addresses like 10.2.3.4."),
    "no_role": _("The bank knows you, but none of your groups has a role here. Ask an administrator."),
    "unreachable": _("The bank's own log-in does not answer. Try again in a while, or ask an administrator."),
    "doubtful": _(
        "What came back from the bank's own log-in does not fit what was asked here, so nobody was let in. Begin again from this page; if it comes again, tell an administrator."
    ),
    "address": _("You cannot log in from this machine. Ask an administrator from where you may."),
    "idle": _("You were away for a while, so the session has ended. What you typed is kept; log in to go on."),
    "too_long": _("The session has reached its longest time. Log in to go on."),
    "password_apart": _("A role that has to be approved, and a password, are changed one after the other."),
    "yourself": _("Nobody takes her own right to manage people. Ask another administrator."),
}
