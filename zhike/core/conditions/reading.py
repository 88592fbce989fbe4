"""Reading a stored condition strictly: what is not exactly right is refused, every fault with its place and in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _

from zhike.core.conditions.fields import Catalogue, Field, Relation
from zhike.core.conditions.kinds import operator
from zhike.core.conditions.trees import (
    JOINERS,
    LONGEST_STORED,
    MOST_DEPTH,
    MOST_NODES,
    VERSION,
    Check,
    Group,
    Has,
    Node,
    Value,
)
from zhike.core.conditions.values import Fault, value_of

MOST_RELATED = 10_000
_NOWHERE = Group("any")  # stands where a fault was found


@dataclass(frozen=True)
class Problem:
    """One fault. `path` leads there in the stored form's `where`: ("all", 0, "value"); `right`: the permission whose lack is the fault."""

    path: tuple[str | int, ...]
    text: str
    right: str = ""

    @property
    def at(self) -> str:
        """The node it concerns, by which an editor finds its row: "0.1" is the second in the first group, "" the whole."""
        return ".".join(str(step) if isinstance(step, int) else "w" for step in self.path if isinstance(step, int) or step == "where")


class Refused(BadRequest):
    """A condition that cannot be used as it stands. A view that does not say it itself answers 400."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"/{'/'.join(map(str, problem.path))}: {problem.text}" for problem in problems))
        self.problems = tuple(problems)


def read_text(text: str, catalogue: Catalogue) -> Node:
    """The condition in a text of JSON. Raises Refused."""
    if len(text) > LONGEST_STORED:
        raise Refused([Problem((), _("the condition is too long"))])
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused([Problem((), _("this is not a condition: the link may have been cut off"))]) from None
    return read(given, catalogue)


def read(given: Any, catalogue: Catalogue) -> Node:
    """The condition in a stored form, for one reader's catalogue. Raises Refused with all its faults at once."""
    if not isinstance(given, dict) or set(given) != {"version", "where"}:
        raise Refused([Problem((), _("this is not a condition: the link may have been cut off"))])
    if given["version"] != VERSION or isinstance(given["version"], bool):
        raise Refused([Problem((), _("this condition was made by another version of Zhike; make it anew"))])
    reading = _Reading()
    found = reading.node(given["where"], catalogue, (), 1)
    if reading.problems:
        raise Refused(reading.problems)
    return found


@dataclass
class _Reading:
    """One reading: the faults found so far, and how many nodes there were."""

    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def fault(self, path: tuple[str | int, ...], text: str, right: str = "") -> Node:
        self.problems.append(Problem(path, text, right))
        return _NOWHERE

    def node(self, given: Any, catalogue: Catalogue, path: tuple[str | int, ...], depth: int) -> Node:
        self.count += 1
        if self.count > MOST_NODES:
            return self.fault(path, _("at most %(n)s conditions") % {"n": MOST_NODES}) if self.count == MOST_NODES + 1 else _NOWHERE
        if depth > MOST_DEPTH:
            return self.fault(path, _("groups stand at most %(n)s deep") % {"n": MOST_DEPTH})
        if not isinstance(given, dict):
            return self.fault(path, _("a condition is missing here"))
        if "has" in given and set(given) <= {"has", "at_least", "at_most", "where"}:
            return self.has(given, catalogue, path, depth)
        if {"field", "op"} <= set(given) <= {"field", "op", "value"}:
            return self.check(given, catalogue, path)
        return self.group(given, catalogue, path, depth)

    def group(self, given: dict[str, Any], catalogue: Catalogue, path: tuple[str | int, ...], depth: int) -> Node:
        joiner = next((name for name in JOINERS if set(given) == {name}), None)
        if joiner is None or not isinstance(given[joiner], list):
            return self.fault(path, _("this is neither a condition nor a group"))
        inner = enumerate(given[joiner][: MOST_NODES + 1])
        return Group(joiner, tuple(self.node(one, catalogue, (*path, joiner, at), depth + 1) for at, one in inner))

    def check(self, given: dict[str, Any], catalogue: Catalogue, path: tuple[str | int, ...]) -> Node:
        known = self.known(given["field"], catalogue, (*path, "field"))
        if not isinstance(known, Field):
            return self.fault((*path, "field"), _("choose a field")) if known is not None else _NOWHERE
        way = operator(known.kind, given["op"]) if isinstance(given["op"], str) else None
        if way is None:
            return self.fault((*path, "op"), _("“%(field)s” cannot be compared this way") % {"field": known.title})
        try:
            value: Value = value_of(way.shape, given.get("value"), known)
        except Fault as fault:
            return self.fault((*path, "value"), f"{known.title}: {fault}")
        return Check(known.name, way.name, value)

    def has(self, given: dict[str, Any], catalogue: Catalogue, path: tuple[str | int, ...], depth: int) -> Node:
        known = self.known(given["has"], catalogue, (*path, "has"))
        if not isinstance(known, Relation):
            return self.fault((*path, "has"), _("choose what is counted")) if known is not None else _NOWHERE
        most = given.get("at_most")
        least = given.get("at_least", 1 if most is None else 0)
        for name, number in (("at_least", least), ("at_most", most)):
            if number is not None and not _is_count(number):
                return self.fault(
                    (*path, name), _("%(title)s: a whole number from 0 to %(most)s") % {"title": known.title, "most": f"{MOST_RELATED:,}"}
                )
        if least is None or (most is not None and least > most):
            return self.fault((*path, "at_most"), _("%(title)s: the first number is above the second") % {"title": known.title})
        where = self.node(given.get("where", {"all": []}), known.catalogue(), (*path, "where"), depth + 1)
        return Has(known.name, where, least, most)

    def known(self, name: Any, catalogue: Catalogue, path: tuple[str | int, ...]) -> Field | Relation | None:
        """What a name means to this reader; None: a fault has been noted."""
        if not isinstance(name, str) or not name:
            self.fault(path, _("choose a field"))
            return None
        if name in catalogue.closed:
            closed = catalogue.closed[name]
            self.fault(
                path,
                _("“%(field)s” needs the right “%(right)s”, which you do not hold") % {"field": closed.title, "right": closed.permission},
                closed.permission,
            )
            return None
        found = catalogue.fields.get(name) or catalogue.relations.get(name)
        if found is None:
            self.fault(path, _("there is no field “%(name)s”") % {"name": name[:60]})
        return found


def _is_count(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MOST_RELATED


def names_of(given: Any) -> Iterator[str]:
    """Every field and relation that a stored form names, readable or not: which conditions would a change of a field touch?"""
    if isinstance(given, dict):
        yield from (given[key] for key in ("field", "has") if isinstance(given.get(key), str))
        for inner in given.values():
            yield from names_of(inner)
    elif isinstance(given, list):
        for inner in given:
            yield from names_of(inner)
