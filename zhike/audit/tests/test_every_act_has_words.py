"""Whoever reads the audit reads words: every act that the code records is called something, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

import zhike
from zhike.access.approval_models import Proposal
from zhike.access.scope_models import BrokenGlass
from zhike.audit.labels import ACTS, act_in_words
from zhike.parties.consent_rules import CANCELLED, GIVEN, WITHDRAWN
from zhike.privacy.models import RightsRequest
from zhike.privacy.register_rules import FACTS
from zhike.privacy.registers import STEPS

HOUSE = Path(zhike.__file__).parent
ACT = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)*")

# Acts whose name is put together when they are recorded.
COMPOSED = {
    *(f"approvals.{state}" for state in Proposal.State.values),
    *(f"glass.{verdict}" for verdict in BrokenGlass.Verdict.values if verdict),
    *(f"parties.consent_{state}" for state in (GIVEN, WITHDRAWN, CANCELLED)),
    *(f"privacy.{state}" for state in RightsRequest.State.values if state != RightsRequest.State.OPEN),
    *(f"privacy.{kind}_kept" for kind in FACTS),
    *(f"privacy.{kind}_close" for kind in FACTS),
    *(f"privacy.incident_{step}" for step in STEPS),
}


def recorded_in(source: str) -> Iterator[str]:
    """The acts that a module hands to `record` (or to its own `_record` and `_note`), and those it names by `act="…"`."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        told = [
            *(call.args[:3] if name in ("record", "_record", "_note") else []),
            *(word.value for word in call.keywords if word.arg == "act"),
        ]
        for argument in told:
            if isinstance(argument, ast.JoinedStr):
                continue
            for part in ast.walk(argument):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and ACT.fullmatch(part.value):
                    yield part.value


def acts_of_the_house() -> set[str]:
    modules = (path for path in HOUSE.rglob("*.py") if "tests" not in path.parts and "testing" not in path.parts)
    return {act for path in modules for act in recorded_in(path.read_text())} | COMPOSED


def test_no_act_is_shown_as_it_is_written() -> None:
    acts = acts_of_the_house()
    assert len(acts) > 120, "the walk finds the acts"
    assert not sorted(acts - set(ACTS))


@pytest.mark.parametrize("language", ["zh-hans"])
def test_every_act_is_called_something_in_chinese(language: str) -> None:
    with override(language):
        assert not [act for act in ACTS if not re.search(r"[\u4e00-\u9fff]", act_in_words(act))]
