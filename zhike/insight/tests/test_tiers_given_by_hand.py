"""Lin asks for another tier for a customer, Zhou agrees, it is served until its day; nobody gives one alone, and what is taken back is over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from zhike.insight.tests.computed import LAST, Computed, computed
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

__all__ = ["computed"]

AsPerson = Callable[[str], Client]
TODAY = timezone.localdate()
EN = {"Accept-Language": "en"}


@pytest.fixture
def hers(bank: Bank, people: Cast) -> Iterator[int]:
    """A customer of Lin's who is gold by her money; what was given is removed again."""
    with bank.connected("job") as job:
        row = job.execute(
            "select p.id from parties_party p join access_person l on l.login = 'lin' where p.main_rm_id = l.employee_id"
            " and p.status = 'customer' order by p.id limit 1"
        ).fetchone()
        assert row is not None
        job.execute("insert into insight_profile (id, tier, tier_effective, tier_service) values (%s, 'gold', 'gold', 'gold')", row)
        yield int(row[0])
        job.execute("delete from insight_tieroverride where party_id = %s", row)
        job.execute("delete from insight_profile where id = %s", row)


def asked(client: Client, party: int, **other: str) -> str:
    """Where the proposal stands."""
    form = {"tier": "diamond", "until": f"{TODAY + timedelta(days=90)}", "why": "her brother's company comes", **other}
    answer = client.post(f"/customers/{party}/tier/", form, headers=EN)
    return str(answer.headers.get("Location", answer.status_code))


def agreed(client: Client, proposal: str) -> int:
    return int(client.post(f"{proposal}approve/", {"words": "agreed"}).status_code)


def served(bank: Bank, party: int) -> tuple[str, str]:
    """The service tier and the tier that applies, as the profile has them."""
    with bank.connected("job") as job:
        row = job.execute("select tier_service, tier_effective from insight_profile where id = %s", [party]).fetchone()
    assert row is not None
    return row[0], row[1]


def test_lin_asks_zhou_agrees_and_she_is_served_at_once(bank: Bank, as_person: AsPerson, hers: int) -> None:
    lin, zhou = as_person("lin"), as_person("zhou")
    proposal = asked(lin, hers)
    assert re.fullmatch(r"/approvals/\d+/", proposal) and served(bank, hers) == ("gold", "gold"), "proposed is not given"
    assert asked(lin, hers) == "422", "one waits already"
    told = zhou.get(proposal, headers=EN).content.decode()
    assert "Diamond" in told and "Gold" in told
    assert agreed(zhou, proposal) == 302
    assert served(bank, hers) == ("diamond", "gold")
    page = zhou.get("/insight/overrides/", headers=EN).content.decode()
    assert "her brother&#x27;s company comes" in page and "林知远" in page and "周敏" in page
    with bank.connected("job") as job:
        acts = job.execute("select act, login from access_auditentry where party_id = %s and act like 'insight.%%'", [hers]).fetchall()
    assert acts == [("insight.tier_given", "lin")]


def test_nobody_gives_a_tier_alone(bank: Bank, as_person: AsPerson, hers: int) -> None:
    lin = as_person("lin")
    proposal = asked(lin, hers)
    assert agreed(lin, proposal) in (403, 404)
    assert served(bank, hers) == ("gold", "gold")
    assert lin.post(f"{proposal}withdraw/", {"words": "not now"}).status_code == 302


def test_it_is_taken_back_by_one_and_given_again_on_the_same_day(bank: Bank, as_person: AsPerson, hers: int) -> None:
    lin, zhou, chen, he = (as_person(login) for login in ("lin", "zhou", "chen", "he"))
    assert agreed(zhou, asked(lin, hers)) == 302
    with bank.connected("job") as job:
        (key,) = job.execute("select id from insight_tieroverride where party_id = %s", [hers]).fetchone() or (0,)
    address = f"/customers/{hers}/tier/{key}/"
    assert (chen.post(address).status_code, he.post(address).status_code) == (404, 403)
    assert lin.post(address).status_code == 302 and served(bank, hers) == ("gold", "gold")
    assert lin.post(address).status_code == 404, "there is nothing to take back any more"
    assert lin.post(address, {"act": "restore"}).status_code == 302 and served(bank, hers) == ("diamond", "gold")
    zhou.post(address)
    assert "company" not in zhou.get("/insight/overrides/").content.decode()
    assert "company" in zhou.get("/insight/overrides/?state=past").content.decode()


