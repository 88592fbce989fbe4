"""The customers planted twice in the sample bank are found, and hardly anybody else; what a person has decided stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from zhike.duplicates.rules import KEYS, MODELS, expected
from zhike.testing.databases import Bank


def _rows(bank: Bank, sql: str) -> list[tuple[Any, ...]]:
    with bank.connected("job") as connection:
        return [tuple(row) for row in connection.execute(sql).fetchall()]


@pytest.fixture
def searched(fresh_bank: Bank) -> Bank:
    """A sample bank of its own in which duplicates were looked for."""
    fresh_bank.zhike("duplicates", "find")
    return fresh_bank


def test_what_was_planted_is_found(searched: Bank) -> None:
    told = searched.zhike("duplicates", "measure", str(searched.home / "files" / "sample" / "truth" / "duplicates.parquet"))
    precision, recall = float(told.split()[1]), float(told.split()[3])
    assert precision >= 0.9 and recall >= 0.75, told


def test_a_pair_says_why_in_words_that_the_page_knows(searched: Bank) -> None:
    for (features,) in _rows(searched, "select features from duplicates_pair"):
        for name, (level, weight) in features.items():
            assert level in (*KEYS[name], "unknown"), (name, level)
            assert float(weight) == 0 or level != "unknown"


def test_no_protected_value_and_no_digest_stands_in_a_pair(searched: Bank) -> None:
    assert all(
        len(json.dumps(features)) < 700 and "\\\\x" not in json.dumps(features)
        for (features,) in _rows(searched, "select features from duplicates_pair")
    )


def test_looking_again_finds_the_same_and_leaves_decisions_alone(searched: Bank) -> None:
    before = _rows(searched, "select left_id, right_id, probability, features::text from duplicates_pair order by 1, 2")
    with searched.connected("job") as job:
        job.execute("update duplicates_pair set state = 'never' where id = (select min(id) from duplicates_pair)")
    told = json.loads(searched.zhike("duplicates", "find", "--json").splitlines()[-1])
    assert told["new"] == 0
    assert _rows(searched, "select left_id, right_id, probability, features::text from duplicates_pair order by 1, 2") == before
    assert _rows(searched, "select count(*) from duplicates_pair where state = 'never'") == [(1,)]


def test_levels_of_a_feature_are_told_from_most_to_least_alike() -> None:
    for model in MODELS:
        for feature in model.features:
            weights = [level.m / level.u for level in feature.levels]
            assert max(weights) > 1 > feature.differs[0] / feature.differs[1], feature.key
            assert abs(sum(level.m for level in feature.levels) + feature.differs[0] - 1) < 0.06, feature.key


def test_the_chance_of_a_pair_falls_with_the_size_of_the_bank() -> None:
    assert expected(1_000_000) < expected(10_000) < expected(100) <= 0.1
