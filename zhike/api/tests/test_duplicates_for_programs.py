"""A program sees the likely pairs of which its person sees both, and may mark them where she may; merging stays with people."""

from __future__ import annotations

import pytest

from zhike.api.tests.asking import program_of
from zhike.testing.databases import Bank
from zhike.workspace.tests.books import rows

_TWO = "select p.id, p.name from parties_party p join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s order by p.id limit 2"
_PAIR = """insert into duplicates_pair (left_id, right_id, probability, features, state, found_at, decided_by)
           values (%s, %s, 0.97, '{"phone": ["same", 18.1], "name": ["sounds_same", 7.2], "sex": ["differs", -5.6]}', 'likely', now(), '')
           on conflict (left_id, right_id) do update set state = 'likely', features = excluded.features returning id"""


@pytest.fixture
def pair(bank: Bank, people) -> tuple[int, int, int]:
    """Two customers of 林知远 who look alike: the pair, the first, the second."""
    first, second = (key for key, _name in rows(bank, _TWO, people["lin"].staff_no))
    with bank.connected("job") as job:
        made = job.execute(_PAIR, (first, second)).fetchone()
    assert made is not None
    return made[0], first, second


def test_a_pair_is_told_with_what_speaks_for_it_and_against(bank, pair):
    number, first, second = pair
    asked = program_of(bank, "lin").get(f"/duplicates?customer={first}").json()["data"]
    found = next(row for row in asked if row["id"] == number)
    assert (found["left"]["customer_id"], found["right"]["customer_id"]) == (first, second)
    assert [reason["weight"] > 0 for reason in found["reasons"]] == [True, True, False]
    whole = program_of(bank, "lin").get(f"/duplicates/{number}").json()
    assert whole["survivor_id"] in (first, second) and "name" in {field["name"] for field in whole["fields"]}


def test_who_does_not_see_both_does_not_see_the_pair(bank, pair):
    number, first, _second = pair
    assert program_of(bank, "chen").get(f"/duplicates/{number}").status_code == 404
    assert number not in [row["id"] for row in program_of(bank, "chen").all("/duplicates")]
    assert program_of(bank, "chen").get(f"/duplicates?customer={first}").status_code == 404


def test_who_may_not_reach_them_is_not_told_that_telephones_agree(bank, pair):
    number = pair[0]
    told = program_of(bank, "lin", scopes=("customers.read",)).get(f"/duplicates/{number}").json()
    assert len(told["reasons"]) == 2


def test_a_manager_marks_a_pair_and_is_not_asked_again(bank, pair):
    number = pair[0]
    address, never = f"/duplicates/{number}/mark", {"state": "never"}
    assert program_of(bank, "lin").put(address, never).status_code == 403
    assert program_of(bank, "zhou", scopes=("customers.read",)).put(address, never).json()["right"] == "duplicates.decide"
    program = program_of(bank, "zhou")
    assert [program.put(address, never).json()["state"] for _twice in range(2)] == ["never", "never"]
    assert number not in [row["id"] for row in program.all("/duplicates")]
    assert number in [row["id"] for row in program.all("/duplicates?state=never")]
    assert program.put(address, {"state": "merged"}).status_code == 422
    assert program.put(address, {"state": "likely"}).json()["decided_at"] is None
    assert rows(bank, "select count(*) > 0 from access_auditentry where act = 'duplicates.never' and login = 'zhou'") == [(True,)]
