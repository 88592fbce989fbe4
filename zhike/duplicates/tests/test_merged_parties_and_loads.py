"""What a bank's files do to a merged customer: facts land on the survivor, an undo leaves everything as if there had been no merge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from zhike.access.scope import NOBODY, Viewer, entered
from zhike.duplicates import actions
from zhike.ingestion.tests.canonical import deliver, differing, fingerprint
from zhike.testing.databases import Bank

AT = datetime(2026, 1, 8, 4, tzinfo=UTC)
STEWARD = Viewer(
    None, "steward", "steward", "administrator", "bank", permissions=frozenset({"customers.read", "customers.merge", "duplicates.decide"})
)
READER = Viewer(None, "reader", "reader", "analyst", "bank", permissions=frozenset({"customers.read"}))
UNIT = [{"unit_key": "1", "name": "Head office", "level": "head_office"}]
STAFF = [
    {"staff_no": "E1", "name": "林", "unit_key": "1", "post": "relationship_manager"},
    {"staff_no": "E2", "name": "陈", "unit_key": "1", "post": "relationship_manager"},
]


def _party(key: str, name: str, **more: str) -> dict[str, str]:
    return {
        "party_key": key,
        "kind": "individual",
        "name": name,
        "unit_key": "1",
        "customer_no": f"8{key}",
        "since_date": "2020-01-01",
        **more,
    }


def _account(key: str, party: str) -> dict[str, str]:
    return {"account_key": key, "party_key": party, "currency": "CNY", "unit_key": "1", "opened_date": "2026-01-05"}


def _posting(key: str, account: str, day: str) -> dict[str, str]:
    return {
        "transaction_key": key,
        "account_key": account,
        "booking_date": day,
        "amount": "50.00",
        "currency": "CNY",
        "direction": "credit",
    }


def _login(key: str, party: str, day: str) -> dict[str, str]:
    return {"event_key": key, "party_key": party, "at": f"{day}T09:00:00+08:00", "channel": "mobile_app", "kind": "login"}


def _first_day(root: Path) -> Path:
    """Two records of one woman, A and B, and her husband C; each with something of every kind."""
    return deliver(
        root, "20260105", organisation=UNIT, employees=STAFF,
        parties=[_party("A", "张玮", birth_date="1980-05-06"), _party("B", "张伟", employer_name="清川一中"), _party("C", "李四")],
        identifiers=[{"party_key": one, "id_type": "passport", "id_no": f"E1234567{one}"} for one in "AB"],
        contact_points=[{"party_key": one, "contact_key": "1", "kind": "mobile", "phone": f"1380000000{n}", "is_main": "1"} for n, one in enumerate("ABC")],
        rm_assignments=[{"party_key": "A", "staff_no": "E1", "role": "main", "from_date": "2025-01-01"}, {"party_key": "B", "staff_no": "E2", "role": "main", "from_date": "2025-02-01"}],
        relationships=[{"from_key": "B", "to_key": "C", "type": "spouse"}, {"from_key": "C", "to_key": "B", "type": "spouse"}],
        party_groups=[{"group_key": "H1", "kind": "household", "name": "张氏", "party_key": one} for one in "BC"],
        accounts=[_account("a1", "A"), _account("b1", "B")],
        account_roles=[{"role_key": f"r{key}", "account_key": key, "party_key": party, "role": "owner"} for key, party in (("a1", "A"), ("b1", "B"))],
        balances=[{"account_key": key, "currency": "CNY", "balance_date": "2026-01-05", "balance": amount} for key, amount in (("a1", "100.00"), ("b1", "7.00"))],
        transactions=[_posting("t1", "a1", "2026-01-05"), _posting("t2", "b1", "2026-01-05")],
        loans=[{"loan_key": "l1", "account_key": "b1", "amount": "500.00", "balance": "400.00", "currency": "CNY", "granted_date": "2026-01-01"}],
        interactions=[{"interaction_key": "i1", "party_key": "B", "at": "2026-01-05T10:00:00+08:00", "channel": "phone"}],
        consents=[{"party_key": one, "purpose": "marketing", "channel": "sms", "state": "given", "at": "2026-01-05T10:00:00+08:00"} for one in "AB"],
        channel_events=[_login(f"e{one}", one, "2026-01-05") for one in "AB"],
    )  # fmt: skip


def _second_day(root: Path, *, employer: str = "清川二中") -> Path:
    """More of everything under B's key, and a word about A."""
    return deliver(
        root, "20260106", parties=[_party("B", "张伟", employer_name=employer), _party("A", "张玮", birth_date="1980-05-06", education="本科")],
        contact_points=[{"party_key": "B", "contact_key": "1", "kind": "mobile", "phone": "13800000009", "is_main": "1"},
                        {"party_key": "B", "contact_key": "2", "kind": "email", "email": "b@example.com"}],
        relationships=[{"from_key": "B", "to_key": "C", "type": "referrer"}],
        accounts=[_account("b2", "B"), {**_account("b1", "B"), "status": "dormant"}],
        account_roles=[{"role_key": "rb2", "account_key": "b2", "party_key": "B", "role": "owner"}],
        balances=[{"account_key": "b2", "currency": "CNY", "balance_date": "2026-01-06", "balance": "30.00"},
                  {"account_key": "b1", "currency": "CNY", "balance_date": "2026-01-06", "balance": "9.00"}],
        transactions=[_posting("t3", "b1", "2026-01-06"), _posting("t4", "b2", "2026-01-06")],
        interactions=[{"interaction_key": "i2", "party_key": "B", "at": "2026-01-06T10:00:00+08:00", "channel": "phone"}],
        consents=[{"party_key": "B", "purpose": "marketing", "channel": "sms", "state": "withdrawn", "at": "2026-01-06T10:00:00+08:00"}],
        channel_events=[_login("eB2", "B", "2026-01-05"), _login("eB", "B", "2026-01-05"), _login("eA2", "A", "2026-01-05")],
    )  # fmt: skip


