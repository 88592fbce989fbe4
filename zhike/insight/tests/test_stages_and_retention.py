"""Su sees where customers stand, who moved and who stayed; each number has the customers behind it, and Zhou is told of hers alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlparse

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from zhike.access.scope import Viewer, entered
from zhike.insight import standings
from zhike.insight.fields import fields
from zhike.insight.lists import standing_at
from zhike.insight.profile_standing import STAGES
from zhike.insight.tests.computed import Computed, computed
from zhike.insight.tests.test_concentration_page import listed, su
from zhike.insight.tests.test_value_on_pages import BANK, her_rm
from zhike.testing.databases import using

__all__ = ["computed", "su"]


@pytest.fixture
def inside(computed: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[Computed]:
    with django_db_blocker.unblock(), using(computed.bank.run, computed.bank.name):
        yield computed


def test_stages_and_declines_count_every_customer_once(inside: Computed) -> None:
    ((customers, aum),) = inside.ask("select count(*), sum(aum) from profile where status = 'customer'")
    with entered(BANK), standings.opened(BANK) as found:
        assert found is not None
        for column in ("stage", "decline", "tier_effective"):
            counts = found.counts(column)
            assert (sum(one.customers for one in counts), sum(one.aum for one in counts)) == (customers, aum)


def test_moves_lead_to_the_customers_behind_them(inside: Computed) -> None:
    with entered(BANK), standings.opened(BANK) as found:
        assert found is not None
        moves = found.moves("stage", 1)
        assert (
            sum(move.customers for move in moves) == inside.ask(f"select count(*) from customer_states where month = '{found.month}'")[0][0]
        )
        assert any(move.was != move.became for move in moves)
        for move in moves:
            behind = found.behind_moves("stage", 1, move.was, move.became)
            assert len(behind) == min(move.customers, standings.MOST_ROWS)
            if len(behind) == move.customers:
                assert sum(one.aum for one in behind) == move.aum


def test_retention_is_what_plain_sql_says(inside: Computed) -> None:
    with entered(BANK), standings.opened(BANK) as found:
        assert found is not None
        kept = found.kept("tier_effective", 1)
        lost = {key: len(found.behind_lost("tier_effective", 1, key)) for key in kept}
        rows = inside.ask(
            f"""select a.tier_effective, count(*), count(*) filter (where b.decline <> 'lost' and (b.aum > 0 or b.families > 0)),
                    sum(a.aum), sum(least(a.aum, b.aum))
                from customer_states a join customer_states b on a.party_id = b.party_id and b.month = '{found.month}'
                where a.month = '{found.since(1)}' and a.decline <> 'lost' and (a.aum > 0 or a.families > 0) group by 1"""
        )
    assert {key: (one.start, one.both, one.aum_start, one.aum_kept) for key, one in kept.items()} == {
        row[0]: tuple(row[1:]) for row in rows
    }
    assert {key: one.start - one.both for key, one in kept.items()} == lost


def test_a_cohort_never_has_more_than_came(inside: Computed) -> None:
    with entered(BANK), standings.opened(BANK) as found:
        assert found is not None
        for cohort in found.cohorts():
            assert all(0 <= there <= cohort.customers for there in cohort.there)


def test_a_manager_is_told_of_her_own_customers_alone(inside: Computed) -> None:
    hers = int(inside.ask("select party_id from profile where staff_no is not null and status = 'customer' limit 1")[0][0])
    lin: Viewer = her_rm(inside, hers)
    with inside.bank.connected("job") as job:
        rows = job.execute("select id from parties_party where rm_ids @> array[%s]::bigint[]", [lin.employee_ids[0]]).fetchall()
    book = {row[0] for row in rows}
    with entered(lin), standings.opened(lin) as found:
        assert found is not None
        moves = found.moves("stage", 1)
        behind = {one.party_id for move in moves for one in found.behind_moves("stage", 1, move.was, move.became)}
    assert hers in behind and behind <= book


def test_a_count_leads_to_a_list_that_conditions_understand() -> None:
    where = json.loads(parse_qs(urlparse(standing_at("stage", "growing")).query)["where"][0])["where"]
    assert where["all"][1] == {"field": "profile_stage", "op": "in", "value": ["growing"]}
    assert {"profile_stage", "profile_decline", "profile_tier_service"} <= {field.name for field in fields(BANK)} and "growing" in STAGES


def test_every_count_of_the_pages_opens_as_many_customers(su: Client, computed: Computed) -> None:
    page, home = su.get("/insight/stages/?by=tier_effective&over=1"), su.get("/insight/")
    assert page.status_code == home.status_code == 200
    lines = [
        *page.context["declines"],
        *(line for line, _strategy in page.context["matrix"]),
        *home.context["tiers"],
        *home.context["stages"],
    ]
    assert sum(line.count.customers for line in home.context["tiers"]) == sum(line.count.customers for line in page.context["standing"])
    linked = [line for line in lines if line.url]
    assert len(linked) > 8 and {line.count.key for line, _strategy in page.context["matrix"]} >= {"symbiotic", "standardised"}
    assert [listed(su, line.url) for line in linked] == [line.count.customers for line in linked]
    (move, *_rest) = page.context["moves"] or [None]
    if move is not None:
        assert len(su.get(move.url).context["lines"]) == min(move.customers, standings.MOST_ROWS)
