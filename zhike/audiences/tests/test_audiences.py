"""An audience is a condition under a name: kept, shared, changed with its versions, counted, broken down, laid over others; everybody
finds her own customers in it."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from zhike.workspace.tests.books import one, rows
from zhike.workspace.tests.test_conditions_on_customers import check, whole
from zhike.workspace.tests.test_paging import LINKS

WOMEN = {"all": [check("sex", "in", ["female"]), check("kind", "in", ["individual"])]}
RICH = {"all": [check("aum", "at_least", "50000")]}


def text(node) -> str:
    return json.dumps(whole(node))


def kept(client, node, name="Women", **more: str) -> int:
    """Keep an audience; its key."""
    answer = client.post("/audiences/new/", {"where": text(node), "name": name, **more})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return int(answer["Location"].rstrip("/").rpartition("/")[2])


@pytest.fixture
def cleared(bank, people):
    yield
    with bank.connected("job") as job:
        job.execute("delete from audiences_audienceversion")
        job.execute("delete from audiences_audience")


@pytest.fixture
def lin(as_person, cleared):
    return as_person("lin")


def said_in(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    found: str = answer.content.decode()
    return found


def audited(bank, act: str) -> int:
    return int(one(bank, "select count(*) from access_auditentry where act = %s", act))


def test_an_audience_is_kept_found_and_said_in_both_languages(lin, bank):
    before = audited(bank, "audiences.saved")
    key = kept(lin, WOMEN, note="spring letters")
    page = said_in(lin, "/audiences/")
    assert "Women" in page and "Sex: Female and kind: Individual" in page and "spring letters" in page
    assert "性别：女，且类型：个人" in lin.get(f"/audiences/{key}/", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert audited(bank, "audiences.saved") == before + 1


def test_without_a_name_it_is_not_kept_and_nothing_typed_is_lost(lin):
    answer = lin.post("/audiences/new/", {"where": text(WOMEN), "name": " ", "note": "spring letters"})
    assert (
        answer.status_code == 422
        and "An audience needs a name" in answer.content.decode()
        and 'value="spring letters"' in answer.content.decode()
    )
    assert lin.post("/audiences/new/", {"where": "{", "name": "x"}).status_code == 422


def test_each_finds_her_own_customers_in_a_shared_one_and_nobody_one_that_is_not_shared(as_person, cleared, bank):
    su, lin = as_person("su"), as_person("lin")
    key = kept(su, WOMEN, shared="bank")
    mine = kept(su, RICH, name="Rich")
    where = quote(text(WOMEN))
    whole_bank, hers = (int(client.get(f"/audiences/breakdown/?where={where}").context["found"].total) for client in (su, lin))
    assert whole_bank == one(bank, "select count(*) from parties_party where sex = 'female' and kind = 'individual'") > hers > 0
    seen = {int(found) for found in LINKS.findall(said_in(lin, f"/audiences/sample/?where={where}"))}
    book = {
        party
        for (party,) in rows(
            bank, "select p.id from parties_party p join access_employee e on e.id = any(p.rm_ids) where e.staff_no = %s", people_no(bank)
        )
    }
    assert seen and seen <= book
    assert lin.get(f"/audiences/{key}/").status_code == 200
    assert lin.get(f"/audiences/{mine}/").status_code == 404 and "Rich" not in said_in(lin, "/audiences/")
    assert lin.post(f"/audiences/{key}/change/", {"where": text(RICH)}).status_code == 404


def people_no(bank) -> str:
    number: str = one(bank, "select e.staff_no from access_person p join access_employee e on e.id = p.employee_id where p.login = 'lin'")
    return number


def test_with_the_whole_bank_only_she_shares_who_may(lin, as_person):
    assert lin.post("/audiences/new/", {"where": text(WOMEN), "name": "x", "shared": "bank"}).status_code == 403
    key = kept(lin, WOMEN, shared="unit")
    assert as_person("zhou").get(f"/audiences/{key}/").status_code == 200
    assert as_person("chen").get(f"/audiences/{key}/").status_code == 404


def test_a_change_is_a_version_and_says_what_was_added_and_taken_away(lin):
    key = kept(lin, WOMEN)
    changed = {"all": [WOMEN["all"][0], check("age", "at_least", "60")]}
    page = said_in(lin, f"/audiences/{key}/?where={quote(text(changed))}")
    assert "Keep as a new version" in page
    assert lin.post(f"/audiences/{key}/change/", {"where": text(changed)}).status_code == 302
    assert lin.post(f"/audiences/{key}/change/", {"where": text(changed)}).status_code == 302, "the same again is no version"
    page = said_in(lin, f"/audiences/{key}/versions/")
    assert re.findall(r"<ins>(.*?)</ins>", page) == ["Age at least 60 years old"] and re.findall(r"<del>(.*?)</del>", page) == [
        "Kind: Individual"
    ]
    assert "Version 2" in page and "Version 3" not in page


def test_the_breakdown_adds_up_to_the_whole_by_every_group(lin, as_person):
    found = as_person("su").get(f"/audiences/breakdown/?where={quote(text(WOMEN))}").context["found"]
    titles = [title for title, _parts in found.groups]
    assert titles[:1] == ["Outlet"] and {"Age", "AUM", "Kind"} <= set(titles)
    assert all(sum(part.count for part in parts) == found.total for _title, parts in found.groups)


def test_the_breakdown_tells_the_tiers_of_an_audience(bank, as_person, cleared):
    with bank.connected("job") as job:
        job.execute(
            "insert into insight_profile (id, tier_effective) select id, case when id % 2 = 0 then 'gold' else 'private' end from parties_party where id % 3 > 0"
        )
    try:
        found = as_person("su").get(f"/audiences/breakdown/?where={quote(text(WOMEN))}", headers={"Accept-Language": "en"}).context["found"]
    finally:
        with bank.connected("job") as job:
            job.execute("delete from insight_profile")
    tiers = {part.title: part.count for part in dict(found.groups)["Tier"]}
    assert set(tiers) == {"Gold", "Private banking", "unknown"} and sum(tiers.values()) == found.total


def test_only_whoever_is_in_a_team_is_offered_to_share_with_it(bank, as_person, cleared):
    with bank.connected("job") as job:
        job.execute("update access_employee e set team = 'Retail' from access_person l where l.employee_id = e.id and l.login = 'lin'")
        job.execute("update access_employee e set team = '' from access_person l where l.employee_id = e.id and l.login = 'su'")
    page = f"/audiences/new/?where={quote(text(WOMEN))}"
    offered = {
        login: re.findall(r'<option value="(own|team|unit|bank)"', as_person(login).get(page).content.decode()) for login in ("lin", "su")
    }
    assert "team" in offered["lin"] and "team" not in offered["su"]
    assert all("own" in words and "unit" in words for words in offered.values())


def test_what_she_may_not_read_is_no_group_and_no_condition(as_person, cleared, lin):
    expires = {"all": [check("id_expires", "known", None)]}
    key = kept(lin, expires, shared="unit")
    zhou = said_in(as_person("zhou"), f"/audiences/{key}/")
    assert "Document expires is known" in zhou
    told = as_person("su").get(f"/audiences/breakdown/?where={quote(text(expires))}").content.decode()
    assert "needs the right “contacts.read”" in told


def test_two_laid_over_each_other_are_counted_as_plain_sql_counts_them(as_person, cleared, bank):
    su = as_person("su")
    assert "There are no two audiences yet" in said_in(su, "/audiences/overlap/")
    keys = [kept(su, WOMEN), kept(su, RICH, name="Rich")]
    page = su.get("/audiences/overlap/", {"of": keys})
    counts = {name: count for name, count, _share, _address in page.context["rows"]}
    [address] = [address for _name, _count, _share, address in page.context["rows"] if address]
    asked = su.get(address.replace("/audiences/new/", "/audiences/breakdown/"))
    assert asked.context["found"].total == counts["A Women ∩ B Rich"], "who is in both is one click away"
    women, rich, both = rows(
        bank,
        """select count(*) filter (where w and not r), count(*) filter (where r and not w), count(*) filter (where w and r) from (
               select coalesce(p.sex = 'female' and p.kind = 'individual', false) w, coalesce(s.aum >= 50000, false) r
               from parties_party p left join holdings_summary s on s.party_id = p.id and s.place is not null) x""",
    )[0]
    assert counts == {"only A Women": women, "only B Rich": rich, "A Women ∩ B Rich": both}
    assert both > 0 and "Choose two audiences or three" in said_in(su, "/audiences/overlap/")


def test_one_that_is_put_away_comes_back_and_a_copy_is_ones_own(as_person, cleared):
    su, gao = as_person("su"), as_person("gao")
    key = kept(su, WOMEN, shared="bank")
    copied = gao.post(f"/audiences/{key}/copy/")
    assert "Women (copy)" in said_in(gao, copied["Location"])
    away = su.post(f"/audiences/{key}/away/")
    page = said_in(su, away["Location"])
    assert "zk-row-link" not in page and "Undo" in page
    assert "Women" in said_in(su, "/audiences/?archived=1")
    assert su.post(f"/audiences/{key}/away/", {"back": "1"}).status_code == 302
    assert "Women" in said_in(su, "/audiences/")


def test_the_builder_says_what_a_condition_means_over_everybody_she_sees(lin, as_person):
    told = lin.post("/audiences/conditions/read/", {"where": text(WOMEN)}).json()
    assert told["said"] == "Sex: Female and kind: Individual" and len(told["steps"]) == 3
    assert as_person("su").post("/audiences/conditions/read/", {"where": text(WOMEN)}).json()["steps"][0] != told["steps"][0]
    assert lin.post("/audiences/conditions/read/", {"where": "{"}).json()["problems"]
    assert "zk-conditions-about" in said_in(lin, f"/audiences/conditions/?where={quote(text(WOMEN))}")


def test_an_export_of_an_audience_is_that_of_its_list(as_person, cleared):
    su = as_person("su")
    key = kept(su, WOMEN)
    page = said_in(su, f"/audiences/{key}/")
    form = page[page.index('action="/customers/export/"') :]
    where = re.search(r'name="where" value="([^"]*)"', form)
    assert where is not None
    file = su.post("/customers/export/", {"view": "all", "where": where[1].replace("&quot;", '"'), "form": "csv_plain"})
    total = su.get(f"/audiences/breakdown/?where={quote(text(WOMEN))}").context["found"].total
    assert file.status_code == 200 and len(file.content.decode().strip().splitlines()) == total + 1
