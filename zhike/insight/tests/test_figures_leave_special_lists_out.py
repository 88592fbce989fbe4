"""Whoever sees the whole bank but for a special list reads figures without the customers of that list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_django import DjangoDbBlocker

from zhike.access.scope import Viewer, entered
from zhike.insight import overview, standings
from zhike.insight.tests.computed import Computed, computed
from zhike.testing.databases import using

__all__ = ["computed"]

SU = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=frozenset({"customers.read", "accounts.read", "insight.read"}))
BARRED = replace(SU, is_barred=True)


@pytest.fixture
def listed(computed: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    """The customer with most, who stands on a list that admits nobody."""
    party = computed.ask("select party_id from profile where status = 'customer' order by aum desc nulls last limit 1")[0][0]
    with computed.bank.connected("job") as job:
        job.execute("insert into access_barrier (id, name, kind, made_at) overriding system value values (900, 'ours', 'staff', now())")
        job.execute("insert into access_listed (barrier_id, party_id, listed_at) values (900, %s, now())", [party])
    with django_db_blocker.unblock(), using(computed.bank.run, computed.bank.name):
        yield party
    with computed.bank.connected("job") as job:
        job.execute("delete from access_listed")
        job.execute("delete from access_barrier")


def test_stages_and_who_moved_are_told_without_her(listed: int) -> None:
    told = {}
    for viewer in (SU, BARRED):
        with entered(viewer), standings.opened(viewer) as found:
            assert found is not None
            movers = {one.party_id for move in found.moves("stage", 3) for one in found.behind_moves("stage", 3, move.was, move.became)}
            told[viewer] = (sum(one.customers for one in found.counts("stage")), sum(one.aum for one in found.counts("stage")), movers)
    assert told[SU][0] - told[BARRED][0] == 1
    assert told[SU][1] > told[BARRED][1]
    assert listed in told[SU][2] and listed not in told[BARRED][2]


def test_concentration_and_the_months_of_the_bank_are_told_without_her(computed: Computed, listed: int) -> None:
    hers = {row[0]: row[1:] for row in computed.ask(f"select month, aum, nnm, contribution from customer_month where party_id = {listed}")}
    told = {}
    for viewer in (SU, BARRED):
        with entered(viewer):
            told[viewer] = (overview.months(viewer), sum(share.customers for share in overview.concentration(viewer)))
    assert told[SU][1] - told[BARRED][1] == 1
    assert [(one.month, one.count_customers - 1) for one in told[SU][0] if one.month in hers] == [
        (one.month, one.count_customers) for one in told[BARRED][0] if one.month in hers
    ]
    for whole, less in zip(told[SU][0], told[BARRED][0], strict=True):
        aum, nnm, contribution = hers.get(whole.month, (0, 0, 0))
        assert (less.aum, less.nnm, less.contribution) == (whole.aum - aum, whole.nnm - nnm, whole.contribution - contribution)
        assert less.count_retained <= whole.count_retained and less.aum_retained <= whole.aum_retained


def test_without_a_closed_list_months_added_up_again_are_those_of_the_build(computed: Computed, listed: int) -> None:
    """The sums are made a second time for whoever is barred: of everybody they are the first."""
    admitted = replace(BARRED, list_ids=(900,))
    with entered(SU):
        built = overview.months(SU)
    with entered(admitted):
        assert overview.months(admitted) == built
