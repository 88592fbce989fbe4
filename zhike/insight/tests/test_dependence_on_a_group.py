"""Su sees what of the bank hangs on one group of companies and its supply chain, each customer once; Zhou is told of hers alone (S39)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import DjangoDbBlocker

from zhike.access.scope import Viewer, entered
from zhike.insight import dependence
from zhike.insight.dependence import MEASURES, TIES, Group, Part
from zhike.insight.network.files import dealings_on
from zhike.insight.settings_rules import Dependence, Settings
from zhike.insight.tests.computed import LAST, Computed, computed
from zhike.insight.warehouse import quoted
from zhike.testing.databases import using
from zhike.testing.people import PASSWORD

__all__ = ["computed"]

MAY = frozenset({"customers.read", "accounts.read", "transactions.read", "insight.read"})
BANK = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=MAY)


@pytest.fixture(scope="module")
def networked(computed: Computed) -> Computed:
    computed.bank.zhike("insight", "network")
    computed.bank.zhike("person", "add", "su-groups", "--name", "苏岩", "--role", "analyst", "--password-env", "P", P=PASSWORD)
    return computed


@pytest.fixture
def inside(networked: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[Computed]:
    with django_db_blocker.unblock(), using(networked.bank.run, networked.bank.name):
        yield networked


@pytest.fixture
def su(inside: Computed) -> Client:
    client = Client()
    assert client.post("/login/", {"login": "su-groups", "password": PASSWORD}).status_code == 302
    return client


def dealings(inside: Computed) -> list[tuple[int, int, str, Decimal]]:
    path = dealings_on(inside.home, LAST)
    assert path is not None
    found: list[tuple[int, int, str, Decimal]] = inside.ask(f"select firm_id, party_id, kind, amount from read_parquet({quoted(path)})")
    return found


def hangs(inside: Computed, seen: frozenset[int] | None = None) -> dict[str, dict[int, str]]:
    """Who hangs on which group and how, told by plain loops over the same rows: group → customer → tie."""
    members: dict[str, set[int]] = {}
    for party, key in inside.ask("select party_id, control_group_key from profile where control_group_key <> ''"):
        if seen is None or party in seen:
            members.setdefault(key, set()).add(party)
    found: dict[str, dict[int, str]] = {}
    for key, those in members.items():
        ties = dict.fromkeys(those, "member")
        for firm, party, kind, _amount in dealings(inside):
            if firm in those and (seen is None or party in seen) and TIES.index(kind) < TIES.index(ties.get(party, "staff")):
                ties[party] = kind
            elif firm in those and (seen is None or party in seen):
                ties.setdefault(party, kind)
        found[key] = ties
    return found


def worth(inside: Computed) -> dict[int, tuple[Decimal, ...]]:
    rows = inside.ask(
        """select party_id, coalesce(sum(demand + term) filter (month = '2026-09-01'), 0), coalesce(sum(lum) filter (month = '2026-09-01'), 0),
               sum(revenue), sum(contribution) from customer_month where month >= '2025-10-01' group by 1"""
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def told(found: list[Group]) -> dict[str, dict[str, tuple[int, tuple[Decimal, ...]]]]:
    return {
        one.key: {tie: (part.customers, tuple(part.sums[name] for name in MEASURES)) for tie, part in one.parts.items()} for one in found
    }


def by_hand(inside: Computed, seen: frozenset[int] | None = None) -> dict[str, dict[str, tuple[int, tuple[Decimal, ...]]]]:
    each, nothing = worth(inside), (Decimal(0),) * 4
    found: dict[str, dict[str, tuple[int, tuple[Decimal, ...]]]] = {}
    for key, ties in hangs(inside, seen).items():
        for tie in set(ties.values()):
            those = [each.get(party, nothing) for party, one in ties.items() if one == tie]
            found.setdefault(key, {})[tie] = (len(those), tuple(sum(row[at] for row in those) for at in range(4)))  # type: ignore[misc]
    return found


def test_each_customer_counts_once_for_a_group_by_her_closest_tie(inside: Computed) -> None:
    with entered(BANK):
        found = dependence.groups(BANK)
    assert found and told(found) == by_hand(inside)
    assert {tie for one in found for tie in one.parts} == set(TIES), "the sample bank has groups with every tie"
    whole = inside.ask(
        "select sum(demand + term) filter (month = '2026-09-01'), sum(lum) filter (month = '2026-09-01'), sum(revenue), sum(contribution) from bank_month"
    )[0]
    assert tuple(found[0].whole[name] for name in MEASURES) == whole
    assert [one.most for one in found] == sorted((one.most for one in found), reverse=True)


def test_what_passes_between_firms_is_told_from_both_sides_alike(inside: Computed) -> None:
    rows = dealings(inside)
    paid = {(firm, party): amount for firm, party, kind, amount in rows if kind == "supplier"}
    assert paid and paid == {(party, firm): amount for firm, party, kind, amount in rows if kind == "buyer"}
    kinds = dict(inside.ask("select party_id, kind from profile"))
    assert all((kinds[party] == "individual") == (kind == "staff") for _firm, party, kind, _amount in rows)


def test_who_sees_less_is_told_of_ties_whose_both_sides_she_sees(inside: Computed) -> None:
    with inside.bank.connected("job") as job:
        unit, *_rest = job.execute(
            "select unit_id from parties_party p join insight_profile f using (id) where f.control_group_key <> '' group by 1 order by count(*) desc limit 1"
        ).fetchone() or (0,)
        seen = frozenset(row[0] for row in job.execute("select id from parties_party where unit_id = %s", [unit]))
    zhou = Viewer(None, "zhou", "周敏", "branch_manager", "outlet", unit_ids=(unit,), permissions=MAY)
    with entered(zhou):
        found = dependence.groups(zhou)
        some = {one.key: {row.party_id for row in dependence.hanging(zhou, one.key)} for one in found}
    assert found and told(found) == by_hand(inside, seen) != by_hand(inside)
    assert all(parties <= seen for parties in some.values())


def test_who_sees_the_bank_but_for_a_list_is_counted_by_customers_and_finds_the_same(inside: Computed) -> None:
    barred = replace(BANK, is_barred=True)
    with entered(BANK):
        known = dependence.groups(BANK)
    with entered(barred):
        assert dependence.groups(barred) == known


def test_the_customers_behind_a_tie_add_up_to_its_figure(inside: Computed) -> None:
    with entered(BANK):
        for one in dependence.groups(BANK)[:5]:
            for tie, part in one.parts.items():
                rows = dependence.hanging(BANK, one.key, tie)
                assert len(rows) == part.customers
                assert {name: sum(row.sums[name] for row in rows) for name in MEASURES} == part.sums


def test_the_share_of_the_last_month_is_that_of_the_page(inside: Computed) -> None:
    with entered(BANK):
        one = dependence.groups(BANK)[0]
        months = dependence.by_month(BANK, one.key)
    assert [month for month, _values in months] == [row[0] for row in inside.ask("select month from bank_month order by 1")]
    assert (months[-1][1]["deposits"], months[-1][1]["loans"]) == (one.share("deposits"), one.share("loans"))


def test_a_dependence_begins_at_the_share_that_is_set_and_nought_asks_nothing() -> None:
    sums = {"deposits": Decimal(5), "loans": Decimal(4), "revenue": Decimal(90), "contribution": Decimal(-1)}
    whole = {"deposits": Decimal(100), "loans": Decimal(100), "revenue": Decimal(100), "contribution": Decimal(-10)}
    one = Group("G", "G", {"member": Part(1, sums)}, whole)
    limits = dict.fromkeys(MEASURES, Decimal("0.05"))
    assert one.over(limits) == ["deposits", "revenue"] and one.share("contribution") is None
    assert one.over({**limits, "revenue": Decimal(0)}) == ["deposits"]
    assert repr(replace(Settings(), dependence=Dependence({}))) == repr(Settings()), "what a build compares knows no such share"


def test_without_the_right_to_postings_nobody_learns_who_pays_whom(inside: Computed) -> None:
    blind = replace(BANK, permissions=MAY - {"transactions.read"})
    with entered(blind):
        for asked in (lambda: dependence.groups(blind), lambda: dependence.hanging(blind, "G"), lambda: dependence.by_month(blind, "G")):
            with pytest.raises(PermissionDenied):
                asked()


def test_su_opens_a_group_and_a_tie_of_it(su: Client, inside: Computed) -> None:
    page = su.get("/insight/dependence/")
    line = page.context["lines"][0]
    assert line.group.name != line.group.key and line.group.name in page.content.decode()
    group = su.get(line.link)
    assert group.status_code == 200
    for tie in group.context["ties"]:
        assert len(su.get(tie.link).context["customers"]) == tie.customers
    assert su.get("/insight/dependence/group/", {"group": "nobody's"}).status_code == 404


def test_without_a_network_members_alone_are_told(inside: Computed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependence, "dealings_on", lambda *_any: None)
    with entered(BANK):
        found, stand = dependence.groups(BANK), dependence.stand()
    assert found and {tie for one in found for tie in one.parts} == {"member"} and stand is not None and stand.network is None
