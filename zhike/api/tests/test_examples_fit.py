"""What the description shows as an example is what the description promises: a program may be written against it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from zhike.api.describing import OPERATIONS
from zhike.api.views import document

LANGUAGES = ("en", "zh-hans")


def operations(language: str) -> dict[str, dict[str, Any]]:
    paths = json.loads(document(language))["paths"]
    return {operation["operationId"]: operation for path in paths.values() for operation in path.values()}


def faults(schema: dict[str, Any], example: Any) -> list[str]:
    whole = {**schema, "components": json.loads(document("en"))["components"]}
    return [f"{error.instance_path}: {error.message}" for error in Draft202012Validator(whole).iter_errors(example)]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_example_is_what_its_address_promises(name: str) -> None:
    told = operations("en")[name]
    for code, response in told["responses"].items():
        if code.startswith("20"):
            shown = response["content"]["application/json"]
            assert faults(shown["schema"], shown["example"]) == []
    if "requestBody" in told:
        shown = told["requestBody"]["content"]["application/json"]
        assert faults(shown["schema"], shown["example"]) == []


def test_every_address_wants_a_token_and_says_so_in_both_languages() -> None:
    for language in LANGUAGES:
        whole = json.loads(document(language))
        (scheme,) = whole["components"]["securitySchemes"].values()
        assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
        for told in operations(language).values():
            assert told["security"] and told["responses"]["401"]
            assert told["summary"] and told["description"]


def test_the_problems_are_told_with_examples_that_fit() -> None:
    for problem in json.loads(document("en"))["components"]["responses"].values():
        ((_kind, shown),) = problem["content"].items()
        assert faults(shown["schema"], shown["example"]) == []
