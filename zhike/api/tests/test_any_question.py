"""Whatever a program asks, it gets an answer of the kind that the description promises, never a failure, and nothing in clear.

Questions are made from the description by schemathesis; among the keys are customers within and outside the token's reach.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.utils import translation
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from zhike.access.tests.facts import Facts
from zhike.access.tests.test_nothing_stands_in_clear import in_clear
from zhike.api.describing import OPERATIONS, WHERE
from zhike.api.entering import RATES
from zhike.api.tests.asking import token_of
from zhike.api.views import document
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.tests.books import rows

KEYS = {
    "party_id": "(select id from parties_party order by cardinality(rm_ids) desc, id limit 20) union (select id from parties_party order by id desc limit 5)",
    "account_id": "select id from holdings_account order by id limit 20",
    "batch_id": "select id from ingestion_batch order by id limit 5",
    "interaction_id": "select id from engagement_interaction order by id limit 20",
    "pair_id": "select id from duplicates_pair order by id limit 20",
}  # fmt: skip

CONDITIONS = (
    "", WHERE, '{"version":1,"where":{"any":[{"field":"name","op":"contains","value":"王"},{"field":"tags","op":"unknown"}]}}',
    '{"version":1,"where":{"all":[{"has":"deposit","at_least":1,"where":{"all":[]}}]}}',
)  # fmt: skip
# Texts of which only the house knows what a good one looks like: a condition, a field that somebody declared, a signed cursor.
KNOWN = {
    "where": {"enum": list(CONDITIONS)}, "fields": {"enum": ["", "name", "name,held", "id,tags,declared", "declared.hobbies"]},
    "cursor": {"type": "string", "maxLength": 0},
}  # fmt: skip
LOGINS, NAMES = ("lin", "su"), sorted(OPERATIONS)


def operation_of(bank: Bank, name: str) -> APIOperation:
    """The description of one address with real keys among those to try, asking the application itself."""
    described: dict[str, Any] = json.loads(document("en"))
    for path in described["paths"].values():
        for operation in path.values():
            for parameter in operation["parameters"]:
                if parameter["name"] in KEYS:
                    known = [key for (key,) in rows(bank, KEYS[parameter["name"]])]
                    parameter["schema"] = {"anyOf": [{"enum": known}, parameter["schema"]]}
                elif parameter["name"] in KNOWN:
                    parameter["schema"] = KNOWN[parameter["name"]]
    config = SchemathesisConfig()
    config.projects.default.generation.with_security_parameters = False  # each question comes with a good token; bad ones: test_tokens
    schema = schemathesis.openapi.from_dict(described, config=config)
    schema.app = get_wsgi_application()
    return schema.find_operation_by_id(name)


@pytest.fixture(scope="module")
def facts(shared_bank: Bank) -> Facts:
    return Facts(shared_bank.home / "files" / "sample")


def nothing_in_clear(facts: Facts) -> CheckFunction:
    def check(_context: Any, response: Response, _case: Case) -> None:
        assert in_clear(facts, response.text) == set()

    return check


def others_are_refused(_context: Any, response: Response, case: Case) -> None:
    """A parameter that the address does not declare, or one given twice, is never passed over: what the library's own checks leave open."""
    given = parse_qs(urlsplit(str(response.request.url)).query, keep_blank_values=True)
    known = {parameter.name for parameter in case.operation.query}
    if not set(given) <= known or any(len(values) > 1 for values in given.values()):
        assert 400 <= response.status_code < 500, f"{sorted(given)} taken, known are {sorted(known)}"


FEW = settings(
    max_examples=15, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
MANY = settings(FEW, max_examples=500, derandomize=False)


def ask_anything(bank: Bank, facts: Facts, login: str, name: str, how_much: settings) -> None:
    """Questions that fit the description, and questions that do not."""
    operation, token = operation_of(bank, name), token_of(bank, login)
    is_asked_something = any((operation.path_parameters, operation.query, operation.body))  # where nothing is asked, nothing can be wrong
    for mode in GenerationMode if is_asked_something else [GenerationMode.POSITIVE]:

        @how_much
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            translation.deactivate()
            if case.meta and case.meta.generation.mode.is_positive and "Idempotency-Key" in case.headers:
                case.headers["Idempotency-Key"] = str(uuid4())  # one that was used for another body is rightly refused
            case.call_and_validate(
                headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
                additional_checks=[nothing_in_clear(facts), others_are_refused],
            )

        ask()


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many questions a minute as one likes."""
    monkeypatch.setattr(RATES, "spend", lambda _token, **_most: 0)


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("name", NAMES)
def test_any_question_is_answered_as_described(bank: Bank, people: Cast, facts: Facts, unhurried: None, login: str, name: str) -> None:
    ask_anything(bank, facts, login, name, FEW)


@pytest.mark.soak
@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("name", NAMES)
def test_thousands_of_questions_are_answered_as_described(
    bank: Bank, people: Cast, facts: Facts, unhurried: None, login: str, name: str
) -> None:
    ask_anything(bank, facts, login, name, MANY)
