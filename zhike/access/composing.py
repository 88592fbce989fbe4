"""What a role is composed of, as its page shows it: whose customers, which classes of fields, and a grid of areas by acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from zhike.access.rules import BREADTHS, Role, known_permissions
from zhike.core.pages import Words

SCOPES: Mapping[str, Words] = {
    "participant": _("only customers she was let in to"),
    "own": _("her own book"),
    "team": _("her team's books"),
    "outlet": _("her own unit"),
    "unit": _("her unit and all below it"),
    "bank": _("the whole bank"),
}


@dataclass(frozen=True)
class Level:
    """How much of a class of fields a role shows: `permissions` are all that this level holds of the class."""

    name: str
    word: Words
    permissions: frozenset[str]


@dataclass(frozen=True)
class FieldClass:
    """A class of fields, from hidden to clear."""

    name: str
    word: Words
    levels: tuple[Level, ...]

    @property
    def permissions(self) -> frozenset[str]:
        return frozenset().union(*(level.permissions for level in self.levels))

    def level_of(self, permissions: Iterable[str]) -> Level:
        """The most that these permissions open of it."""
        held = frozenset(permissions)
        return [level for level in self.levels if level.permissions <= held][-1]


def _class(name: str, word: Words, *levels: tuple[str, Words, tuple[str, ...]]) -> FieldClass:
    return FieldClass(name, word, tuple(Level(key, said, frozenset(held)) for key, said, held in levels))


CLASSES: tuple[FieldClass, ...] = (
    _class(
        "contacts", _("Phones, addresses, identity documents"), ("hidden", _("hidden"), ()), ("masked", _("masked"), ("contacts.read",)),
        ("reveal", _("masked, shown on a click with a purpose"), ("contacts.read", "contacts.reveal")),
    ),
    _class("accounts", _("Accounts, balances, assets"), ("hidden", _("hidden"), ()), ("shown", _("shown, numbers masked"), ("accounts.read",))),
    _class("transactions", _("Transactions and payroll"), ("hidden", _("hidden"), ()), ("shown", _("shown"), ("transactions.read",))),
    _class("interactions", _("Contacts with the customer"), ("hidden", _("hidden"), ()), ("shown", _("shown"), ("interactions.read",))),
)  # fmt: skip

AREAS: Mapping[str, Words] = {
    "approvals": _("Approvals"),
    "handovers": _("Hand-overs"),
    "audit": _("Audit"), "barriers": _("Special lists"), "batches": _("Data feeds"), "consents": _("Consents"), "corrections": _("Corrections"), "customers": _("Customers"),
    "deputies": _("Deputies"), "duplicates": _("Duplicates"), "fields": _("Fields"), "glass": _("Emergency access"), "interactions": _("Contacts with the customer"),
    "notes": _("Notes"), "organisation": _("Organisation"), "participants": _("Participants"), "people": _("People"), "privacy": _("Privacy"), "roles": _("Roles"),
    "insight": _("Customer value"), "tiers": _("Customer tiers"),
    "reports": _("Reports"), "scope": _("Scope"), "segments": _("Segments"), "teams": _("Service teams"), "tags": _("Tags"), "views": _("Views"), "webhooks": _("Calls out"),
}  # fmt: skip
ACTS: Mapping[str, Words] = {
    "read": _("read"), "edit": _("edit"), "write": _("write"), "export": _("export"), "import": _("import"), "merge": _("merge"), "decide": _("decide"),
    "load": _("load"), "manage": _("manage"), "share": _("share"), "explain": _("explain"), "grant": _("let in"), "break": _("open in an emergency"),
    "review": _("review"), "approve": _("approve"), "set": _("set the rules"), "override": _("override"),
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One permission in the grid."""

    permission: str
    word: Words
    is_held: bool


@dataclass(frozen=True)
class Line:
    """One area of the grid."""

    word: Words
    cells: Sequence[Cell]


def grid(held: Iterable[str]) -> list[Line]:
    """Every permission that no class of fields speaks for, by area."""
    has, classed = frozenset(held), frozenset().union(*(one.permissions for one in CLASSES))
    areas: dict[str, list[Cell]] = {}
    for permission in sorted(known_permissions() - classed):
        area, _dot, act = permission.partition(".")
        areas.setdefault(area, []).append(Cell(permission, ACTS.get(act, act), permission in has))
    return [Line(AREAS.get(area, area), cells) for area, cells in areas.items()]


def permission_word(permission: str) -> str:
    """A permission in words: what it is about and what may be done."""
    area, _dot, act = permission.partition(".")
    named = next((str(one.word) for one in CLASSES if permission in one.permissions), str(AREAS.get(area, area)))
    return f"{named}: {'…' if act == 'reveal' else ACTS.get(act, act)}" if act != "reveal" else f"{named}: {CLASSES[0].levels[-1].word}"


@dataclass(frozen=True)
class Difference:
    """One line of two roles side by side."""

    word: Words
    left: Words
    right: Words

    @property
    def differs(self) -> bool:
        return str(self.left) != str(self.right)


def compared(left: Role, right: Role) -> list[Difference]:
    """Two roles line by line: scope, classes of fields, permissions of either."""
    rows = [Difference(_("Whose customers"), SCOPES[left.scope], SCOPES[right.scope])]
    rows += [Difference(one.word, one.level_of(left.permissions).word, one.level_of(right.permissions).word) for one in CLASSES]
    for line in grid(()):
        for cell in line.cells:
            sides = [_("yes") if cell.permission in role.permissions else _("no") for role in (left, right)]
            if cell.permission in left.permissions | right.permissions:
                rows.append(Difference(permission_word(cell.permission), *sides))
    return rows


def permissions_from(classes: Mapping[str, str], ticked: Iterable[str]) -> tuple[str, ...]:
    """The permissions of a form: the chosen level of each class of fields (none: the lowest), and what is ticked in the grid."""
    chosen: set[str] = set()
    for one in CLASSES:
        level = next((level for level in one.levels if level.name == classes.get(one.name)), one.levels[0])
        chosen |= level.permissions
    classed = frozenset().union(*(one.permissions for one in CLASSES))
    return tuple(sorted(chosen | ((set(ticked) & known_permissions()) - classed)))


SCOPE_CHOICES: tuple[tuple[str, Words], ...] = tuple((breadth, SCOPES[breadth]) for breadth in BREADTHS)
