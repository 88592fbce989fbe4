"""The form of a declared field, as an administrator writes it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.parties import labels
from zhike.parties.declaring import FieldGiven
from zhike.parties.field_types import Choice, Definition
from zhike.parties.models import Party

REASONS = {
    "bad_name": _("Small Latin letters, digits and underscores, beginning with a letter, at most 40."),
    "taken": _("A field of this name exists already, perhaps a retired one."),
    "unknown": _("Choose one of the list."),
    "missing": _("This must not be empty."),
    "secret": _("This would hold what authenticates a customer, such as a password or a card's security code. It is kept nowhere."),
    "credit_report": _("What the credit bureau tells was asked for a loan and may not be used for anything else. It is not kept here."),
    "few_choices": _("Write two choices or more, one a line."),
    "same_choice": _("Two choices have the same value."),
    "no_index": _("Texts of several lines cannot be indexed."),
}
_SEPARATOR = re.compile(r"\s*[|｜]\s*")


class FieldForm(forms.Form):
    """`name` and `type` are asked only while the field is declared: values will stand under them."""

    label_zh = forms.CharField(label=_("Name in Chinese"), max_length=60)
    label_en = forms.CharField(label=_("Name in English"), max_length=60)
    name = forms.CharField(
        label=_("Name for machines"), max_length=40, required=False, help_text=_("Stands in files, filters and the API, and never changes.")
    )
    type = forms.ChoiceField(label=_("What it holds"), choices=list(labels.FIELD_TYPES.items()), required=False)
    choices = forms.CharField(
        label=_("Choices"), required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line: value | 中文 | English. Take a line away and nobody can choose it any more."),
    )  # fmt: skip
    group = forms.ChoiceField(label=_("Stands under"), choices=list(labels.FIELD_GROUPS.items()))
    kinds = forms.MultipleChoiceField(
        label=_("For"), choices=Party.Kind.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: for everybody.")
    )  # fmt: skip
    help_zh = forms.CharField(label=_("What to write, in Chinese"), max_length=200, required=False)
    help_en = forms.CharField(label=_("What to write, in English"), max_length=200, required=False)
    protection = forms.ChoiceField(
        label=_("Protection"), choices=[("C1", _("C1: whoever sees the customer")), ("C2", _("C2: personal, whoever may read contact details"))]
    )  # fmt: skip
    is_required = forms.BooleanField(label=_("May not be left empty once its form is filled in"), required=False)
    is_indexed = forms.BooleanField(
        label=_("Indexed: often filtered or sorted by"), required=False,
        help_text=_("Filters stay fast over the whole bank, and lists can be sorted by it. The index is made in the background."),
    )  # fmt: skip
    place = forms.IntegerField(label=_("Order"), min_value=0, max_value=100_000, required=False)

    def given(self) -> FieldGiven:
        """What was written, as the action takes it."""
        words: dict[str, Any] = {**self.cleaned_data, "place": self.cleaned_data["place"] or 0}
        return FieldGiven(**{**words, "choices": choices_from(words["choices"]), "kinds": tuple(words["kinds"])})


def choices_from(text: str) -> list[dict[str, str]]:
    """Choices from lines "value | 中文 | English"; a line with one word is value and both names."""
    parts = [_SEPARATOR.split(line.strip()) for line in text.splitlines() if line.strip()]
    return [{"value": line[0], "zh": line[1] if len(line) > 1 else line[0], "en": line[2] if len(line) > 2 else line[-1]} for line in parts]


def choices_to(choices: list[Choice] | tuple[Choice, ...]) -> str:
    """The same lines from choices."""
    return "\n".join(f"{choice.value} | {choice.zh} | {choice.en}" for choice in choices)


def initial_of(definition: Definition, place: int) -> dict[str, Any]:
    """A field as its form shows it."""
    plain = {
        key: getattr(definition, key)
        for key in ("label_zh", "label_en", "name", "type", "group", "help_zh", "help_en", "protection", "is_required", "is_indexed")
    }
    return {**plain, "kinds": list(definition.kinds), "choices": choices_to(tuple(definition.choices)), "place": place}
