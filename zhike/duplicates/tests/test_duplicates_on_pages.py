"""周敏 judges pairs on her branch's pages; 林知远 reads them; who sees only one of two learns nothing of the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from zhike.testing.databases import Bank

AsPerson = Callable[[str], Client]
FEATURES = {
    "name": ["sounds_same", "8.1"], "born": ["same", "14.2"], "phone": ["differs", "-1.2"], "id": ["unknown", "0.0"], "place": ["same_district", "1.5"],
}  # fmt: skip


@pytest.fixture
def pair(bank: Bank) -> Iterator[tuple[int, int, int]]:
    """Two of 林知远's customers of one kind, likely one: the pair, left, right."""
    with bank.connected("job") as job:
        job.execute("delete from duplicates_pair")  # the list is to show this one alone
        left, right = (
            row[0] for row in job.execute(
                """select p.id from parties_party p join access_employee e on e.id = p.main_rm_id where e.staff_no = (
                       select o.staff_no from access_employee o join parties_assignment a on a.employee_id = o.id and a.valid_to is null and a.role = 'main'
                       where o.status <> 'left' and o.post = 'relationship_manager' group by 1 order by count(*) desc, 1 limit 1)
                   and p.unit_id = e.unit_id and p.kind = 'individual' order by p.id limit 2"""
            ).fetchall()
        )  # fmt: skip
        row = job.execute(
            "insert into duplicates_pair (left_id, right_id, probability, features, state, found_at, decided_by) values (%s, %s, 0.987, %s, 'likely', now(), '') returning id",
            [left, right, json.dumps(FEATURES)],
        ).fetchone()
        assert row is not None
    yield row[0], left, right
    with bank.connected("job") as job:
        job.execute("delete from duplicates_pair")
        job.execute("delete from duplicates_merge")


def _text(client: Client, address: str) -> str:
    answer = client.get(address, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_why_and_how_sure_in_both_languages(as_person: AsPerson, pair: tuple[int, int, int]) -> None:
    client = as_person("zhou")
    text = _text(client, "/duplicates/")
    assert "same birth date" in text and "other telephone" in text and "names sound the same (" in text and "98.7" in text
    assert "ID number" not in text, "what is unknown says nothing"
    client.post("/language/", {"language": "zh-hans"})
    assert "出生日期相同" in client.get("/duplicates/").content.decode()
    client.post("/language/", {"language": "en"})


def test_the_analyst_is_not_told_of_telephones(as_person: AsPerson, pair: tuple[int, int, int]) -> None:
    text = _text(as_person("su"), f"/duplicates/{pair[0]}/")
    assert "same birth date" in text and "telephone" not in text


def test_who_sees_neither_or_only_one_of_the_two_learns_nothing(bank: Bank, as_person: AsPerson, pair: tuple[int, int, int]) -> None:
    number, _left, right = pair
    assert as_person("chen").get(f"/duplicates/{number}/").status_code == 404
    with bank.connected("job") as job:
        was = job.execute("select unit_id, rm_ids from parties_party where id = %s", [right]).fetchone()
        assert was is not None
        job.execute("update parties_party set unit_id = null, rm_ids = '{}' where id = %s", [right])
    try:
        assert as_person("lin").get(f"/duplicates/{number}/").status_code == 404
        assert f"/duplicates/{number}/" not in _text(as_person("zhou"), "/duplicates/")
        assert as_person("he").get(f"/duplicates/{number}/").status_code == 200
    finally:
        with bank.connected("job") as job:
            job.execute("update parties_party set unit_id = %s, rm_ids = %s where id = %s", [*was, right])
    assert as_person("lin").get(f"/duplicates/{number}/").status_code == 200


def test_the_branch_manager_merges_follows_the_old_address_and_undoes(bank: Bank, as_person: AsPerson, pair: tuple[int, int, int]) -> None:
    number, left, right = pair
    client = as_person("zhou")
    before = client.get(f"/customers/{right}/").content
    answer = client.post(f"/duplicates/{number}/merge/", {"survivor": "left", "field_name": "right"})
    assert answer.status_code == 302 and "merged=" in answer["Location"]
    merge = int(answer["Location"].partition("merged=")[2])
    assert "is part of" in _text(client, answer["Location"])
    moved = client.get(f"/customers/{right}/")
    assert (moved.status_code, moved["Location"]) == (302, f"/customers/{left}/")
    assert as_person("chen").get(f"/customers/{right}/").status_code == 404
    assert client.get("/customers/", {"view": "all", "sort": "name"}).status_code == 200
    assert "Undo" in _text(client, "/duplicates/?state=merged")
    assert client.post(f"/merges/{merge}/undo/").status_code == 302
    assert client.get(f"/customers/{right}/").status_code == 200 and before
    assert client.post(f"/merges/{merge}/undo/").status_code == 409


def test_a_pair_said_to_be_different_leaves_the_list_and_can_come_back(as_person: AsPerson, pair: tuple[int, int, int]) -> None:
    client, address = as_person("zhou"), f"/duplicates/{pair[0]}/"
    client.post(f"{address}decide/", {"never": "1"})
    assert address not in _text(client, "/duplicates/") and address in _text(client, "/duplicates/?state=never")
    client.post(f"{address}decide/", {"never": ""})
    assert address in _text(client, "/duplicates/")


def test_the_manager_of_the_customers_reads_but_does_not_merge(as_person: AsPerson, pair: tuple[int, int, int]) -> None:
    text = _text(as_person("lin"), f"/duplicates/{pair[0]}/")
    assert "Make them one customer" not in text and "may make them one" in text
    assert as_person("lin").post(f"/duplicates/{pair[0]}/merge/", {}).status_code == 403
