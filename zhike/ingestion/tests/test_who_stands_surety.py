"""Guarantees of loans become relationships between companies, from both sides; a full file of one kind ends nothing of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zhike.ingestion.tests.canonical import deliver
from zhike.testing.databases import Bank

FIRMS = ("A", "B", "C")
_LINKS = """
    select p.external_key, r.type, q.external_key, r.to_date::text from parties_relationship r
    join parties_party p on p.id = r.party_id join parties_party q on q.id = r.to_party_id where r.valid_to is null order by 1, 2, 3
"""


def _firm(key: str) -> dict[str, str]:
    return {"party_key": key, "kind": "company", "name": f"{key} 有限公司"}


def _loan(borrower: str) -> dict[str, str]:
    return {"loan_key": f"L{borrower}", "party_key": borrower, "amount": "1000000.00", "currency": "CNY", "granted_date": "2026-01-02"}


def _surety(guarantor: str, borrower: str, until: str = "2028-01-02") -> dict[str, str]:
    key = f"{guarantor}{borrower}"
    return {
        "guarantee_key": key,
        "guarantor_key": guarantor,
        "loan_key": f"L{borrower}",
        "type": "surety",
        "amount": "1000000.00",
        "to_date": until,
    }


def _shareholder(company: str, owner: str) -> dict[str, str]:
    return {"from_key": company, "to_key": owner, "type": "shareholder", "share": "0.4"}


def _links(bank: Bank) -> list[tuple[Any, ...]]:
    with bank.connected("job") as connection:
        return [tuple(row) for row in connection.execute(_LINKS).fetchall()]


def test_a_surety_is_told_from_both_sides_and_follows_what_the_bank_says_next(empty_bank: Bank, tmp_path: Path) -> None:
    deliver(
        tmp_path, "20260105", parties=[_firm(key) for key in FIRMS], loans=[_loan(key) for key in FIRMS],
        guarantees=[_surety("A", "B"), _surety("B", "C"), _surety("C", "C")],
    )  # fmt: skip
    deliver(tmp_path, "20260106", guarantees=[_surety("A", "B", "2027-06-30")])
    told = empty_bank.load(tmp_path, "zhike")
    assert told["batches"][0]["feeds"]["guarantees"] == {"in": 3, "loaded": 2, "unchanged": 1, "rejected": 0}, (
        "nobody guarantees her own loan"
    )
    assert _links(empty_bank) == [
        ("A", "guaranteed", "B", "2027-06-30"), ("B", "guaranteed", "C", "2028-01-02"), ("B", "guarantor", "A", "2027-06-30"),
        ("C", "guarantor", "B", "2028-01-02"),
    ]  # fmt: skip


def test_a_date_delivered_again_takes_its_sureties_back(empty_bank: Bank, tmp_path: Path) -> None:
    both = {"parties": [_firm(key) for key in FIRMS], "loans": [_loan(key) for key in FIRMS]}
    empty_bank.load(deliver(tmp_path / "first", "20260105", **both, guarantees=[_surety("A", "B"), _surety("B", "C")]), "zhike")
    empty_bank.load(deliver(tmp_path / "second", "20260105", **both, guarantees=[_surety("C", "A")]), "zhike")
    assert _links(empty_bank) == [("A", "guarantor", "C", "2028-01-02"), ("C", "guaranteed", "A", "2028-01-02")]


def test_a_full_file_of_relationships_ends_those_missing_in_it_and_no_other(empty_bank: Bank, tmp_path: Path) -> None:
    deliver(
        tmp_path / "zhike", "20260105", parties=[_firm(key) for key in FIRMS], loans=[_loan(key) for key in FIRMS], guarantees=[_surety("A", "B")],
        relationships=[_shareholder("A", "B"), _shareholder("A", "C")],
    )  # fmt: skip
    empty_bank.load(tmp_path / "zhike", "zhike")
    layout = tmp_path / "full.toml"
    layout.write_text(
        'source = "zhike"\n[files.r]\npath = "r*.csv"\n[[feed]]\nfeed = "relationships"\nfrom = "r"\nmode = "full"\n'
        '[feed.fields]\nfrom_key = "a"\nto_key = "b"\ntype = { value = "shareholder" }\nshare = "share"\n',
        encoding="utf-8",
    )
    for day in ("20260106", "20260107"):
        (tmp_path / "in" / day).mkdir(parents=True)
        (tmp_path / "in" / day / "r.csv").write_text("a,b,share\nA,B,0.4\n", encoding="utf-8")
    empty_bank.load(tmp_path / "in", str(layout))
    assert _links(empty_bank) == [
        ("A", "guaranteed", "B", "2028-01-02"), ("A", "shareholder", "B", None), ("B", "guarantor", "A", "2028-01-02"), ("B", "shareholding", "A", None),
    ]  # fmt: skip
