"""Su sees how far the mix of business is from its targets, by every measure, and opens the customers behind each figure; Zhou is told of hers alone (S38)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from zhike.access.scope import entered
from zhike.insight import mix, overview, snapshots
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.settings_rules import Mix, Settings
from zhike.insight.tests.computed import LAST, Computed, computed
from zhike.insight.tests.test_concentration_page import listed
from zhike.insight.tests.test_value_on_pages import BANK, her_rm
from zhike.testing.databases import using
from zhike.testing.people import PASSWORD

__all__ = ["computed"]


@pytest.fixture
def inside(computed: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[Computed]:
    with django_db_blocker.unblock(), using(computed.bank.run, computed.bank.name):
        yield computed


@pytest.fixture(scope="module")
def analyst(computed: Computed) -> str:
    computed.bank.zhike("person", "add", "su-mix", "--name", "苏岩", "--role", "analyst", "--password-env", "P", P=PASSWORD)
    return "su-mix"


@pytest.fixture
def su(inside: Computed, analyst: str) -> Client:
    client = Client()
    assert client.post("/login/", {"login": analyst, "password": PASSWORD}).status_code == 302
    return client


def test_lines_add_up_to_the_bank_and_tiers_to_retail_in_every_month(inside: Computed) -> None:
    with entered(BANK):
        months, bank = mix.months(BANK), overview.months(BANK)
    rows = inside.ask(f"select month, {', '.join(f'sum({name})' for name in mix.MEASURES)} from customer_month group by 1 order by 1")
    assert [one.month for one in months] == [one.month for one in bank] == [row[0] for row in rows]
    for month, of_bank, (_month, *sums) in zip(months, bank, rows, strict=True):
        assert (month.held(mix.WHOLE, "aum").amount, month.held(mix.WHOLE, "contribution").amount) == (of_bank.aum, of_bank.contribution)
        assert month.held(mix.WHOLE, "aum").customers == of_bank.count_customers
        for measure, whole in zip(mix.MEASURES, sums, strict=True):
            assert sum(month.held(line, measure).amount for line in mix.LINES) == whole, (month.month, measure)
            tiers = sum(month.held(f"{mix.TIER}{key}", measure).amount for key in month.tiers)
            assert tiers == month.held("retail", measure).amount, (month.month, measure)
    assert all(months[-1].held(line, "aum").customers for line in ("corporate", "retail", mix.MIDDLE, mix.SMALL))


def test_whoever_sees_everybody_but_a_list_is_told_the_same_from_customers_as_the_mart_says(inside: Computed) -> None:
    """The two ways of telling it agree: what the build added up, and what is added up of a viewer's customers."""
    with entered(BANK):
        known = mix.months(BANK)
    barred = replace(BANK, is_barred=True)
    with entered(barred):
        told = mix.months(barred)
    by_cell = [sorted(repr(cell) for cell in one.cells) for one in told]
    assert by_cell == [sorted(repr(cell) for cell in one.cells) for one in known]


