"""What the address of the customer list asks for, together with the view it stands in and how the person has that view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access.scope import Viewer, Where
from zhike.parties.cells import own_order
from zhike.parties.queries import View, Which
from zhike.workspace.columns import ListColumn, chosen, needs_of
from zhike.workspace.conditions import Refused, said_of
from zhike.workspace.looks import LIST, Look, looks
from zhike.workspace.queries import DESCENDING_FIRST, OF_ASSETS, SORTS, ListAsked, Sort

KINDS = (
    ("individual", gettext_lazy("Individuals")), ("sole_trader", gettext_lazy("Sole traders")), ("company", gettext_lazy("Companies")),
    ("institution", gettext_lazy("Institutions")), ("financial_institution", gettext_lazy("Financial institutions")),
    ("unincorporated", gettext_lazy("Branches without legal personality")),
)  # fmt: skip
STATUSES = (("customer", gettext_lazy("Customers")), ("prospect", gettext_lazy("Prospects")), ("former", gettext_lazy("Former customers")))
SORT_WORDS = (
    ("aum", gettext_lazy("Most assets first")),
    ("name", gettext_lazy("By name")),
    ("since", gettext_lazy("Longest with us first")),
    ("tier", gettext_lazy("Highest tier first")),
)
FIELDS = (
    "kind",
    "status",
    "q",
    "where",
    "sort",
    "order",
)  # of an address; what a saved view keeps, besides which customers it begins from


@dataclass(frozen=True)
class Lens:
    """The list as it is asked for: `state` is what a saved view would keep of it, `is_changed` whether its view says otherwise."""

    asked: ListAsked
    look: Look
    looks: Mapping[str, Look]
    columns: Sequence[ListColumn]
    state: Mapping[str, str]
    is_changed: bool
    employee_id: int | None = field(default=None)

    @property
    def query(self) -> str:
        """The address of this very list, without a cursor."""
        return urlencode(
            {"view": self.look.view, **{name: self.state.get(name, "") for name in FIELDS if self.state.get(name) or self.look.saved}}
        )


def lens(viewer: Viewer, query: Mapping[str, str], employee_id: int | None) -> Lens:
    """What the address asks for; what it cannot have falls back to what is there."""
    wanted = query.get("view", "")
    known = looks(viewer, wanted)
    always = [view for view, _title in always_there(viewer, employee_id)]
    if not wanted and query.get("q"):
        wanted = "all"
    if not wanted:
        wanted = next((look.view for look in known.values() if look.is_default), "")
    look = known.get(wanted) or Look(wanted)
    if not (look.saved or look.list_id or wanted in always or wanted == "all"):
        look = known.get(always[0]) or Look(always[0])
    kept = dict(look.saved.asked) if look.saved else {"view": look.view}
    state = kept | {name: query[name] for name in FIELDS if name in query}
    asked = asked_of(viewer, state, always, employee_id, query)
    columns = chosen(viewer, look.columns or (look.saved.columns if look.saved else ()))
    state = _shortest(state, asked)
    is_changed = bool(look.saved) and (state != _shortest(kept, asked) or _has_other_columns(look))
    return Lens(replace(asked, needs=needs_of(columns)), look, known, columns, state, is_changed, employee_id)


def _has_other_columns(look: Look) -> bool:
    return bool(look.saved and look.saved.is_hers and look.columns and list(look.columns) != list(look.saved.columns))


def _shortest(state: Mapping[str, str], asked: ListAsked) -> dict[str, str]:
    """Without what says nothing: empty values, and the order that goes without saying."""
    natural = "desc" if state.get("sort", asked.sort) in DESCENDING_FIRST else "asc"
    plain = {name: str(value) for name, value in state.items() if value}
    if plain.get("order") == natural:
        plain.pop("order")
    if plain.get("sort") == asked.sort and asked.sort == SORTS[0]:
        plain.pop("sort")
    return plain


def asked_of(
    viewer: Viewer, state: Mapping[str, str], always: Sequence[str], employee_id: int | None, query: Mapping[str, str]
) -> ListAsked:
    """What a state asks for; what it cannot have falls back to what is there. `query` carries the cursor."""
    base = state.get("view", "")
    number = LIST.fullmatch(base)
    view = base if base in always or base == "all" else "all" if number else always[0]
    also = on_list(int(number[1])) if number else None
    which = Which(
        cast(View, view), one_of(state, "kind", dict(KINDS)), one_of(state, "status", dict(STATUSES)), employee_id, also, also is not None
    )
    sorts = sorts_of(viewer)
    own = own_order(viewer, state.get("sort", ""))
    sort = own.name if own else one_of(state, "sort", dict.fromkeys(sorts)) or sorts[0]
    words = state.get("q", "").strip()[:80]
    cursors = query.get("after", ""), query.get("before", "")
    return ListAsked(which, words, sort, state.get("order", ""), *cursors, where=state.get("where", ""), own=own)


def on_list(list_id: int) -> Where:
    """The customers on one of the viewer's own lists; row security hides those of others."""
    return Where("p.id in (select m.party_id from workspace_listmember m where m.list_id = %(on_list)s)", {"on_list": list_id})


def sorts_of(viewer: Viewer) -> tuple[Sort, ...]:
    """The orders a viewer may ask for: one by assets would tell who has more."""
    return SORTS if viewer.may("accounts.read") else tuple(sort for sort in SORTS if sort not in OF_ASSETS)


def one_of(query: Mapping[str, str], name: str, known: Mapping[str, Any]) -> str:
    """A parameter, where it is one of these; else empty."""
    given = query.get(name, "")
    return given if given in known else ""


def always_there(viewer: Viewer, employee_id: int | None) -> list[tuple[str, str]]:
    """The views a viewer always has: her own book where she keeps one, all she sees where that is more, the pool where it is hers to give."""
    mine = [("mine", _("My customers"))] if employee_id and viewer.scope in ("own", "team") else []
    more = [] if viewer.scope == "own" else [("all", _("All I see"))]
    pool = [("pool", _("Without a manager"))] if viewer.scope in ("outlet", "subtree", "bank") else []
    return [*mine, *more, *pool] or [("all", _("All I see"))]


def title_of(viewer: Viewer, wanted: Lens) -> str:
    """What the list is called: its view's name, or the words of one that is always there."""
    return wanted.look.name or dict(always_there(viewer, wanted.employee_id)).get(wanted.look.view) or _("Customers")


def list_asked(viewer: Viewer, query: Mapping[str, str], employee_id: int | None) -> ListAsked:
    """Only what is asked of the list, for what needs no columns: counts, choices."""
    return lens(viewer, query, employee_id).asked


def in_words(state: Mapping[str, str], viewer: Viewer) -> str:
    """What narrows a list, for people: "Companies · Former customers · “wang” · AUM at least 500,000". Empty: nothing does."""
    parts = [
        str(dict(KINDS).get(state.get("kind", ""), "")),
        str(dict(STATUSES).get(state.get("status", ""), "")),
        f"“{state['q']}”" if state.get("q") else "",
        _condition_in_words(state.get("where", ""), viewer),
    ]
    return " · ".join(part for part in parts if part)


def _condition_in_words(condition: str, viewer: Viewer) -> str:
    try:
        return said_of(viewer, condition) if condition else ""
    except Refused as refused:
        return refused.problems[0].text
