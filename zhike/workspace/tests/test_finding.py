"""The search that opens everywhere finds what a person may open, her own first, and what she opened and pinned is hers alone."""

from __future__ import annotations

import re

import pytest

from zhike.access.scope import Viewer, entered
from zhike.parties import searching
from zhike.parties.rules import name_tokens
from zhike.workspace.tests.books import book_of, one, only_in_book_of, rows


def found(client, words: str = "") -> dict[str, list[tuple[str, str, str]]]:
    """The answer: heading's name → (title, what was found, address)."""
    html = client.get("/find/", {"q": words}, headers={"HX-Request": "true"}).content.decode()
    groups = {}
    for part in html.split('<div role="group" aria-labelledby="zk-found-')[1:]:
        options = re.findall(r"<a .*?</a>", part, re.DOTALL)
        groups[part.split('"')[0]] = [(_part(o, "name"), _part(o, "said"), (re.findall(r' href="([^"]*)"', o) or [""])[0]) for o in options]
    return groups


def _part(html: str, name: str) -> str:
    told = re.search(rf'zk-found-{name}">([^<]*)<', html)
    return told[1] if told else ""


def customers(client, words: str) -> list[int]:
    """The keys of the customers in the answer, in order."""
    addresses = [address for _title, _said, address in found(client, words).get("customers", [])]
    return [int(address.split("/")[2]) for address in addresses if address.startswith("/customers/") and "?" not in address]


def pinyin(name: str) -> str:
    """The first full spelling of a name."""
    return max((token for token in name_tokens(name) if token.isascii()), key=len)


def test_a_manager_finds_her_customer_and_her_colleague_and_another_branch_do_not(bank, people, as_person):
    key, name, number = only_in_book_of(bank, people, "lin", not_of="chen")
    for words in (name, pinyin(name), number):
        for login in ("lin", "zhou", "he", "gao"):
            assert as_person(login).get("/customers/", {"q": words}).status_code == 200
        assert key in customers(as_person("lin"), words), words
        for login in ("chen", "qian"):
            assert key not in customers(as_person(login), words), (login, words)
    for login in ("zhou", "he", "gao"):
        assert key in customers(as_person(login), number), login


def test_whoever_searches_sees_only_what_she_sees_in_the_list(bank, people, as_person):
    for login, staff in (("lin", "lin"), ("chen", "chen")):
        hers = {
            key
            for (key,) in rows(
                bank,
                "select p.id from parties_party p join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s",
                people[staff].staff_no,
            )
        }
        for words in ("zh", "li", "wang", "w", "王", "a", "1", "13", "xiaoming"):
            assert set(customers(as_person(login), words)) <= hers, (login, words)


def test_of_all_she_sees_her_own_book_comes_first(bank, people):
    """Somebody with a book of her own who sees her outlet as well: of one family name, hers stand before her colleagues'."""
    [(employee, unit)] = rows(bank, "select id, unit_id from access_employee where staff_no = %s", people["lin"].staff_no)
    both = Viewer(None, "both", "", "branch_manager", "outlet", (unit,), (employee,), frozenset({"customers.read"}))
    [(family, hers, others)] = rows(
        bank,
        """select left(name, 1), count(*) filter (where %s = any(rm_ids)), count(*) filter (where not %s = any(rm_ids)) from parties_party
           where kind = 'individual' and (unit_id = %s or %s = any(rm_ids)) group by 1 having count(*) < 50 order by count(*) filter (where %s = any(rm_ids)) * count(*) filter (where not %s = any(rm_ids)) desc, 1 limit 1""",
        employee, employee, unit, employee, employee, employee,
    )  # fmt: skip
    with entered(both):
        found = searching.find(both, family)
    marks = [hit.is_hers for hit in found]
    assert marks == sorted(marks, reverse=True) and marks.count(True) >= hers > 0 and marks.count(False) >= others > 0


def test_the_last_four_of_a_phone_are_said_and_an_analyst_finds_nobody_by_them(bank, people, as_person):
    key, masked = rows(
        bank,
        """select p.id, c.value_masked from parties_contactpoint c join parties_party p on p.id = c.party_id join access_employee e on e.id = p.main_rm_id
           where e.staff_no = %s and c.kind = 'mobile' and c.valid_to is null order by c.id limit 1""",
        people["lin"].staff_no,
    )[0]
    last = masked[-4:]
    client = as_person("lin")
    hits = found(client, last)["customers"]
    assert (f"/customers/{key}/" in {url for _title, _said, url in hits}) and any(last in said for _title, said, _url in hits)
    assert key not in customers(as_person("su"), last)
    assert key not in customers(as_person("chen"), last)


