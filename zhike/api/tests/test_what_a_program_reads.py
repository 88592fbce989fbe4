"""A program sees with somebody's token what she sees on her pages, never more than the token says."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import quote

import pytest

from zhike.api.tests.asking import program_of
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.tests.books import rows


def ids_in_book(bank: Bank, people: Cast, login: str) -> set[int]:
    statement = "select p.id from parties_party p join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s"
    return {key for (key,) in rows(bank, statement, people[login].staff_no)}


def test_a_program_walks_through_exactly_the_book_of_its_person(bank, people):
    found = [row["id"] for row in program_of(bank, "lin").all("/customers", limit=7)]
    assert found == sorted(found) and len(found) == len(set(found))
    assert set(found) == ids_in_book(bank, people, "lin")


def test_a_program_of_a_branch_manager_walks_through_her_outlet(bank, people):
    (unit,) = rows(bank, f"select unit_id from access_employee where staff_no = '{people['zhou'].staff_no}'")[0]
    expected = {key for (key,) in rows(bank, f"select id from parties_party where unit_id = {unit}")}
    level = rows(bank, f"select level from access_unit where id = {unit}")[0][0]
    found = {row["id"] for row in program_of(bank, "zhou").all("/customers", limit=50)}
    assert found == expected if level == "outlet" else found >= expected


def test_an_analysts_program_walks_through_the_whole_bank_without_a_phone(bank, people):
    found = program_of(bank, "su").all("/customers")
    assert {row["id"] for row in found} == {key for (key,) in rows(bank, "select id from parties_party")}
    assert not any("phone" in row for row in found)
    assert program_of(bank, "su").get(f"/customers/{found[0]['id']}/contact-points").status_code == 403


def test_what_is_not_hers_reads_like_what_is_not_there(bank, people):
    theirs = next(iter(ids_in_book(bank, people, "chen")))
    program = program_of(bank, "lin")
    for rest in (
        "",
        "/holdings",
        "/relationships",
        "/transactions",
        "/interactions",
        "/month-ends",
        "/contact-points",
        "/consents",
        "/may-be-contacted",
        "/suitability",
    ):
        hers, nowhere = program.get(f"/customers/{theirs}{rest}"), program.get(f"/customers/999999999{rest}")
        assert hers.status_code == nowhere.status_code == 404
        assert {**hers.json(), "instance": ""} == {**nowhere.json(), "instance": ""}


def test_a_program_is_told_what_may_be_offered_and_why_not(bank, people):
    key = next(
        key
        for (key,) in rows(bank, "select party_id from risk_profile where valid_to is null order by party_id")
        if key in ids_in_book(bank, people, "lin")
    )
    told = program_of(bank, "lin").get(f"/customers/{key}/suitability").json()
    page = {one["name"]: one for one in told["data"]}
    assert told["level"] in ("C1", "C2", "C3", "C4", "C5") and told["assessed_date"] < told["valid_until"]
    assert not page["清川专享权益"]["may_be_offered"] and page["清川专享权益"]["because"]
    assert [one["name"] for one in told["data"] if one["may_be_offered"] and one["risk_level"][1] > told["level"][1]] == []


def test_a_token_for_less_opens_less_and_says_which_right_is_missing(bank, people):
    program = program_of(bank, "lin", scopes=("customers.read",))
    key = next(iter(ids_in_book(bank, people, "lin")))
    whole = program.get(f"/customers/{key}").json()
    assert "held" not in whole and "phone" not in whole and whole["name"]
    refused = program.get(f"/customers/{key}/holdings")
    assert (refused.status_code, refused.json()["right"]) == (403, "accounts.read")
    phone = rows(bank, "select count(*) from parties_contactpoint where kind = 'mobile'")[0][0]
    assert phone  # there are phones, and without contacts.read none is found by its last four
    assert program.get("/customers?q=6209").json()["data"] == []


def test_only_the_fields_asked_for_come_along(bank, people):
    page = program_of(bank, "lin").get("/customers?fields=name,held").json()
    assert {tuple(sorted(row)) for row in page["data"]} <= {("held", "id", "name")}
    wrong = program_of(bank, "lin").get("/customers?fields=name,salary")
    assert (wrong.status_code, wrong.json()["errors"][0]["parameter"]) == (422, "fields")


def test_transactions_are_walked_newest_first_within_their_days(bank, people):
    (party, count) = rows(bank, "select party_id, count(*) from holdings_transaction group by 1 order by 2 desc, 1 limit 1")[0]
    program = program_of(bank, "gao")
    found = program.all(f"/customers/{party}/transactions", limit=9)
    days = [row["booking_date"] for row in found]
    assert len({row["id"] for row in found}) == len(found) >= count > 9
    assert days == sorted(days, reverse=True)
    since, until = days[-1], days[0]
    narrowed = program.all(f"/customers/{party}/transactions?since={since}&until={until}")
    assert [row["id"] for row in narrowed] == [row["id"] for row in found if since <= row["booking_date"] < until]


def test_holdings_are_those_of_the_page(bank, people):
    (party,) = rows(bank, "select party_id from holdings_account group by 1 order by count(*) desc, 1 limit 1")[0]
    held = program_of(bank, "gao").get(f"/customers/{party}/holdings").json()
    (count,) = rows(bank, f"select count(*) from holdings_account where party_id = {party} and valid_to is null")[0]
    assert len([row for row in held["accounts"] if row["role"] == "owner"]) == count
    one = held["accounts"][0]
    assert program_of(bank, "gao").get(f"/accounts/{one['id']}").json()["number"] == one["number"]
    assert program_of(bank, "gao").get(f"/customers/{party}/month-ends").json()["data"]


def test_an_answer_that_has_not_changed_is_not_sent_again(bank, people):
    program = program_of(bank, "lin")
    first = program.get("/customers")
    again = program.get("/customers", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert program.get("/customers?limit=1", **{"If-None-Match": first["ETag"]}).status_code == 200


def test_the_bank_systems_deliveries_are_for_those_who_may_read_them(bank, people):
    batches = program_of(bank, "su").all("/batches", limit=2)
    assert len(batches) > 2
    assert program_of(bank, "su").get(f"/batches/{batches[0]['id']}").json() == batches[0]
    assert program_of(bank, "lin").get("/batches").status_code == 403


@pytest.mark.parametrize("login", ["lin", "su", "gao"])
def test_a_program_is_told_whom_it_stands_for(bank, people, login):
    told = program_of(bank, login).get("/me").json()
    assert (told["login"], told["name"]) == (login, people[login].name)


def wrong_parameters(answer) -> dict[str, str]:
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json"), answer.content
    return {wrong["parameter"]: wrong["detail"] for wrong in answer.json()["errors"]}


def test_a_mistyped_parameter_is_named_with_the_one_that_was_meant(bank, people):
    program = program_of(bank, "lin")
    assert program.get("/customers?status=former").status_code == 200
    assert "“status”" in wrong_parameters(program.get("/customers?statsu=former"))["statsu"]
    said = wrong_parameters(program.get("/customers?statsu=former&zzz=1&limit=2&limit=3", **{"Accept-Language": "zh-hans"}))
    assert said["statsu"] == "这里没有参数“statsu”。您要的是“status”吗？"
    assert "cursor" in said["zzz"] and said["limit"] == "只能给一次。"


def test_no_address_of_the_api_passes_over_a_parameter_it_does_not_know(bank, people):
    program, key = program_of(bank, "gao"), next(iter(ids_in_book(bank, people, "lin")))
    for rest in (
        "",
        "/holdings",
        "/relationships",
        "/transactions",
        "/interactions",
        "/month-ends",
        "/contact-points",
        "/consents",
        "/may-be-contacted",
        "/suitability",
    ):
        assert program.get(f"/customers/{key}{rest}").status_code == 200
        assert set(wrong_parameters(program.get(f"/customers/{key}{rest}?asof=2026-01-01"))) == {"asof"}
    assert set(wrong_parameters(program.get("/openapi.json?lang=en"))) == set(wrong_parameters(program.get("/me?lang=en"))) == {"lang"}


def test_whatever_stands_after_the_beginning_of_the_api_is_answered_with_a_problem(bank, people):
    for path in ("/", "/nowhere", "/customers/a%0Ab", "/accounts/%0A"):
        answer = program_of(bank, "lin").get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path


def condition(*lines: dict) -> str:
    return quote(json.dumps({"version": 1, "where": {"all": list(lines)}}))


def test_a_condition_narrows_a_programs_list_as_it_does_the_page(bank, people):
    line = {"field": "aum", "op": "at_least", "value": "100000"}
    found = program_of(bank, "lin").all(f"/customers?where={condition(line)}", limit=3)
    whole = program_of(bank, "lin").all("/customers")
    rich = {row["id"] for row in whole if row["held"] and Decimal(row["held"]["aum"]) >= 100_000}
    assert {row["id"] for row in found} == rich and 0 < len(rich) < len(whole)
    with_words = program_of(bank, "lin").get(f"/customers?q={quote(found[0]['name'])}&where={condition(line)}").json()["data"]
    assert {row["id"] for row in with_words} <= rich


def test_a_condition_that_cannot_be_used_is_refused_in_its_own_words(bank, people):
    wrong = [{"field": "aum", "op": "at_least", "value": "much"}, {"field": "salary", "op": "is", "value": "1"}]
    said = program_of(bank, "lin").get(f"/customers?where={condition(*wrong)}")
    assert said.status_code == 422
    assert [error["pointer"] for error in said.json()["errors"]] == ["#/where/all/0/value", "#/where/all/1/field"]
    assert set(wrong_parameters(program_of(bank, "lin").get("/customers?where=nonsense"))) == {"where"}
    phone = condition({"field": "has_mobile", "op": "is", "value": True})
    assert "contacts.read" in str(wrong_parameters(program_of(bank, "lin", scopes=("customers.read",)).get(f"/customers?where={phone}")))


def test_a_program_is_told_what_it_may_ask(bank, people):
    told = program_of(bank, "lin").get("/conditions", **{"Accept-Language": "zh-hans"}).json()
    asked = {field["name"]: field for field in told["catalogues"]["c0"]["fields"]}
    assert asked["aum"]["kind"] == "money" and "at_least" in [way["name"] for way in told["operators"]["money"]]
    assert all(relation["catalogue"] in told["catalogues"] for relation in told["catalogues"]["c0"]["relations"])


def test_what_the_bank_knows_itself_comes_along_and_can_be_asked_for_alone(bank, people, as_person):
    individuals = {key for (key,) in rows(bank, "select id from parties_party where kind = 'individual'")}
    key = max(individuals & ids_in_book(bank, people, "lin"))
    lin = as_person("lin")
    version = next(iter(rows(bank, f"select version from parties_declared where party_id = {key}")), (0,))[0]
    assert lin.post(f"/customers/{key}/known/", {"version": version, "has": ["hobbies"], "v-hobbies": ["tea"]}).status_code < 400
    assert lin.post(f"/customers/{key}/tags/", {"tag": "试点客户"}).status_code < 400
    program = program_of(bank, "lin")
    fields = {row["name"]: row for row in program.get("/fields").json()["data"]}
    assert "hobbies" in fields and program.get("/tags").status_code == 200
    whole = program.get(f"/customers/{key}").json()
    assert "试点客户" in whole["tags"] and whole["declared"]["hobbies"] == ["tea"]
    alone = program.get(f"/customers/{key}?fields=declared.hobbies").json()
    assert alone == {"id": key, "declared": {"hobbies": whole["declared"]["hobbies"]}}
    listed = next(row for row in program.all("/customers?fields=tags") if row["id"] == key)
    assert listed == {"id": key, "tags": whole["tags"]}
    assert set(wrong_parameters(program.get(f"/customers/{key}?fields=declared.no_such"))) == {"fields"}
