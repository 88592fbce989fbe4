"""Whether what a chance suggests may be offered to a customer: asked of the area that knows the rules, which stands above this one (R50–R56, R59).

That area declares its gate in its `suggesting.py`. A predictor is held by it where every family that it suggests is; a deposit or a loan is not, since no
rule of suitability speaks about them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.module_loading import autodiscover_modules

from zhike.access.scope import Viewer, Where
from zhike.insight.predictors.questions import QUESTIONS


@dataclass(frozen=True)
class Verdict:
    """Whether anything of what is suggested may be offered to a customer today; `why`: else why nothing may, or what offering it needs."""

    is_allowed: bool
    why: Sequence[str] = ()


@dataclass(frozen=True)
class Gate:
    """Who decides. `families`: of which products; `allowed`: a condition over `parties_party p`: something of these families may be offered;
    `verdicts`: of these customers and sets of families (by any name) what it says, in the reader's language; customers whom the viewer does not see are left out."""

    families: frozenset[str]
    allowed: Callable[[Viewer, Sequence[str], date], Where]
    verdicts: Callable[[Viewer, Sequence[int], Mapping[str, Sequence[str]], date], Mapping[tuple[int, str], Verdict]]


_DECLARED: list[Gate] = []
_FOUND: list[bool] = []


def declare(gate: Gate) -> None:
    """Say who decides; called by an area's `suggesting.py`."""
    if gate not in _DECLARED:
        _DECLARED.append(gate)


def gate() -> Gate:
    """Who decides in this installation. Raises LookupError where nobody does: then nothing is suggested."""
    if not _FOUND:
        autodiscover_modules("suggesting")
        _FOUND.append(True)
    if len(_DECLARED) != 1:
        raise LookupError("one area declares who may be offered what")
    return _DECLARED[0]


def is_held(predictor: str) -> bool:
    """Whether what a predictor suggests has to be asked about first."""
    return bool(_families(predictor)) and gate().families.issuperset(_families(predictor))


def allowed_where(viewer: Viewer, predictor: str, on: date) -> Where | None:
    """The customers to whom what a predictor suggests may be offered, as a condition over `parties_party p`. None: everybody may be."""
    return gate().allowed(viewer, _families(predictor), on) if is_held(predictor) else None


def verdicts(viewer: Viewer, party_ids: Sequence[int], predictors: Sequence[str], on: date) -> Mapping[tuple[int, str], Verdict]:
    """(customer, predictor) → what is said of offering it; of predictors that are held alone."""
    held = {name: _families(name) for name in predictors if is_held(name)}
    return gate().verdicts(viewer, party_ids, held, on) if held and party_ids else {}


def _families(predictor: str) -> Sequence[str]:
    return QUESTIONS[predictor].suggests if predictor in QUESTIONS else ()