def test_months_from_before_the_mart_was_kept_are_added_up_of_customers(inside: Computed, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = inside.snapshot()
    with entered(BANK):
        known = [(one.month, one.held("retail", "aum")) for one in mix.months(BANK)]
        (piece,) = snapshot.pieces["mix_month"]
        late = replace(snapshot, pieces={**snapshot.pieces, "mix_month": (replace(piece, first=LAST.replace(day=1)),)})
        for older in (late, replace(snapshot, pieces={name: those for name, those in snapshot.pieces.items() if name != "mix_month"})):
            monkeypatch.setattr(snapshots, "latest", lambda *_any, older=older: older)
            assert [(one.month, one.held("retail", "aum")) for one in mix.months(BANK)] == known


def test_a_manager_is_told_the_mix_of_her_own_customers(inside: Computed) -> None:
    hers = int(inside.ask("select party_id from profile where staff_no is not null and status = 'customer' limit 1")[0][0])
    lin = her_rm(inside, hers)
    with entered(lin):
        now = mix.months(lin)[-1]
        behind = mix.behind(lin, now.month, mix.WHOLE, "aum")
    with inside.bank.connected("job") as job:
        keys = [row[0] for row in job.execute("select id from parties_party where rm_ids @> array[%s]::bigint[]", [lin.employee_ids[0]])]
    ((aum,),) = inside.ask(f"select sum(aum) from customer_month where month = '{now.month}' and party_id in ({', '.join(map(str, keys))})")
    assert now.held(mix.WHOLE, "aum").amount == aum > 0
    assert behind is not None and behind.amount == aum and {party for party, _amount in behind.rows} <= set(keys)


def test_how_far_a_share_is_from_its_target_is_said_in_points_and_in_money() -> None:
    held = mix.Held(Decimal("300"), 3, Decimal("1000"), Decimal("0.40"))
    assert (held.share, held.gap, held.money) == (Decimal("0.3"), Decimal("-0.1"), Decimal("-100.00"))
    nothing = mix.Held(Decimal("-5"), 1, Decimal("-5"), Decimal("0.40"))
    assert (nothing.share, nothing.gap, nothing.money) == (None, None, None), "a share of a loss is none"
    untold = mix.Held(Decimal("300"), 3, Decimal("1000"))
    assert (untold.gap, untold.money) == (None, None)


def test_the_middle_tiers_are_those_between_the_lowest_and_private_banking() -> None:
    assert mix.middle_of(PUBLISHED["default"].scheme) == ["gold", "platinum", "diamond"]
    assert mix.middle_of(PUBLISHED["weihai"].scheme) == ["gold", "platinum", "black_gold", "diamond"]


def test_targets_are_those_of_the_source_and_no_build_begins_anew_for_them() -> None:
    assert (mix.target_of("corporate", Mix()), mix.target_of("retail", Mix()), mix.target_of(mix.MIDDLE, Mix())) == (
        Decimal("0.40"), Decimal("0.40"), Decimal("0.50"),
    )  # fmt: skip
    assert mix.target_of(mix.SMALL, Mix()) is None
    assert repr(replace(Settings(), mix=Mix(middle=Decimal("0.9")))) == repr(Settings()), "what a build compares knows no targets"


@pytest.mark.parametrize("measure", mix.MEASURES)
def test_su_opens_the_customers_behind_every_figure(su: Client, computed: Computed, measure: str) -> None:
    page = su.get("/insight/mix/", {"by": measure})
    lines, months, tiers = (page.context[name] for name in ("lines", "months", "tiers"))
    for line, where in ((lines[0], "kind in ('company', 'unincorporated')"), (lines[1], "kind in ('individual', 'sole_trader')")):
        ((count,),) = computed.ask(f"select count(*) from profile where status = 'customer' and {where}")
        assert listed(su, line.link) == count > 0
    gold = next(line for line in tiers if "gold" in line.link)
    assert listed(su, gold.link) == computed.ask(
        "select count(*) from profile where status = 'customer' and tier_effective = 'gold' and kind in ('individual', 'sole_trader')"
    )[0][0]  # fmt: skip
    text = unescape(page.content.decode())
    assert text.count('href="/insight/mix/who/?') >= 4 * len(months)
    (held, _points, link), *_rest = months[-1].parts
    behind = su.get(link)
    assert behind.status_code == 200 and behind.context["amount"] == held.amount


def test_what_is_set_for_a_day_is_the_target_of_the_months_from_it_on(su: Client, computed: Computed) -> None:
    with computed.bank.connected("job") as job:
        job.execute(
            "insert into insight_datedsetting (path, value, from_date, set_at, set_name, approved_name, why) values ('mix.line.corporate', '0.45', %s, now(), '苏岩', '', 'plan')",
            [date(2026, 9, 1)],
        )
        job.commit()
    page = su.get("/insight/mix/")
    assert [one.parts[0][0].target for one in page.context["months"]][:2] == [Decimal("0.45"), Decimal("0.40")]
    assert page.context["aimed"] == Decimal("1.05") and "105.0%" in page.content.decode()
    assert page.context["chart"].threshold is None, "two targets are no one line"


def test_the_mix_leaves_as_a_file_with_its_rights_and_its_record(su: Client, computed: Computed) -> None:
    file = su.get("/insight/mix/export/", {"by": "revenue"})
    lines = file.content.decode().splitlines()
    assert file["Content-Type"].startswith("text/csv") and len(lines) > 20
    with computed.bank.connected("job") as job:
        assert job.execute("select count(*) from access_auditentry where act = 'insight.mix_exported'").fetchone() == (1,)


def test_what_is_no_part_or_month_is_not_there(su: Client) -> None:
    for query in (
        {"month": "2026-09-01", "part": "nobody"},
        {"month": "soon", "part": "retail"},
        {"month": "1999-01-01", "part": "retail"},
    ):
        assert su.get("/insight/mix/who/", query).status_code == 404
