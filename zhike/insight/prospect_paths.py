"""Who is outside the bank with every path that leads there, ranked as the prospect finder ranks them: what leaves as a file (S41, S59). The first argument is
the viewer; every sum is over customers whom she sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from zhike.access.scope import Viewer
from zhike.insight.network import computing, queries
from zhike.insight.network.queries import SORTS, Outsider, Path, Sort
from zhike.insight.network.views import HOWS, KINDS

AT_A_TIME = 200  # outsiders whose paths are read together


@dataclass(frozen=True)
class ProspectAsked:
    """What the list was narrowed to and ordered by, as its address says it."""

    kind: str = ""
    words: str = ""
    sort: Sort = "amount"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> ProspectAsked:
        """From an address or from what was kept; what is not known counts as nothing."""
        kind = next((one for one in KINDS if one == asked.get("kind")), "")
        sort: Sort = next((one for one in SORTS if one == asked.get("sort")), "amount")
        return cls(kind, str(asked.get("q", "")).strip()[:60], sort)

    @property
    def plain(self) -> dict[str, str]:
        """As an address says it; what is nothing is left out."""
        said = {"kind": self.kind, "sort": "" if self.sort == "amount" else self.sort, "q": self.words}
        return {name: value for name, value in said.items() if value}

    @property
    def in_words(self) -> str:
        """In the reader's language; empty: everybody."""
        return " · ".join(one for one in (str(KINDS[self.kind]) if self.kind else "", self.words) if one)


@dataclass(frozen=True)
class ProspectPath:
    """A line: an outsider with its place in the list, and one customer who leads to it; `how`: what she has to do with it."""

    place: int
    outsider: Outsider
    path: Path
    how: str


def computed_on() -> date | None:
    """The day of the network."""
    return computing.computed_on(settings.HOME)


def count(viewer: Viewer, asked: ProspectAsked, most: int) -> int:
    """How many lines there are, no more counted than `most`."""
    return len(queries.narrowed(viewer, kind=asked.kind, words=asked.words).order_by()[:most].values_list("pk"))


def every(viewer: Viewer, asked: ProspectAsked) -> Iterator[Sequence[ProspectPath]]:
    """All of them in their order, some at a time."""
    found = queries.outsiders(viewer, kind=asked.kind, words=asked.words, sort=asked.sort, most=None)
    for at in range(0, len(found), AT_A_TIME):
        some = found[at : at + AT_A_TIME]
        paths = queries.paths_of(viewer, [one.key for one in some])
        yield [
            ProspectPath(at + place, one, path, str(HOWS[path.kind]))
            for place, one in enumerate(some, start=1)
            for path in paths.get(one.key, ())
        ]
