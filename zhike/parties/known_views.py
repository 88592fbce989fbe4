"""The panel of what Zhike knows about a party, its forms, conflicts, undo and history. Each part is a fragment with an address of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import is_fragment
from zhike.core.words import language
from zhike.parties import declared, keeping, labels, queries
from zhike.parties.declared import Fact, Known
from zhike.parties.field_types import Definition
from zhike.parties.keeping import Choice
from zhike.parties.labels import Words

PREFIX = "v-"  # before the name of a field in a form
CHOSEN = "choose-"  # before it where somebody chose about a conflict


@dataclass(frozen=True)
class KnownPanel:
    """parties/_known.html. `may_edit`: the values open as forms."""

    known: Known
    party_id: int
    may_edit: bool


@dataclass(frozen=True)
class Offered:
    """A choice of a form."""

    value: str
    word: Words
    is_chosen: bool


@dataclass(frozen=True)
class Given:
    """A field of a form: what is typed in it, what is wrong with it, what somebody else wrote meanwhile."""

    fact: Fact
    texts: Sequence[str]
    error: Words = ""
    conflict: keeping.Conflict | None = None
    theirs: str = ""
    mine: str = ""
    picked: str = ""  # the name of the customer that is chosen

    @property
    def id(self) -> str:
        """The id of its input."""
        return f"known-{self.fact.definition.name}"

    @property
    def name(self) -> str:
        """Its name in the form."""
        return f"{PREFIX}{self.fact.definition.name}"

    @property
    def text(self) -> str:
        """What is typed, where that is one text."""
        return self.texts[0] if self.texts else ""

    @property
    def choices(self) -> Sequence[Offered]:
        """What may be chosen."""
        if self.fact.definition.type == "yes_no":
            return [Offered("yes", _("Yes"), self.text == "yes"), Offered("no", _("No"), self.text == "no")]
        words = language()
        return [
            Offered(choice.value, choice.zh if words == "zh" else choice.en, choice.value in self.texts)
            for choice in self.fact.definition.choices
        ]


@dataclass(frozen=True)
class KnownForm:
    """parties/_known_form.html. `scope`: which fields it holds, as the address says it; `draft`: the name under which the browser keeps it."""

    fields: Sequence[Given]
    version: int
    party_id: int
    scope: str
    title: Words
    draft: str

    @property
    def asked(self) -> Sequence[Sequence[str]]:
        """What the address of this form asked for, to be sent with it."""
        return [self.scope.split("=", 1)] if self.scope else []

    @property
    def single(self) -> str:
        """The name of its one field; empty for a group."""
        return self.scope.removeprefix("field=") if self.scope.startswith("field=") else ""

    @property
    def is_conflict(self) -> bool:
        return any(given.conflict for given in self.fields)

    @property
    def who(self) -> str:
        """Who saved meanwhile."""
        return "、".join(dict.fromkeys(given.conflict.by for given in self.fields if given.conflict))


@require_http_methods(["GET", "POST"])
def known(request: ViewerRequest, party_id: int) -> HttpResponse:
    """What is known; a POST keeps what was typed: 409 with both values where somebody else saved meanwhile, 422 where a text is no value."""
    party = queries.party(request.viewer, party_id)
    require(request.viewer, "customers.read")
    if request.method == "POST":
        return _save(request, party_id, party.kind)
    return _panel(request, party_id, party.kind)


def _panel(request: ViewerRequest, party_id: int, kind: str) -> HttpResponse:
    panel = KnownPanel(declared.known(request.viewer, party_id, kind), party_id, request.viewer.may("customers.edit"))
    return render(request, "parties/_known.html", vars(panel))


@require_GET
def form(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The form of one field (`field`) or of a group of them (`group`)."""
    party = queries.party(request.viewer, party_id)
    require(request.viewer, "customers.edit")
    now = declared.known(request.viewer, party_id, party.kind)
    scope, facts = _asked(now, request.GET)
    if not facts:
        return HttpResponseBadRequest()
    fields = [Given(fact, _typed(fact.definition, fact.value), picked=_picked(fact)) for fact in facts]
    return render(request, "parties/_known_form.html", {"form": _form(fields, now.version, party_id, scope)})


