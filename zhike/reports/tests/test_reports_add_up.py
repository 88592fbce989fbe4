"""What a report says is what the marts say: sums, points in time, averages and ratios, with totals that are counted and not added."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from zhike.access.scope import Viewer, entered
from zhike.insight import mix
from zhike.insight.tests.computed import LAST, Computed, computed
from zhike.reports import answering, naming, rules, stands
from zhike.reports.answering import NotTogether
from zhike.reports.catalogue import DIMENSIONS, MEASURES, Grain
from zhike.reports.rules import Asked
from zhike.testing.databases import using

__all__ = ["computed"]

ALL = tuple(DIMENSIONS)
MAY = frozenset({"customers.read", "accounts.read", "reports.read"})
BANK = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=MAY)


@pytest.fixture
def inside(computed: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[Computed]:
    with django_db_blocker.unblock(), using(computed.bank.run, computed.bank.name):
        yield computed


def cells(inside: Computed, asked: Asked, viewer: Viewer = BANK) -> Any:
    with entered(viewer):
        stand = stands.stand(inside.home, asked.on, asked.version)
        assert stand is not None
        return answering.answer(viewer, asked, stand).cells


def test_the_total_of_a_report_is_the_banks_own(inside: Computed) -> None:
    found = cells(inside, Asked(("unit",), (), ("aum", "eva", "nnm", "customers")))
    [(aum, customers)] = inside.ask("select aum, count_customers from bank_month order by month desc limit 1")
    [(eva, nnm)] = inside.ask("select sum(eva), sum(nnm) from bank_month")
    assert found[(), ()] == (aum, eva, nnm, customers)
    assert sum(values[1] for (down, _across), values in found.items() if down) == eva


def test_a_point_in_time_is_not_added_up_over_months(inside: Computed) -> None:
    found = cells(inside, Asked(("kind",), ("month",), ("aum", "nnm")))
    months = inside.ask("select strftime(month, '%Y-%m-%d'), aum, nnm from bank_month order by month")
    assert [found[(), (month,)] for month, _aum, _nnm in months] == [(aum, nnm) for _month, aum, nnm in months]
    assert found[(), ()] == (months[-1][1], sum(row[2] for row in months))


def test_averages_are_of_days_and_ratios_of_sums(inside: Computed) -> None:
    found = cells(inside, Asked((), ("quarter",), ("aum_average", "raroc", "term_share", "families_each")))
    [(days, capital, contribution)] = inside.ask("select sum(aum_sum), sum(capital_days), sum(contribution) from bank_month")
    [(term, deposits, families, customers)] = inside.ask(
        "select sum(term), sum(term + demand), sum(count_families), count(*) from customer_month where month = '2026-09-01'"
    )
    average, raroc, share, each = found[(), ()]
    assert average == (days / 92).quantize(Decimal("0.01"))
    assert abs(raroc - contribution * 365 / capital) < Decimal("0.000001")
    assert abs(share - Decimal(term) / deposits) < Decimal("0.000001")
    assert each == (Decimal(families) / customers).quantize(Decimal("0.01"))


def test_by_product_a_customer_with_two_is_one_in_the_total(inside: Computed) -> None:
    found = cells(inside, Asked(("family",), (), ("customers", "aum", "margin"), months=1))
    [(distinct, aum, margin)] = inside.ask(
        "select count(distinct party_id), sum(aum), sum(margin) from account_value where month = '2026-09-01'"
    )
    assert found[(), ()] == (distinct, aum, margin)
    assert sum(values[0] for (down, _across), values in found.items() if down) > distinct


def test_what_a_customer_costs_cannot_be_said_of_one_product(inside: Computed) -> None:
    with pytest.raises(NotTogether):
        cells(inside, Asked(("currency",), (), ("eva",)))


@pytest.mark.parametrize("names", [ALL[at : at + 3] for at in range(0, len(ALL), 3)], ids=" ".join)
def test_every_dimension_parts_the_whole(inside: Computed, names: tuple[str, ...]) -> None:
    found = cells(inside, Asked(names, (), ("nnm",)))
    [(whole,)] = inside.ask("select sum(nnm) from bank_month")
    for depth in range(len(names) + 1):
        assert sum(values[0] for (down, _across), values in found.items() if len(down) == depth) == whole


@pytest.mark.parametrize("grain", ["customer", "account"])
def test_every_measure_has_a_figure(inside: Computed, grain: Grain) -> None:
    asked = tuple(name for name, one in MEASURES.items() if one.knows(grain))
    found = cells(inside, Asked(("family",) if grain == "account" else (), (), asked))[(), ()]
    assert [name for name, value in zip(asked, found, strict=True) if value is None] == []


def test_who_is_behind_a_cell_adds_up_to_it(inside: Computed) -> None:
    asked = Asked(("kind", "value_band"), ("quarter",), ("aum", "nnm"))
    found = cells(inside, asked)
    (down, across), (aum, nnm) = max(
        ((key, values) for key, values in found.items() if len(key[0]) == 2 and key[1]), key=lambda one: one[1][0]
    )
    place = rules.place_of(rules.place_text(down, across), asked)
    with entered(BANK):
        stand = stands.stand(inside.home, None, "corrected")
        assert stand is not None
        behind: list[Any] = []
        while page := answering.behind(BANK, asked, stand, place, skip=len(behind)):
            behind += page[: answering.ROWS_AT_ONCE]
            if len(page) <= answering.ROWS_AT_ONCE:
                break
    assert len({one.party_id for one in behind}) == len(behind)
    assert (sum(one.values[0] for one in behind), sum(one.values[1] for one in behind)) == (aum, nnm)
    sizes = [one.values[0] for one in behind]
    assert sizes == sorted(sizes, reverse=True)


def test_the_last_day_is_what_a_report_stands_on(inside: Computed) -> None:
    assert stands.days(inside.home)[0] == LAST
    assert stands.stand(inside.home, LAST.replace(year=2020), "corrected") is None


def test_companies_under_one_control_are_told_together_by_the_groups_own_name(inside: Computed) -> None:
    found = cells(inside, Asked(("control_group",), (), ("aum", "customers"), months=1))
    groups = inside.ask("select key, aum, count_customers from group_month where month = '2026-09-01'")
    assert {down[0] or "": tuple(values) for (down, _across), values in found.items() if down} == {key: (aum, n) for key, aum, n in groups}
    named = [key for key, _aum, _n in groups if key]
    assert named and sum(aum for _key, aum, _n in groups) == found[(), ()][0]
    with entered(BANK):
        names = naming.called(BANK, DIMENSIONS["control_group"], named)
    assert all(name.endswith("集团") for name in names.values())


def test_the_mix_of_business_says_what_a_report_by_business_line_says(inside: Computed) -> None:
    """The page of targets has a mart of its own (S38): both tell the same lines, month by month."""
    with entered(BANK):
        months = mix.months(BANK)
    found = cells(inside, Asked(("business_line",), ("month",), mix.MEASURES, months=len(months)))
    for one in months:
        for line, told in (("retail", "retail"), ("corporate", "corporate"), ("other", "institutional")):
            values = found[(told,), (one.month.isoformat(),)]
            assert values == tuple(one.held(line, measure).amount for measure in mix.MEASURES), (one.month, line)
