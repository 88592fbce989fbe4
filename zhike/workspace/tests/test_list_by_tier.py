"""Su lists customers by tier, the highest first, page by page; without tiers or without accounts.read nobody is told who has more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from zhike.access.scope import Viewer, entered
from zhike.insight.tests.computed import Computed, computed
from zhike.parties.queries import Which
from zhike.testing.databases import using
from zhike.workspace.asking import sorts_of
from zhike.workspace.queries import ListAsked, customer_list

__all__ = ["computed"]
RIGHTS = frozenset({"customers.read", "accounts.read", "insight.read"})
BANK = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=RIGHTS)
RANK = {"ordinary": 0, "gold": 1, "platinum": 2, "diamond": 3, "private": 4}


@pytest.fixture
def inside(computed: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[Computed]:
    with django_db_blocker.unblock(), using(computed.bank.run, computed.bank.name):
        yield computed


def walked(viewer: Viewer, order: str) -> list[int]:
    """Every customer of the list, over all of its pages."""
    found: list[int] = []
    after = ""
    with entered(viewer):
        while True:
            page = customer_list(viewer, ListAsked(Which("all"), sort="tier", order=order, after=after)).page
            found += page.keys
            after = page.next
            if not after:
                return found


def test_customers_stand_by_tier_over_all_pages_and_each_once(inside: Computed) -> None:
    with inside.bank.connected("job") as job:
        tiers = dict(job.execute("select p.id, coalesce(q.tier_service, '') from parties_party p left join insight_profile q on q.id = p.id").fetchall())  # fmt: skip
    down, up = walked(BANK, "desc"), walked(BANK, "asc")
    assert len(down) == len(set(down)) == len(tiers) and set(up) == set(down)
    ranks = [RANK.get(tiers[party], -1) for party in down]
    assert ranks == sorted(ranks, reverse=True) and len(set(ranks)) >= 4
    known = [RANK[tiers[party]] for party in up if tiers[party]]
    assert known == sorted(known) and not any(tiers[party] for party in up[len(known) :]), "who has none comes last either way"


def test_a_manager_finds_her_own_customers_by_tier(inside: Computed) -> None:
    with inside.bank.connected("job") as job:
        rm, count = job.execute("select main_rm_id, count(*) from parties_party where main_rm_id is not null group by 1 order by 2 desc limit 1").fetchone() or (0, 0)  # fmt: skip
        hers = {row[0] for row in job.execute("select id from parties_party where rm_ids @> array[%s]::bigint[]", [rm]).fetchall()}
    lin = Viewer(None, "lin", "林静", "relationship_manager", "own", employee_ids=(rm,), permissions=RIGHTS)
    assert count > 3 and set(walked(lin, "desc")) == hers


def test_who_may_not_read_accounts_is_not_told_who_has_more() -> None:
    teller = Viewer(None, "he", "何平", "contact_centre_agent", "bank", permissions=frozenset({"customers.read"}))
    assert "tier" in sorts_of(BANK) and "tier" not in sorts_of(teller)
