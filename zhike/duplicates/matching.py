"""Runs Splink in the engine: pairs that are likely one customer, each with what every feature said and how much it weighed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from zhike.duplicates.rules import COUNTED_FROM, Feature, Level, Model, expected

SEED = 20_261
SAMPLED_PAIRS = 2_000_000
RECORDS = "records"


def likely_pairs(con: duckdb.DuckDBPyConnection, model: Model, *, records: int, threshold: float) -> str:
    """Compare what stands in the table `records`; the name of a table `left_id, right_id, probability, features` of the pairs found.

    `features` is JSON: feature → [level, weight in bits]. Equal records give equal pairs: nothing is drawn without a seed.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    linker = Linker(DuckDBAPI(con).register(RECORDS), _settings(model, records), log_level=logging.ERROR)
    if records >= COUNTED_FROM:
        linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED)
    found = linker.inference.predict(threshold_match_probability=threshold).physical_name
    con.execute(f"create or replace table pairs as {_told(model, found)}")
    return "pairs"


def _settings(model: Model, records: int) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(feature) for feature in model.features],
        blocking_rules_to_generate_predictions=[_block(columns) for columns in model.blocks],
        probability_two_random_records_match=expected(records),
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )


def _block(columns: Sequence[str]) -> Any:
    lists = [column[1:] for column in columns if column.startswith("*")]
    return block_on(*(column.removeprefix("*") for column in columns), arrays_to_explode=lists or None)


def _comparison(feature: Feature) -> dict[str, Any]:
    unknown = {"sql_condition": feature.unknown, "label_for_charts": "unknown", "is_null_level": True}
    m, u = feature.differs
    differs = {
        "sql_condition": "ELSE",
        "label_for_charts": "differs",
        "m_probability": m,
        "u_probability": u,
        "fix_u_probability": feature.is_fixed,
    }
    return {"output_column_name": feature.key, "comparison_levels": [unknown, *(_level(one) for one in feature.levels), differs]}


def _level(level: Level) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sql_condition": level.when, "label_for_charts": level.key, "m_probability": level.m, "u_probability": level.u,
        "fix_u_probability": level.is_fixed,
    }  # fmt: skip
    if level.by_frequency:
        told |= {"tf_adjustment_column": level.by_frequency, "tf_minimum_u_value": 1e-5, "disable_tf_exact_match_detection": False}
    return told


def _told(model: Model, found: str) -> str:
    """What Splink says, in words: its levels are numbered from the last (0) upwards, -1 is unknown."""
    features = ", ".join(f"'{feature.key}': {_said(feature)}" for feature in model.features)
    return (
        "select least(unique_id_l, unique_id_r) as left_id, greatest(unique_id_l, unique_id_r) as right_id, match_probability as probability, "
        f"to_json({{{features}}})::varchar as features from {found}"
    )


def _said(feature: Feature) -> str:
    keys = ["unknown", "differs", *(level.key for level in reversed(feature.levels))]
    listed = ", ".join(f"'{key}'" for key in keys)
    frequency = f" + coalesce(mw_tf_adj_{feature.key}, 0)" if any(level.by_frequency for level in feature.levels) else ""
    return f"[list_extract([{listed}], gamma_{feature.key} + 2), round(mw_{feature.key}{frequency}, 1)::varchar]"
