"""Nothing is suggested to a customer to whom nothing of it may be offered, and whoever looks after her reads why (R50–R56, R59)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from zhike.access.models import Person
from zhike.access.scope import NOBODY, Viewer, entered, viewer_for
from zhike.insight.predictors import chances
from zhike.insight.predictors.questions import QUESTIONS
from zhike.risk import queries
from zhike.risk.suggesting import verdicts
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

AsPerson = Callable[[str], Client]
FUND, LOAN = "next_product_fund", "next_product_loan"
NEVER, CAUTIOUS, AGED, GROWTH = "never assessed", "67, steady", "67, balanced", "growth"
_SCORED = """insert into insight_score (party_id, predictor, version, as_of, chance, tenth, is_above)
    select p, %(predictor)s, 0, %(day)s, 0.4, 1, true from unnest(%(parties)s::bigint[]) p"""
_ASSESSED = """insert into risk_profile (source, external_key, valid_from, batch_id, party_id, level, assessed_date, method, place, investor_type, qualified_by,
    evidence, is_remote_agreed) values ('own', %(key)s, %(day)s, 0, %(party)s, %(level)s, %(day)s, '', 'counter', 'ordinary', '', '', false)"""


def viewer_of(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


@pytest.fixture(scope="module")
def hers(shared_bank: Bank) -> dict[str, int]:
    """Four of 林知远's customers who stand out for a fund and another loan, on a day on which every fund on sale has R3."""
    day = timezone.localdate() - timedelta(days=20)
    with shared_bank.connected("job") as job:
        found = job.execute(
            """select p.id from parties_party p join access_person l on l.login = 'lin' where p.main_rm_id = l.employee_id and p.kind = 'individual'
               and p.status = 'customer' order by p.id limit 4"""
        ).fetchall()
        who = dict(zip((NEVER, CAUTIOUS, AGED, GROWTH), (row[0] for row in found), strict=True))
        job.execute("delete from risk_profile where party_id = any(%s)", [list(who.values())])
        job.execute("update parties_party set birth_date = %s where id = any(%s)", [date(day.year - 67, 1, 5), [who[CAUTIOUS], who[AGED]]])
        job.execute("update parties_party set birth_date = '1985-04-02' where id = %s", [who[GROWTH]])
        for name, level in ((CAUTIOUS, "C2"), (AGED, "C3"), (GROWTH, "C4")):
            job.execute(_ASSESSED, {"key": name, "day": day, "party": who[name], "level": level})
        job.execute(
            "update products_risklevel set level = 'R3' where product_id in (select id from products_product where family in ('fund', 'bond'))"
        )
        for predictor in (FUND, LOAN):
            job.execute(_SCORED, {"predictor": predictor, "day": day, "parties": list(who.values())})
    return who


def shown(client: Client, address: str, who: dict[str, int]) -> set[str]:
    text = client.get(address).content.decode()
    return {name for name, key in who.items() if f'href="/customers/{key}/"' in text}


def test_her_list_has_those_to_whom_a_fund_may_be_offered_and_the_others_stand_apart_with_the_reason(hers: dict[str, int], bank: Bank, people: Cast, as_person: AsPerson) -> None:  # fmt: skip
    lin, address = as_person("lin"), f"/insight/chances/?predictor={FUND}"
    assert shown(lin, address, hers) == {AGED, GROWTH}
    assert shown(lin, f"{address}&apart=1", hers) == {NEVER, CAUTIOUS}
    english = lin.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert "2 customers left out" in english and "a second person approves" in english
    apart = lin.get(f"{address}&apart=1", headers={"Accept-Language": "en"}).content.decode()
    assert "She has never answered the risk questionnaire" in apart
    assert "What is on sale has R3 or more; with C2 (steady) she may be offered up to R2." in apart
    assert "在售产品风险均在 R3 及以上" in lin.get(f"{address}&apart=1", headers={"Accept-Language": "zh-Hans"}).content.decode()
    assert shown(as_person("chen"), f"{address}&apart=1", hers) == set()


def test_a_loan_is_no_investment_and_stays_in_the_list(hers: dict[str, int], bank: Bank, people: Cast, as_person: AsPerson) -> None:
    assert shown(as_person("lin"), f"/insight/chances/?predictor={LOAN}", hers) == set(hers)
    assert "left out" not in as_person("lin").get(f"/insight/chances/?predictor={LOAN}", headers={"Accept-Language": "en"}).content.decode()


def test_the_page_of_a_steady_customer_of_67_says_that_no_fund_may_be_offered_and_why(hers: dict[str, int], bank: Bank, people: Cast, as_person: AsPerson) -> None:  # fmt: skip
    def told(name: str) -> tuple[str, str]:
        text = as_person("lin").get(f"/customers/{hers[name]}/chances/", headers={"Accept-Language": "en"}).content.decode()
        suggested, _mark, apart = text.partition('aria-label="May not be offered"')
        return suggested, apart

    suggested, apart = told(CAUTIOUS)
    assert "Next: a fund" not in suggested and "Next: another loan" in suggested
    assert "Next: a fund" in apart and "with C2 (steady) she may be offered up to R2" in apart
    suggested, apart = told(AGED)
    assert "Next: a fund" in suggested and "a second person approves" in suggested and not apart
    suggested, apart = told(GROWTH)
    assert "Next: a fund" in suggested and "May be offered:" not in suggested and not apart


def test_where_nothing_is_on_sale_nothing_is_suggested(hers: dict[str, int], bank: Bank, people: Cast, as_person: AsPerson) -> None:
    with bank.connected("job") as job:
        job.execute("update products_product set off_sale_date = '2020-01-01' where family in ('fund', 'bond')")
    lin, address = as_person("lin"), f"/insight/chances/?predictor={FUND}"
    assert shown(lin, address, hers) == set() and shown(lin, f"{address}&apart=1", hers) == set(hers)
    assert (
        "Nothing of it is on sale today"
        in lin.get(f"/customers/{hers[GROWTH]}/chances/", headers={"Accept-Language": "en"}).content.decode()
    )
    with bank.connected("job") as job:
        job.execute("update products_product set off_sale_date = null where off_sale_date = '2020-01-01'")


def test_the_statement_leaves_out_exactly_those_whom_the_rule_refuses(hers: dict[str, int], bank: Bank, people: Cast) -> None:
    """For every customer of the bank and every family that is asked about, today and half a year ago; sums and the list say the same."""
    viewer = viewer_of("gao")
    families = {name: one.suggests for name, one in QUESTIONS.items() if name.startswith("next_product_")}
    with bank.connected("job") as job:
        keys = [key for (key,) in job.execute("select id from parties_party order by id").fetchall()]
    for day in (timezone.localdate(), timezone.localdate() - timedelta(days=180)):
        with entered(viewer):
            ruled = verdicts(viewer, keys, families, day)
            for name, some in families.items():
                where = queries.any_allowed_where(viewer, some, day)
                with connection.cursor() as cursor:
                    cursor.execute(f"select p.id from parties_party p where {where.sql}", where.values)
                    allowed = {key for (key,) in cursor.fetchall()}
                assert allowed == {key for key in keys if ruled[key, name].is_allowed}, name
                assert all(ruled[key, name].why for key in keys if key not in allowed)
    with entered(viewer):
        held, apart = chances.summed(viewer, FUND, timezone.localdate())
        assert (held.customers, apart.customers) == (2, 2)
        assert {row.party_id for row in chances.above(viewer, FUND, timezone.localdate(), is_refused=True)} == {hers[NEVER], hers[CAUTIOUS]}
