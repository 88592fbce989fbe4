"""Which parameters an address takes. Any other is refused, and so is one that is given twice: a program that mistypes a filter
would otherwise be answered with everything, and never know."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import get_close_matches
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from ninja import Router

from zhike.api.problems import Problem, wrong_parameter

Answering = Callable[..., Any]


def only_known(router: Router) -> Callable[[Answering], Answering]:
    """What makes each address of a router refuse parameters that it does not declare. Asked after the token, before the address acts."""

    def decorated(endpoint: Answering) -> Answering:
        @wraps(endpoint)
        def answering(request: HttpRequest, *parts: Any, **more: Any) -> Any:
            refuse_others(request.GET, _declared(router, endpoint))
            return endpoint(request, *parts, **more)

        return answering

    return decorated


def refuse_others(given: QueryDict, known: Sequence[str]) -> None:
    """Raises `Problem` for every parameter that is not among `known`, or is given more than once."""
    found = [wrong_parameter(name, _unknown(name, known)) for name in given if name not in known]
    found += [wrong_parameter(name, _("It must be given once.")) for name, values in given.lists() if name in known and len(values) > 1]
    if found:
        raise Problem("question", errors=found)


def _unknown(name: str, known: Collection[str]) -> str:
    if not known:
        return _("This address takes no parameters.")
    near = get_close_matches(name.lower(), known, n=1)
    if near:
        return _("There is no parameter “%(name)s” here. Did you mean “%(near)s”?") % {"name": name, "near": near[0]}
    return _("There is no parameter “%(name)s” here, only: %(known)s.") % {"name": name, "known": ", ".join(known)}


@cache
def _declared(router: Router, endpoint: Answering) -> tuple[str, ...]:
    """The names of the parameters that an address declares, as a program writes them."""
    return tuple(_names(router, endpoint))


def _names(router: Router, endpoint: Answering) -> Iterator[str]:
    for path in router.path_operations.values():
        for operation in path.operations:
            if operation.view_func is endpoint:
                for model in operation.models:
                    if model.__ninja_param_source__ == "query":
                        yield from model.__ninja_flatten_map__
