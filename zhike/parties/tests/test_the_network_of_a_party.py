"""The neighbourhood of a party and who is behind it, as people of different scope read them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest

from zhike.access.scope import Where
from zhike.parties import network
from zhike.parties.rules import RECIPROCAL
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

Tell = Callable[..., None]
_ALONE = "not exists (select 1 from parties_relationship r where r.party_id = p.id or r.to_party_id = p.id)"


@pytest.fixture
def tell(bank: Bank) -> Iterator[Tell]:
    """`tell(party, other, "shareholder", "0.6")`: what `other` is to `party`, from both sides, until the test ends."""
    added: list[str] = []

    def tell_one(party: int, other: int, code: str, share: str | None = None, ended: str | None = None) -> None:
        sides = [(party, other, code), (other, party, RECIPROCAL.get(code, code))]
        with bank.connected("job") as job:
            for one, two, what in sides:
                added.append(f"{one}|{two}|{what}|{len(added)}")
                job.execute(
                    """insert into parties_relationship (party_id, to_party_id, type, share, from_date, to_date, verified_by, is_reciprocal,
                           source, external_key, valid_from, batch_id)
                       values (%s, %s, %s, %s, '2020-01-01', %s, '', false, 'told', %s, '2020-01-01', 1)""",
                    [one, two, what, share, ended, added[-1]],
                )

    yield tell_one
    with bank.connected("job") as job:
        job.execute("delete from parties_relationship where source = 'told'")


def ids(bank: Bank, where: str, *values: object) -> list[int]:
    with bank.connected("job") as job:
        return [row[0] for row in job.execute(f"select p.id from parties_party p where {where} order by p.id", values)]


def firms(bank: Bank) -> Sequence[int]:
    """Organisations, their own links put aside by the test's choice of those without shareholders."""
    owned = (
        "exists (select 1 from parties_relationship r where r.party_id = p.id and r.type in ('shareholder', 'shareholding', 'guarantor'))"
    )
    return ids(bank, f"p.kind not in ('individual', 'sole_trader') and not {owned}")


def loners(bank: Bank) -> Sequence[int]:
    return ids(bank, f"p.kind = 'individual' and {_ALONE}")


def own_only(bank: Bank, people: Cast, login: str, other: str) -> Sequence[int]:
    """Customers without links whom one manager looks after and the other does not."""
    staff = "(select e.id from access_employee e where e.staff_no = %s)"
    return ids(
        bank, f"{staff} = any(p.rm_ids) and not {staff} = any(p.rm_ids) and {_ALONE}", people[login].staff_no, people[other].staff_no
    )


def name_of(bank: Bank, party: int) -> str:
    with bank.connected("job") as job:
        row = job.execute("select name from parties_party where id = %s", [party]).fetchone()
    assert row is not None
    return str(row[0])