def test_it_runs_out_on_its_day(bank: Bank, as_person: AsPerson, hers: int) -> None:
    assert agreed(as_person("zhou"), asked(as_person("lin"), hers, until=f"{TODAY + timedelta(days=5)}")) == 302
    with bank.connected("job") as job:
        for days, tier in ((4, "diamond"), (5, "gold")):
            job.execute("select insight_serve(array[%s]::bigint[], %s)", [hers, TODAY + timedelta(days=days)])
            assert served(bank, hers)[0] == tier


def test_colleagues_elsewhere_see_neither_the_tier_nor_the_dialog(bank: Bank, as_person: AsPerson, hers: int) -> None:
    assert agreed(as_person("zhou"), asked(as_person("lin"), hers)) == 302
    for login in ("chen", "qian"):
        assert as_person(login).get(f"/customers/{hers}/tier/").status_code == 404
        assert "company" not in as_person(login).get("/insight/overrides/").content.decode()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"tier": "gold"}, "applies already"), ({"tier": "moon"}, "Choose one of the list"), ({"until": ""}, "until which day"),
        ({"until": "2020-01-01"}, "has passed"), ({"until": "2090-01-01"}, "Two years"), ({"why": " "}, "Say why"),
    ],
)  # fmt: skip
def test_what_cannot_be_given_is_refused_in_words(as_person: AsPerson, hers: int, other: dict[str, str], said: str) -> None:
    form = {"tier": "diamond", "until": f"{TODAY + timedelta(days=90)}", "why": "x", **other}
    answer = as_person("lin").post(f"/customers/{hers}/tier/", form, headers=EN)
    assert answer.status_code == 422 and said in answer.content.decode()


def test_a_build_knows_what_held_on_its_day_and_computes_no_earlier_month_again(computed: Computed) -> None:
    before = computed.snapshot()
    ((party, tier),) = computed.ask("select party_id, tier_effective from profile where tier_effective <> 'private' order by 1 limit 1")
    with computed.bank.connected("job") as job:
        job.execute(
            "insert into insight_tieroverride (party_id, tier, from_date, until_date, why, tier_was, cost, given_at, given_name, approved_name, ended_name)"
            " values (%s, 'private', %s, %s, 'x', '', 0, now(), '', '', '')",
            [party, LAST - timedelta(days=3), LAST + timedelta(days=1)],
        )
    computed.bank.zhike("insight", "build")
    after = computed.snapshot()
    found = computed.ask("select party_id, tier_service, tier_effective from profile where tier_service is distinct from tier_effective")
    assert found == [(party, "private", tier)]
    (earlier, this_month), (was,) = after.pieces["account_value"], before.pieces["account_value"]
    assert after.version == before.version + 1 and (earlier.path, earlier.first, earlier.last) == (was.path, was.first, date(2026, 8, 1))
    assert this_month.first == this_month.last == LAST.replace(day=1), "no month that has not begun"
    with computed.bank.connected("job") as job:
        shown = job.execute("select tier_service from insight_profile where id = %s", [party]).fetchone()
    assert shown == (tier if date(2026, 10, 1) <= TODAY else "private",), "what is shown is what holds today"


def test_her_tier_stands_in_her_header_and_in_the_list_at_no_further_statement(bank: Bank, as_person: AsPerson, hers: int) -> None:
    lin = as_person("lin")
    with CaptureQueriesContext(connection) as plain:
        lin.get("/customers/?view=mine")
    lin.post("/customers/columns/", {"view": "mine", "columns": ["tier", "aum", "loans", "rm"]})
    with CaptureQueriesContext(connection) as with_tier:
        page = lin.get("/customers/?view=mine", headers=EN).content.decode()
    lin.post("/customers/columns/", {"view": "mine", "usual": "1"})
    assert 'zk-tier-gold">' in page and "Gold" in page
    assert len(with_tier) <= len(plain)
    head = lin.get(f"/customers/{hers}/", headers=EN).content.decode()
    assert 'zk-tier-gold">' in head
    assert agreed(as_person("zhou"), asked(lin, hers)) == 302
    assert 'zk-tier-diamond">' in lin.get(f"/customers/{hers}/").content.decode()