@require_GET
def history(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Every value that a field had, with who wrote it; each can be taken back."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    name = request.GET.get("field", "")
    changes = declared.value_changes(request.viewer, party_id, name=name) if name else []
    context = {"changes": changes, "party_id": party_id, "may_edit": request.viewer.may("customers.edit")}
    return render(request, "parties/_known_history.html", context)


@require_POST
def restore(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Take back a save (`version`), or give a field an old value again (`change`, `side`)."""
    party = queries.party(request.viewer, party_id)
    require(request.viewer, "customers.edit")
    version, change = (request.POST.get(name, "") for name in ("version", "change"))
    if version.isdigit():
        ids = keeping.changes_of_version(request.viewer, party_id, int(version))
    else:
        ids = [int(change)] if change.isdigit() else []
    side: Any = "after" if request.POST.get("side") == "after" else "before"
    saved = keeping.restore_values(actor=request.viewer, at=timezone.now(), party_id=party_id, change_ids=ids, side=side)
    if not is_fragment(request):
        return redirect("customer", party_id)
    told = _("Undone") if version else _("The old value holds again")
    return _told(_panel(request, party_id, party.kind), told, party_id, saved)


def _save(request: ViewerRequest, party_id: int, kind: str) -> HttpResponse:
    require(request.viewer, "customers.edit")
    names = request.POST.getlist("has")
    given = {name: request.POST.getlist(PREFIX + name) for name in names}
    chosen = {name: cast(Choice, text) for name in names if (text := request.POST.get(CHOSEN + name, "")) in ("mine", "theirs", "both")}
    version = request.POST.get("version", "")
    try:
        saved = keeping.save_values(
            actor=request.viewer, at=timezone.now(), party_id=party_id, version=int(version) if version.isdigit() else 0, given=given,
            chosen=chosen,
        )  # fmt: skip
    except keeping.ValuesRefused as wrong:
        return _again(request, party_id, kind, given, wrong.reasons, (), 422)
    except keeping.ValuesConflict as met:
        return _again(request, party_id, kind, given, {}, met.conflicts, 409)
    if not is_fragment(request):
        return redirect("customer", party_id)
    told = ngettext("Saved: %(n)s fact", "Saved: %(n)s facts", len(saved.fields)) % {"n": len(saved.fields)}
    return _told(_panel(request, party_id, kind), told if saved.fields else _("Nothing was different"), party_id, saved)


def _told(response: HttpResponse, text: str, party_id: int, saved: keeping.Saved) -> HttpResponse:
    """The answer with what a person is told: a toast, with an undo where something was done."""
    undo = {"url": reverse("customer-known-restore", args=[party_id]), "values": {"version": saved.version}, "into": "#known"}
    toast = {"text": text, "target": "body", **({"tone": "dark", "undo": undo} if saved.fields else {})}
    response["HX-Trigger"] = json.dumps({"zk-toast": toast, "zk-kept": {"target": "body"}})
    return response


def _again(
    request: ViewerRequest, party_id: int, kind: str, given: Mapping[str, Sequence[str]], reasons: Mapping[str, str],
    conflicts: Sequence[keeping.Conflict], status: int,
) -> HttpResponse:  # fmt: skip
    """The form as it was typed, with what is wrong or was written meanwhile; where there is a conflict it now stands on the new version."""
    now = declared.known(request.viewer, party_id, kind)
    met = {conflict.definition.name: conflict for conflict in conflicts}
    version = request.POST.get("version", "0")
    keys = [texts[0] for name, texts in given.items() if name in now.facts and now.facts[name].definition.type == "customer" and texts]
    chosen = queries.names(request.viewer, [int(key) for key in keys if key.isdecimal() and len(key) < 19]) if keys else {}
    fields = [
        Given(
            fact,
            texts,
            labels.REFUSALS.get(reasons.get(name, ""), ""),
            met.get(name),
            *_in_words(met.get(name)),
            _picked(fact, chosen, texts),
        )
        for name, texts in given.items()
        if (fact := now.facts.get(name))
    ]
    scope, _facts = _asked(now, request.POST)
    made = _form(fields, int(version) if version.isdigit() else 0, party_id, scope)
    return render(request, "parties/_known_again.html", {"form": made}, status=status)


def _picked(fact: Fact, names: Mapping[int, str] | None = None, texts: Sequence[str] = ()) -> str:
    """The name of the customer that a field points to: the one typed where that is another than what is kept."""
    if fact.definition.type != "customer" or names is None or not texts or texts[0] == str(fact.value):
        return fact.shown if fact.definition.type == "customer" else ""
    return next((name for key, name in names.items() if str(key) == texts[0]), "")


def _in_words(conflict: keeping.Conflict | None) -> tuple[str, str]:
    if conflict is None:
        return "", ""
    return declared.in_words(conflict.definition, conflict.theirs), declared.in_words(conflict.definition, conflict.mine)


def _form(fields: Sequence[Given], version: int, party_id: int, scope: str) -> KnownForm:
    kind, _colon, name = scope.partition("=")
    title = labels.FIELD_GROUPS.get(name, "") if kind == "group" else fields[0].fact.label if fields else ""
    return KnownForm(fields, version, party_id, scope, title, f"known:{party_id}:{scope}")


def _asked(known_: Known, query: Mapping[str, str]) -> tuple[str, Sequence[Fact]]:
    """Which fields the address asks for, and how it says so."""
    group = next((group for group in known_.groups if group.code == query.get("group", "")), None)
    if group:
        return f"group={group.code}", group.facts
    fact = known_.facts.get(query.get("field", ""))
    return (f"field={fact.definition.name}", [fact]) if fact else ("", [])


def _typed(definition: Definition, value: Any) -> list[str]:
    """A kept value as somebody would type it."""
    if value is None:
        return []
    if definition.type == "yes_no":
        return ["yes" if value else "no"]
    return list(value) if isinstance(value, list) else [str(value)]