def _rows(bank: Bank, sql: str) -> list[tuple[Any, ...]]:
    with bank.connected("job") as connection:
        return [tuple(row) for row in connection.execute(sql).fetchall()]


def _id(bank: Bank, key: str) -> int:
    return int(_rows(bank, f"select party_id from parties_partysource where external_key = '{key}'")[0][0])


@contextmanager
def _as(viewer: Viewer) -> Iterator[Viewer]:
    with entered(viewer):
        yield viewer


def _merge(bank: Bank, survivor: str, absorbed: str, **chosen: int) -> int:
    with _as(STEWARD) as actor:
        return actions.merge(actor=actor, at=AT, survivor_id=_id(bank, survivor), absorbed_id=_id(bank, absorbed), chosen=chosen)


def _undo(merge_id: int) -> None:
    with _as(STEWARD) as actor:
        actions.undo(actor=actor, at=AT, merge_id=merge_id)


def _leftovers(bank: Bank, party_id: int) -> dict[str, int]:
    """Rows of any table that still name this party."""
    columns = _rows(bank, """select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and (a.attname = 'party_id' or a.attname like '%\\_party\\_id')
          and c.relname not in ('access_auditentry', 'core_event')""")  # fmt: skip
    counted = {
        f"{table}.{column}": _rows(bank, f"select count(*) from {table} where {column} = {party_id}")[0][0] for table, column in columns
    }
    return {name: count for name, count in counted.items() if count}


@pytest.fixture
def two(empty_bank: Bank, tmp_path: Path) -> Bank:
    empty_bank.load(_first_day(tmp_path / "first"), "zhike")
    return empty_bank


def test_nothing_names_the_absorbed_party_any_more_and_the_survivor_has_both_sums(two: Bank) -> None:
    absorbed = _id(two, "B")
    _merge(two, "A", "B")
    assert _leftovers(two, absorbed) == {}
    assert _rows(two, f"select 1 from parties_party where id = {absorbed}") == []
    assert _rows(two, "select aum::text, loans::text, count_accounts from holdings_summary") == [("107.00", "0.00", 2)]
    assert _rows(
        two,
        "select cardinality(rm_ids), e.staff_no from parties_party p join access_employee e on e.id = p.main_rm_id where p.name = '张玮'",
    ) == [(2, "E2")]


def test_the_value_that_was_chosen_stays_and_gaps_are_filled_from_the_other(two: Bank) -> None:
    survivor, absorbed = _id(two, "A"), _id(two, "B")
    _merge(two, "A", "B", name=absorbed)
    assert _rows(
        two,
        f"select name, birth_date::text, employer_name, customer_no, '张伟' = any(name_tokens) from parties_party where id = {survivor}",
    ) == [("张伟", "1980-05-06", "清川一中", "8A", True)]


