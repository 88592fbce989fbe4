"""The panel of a customer's page, the list of assessments that end, and the products with their risk, as people read them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from zhike.core.dates import full_day
from zhike.risk import queries
from zhike.risk.rules import after_months
from zhike.testing.databases import Bank


def _assess(bank: Bank, party: int, level: str, on: date, **more: Any) -> None:
    """One assessment alone stands for this customer."""
    values = {"place": "counter", "investor_type": "ordinary", "qualified_by": "", "experience_years": 5, **more}
    with bank.connected("job") as job:
        job.execute("delete from risk_profile where party_id = %s", (party,))
        job.execute(
            """insert into risk_profile (source, external_key, valid_from, batch_id, party_id, level, assessed_date, method, place, investor_type,
                   experience_years, qualified_by, evidence, is_remote_agreed)
               values ('test', %(party)s::text, '2000-01-01', 0, %(party)s, %(level)s, %(on)s, '', %(place)s, %(investor_type)s,
                   %(experience_years)s, %(qualified_by)s, '', false)""",
            {"party": party, "level": level, "on": on, **values},
        )
        job.execute("update parties_party set birth_date = '1985-05-05' where id = %s", (party,))
        job.commit()


def _product(bank: Bank, name: str) -> int:
    with bank.connected("job") as job:
        row = job.execute("select id from products_product where name = %s", (name,)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def wang(bank: Bank, people: Any) -> int:
    """A customer of 林知远."""
    with bank.connected("job") as job:
        row = job.execute(
            """select p.id from parties_party p join access_person w on w.employee_id = p.main_rm_id
               where w.login = 'lin' and p.kind = 'individual' and p.status = 'customer' order by p.id limit 1"""
        ).fetchone()
    assert row is not None
    return int(row[0])


def _panel(client: Any, party: int, **asked: Any) -> str:
    answer = client.get(f"/customers/{party}/suitability/", asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


TODAY = timezone.localdate


def test_her_manager_reads_until_when_it_counts_and_what_she_may_be_offered(bank: Bank, as_person: Any, wang: int) -> None:
    on = TODAY() - timedelta(days=100)
    _assess(bank, wang, "C2", on)
    said = _panel(as_person("lin"), wang)
    assert f"counts until {full_day(after_months(on, 12), 'en')}" in said
    assert "R1 low risk" in said and "R2 low to medium risk" in said and "R3 medium risk" not in said


@pytest.mark.parametrize(("days", "word"), [(31, "counts until"), (30, "ends on"), (1, "ends on"), (0, "ended on")])
def test_thirty_days_before_its_end_she_is_told(bank: Bank, as_person: Any, wang: int, days: int, word: str) -> None:
    until = TODAY() + timedelta(days=days)
    _assess(bank, wang, "C3", after_months(until, -12))
    said = _panel(as_person("lin"), wang)
    assert f"{word} {full_day(until, 'en')}" in said
    assert ("no investment product" in said) == (days == 0)


def test_a_product_above_her_is_refused_with_the_rule_and_one_below_is_not(bank: Bank, as_person: Any, wang: int) -> None:
    _assess(bank, wang, "C2", TODAY() - timedelta(days=10))
    client = as_person("lin")
    high = _panel(client, wang, product=_product(bank, "白沙消费精选混合"))
    assert "may not be offered" in high and "The product is R4; with C2 (steady) she may be offered up to R2." in high and "R53" in high
    low = _panel(client, wang, product=_product(bank, "川江货币基金A"))
    assert "Nothing speaks against it." in low and "may not be offered" not in low


def test_the_refusal_says_why_in_chinese_as_well(bank: Bank, as_person: Any, wang: int) -> None:
    _assess(bank, wang, "C2", TODAY() - timedelta(days=10))
    client = as_person("zhou")
    client.post("/language/", {"language": "zh-hans", "next": "/"})
    said = _panel(client, wang, product=_product(bank, "白沙消费精选混合"))
    assert "不得推荐" in said and "产品为R4；客户为C2(稳健型)，最高可推荐R2。" in said


def test_what_needs_a_second_person_says_so(bank: Bank, as_person: Any, wang: int) -> None:
    _assess(bank, wang, "C5", TODAY() - timedelta(days=10))
    with bank.connected("job") as job:
        job.execute("update parties_party set birth_date = '1950-01-01' where id = %s", (wang,))
        job.commit()
    said = _panel(as_person("lin"), wang, product=_product(bank, "白沙消费精选混合"))
    assert "needs a second person" in said and "R56" in said and "R55" in said


def test_who_was_never_assessed_may_be_offered_nothing(bank: Bank, as_person: Any, wang: int) -> None:
    with bank.connected("job") as job:
        job.execute("delete from risk_profile where party_id = %s", (wang,))
        job.commit()
    said = _panel(as_person("lin"), wang, product=_product(bank, "川江货币基金A"))
    assert "never assessed" in said and "no investment product" in said and "may not be offered" in said


def test_a_colleague_elsewhere_does_not_find_her(bank: Bank, as_person: Any, wang: int) -> None:
    assert as_person("lin").get(f"/customers/{wang}/suitability/").status_code == 200
    assert as_person("chen").get(f"/customers/{wang}/suitability/").status_code == 404


def test_the_list_has_whose_assessment_ends_of_the_viewers_customers_alone(bank: Bank, as_person: Any, wang: int) -> None:
    _assess(bank, wang, "C4", after_months(TODAY() + timedelta(days=7), -12))
    link = f'href="/customers/{wang}/"'
    assert link in as_person("lin").get("/suitability/").content.decode()
    assert link not in as_person("lin").get("/suitability/?ends=over").content.decode()
    assert link not in as_person("chen").get("/suitability/").content.decode()
    _assess(bank, wang, "C4", after_months(TODAY() - timedelta(days=7), -12))
    assert link in as_person("lin").get("/suitability/?ends=over").content.decode()


def test_page_after_page_everybody_stands_once_whose_assessment_has_ended(bank: Bank, as_person: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(queries, "SIZE", 4)
    client, found, address = as_person("gao"), [], "/suitability/?ends=over"
    while address:
        text = client.get(address).content.decode()
        found += re.findall(r'<th scope="row"><a href="/customers/(\d+)/"', text)
        more = re.search(r'rel="next" href="([^"]+)"', text)
        address = "/suitability/" + more[1].replace("&amp;", "&") if more else ""
    with bank.connected("job") as job:
        row = job.execute(
            """select count(*) from (select distinct on (r.party_id) r.party_id, least(r.valid_to_date, (r.assessed_date + interval '12 months')::date) as until
                   from risk_profile r join parties_party p on p.id = r.party_id and p.status = 'customer'
                   where r.valid_to is null and r.assessed_date <= %(on)s order by r.party_id, r.assessed_date desc) e where until <= %(on)s""",
            {"on": TODAY()},
        ).fetchone()
    assert row is not None
    assert len(found) == len(set(found)) == row[0] > 8


def test_products_show_the_higher_level_and_who_said_what(bank: Bank, as_person: Any) -> None:
    text = " ".join(as_person("lin").get("/suitability/products/").content.decode().split())
    row = text.split("白沙消费精选混合")[1].split("</tr>")[0]
    assert "<b>R4</b> medium to high risk" in row and row.count(">R3<") == 1 and row.count(">R4<") == 2
    assert "qualified investors" in text.split("清川专享权益")[1].split("</tr>")[0]
    assert "个人活期存款" not in text
