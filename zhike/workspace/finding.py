"""What the search that opens everywhere answers: customers, pages, people and acts, each only where the viewer may. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from zhike.access import queries as access
from zhike.access.scope import Viewer
from zhike.core.pages import NavItem, Words, address, navigation
from zhike.holdings import queries as holdings
from zhike.parties import queries as parties
from zhike.parties import searching
from zhike.parties.rules import name_tokens
from zhike.workspace.models import Visit

MOST_CUSTOMERS = 8
MOST_OTHERS = 5


@dataclass(frozen=True)
class Act:
    """Something that can be done from any page. `press`: the control of the page that does it; else `url_name` leads there."""

    title: Words
    icon: str
    url_name: str = ""
    permission: str = ""
    press: str = ""


ACTS = (
    Act(gettext_lazy("Add a person"), "user-plus", "person-new", "people.manage"),
    Act(gettext_lazy("Change my password"), "key", "profile"),
    Act(gettext_lazy("Look by day"), "sun", press='[data-zk-choice="theme"] [value="light"]'),
    Act(gettext_lazy("Look by night"), "moon", press='[data-zk-choice="theme"] [value="dark"]'),
    Act(gettext_lazy("In English"), "language", press='[name="language"][value="en"]'),
    Act(gettext_lazy("In Chinese"), "language", press='[name="language"][value="zh-hans"]'),
    Act(gettext_lazy("Keys of this page"), "keyboard", press="[data-zk-keys]"),
    Act(gettext_lazy("Log out"), "logout", press='form[action$="logout/"] [type="submit"]'),
)
_MY_PAGE = NavItem(gettext_lazy("Who I am here"), "id", "profile")


@dataclass(frozen=True)
class Hit:
    """One line of the answer. `said`: what was found, in words; `note`: who or where it is; `mark`: an icon at the end."""

    title: Words
    icon: str
    url: str = ""
    press: str = ""
    said: str = ""
    note: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Group:
    """The lines of one kind under their heading."""

    name: str
    title: str
    hits: Sequence[Hit]


def found(viewer: Viewer, words: str) -> list[Group]:
    """Everything the words find, customers first; without words what she pinned and opened last, her pages and acts."""
    if not words:
        groups = [*hers(viewer), Group("pages", _("Pages"), pages(viewer, "")), Group("acts", _("Acts"), acts(viewer, ""))]
    else:
        groups = [
            Group("customers", _("Customers"), customers(viewer, words)),
            Group("pages", _("Pages"), pages(viewer, words)),
            Group("people", _("People"), people(viewer, words)),
            Group("acts", _("Acts"), acts(viewer, words)),
        ]
    return [group for group in groups if group.hits]


def customers(viewer: Viewer, words: str) -> list[Hit]:
    """The best eight customers within the viewer's scope, her own book first; what was found is said. The last line leads to the list."""
    if not viewer.may("customers.read"):
        return []
    hits = {hit.party_id: hit for hit in searching.find(viewer, words, most=MOST_CUSTOMERS)}
    if len(hits) < MOST_CUSTOMERS:
        for key in holdings.parties_by_number(viewer, words, most=MOST_CUSTOMERS):
            hits.setdefault(key, searching.Found(key, "account_no"))
    keys = list(hits)[:MOST_CUSTOMERS]
    shown = [_customer(line, _said(hits[line.id].matched, words), hits[line.id].is_hers) for line in parties.lines(viewer, keys)]
    if len(keys) < MOST_CUSTOMERS:
        return shown
    return [*shown, Hit(_("All that is found, as a list"), "list", f"{reverse('customers')}?{urlencode({'q': words})}")]


def _customer(line: parties.Line, said: str = "", is_hers: bool = False, mark: str = "") -> Hit:
    where = [line.phone.masked if line.phone else "", line.customer_no, _("in my book") if is_hers else line.rm or line.unit]
    return Hit(line.name, line.icon, reverse("customer", args=[line.id]), "", said, " · ".join(part for part in where if part), mark)


def _said(matched: str, words: str) -> str:
    """What was found, where the name does not say it. Of a number the last four, which whoever searches has typed."""
    if matched in ("name", "begins"):
        return ""
    if matched == "near":
        return _("a similar name")
    if matched == "customer_no":
        return _("customer number")
    if matched == "email":
        return _("e-mail")
    ending = {"end": words.replace(" ", "")[-4:]}
    if matched == "id_no":
        return _("ID ending %(end)s") % ending
    return (_("account or card ending %(end)s") if matched == "account_no" else _("phone ending %(end)s")) % ending


def hers(viewer: Viewer) -> list[Group]:
    """The customers she pinned and those she opened last, as far as she still sees them."""
    if not viewer.may("customers.read"):
        return []
    visits = Visit.objects.seen_by(viewer)
    pinned = list(visits.filter(pinned_at__isnull=False).order_by("-pinned_at", "pk").values_list("party_id", flat=True)[:MOST_CUSTOMERS])
    recent = list(visits.filter(pinned_at=None).order_by("-opened_at", "pk").values_list("party_id", flat=True)[:MOST_OTHERS])
    lines = {line.id: line for line in parties.lines(viewer, [*pinned, *recent])}
    return [
        Group("pinned", _("Pinned"), [_customer(lines[key], mark="star") for key in pinned if key in lines]),
        Group("recent", _("Opened last"), [_customer(lines[key]) for key in recent if key in lines]),
    ]


def pages(viewer: Viewer, words: str) -> list[Hit]:
    """The pages of the side bar that she may open, and her own."""
    items = [item for group in navigation() for item in group.items] + [_MY_PAGE]
    return [
        Hit(item.title, item.icon, url)
        for item in items
        if (not item.permission or viewer.may(item.permission)) and (url := address(item.url_name)) and _fits(item.title, words)
    ]


def acts(viewer: Viewer, words: str) -> list[Hit]:
    """What can be done from any page."""
    return [
        Hit(act.title, act.icon, address(act.url_name) if act.url_name else "", act.press)
        for act in ACTS
        if (not act.permission or viewer.may(act.permission)) and _fits(act.title, words)
    ]


def people(viewer: Viewer, words: str) -> list[Hit]:
    """People who may log in, for whom she manages; nobody for anybody else."""
    if not viewer.may("people.manage"):
        return []
    rows = access.people(viewer, words=words).order_by("login")[:MOST_OTHERS]
    return [
        Hit(row.name, "user-circle", reverse("person-edit", args=[row.pk]), note=f"{row.login} · {row.get_role_display()}") for row in rows
    ]


def _fits(title: Words, words: str) -> bool:
    """Whether every word begins a word, a spelling or the initials of the title in either language, or stands in it."""
    if not words:
        return True
    texts = []
    for code in ("en", "zh-hans"):
        with override(code):
            texts.append(str(title))
    spelled = _spellings(*texts)
    return all(any(token.startswith(word) or word in token for token in spelled) for word in words.lower().split())


@lru_cache(maxsize=500)
def _spellings(*texts: str) -> tuple[str, ...]:
    return tuple({text.lower() for text in texts} | {token for text in texts for token in name_tokens(text)})
