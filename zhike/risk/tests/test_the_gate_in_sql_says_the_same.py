"""What the rule decides for one customer, SQL decides for many: case by case, and for every customer and product of the sample bank."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhike.access.models import Person
from zhike.access.scope import NOBODY, Viewer, entered, seen_where, viewer_for
from zhike.insight.settings_rules import Suitability
from zhike.risk import gate, queries
from zhike.risk.rules import Investor, Offer, suitable
from zhike.risk.tests.test_rules_of_suitability import DAYS, INVESTORS, OFFERS
from zhike.testing.databases import Bank

_I = """select %(is_person)s::boolean as is_person, %(birth_date)s::date as birth_date, %(level)s::text as level, %(assessed)s::date as assessed_date,
    %(ends)s::date as ends, %(was_in_person)s::boolean as was_in_person, %(experience_years)s::bigint as experience_years,
    %(is_professional)s::boolean as is_professional, %(qualified_by)s::text as qualified_by, %(qualified_on)s::date as qualified_date,
    %(evidence)s::text as evidence, %(is_remote_agreed)s::boolean as is_remote_agreed"""
_O = (
    "select %(family)s::text as family, %(risk)s::text as level, %(is_agency)s::boolean as is_agency, %(is_private)s::boolean as is_private"
)
TERMS = st.builds(
    Suitability, matching=st.sampled_from([{"C1": 1, "C2": 2, "C3": 3, "C4": 4, "C5": 5}, {"C3": 2, "C5": 4}]), valid_months=st.integers(1, 24),
    first_in_person=st.sampled_from(["own", "all", "none"]), high_level=st.integers(1, 5), aged_from=st.integers(18, 99), care_level=st.integers(1, 5),
    experience_years=st.integers(0, 9), qualified_months=st.integers(1, 36),
)  # fmt: skip
CASES = st.lists(st.tuples(INVESTORS, OFFERS, DAYS, TERMS), min_size=20, max_size=20)


def _in_sql(customer: Investor, product: Offer, on: date, terms: Suitability) -> tuple[str, ...]:
    values = {**vars(customer), **vars(product), "level": customer.level, "risk": product.level, **gate.values(on, terms)}
    with connection.cursor() as cursor:
        cursor.execute(f"select {gate.REASONS} from ({_I}) i cross join ({_O}) o", values)
        return tuple(cursor.fetchone()[0])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(CASES)
def test_one_by_one(bank: Bank, cases: list[tuple[Investor, Offer, date, Suitability]]) -> None:
    for customer, product, on, terms in cases:
        assert _in_sql(customer, product, on, terms) == suitable(customer, product, on, terms).codes


def _viewer(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def _days(bank: Bank) -> list[date]:
    """The last day of the bank's data, one half a year before and one before anything was known."""
    with bank.connected("job") as job:
        row = job.execute("select max(batch_date) from ingestion_dataasof").fetchone()
    assert row is not None
    return [row[0], row[0] - timedelta(days=180), date(2001, 1, 1)]


def _everybody(bank: Bank) -> list[int]:
    with bank.connected("job") as job:
        return [key for (key,) in job.execute("select id from parties_party order by id").fetchall()]


def test_for_everybody_and_every_product(bank: Bank, people: Any) -> None:
    """The same three times: one customer by the rule, a few looked up, and all at once."""
    viewer, keys = _viewer("gao"), _everybody(bank)
    for on in _days(bank):
        with entered(viewer):
            goods, terms = queries.products(viewer, on), queries.terms_on(on)
            few = queries.answers(viewer, keys, [one.id for one in goods], on)
            assert len(few) == len(keys) * len(goods)
            some = {key: found.investor for key in keys[::7] if (found := queries.assessed(viewer, key, on))}
            assert len(some) == len(keys[::7])
            for key, investor in some.items():
                assert {one.id: suitable(investor, one.offer, on, terms) for one in goods} == {one.id: few[key, one.id] for one in goods}
            for one in goods:
                against = dict(queries.refused(viewer, one.id, on))
                assert against == {key: few[key, one.id].refusals for key in keys if not few[key, one.id].allowed}
            if on.year == 2001:
                assert all("not_assessed" in answer.codes for answer in few.values()), "before anything was known nobody was assessed"


def test_the_sample_bank_shows_most_reasons(bank: Bank, people: Any) -> None:
    viewer, keys, on = _viewer("gao"), _everybody(bank), _days(bank)[0]
    with entered(viewer):
        told = queries.answers(viewer, keys, [one.id for one in queries.products(viewer, on)], on)
    codes = {code for answer in told.values() for code in answer.codes}
    assert {"not_assessed", "too_risky", "not_qualified", "at_outlet", "aged"} - codes == set()
    assert any(answer.allowed for answer in told.values())
    with entered(viewer):
        later = queries.answers(viewer, keys, [one.id for one in queries.products(viewer, on)], on + timedelta(days=200))
    assert any("expired" in answer.codes for answer in later.values()), "without new assessments they come to an end"


def test_others_ask_for_those_to_whom_it_may_be_offered_within_their_own_statements(bank: Bank, people: Any) -> None:
    viewer, on = _viewer("lin"), _days(bank)[0]
    with entered(viewer):
        for one in queries.products(viewer, on)[:6]:
            where = seen_where(viewer) & queries.allowed_where(viewer, one.id, on)
            with connection.cursor() as cursor:
                cursor.execute(f"select p.id from parties_party p where {where.sql}", where.values)
                may = {key for (key,) in cursor.fetchall()}
                cursor.execute(f"select p.id from parties_party p where {seen_where(viewer).sql}", seen_where(viewer).values)
                hers = {key for (key,) in cursor.fetchall()}
            assert may == hers - set(dict(queries.refused(viewer, one.id, on)))


def test_nobody_is_told_of_customers_whom_she_does_not_see(bank: Bank, people: Any) -> None:
    lin, chen, on, keys = _viewer("lin"), _viewer("chen"), _days(bank)[0], _everybody(bank)
    told = {}
    for viewer in (lin, chen):
        with entered(viewer):
            told[viewer.login] = {
                party for party, _product in queries.answers(viewer, keys, [one.id for one in queries.products(viewer, on)][:1], on)
            }
    assert told["lin"] and told["chen"] and not told["lin"] & told["chen"]
