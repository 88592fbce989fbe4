"""Pages of the declared fields: the list of all, and one field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, answer
from zhike.core.words import language
from zhike.parties import declared, declaring, labels
from zhike.parties.declared import definition_of
from zhike.parties.field_forms import REASONS, FieldForm, initial_of
from zhike.parties.field_types import GROUPS, WITH_CHOICES, Definition
from zhike.parties.labels import Words
from zhike.parties.models import DeclaredField, Party


@dataclass(frozen=True)
class FieldLine:
    """A field in the list."""

    definition: Definition
    label: str
    type: Words
    kinds: str
    is_builtin: bool


@dataclass(frozen=True)
class FieldsPage:
    """parties/fields.html: the fields group by group, those in use first; retired ones apart."""

    title: str
    crumbs: Sequence[Crumb]
    groups: Sequence[tuple[Words, Sequence[FieldLine]]]
    retired: Sequence[FieldLine]


@dataclass(frozen=True)
class FieldPage:
    """parties/field.html: `field` None while one is declared."""

    title: str
    crumbs: Sequence[Crumb]
    form: FieldForm
    field: Definition | None
    has_choices: bool
    index_error: str


@require_GET
def fields(request: ViewerRequest) -> HttpResponse:
    """All fields."""
    require(request.viewer, "fields.manage")
    lines = [_line(row) for row in declared.field_rows(request.viewer)]
    groups = [
        (labels.FIELD_GROUPS[code], found)
        for code in GROUPS
        if (found := [line for line in lines if line.definition.group == code and not line.definition.is_retired])
    ]
    page = FieldsPage(_("Fields"), [Crumb(_("Fields"))], groups, [line for line in lines if line.definition.is_retired])
    return answer(request, "parties/fields.html", vars(page))


@require_http_methods(["GET", "POST"])
def field_new(request: ViewerRequest) -> HttpResponse:
    """Declare a field."""
    require(request.viewer, "fields.manage")
    form = FieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = declaring.declare_field(actor=request.viewer, at=timezone.now(), given=form.given())
        except declaring.FieldRefused as wrong:
            form.add_error(wrong.field, str(REASONS[wrong.reason]))
        else:
            messages.success(request, _("“%(name)s” is there now, in forms and on pages.") % {"name": definition_of(row).label(language())})
            return redirect("fields")
    return _field_page(request, form, None)


@require_http_methods(["GET", "POST"])
def field_edit(request: ViewerRequest, name: str) -> HttpResponse:
    """Change a field, retire it, bring it back, or try again to index it (`act`)."""
    require(request.viewer, "fields.manage")
    row = declared.field_rows(request.viewer).filter(name=name).first()
    if row is None:
        raise Http404
    field = definition_of(row)
    if request.POST.get("act") == "index":
        declaring.index_field(actor=request.viewer, at=timezone.now(), name=name, indexed=True)
        return redirect("field-edit", name)
    if request.POST.get("act") in ("retire", "return"):
        declaring.retire_field(actor=request.viewer, at=timezone.now(), name=name, retired=request.POST["act"] == "retire")
        return redirect("fields")
    form = FieldForm(request.POST or None, initial=initial_of(field, row.place))
    if request.method == "POST" and form.is_valid():
        try:
            declaring.change_field(actor=request.viewer, at=timezone.now(), name=name, given=form.given())
        except declaring.FieldRefused as wrong:
            form.add_error(wrong.field, str(REASONS[wrong.reason]))
        else:
            messages.success(request, _("Saved: %(name)s.") % {"name": field.label(language())})
            return redirect("fields")
    return _field_page(request, form, field, row.index_error)


@require_GET
def field_index(request: ViewerRequest, name: str) -> HttpResponse:
    """How far the index of a field is; asked again and again while it is being made or dropped."""
    require(request.viewer, "fields.manage")
    row = declared.field_rows(request.viewer).filter(name=name).first()
    if row is None:
        raise Http404
    return render(request, "parties/_field_index.html", {"field": definition_of(row), "index_error": row.index_error})


def _field_page(request: ViewerRequest, form: FieldForm, field: Definition | None, index_error: str = "") -> HttpResponse:
    title = field.label(language()) if field else _("Declare a field")
    has_choices = field is None or field.type in WITH_CHOICES
    page = FieldPage(title, [Crumb(_("Fields"), reverse("fields")), Crumb(title)], form, field, has_choices, index_error)
    return answer(request, "parties/field.html", vars(page), status=422 if form.errors else 200)


def _line(row: DeclaredField) -> FieldLine:
    words = dict(Party.Kind.choices)
    kinds = ("、" if language() == "zh" else ", ").join(str(words[kind]) for kind in row.kinds)
    definition = definition_of(row)
    return FieldLine(definition, definition.label(language()), labels.FIELD_TYPES[definition.type], kinds, row.is_builtin)