@pytest.mark.parametrize("cut", [1, 2])
def test_a_half_typed_name_is_found(bank, people, as_person, cut):
    key, name, _number = next(row for row in book_of(bank, people, "lin") if len(row[1]) == 3 and len(pinyin(row[1])) > 7)
    half = pinyin(name)[:-cut]
    assert key in customers(as_person("lin"), half)
    assert key not in customers(as_person("qian"), half)


def test_one_slip_of_the_fingers_is_forgiven_and_said(bank, people, as_person):
    for key, name, _number in book_of(bank, people, "lin"):
        word = pinyin(name)
        swapped = word[:3] + word[4] + word[3] + word[5:] if len(word) > 7 else ""
        if swapped and swapped != word and key in customers(as_person("lin"), swapped):
            assert key not in customers(as_person("qian"), swapped)
            return
    pytest.fail("nobody was found with two letters swapped")


def test_pages_and_people_are_found_by_whom_they_are_open_to(bank, people, as_person):
    def pages(login: str, words: str) -> list[str]:
        return [url for _title, _said, url in found(as_person(login), words).get("pages", [])]

    assert pages("gao", "feeds") == ["/batches/"] and pages("gao", "sjjr") == ["/batches/"]
    assert pages("lin", "feeds") == []
    assert "/customers/" in pages("lin", "kehu") and "/customers/" in pages("lin", "客户") and "/customers/" in pages("lin", "custo")
    assert [title for title, _said, _url in found(as_person("gao"), "lin")["people"]] == ["林知远"]
    assert "people" not in found(as_person("zhou"), "lin")
    assert "Add a person" in [title for title, _said, _url in found(as_person("gao"), "add a")["acts"]]
    assert "acts" not in found(as_person("lin"), "add a")


def _kept(client) -> list[tuple[str, str]]:
    """What somebody opened last and pinned."""
    groups = found(client)
    return [(name, url) for name in ("pinned", "recent") for _title, _said, url in groups.get(name, [])]


def test_what_she_opened_last_and_pinned_stands_there_before_she_types_and_for_nobody_else(bank, people, as_person):
    first, second = (key for key, _name, _number in book_of(bank, people, "lin")[:2])
    others = {login: as_person(login) for login in ("zhou", "gao", "chen")}
    theirs = {login: _kept(client) for login, client in others.items()}
    lin = as_person("lin")
    for key in (first, second):
        assert lin.get(f"/customers/{key}/").status_code == 200
    assert [url for _t, _s, url in found(lin)["recent"]][:2] == [f"/customers/{second}/", f"/customers/{first}/"]
    lin.post(f"/customers/{first}/pin/", {"pinned": "1"})
    groups = found(lin)
    assert [url for _t, _s, url in groups["pinned"]] == [f"/customers/{first}/"]
    assert f"/customers/{first}/" not in [url for _t, _s, url in groups["recent"]]
    assert {login: _kept(client) for login, client in others.items()} == theirs
    lin.post(f"/customers/{first}/pin/", {"pinned": ""})
    assert "pinned" not in found(lin)


def test_a_customer_who_left_her_scope_is_no_longer_shown_to_her(bank, people, as_person):
    key, _name, _number = book_of(bank, people, "lin")[2]
    lin = as_person("lin")
    lin.get(f"/customers/{key}/")
    assert found(lin)["recent"][0][2] == f"/customers/{key}/"
    [(managers, main)] = rows(bank, "select rm_ids, main_rm_id from parties_party where id = %s", key)
    with bank.connected("job") as job:
        job.execute("update parties_party set rm_ids = '{}', main_rm_id = null where id = %s", [key])
        job.commit()
        after = [url for _title, _said, url in found(lin).get("recent", [])]
        job.execute("update parties_party set rm_ids = %s, main_rm_id = %s where id = %s", [managers, main, key])
        job.commit()
    assert f"/customers/{key}/" not in after
    assert f"/customers/{key}/" in [url for _title, _said, url in found(lin)["recent"]]


def test_what_she_opened_is_read_by_nobody_else_by_plain_sql_either(bank, people, as_person):
    key, _name, _number = book_of(bank, people, "lin")[0]
    as_person("lin").get(f"/customers/{key}/")
    assert one(bank, "select count(*) from workspace_visit") > 0
    for login in ("gao", "zhou", "chen"):
        assert as_person(login).get("/find/").status_code == 200
        told = bank.zhike("sql", "--as", login, "--json", "select count(*) as n from workspace_visit")
        assert '"n": 0' in told or '"n":0' in told, login


def test_the_answer_carries_no_script_and_no_style_of_its_own(bank, people, as_person):
    html = as_person("lin").get("/find/").content.decode()
    assert "<script" not in html and "style=" not in html and "onclick" not in html
