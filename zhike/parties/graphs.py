"""A neighbourhood as the relations panel draws it: nodes and arrows for the script, filters, and every link in words beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from zhike.core import money
from zhike.parties.labels import Words
from zhike.parties.network import Edge, LinkKind, Neighbourhood, Node

STEPS = {"1": gettext_lazy("One step"), "2": gettext_lazy("Two steps"), "3": gettext_lazy("Three steps")}
KIND_WORDS: Mapping[LinkKind, Words] = {
    "family": gettext_lazy("Family"), "ownership": gettext_lazy("Ownership and control"), "guarantee": gettext_lazy("Guarantees"),
    "payroll": gettext_lazy("Employment"), "other": gettext_lazy("Business and other"),
}  # fmt: skip


@dataclass(frozen=True)
class Filter:
    """One kind of link that the graph holds, to be shown or left out."""

    kind: str
    word: Words
    count: int


@dataclass(frozen=True)
class InWords:
    """One arrow as a line of the list: `source` is `word` of `target`."""

    source: Node
    target: Node
    kind: str
    word: Words
    share: Any


@dataclass(frozen=True)
class Graph:
    """parties/_graph.html. `description` is what graph.js draws; `sentence` what it says to whom does not see it; `hidden`: links that lead
    to parties outside the viewer's scope."""

    description: Mapping[str, Any]
    sentence: str
    filters: Sequence[Filter]
    links: Sequence[InWords]
    hidden: int
    is_cut: bool
    party_id: int
    steps: str
    on: date | None

    @property
    def has_owners(self) -> bool:
        """Whether somebody owns or controls somebody in it, so that layers say something."""
        return any(one.kind == "ownership" for one in self.filters)

    @property
    def is_layered(self) -> bool:
        """A company with owners or holdings is drawn in layers to begin with."""
        centre = next((node for node in self.description["nodes"] if node["step"] == 0), None)
        return self.has_owners and centre is not None and centre["look"] == "firm"

    @property
    def choices(self) -> Sequence[tuple[str, Words]]:
        return list(STEPS.items())


def drawn(around: Neighbourhood, party_id: int, *, steps: int, on: date | None) -> Graph:
    """A neighbourhood as a graph; parties outside the viewer's scope become one nameless node at each party they are linked to."""
    counted = Counter(edge.kind for edge in around.edges)
    filters = [Filter(kind, word, counted[kind]) for kind, word in KIND_WORDS.items() if counted[kind]]
    known = around.by_id
    links = [InWords(known[edge.source], known[edge.target], edge.kind, edge.word, edge.share) for edge in around.edges]
    links.sort(key=lambda link: min(link.source.step, link.target.step))
    nodes = [_node(node) for node in around.nodes] + [_masked(at, count) for at, count in around.hidden.items()]
    edges = _arrows(around.edges) + [_to_masked(at) for at in around.hidden]
    sentence = ngettext("%(n)s party over %(steps)s", "%(n)s parties over %(steps)s", len(around.nodes)) % {
        "n": len(around.nodes), "steps": str(STEPS[str(steps)]).lower(),
    }  # fmt: skip
    return Graph(
        {"nodes": nodes, "edges": edges}, sentence, filters, links, sum(around.hidden.values()), around.is_cut, party_id, str(steps), on
    )  # fmt: skip


def _node(node: Node) -> dict[str, Any]:
    look = "person" if node.kind in ("individual", "sole_trader") else "firm"
    return {"id": f"n{node.id}", "name": node.name, "look": look, "step": node.step, "href": reverse("customer", args=[node.id])}


def _masked(at: int, count: int) -> dict[str, Any]:
    words = ngettext("%(n)s not among the customers you see", "%(n)s not among the customers you see", count) % {"n": count}
    return {"id": f"m{at}", "name": words, "look": "masked", "step": 9, "href": ""}


def _arrows(edges: Iterable[Edge]) -> list[dict[str, Any]]:
    """One arrow for all that one is to another within a kind."""
    words: dict[tuple[int, int, str], list[str]] = {}
    for edge in edges:
        share = "" if edge.share is None else " " + money.percent(edge.share, 1)
        words.setdefault((edge.source, edge.target, edge.kind), []).append(f"{edge.word}{share}")
    return [
        {"source": f"n{source}", "target": f"n{target}", "kind": kind, "word": " · ".join(said)}
        for (source, target, kind), said in words.items()
    ]  # fmt: skip


def _to_masked(at: int) -> dict[str, Any]:
    return {"source": f"m{at}", "target": f"n{at}", "kind": "masked", "word": ""}