def test_the_next_load_lands_on_the_survivor(two: Bank, tmp_path: Path) -> None:
    survivor, absorbed = _id(two, "A"), _id(two, "B")
    _merge(two, "A", "B")
    two.load(_second_day(tmp_path / "second"), "zhike")
    assert _leftovers(two, absorbed) == {}
    assert _rows(two, "select employer_name, education, birth_date::text from parties_party where source = '*'") == [
        ("清川二中", "本科", "1980-05-06")
    ]
    assert _rows(two, f"select external_key from holdings_account where party_id = {survivor} order by 1") == [("a1",), ("b1",), ("b2",)]
    assert _rows(two, "select distinct party_id from holdings_transaction") == [(survivor,)]
    assert _rows(two, "select aum::text, count_accounts from holdings_summary") == [("139.00", 3)]
    assert _rows(two, "select count(*) from parties_partysource") == [(3,)]


def test_after_an_undo_everything_is_as_if_there_had_been_no_merge(two: Bank) -> None:
    before = fingerprint(two)
    _undo(_merge(two, "A", "B"))
    assert differing(before, fingerprint(two)) == {}
    assert (
        _rows(
            two,
            "select count(*) from parties_record union all select count(*) from parties_origin union all select count(*) from parties_choice",
        )
        == [(0,)] * 3
    )


def test_an_undo_after_the_next_load_brings_back_what_came_since_under_her_key(two: Bank, tmp_path: Path) -> None:
    merge = _merge(two, "A", "B")
    two.load(_second_day(tmp_path / "second"), "zhike")
    _undo(merge)
    merged_and_undone = fingerprint(two)
    assert differing(_without_merge(two, tmp_path), merged_and_undone) == {}


def test_a_date_delivered_again_is_replayed_across_a_merge_and_its_undo(two: Bank, tmp_path: Path) -> None:
    merge = _merge(two, "A", "B")
    both = _second_day(_first_day(tmp_path / "both"))
    two.load(_second_day(tmp_path / "second"), "zhike")
    golden = "select name, birth_date, employer_name, education, rm_ids, name_tokens from parties_party where source = '*'"
    while_merged, shown = fingerprint(two), _rows(two, golden)
    two.load(both, "zhike", "--again")
    assert differing(while_merged, fingerprint(two)).keys() <= {"party", "history"}, (
        "from when on the survivor says what it says is written anew"
    )
    assert _rows(two, golden) == shown
    _undo(merge)
    assert differing(_without_merge(two, tmp_path), fingerprint(two)) == {}


def _without_merge(bank: Bank, tmp_path: Path) -> dict[str, tuple[int, str]]:
    """The fingerprint of the same days where nobody merged: both dates are taken back and loaded again, which a test of ingestion proves to be that."""
    kept = fingerprint(bank)
    bank.load(_second_day(_first_day(tmp_path / "again")), "zhike", "--again")
    plain = fingerprint(bank)
    assert {name: count for name, (count, _) in plain.items()} == {name: count for name, (count, _) in kept.items()}
    return plain


def test_a_customer_merged_twice_comes_apart_in_order(two: Bank) -> None:
    before = fingerprint(two)
    first = _merge(two, "B", "A")
    second = _merge(two, "C", "B")
    with pytest.raises(actions.NotUndoable):
        _undo(first)
    assert _rows(two, "select count(*) from parties_party") == [(1,)]
    _undo(second)
    _undo(first)
    assert differing(before, fingerprint(two)) == {}


def test_who_may_not_merge_or_does_not_see_both_is_refused_and_a_firm_is_no_person(two: Bank) -> None:
    with pytest.raises(PermissionDenied), _as(READER) as reader:
        actions.merge(actor=reader, at=AT, survivor_id=_id(two, "A"), absorbed_id=_id(two, "B"))
    with two.connected("job") as connection:
        connection.execute("update parties_party set kind = 'company' where external_key = 'C'")
    with pytest.raises(actions.NotMergeable), _as(STEWARD) as actor:
        actions.merge(actor=actor, at=AT, survivor_id=_id(two, "A"), absorbed_id=_id(two, "C"))
    assert _rows(two, "select count(*) from parties_party") == [(3,)]
    assert NOBODY.scope == "none"


def test_every_merge_and_undo_stands_in_the_audit(two: Bank) -> None:
    _undo(_merge(two, "A", "B"))
    assert _rows(two, "select act, login from access_auditentry where area = 'duplicates' order by id") == [
        ("duplicates.merged", "steward"), ("duplicates.merge_undone", "steward"),
    ]  # fmt: skip
