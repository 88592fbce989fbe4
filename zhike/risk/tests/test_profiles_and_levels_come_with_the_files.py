"""Files bring what customers said of themselves and what risk products have; what changes keeps its history, and a late date rewrites it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zhike.ingestion.tests.canonical import deliver, differing, fingerprint
from zhike.testing.databases import Bank

PARTIES = [{"party_key": key, "kind": "individual", "name": key} for key in ("A", "B")]
_PROFILES = """
    select p.external_key, r.level, r.assessed_date::text, r.place, r.investor_type, r.valid_from::text, r.valid_to::text from risk_profile r
    join parties_party p on p.id = r.party_id order by 1, r.assessed_date, r.valid_from
"""
_LEVELS = """
    select p.external_key, r.issuer_level, r.seller_level, r.level, to_char(r.valid_from, 'DD'), to_char(r.valid_to, 'DD') from products_risklevel r
    join products_product p on p.id = r.product_id order by 1, r.valid_from
"""


def _rows(bank: Bank, statement: str) -> list[tuple[Any, ...]]:
    with bank.connected("job") as connection:
        return [tuple(row) for row in connection.execute(statement).fetchall()]


def _assessed(party: str, level: str, on: str, **more: str) -> dict[str, str]:
    return {"party_key": party, "level": level, "assessed_date": on, "place": "counter", **more}


def _product(seller: str, issuer: str = "", **more: str) -> dict[str, str]:
    return {
        "product_key": "W", "name": "W", "side": "intermediary", "family": "wealth_product", "risk_level": seller, "issuer_risk_level": issuer, **more,
    }  # fmt: skip


def test_each_assessment_is_kept_and_a_corrected_one_ends(empty_bank: Bank, tmp_path: Path) -> None:
    first = _assessed("A", "C3", "2025-12-01")
    deliver(tmp_path, "20260105", parties=PARTIES, risk_profiles=[first, _assessed("B", "C5", "2026-01-04", investor_type="professional")])
    deliver(tmp_path, "20260106", risk_profiles=[first, _assessed("A", "C2", "2026-01-06")])
    deliver(tmp_path, "20260107", risk_profiles=[_assessed("B", "C4", "2026-01-04", investor_type="professional")])
    told = empty_bank.load(tmp_path, "zhike")
    assert [(one["feeds"]["risk_profiles"]["loaded"], one["feeds"]["risk_profiles"]["unchanged"]) for one in told["batches"]] == [
        (2, 0), (1, 1), (1, 0),
    ]  # fmt: skip
    assert _rows(empty_bank, _PROFILES) == [
        ("A", "C3", "2025-12-01", "counter", "ordinary", "2026-01-05", None),
        ("A", "C2", "2026-01-06", "counter", "ordinary", "2026-01-06", None),
        ("B", "C5", "2026-01-04", "counter", "professional", "2026-01-05", "2026-01-07"),
        ("B", "C4", "2026-01-04", "counter", "professional", "2026-01-07", None),
    ]


def test_a_level_that_nobody_knows_and_a_day_to_come_are_refused(empty_bank: Bank, tmp_path: Path) -> None:
    rows = [_assessed("A", "C6", "2026-01-01"), _assessed("A", "C3", "2026-02-01"), _assessed("A", "C1", "2026-01-02")]
    told = empty_bank.load(deliver(tmp_path, "20260105", parties=PARTIES, risk_profiles=rows), "zhike")
    feed = told["feeds"]["risk_profiles"]
    assert (feed["loaded"], feed["rejected"]) == (1, 2)
    assert [row[:3] for row in _rows(empty_bank, _PROFILES)] == [("A", "C1", "2026-01-02")]


def test_the_higher_of_issuer_and_seller_counts_and_only_changes_of_risk_make_history(empty_bank: Bank, tmp_path: Path) -> None:
    deliver(tmp_path, "20260105", products=[_product("R2", "R3")])
    deliver(tmp_path, "20260106", products=[_product("R2", "R3", rate="0.031")])
    deliver(tmp_path, "20260107", products=[_product("R4", "R3")])
    deliver(tmp_path, "20260108", products=[_product("", "")])
    deliver(tmp_path, "20260109", products=[_product("R1")])
    empty_bank.load(tmp_path, "zhike")
    assert _rows(empty_bank, _LEVELS) == [
        ("W", "R3", "R2", "R3", "05", "07"),
        ("W", "R3", "R4", "R4", "07", "08"),
        ("W", "", "R1", "R1", "09", None),
    ]


def test_a_date_that_comes_again_rewrites_what_came_of_it_and_nothing_else(empty_bank: Bank, tmp_path: Path) -> None:
    deliver(tmp_path / "one", "20260105", parties=PARTIES, products=[_product("R2")], risk_profiles=[_assessed("A", "C3", "2025-12-01")])
    deliver(tmp_path / "one", "20260106", products=[_product("R5")], risk_profiles=[_assessed("A", "C1", "2025-12-01")])
    deliver(tmp_path / "one", "20260107", products=[_product("R4")], risk_profiles=[_assessed("B", "C3", "2026-01-07")])
    empty_bank.load(tmp_path / "one", "zhike")
    before = fingerprint(empty_bank)
    empty_bank.load(
        deliver(tmp_path / "two", "20260106", products=[_product("R3")], risk_profiles=[_assessed("A", "C2", "2025-12-01")]), "zhike"
    )
    assert [(row[3], row[4], row[5]) for row in _rows(empty_bank, _LEVELS)] == [("R2", "05", "06"), ("R3", "06", "07"), ("R4", "07", None)]
    assert [(row[0], row[1], row[5], row[6]) for row in _rows(empty_bank, _PROFILES)] == [
        ("A", "C3", "2026-01-05", "2026-01-06"), ("A", "C2", "2026-01-06", None), ("B", "C3", "2026-01-07", None),
    ]  # fmt: skip
    empty_bank.load(
        deliver(tmp_path / "three", "20260106", products=[_product("R5")], risk_profiles=[_assessed("A", "C1", "2025-12-01")]), "zhike"
    )
    assert differing(before, fingerprint(empty_bank)) == {}