def picture(html: str) -> dict[str, list[dict[str, object]]]:
    found = re.search(r'<script id="relations-graph-data"[^>]*>(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1]) if found else {"nodes": [], "edges": []}


def keys(html: str) -> set[object]:
    return {node["id"] for node in picture(html)["nodes"]}


def test_a_chain_of_shares_is_told_in_words_with_its_product(bank: Bank, as_person, tell: Tell) -> None:
    (lower, upper), ann = firms(bank)[:2], loners(bank)[0]
    tell(lower, upper, "shareholder", "0.8")
    tell(upper, ann, "shareholder", "0.6")
    said = as_person("gao").get(f"/customers/{lower}/owners/").content.decode()
    assert f"{name_of(bank, ann)} 60.0% → {name_of(bank, upper)} 80.0% → {name_of(bank, lower)}" in said
    assert "48.0%" in said and "Holds a quarter or more" in said


def test_a_company_that_nobody_is_known_behind_says_what_to_do(bank: Bank, as_person) -> None:
    alone = ids(bank, f"p.kind not in ('individual', 'sole_trader') and {_ALONE}") or loners(bank)
    said = as_person("gao").get(f"/customers/{alone[0]}/owners/").content.decode()
    assert "Ask for its register of shareholders" in said


def test_a_guarantee_circle_is_told_with_the_way_round(bank: Bank, as_person, tell: Tell) -> None:
    one, two, three = firms(bank)[:3]
    for surety, debtor in ((one, two), (two, three), (three, one)):
        tell(debtor, surety, "guarantor")
    said = as_person("gao").get(f"/customers/{one}/owners/").content.decode()
    assert "3 parties stand surety" in said
    way = said[said.index("stand surety") :]
    assert way.index(name_of(bank, two)) < way.index(name_of(bank, three))


@pytest.mark.parametrize("wall_alone", [False, True], ids=["by the query", "by row security alone"])
def test_who_is_not_hers_is_a_nameless_node_and_nothing_is_read_beyond(
    bank: Bank, people: Cast, as_person, tell: Tell, monkeypatch, wall_alone: bool
) -> None:
    hers, beyond = own_only(bank, people, "lin", "chen")[:2]
    foreign = own_only(bank, people, "chen", "lin")[0]
    tell(hers, foreign, "sibling")
    tell(foreign, beyond, "sibling")
    if wall_alone:
        monkeypatch.setattr(network, "seen_where", lambda _viewer: Where("true", {}))
    said = as_person("lin").get(f"/customers/{hers}/graph/?steps=3").content.decode()
    assert keys(said) == {f"n{hers}", f"m{hers}"}
    assert f"n{foreign}" not in said and name_of(bank, foreign) not in said and f"/customers/{foreign}/" not in said
    whole = as_person("gao").get(f"/customers/{hers}/graph/?steps=3").content.decode()
    assert keys(whole) == {f"n{hers}", f"n{foreign}", f"n{beyond}"}


def test_an_owner_who_is_not_hers_is_not_named_and_the_answer_says_it_is_not_whole(bank: Bank, people: Cast, as_person, tell: Tell) -> None:
    hers, foreign = own_only(bank, people, "lin", "chen")[0], own_only(bank, people, "chen", "lin")[0]
    tell(hers, foreign, "shareholder", "0.9")
    tell(hers, own_only(bank, people, "lin", "chen")[1], "legal_rep")
    said = as_person("lin").get(f"/customers/{hers}/owners/").content.decode()
    assert name_of(bank, foreign) not in said and "90.0%" not in said
    assert "more owners are possible" in said and "cannot be said from what you see" in said


def test_what_has_ended_is_shown_only_as_of_a_day_on_which_it_was_true(bank: Bank, as_person, tell: Tell) -> None:
    one, two = loners(bank)[:2]
    tell(one, two, "spouse", ended="2024-06-30")
    gao = as_person("gao")
    assert keys(gao.get(f"/customers/{one}/graph/").content.decode()) == set()
    assert keys(gao.get(f"/customers/{one}/graph/?on=2024-06-29").content.decode()) == {f"n{one}", f"n{two}"}
    assert keys(gao.get(f"/customers/{one}/graph/?on=2024-06-30").content.decode()) == set()  # half-open
    assert "later day" in gao.get(f"/customers/{one}/graph/?on=2024-06-30").content.decode()


def test_steps_widen_the_circle_and_nonsense_falls_back_to_two(bank: Bank, as_person, tell: Tell) -> None:
    chain = loners(bank)[:5]
    for one, two in pairwise(chain):
        tell(one, two, "relative")
    gao = as_person("gao")
    sizes = {
        steps: len(keys(gao.get(f"/customers/{chain[0]}/graph/?steps={steps}").content.decode())) for steps in ("1", "2", "3", "x", "99")
    }
    assert sizes == {"1": 2, "2": 3, "3": 4, "x": 3, "99": 3}
    assert gao.get(f"/customers/{chain[0]}/graph/?on=2024-02-30").status_code == 200


def test_one_relationship_told_from_both_sides_is_one_arrow(bank: Bank, as_person, tell: Tell) -> None:
    parent, child = loners(bank)[:2]
    tell(parent, child, "child")
    (arrow,) = picture(as_person("gao").get(f"/customers/{child}/graph/").content.decode())["edges"]
    assert (arrow["source"], arrow["target"], arrow["kind"]) == (f"n{parent}", f"n{child}", "family")


def test_more_than_two_hundred_are_cut_and_it_is_said(bank: Bank, as_person, tell: Tell) -> None:
    hub, *others = ids(bank, "p.kind = 'individual'")[:215]
    for other in others:
        tell(hub, other, "relative")
    said = as_person("gao").get(f"/customers/{hub}/graph/?steps=1").content.decode()
    assert len(keys(said)) == 200
    assert "Only the nearest 200" in said
