"""Lin sees on a customer's page what he is worth, where it comes from and the rows behind it; the bank's figures are for those whose customers all are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoDbBlocker

from zhike.access.scope import Viewer, entered
from zhike.insight import lineage, overview
from zhike.insight.lineage_words import GRAINS
from zhike.insight.profile_fields import FIELDS
from zhike.insight.tests.computed import Computed, computed
from zhike.insight.worth import accounts_of, worth_of
from zhike.insight.worth_views import parts_of
from zhike.parties.queries import PartyNotSeen
from zhike.testing.databases import using

__all__ = ["computed"]

BANK = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=frozenset({"customers.read", "accounts.read", "insight.read"}))


@pytest.fixture
def inside(computed: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[Computed]:
    with django_db_blocker.unblock(), using(computed.bank.run, computed.bank.name):
        yield computed


def somebody(computed: Computed, order: str = "contribution_12m desc") -> int:
    return int(computed.ask(f"select party_id from profile where status = 'customer' order by {order} limit 1")[0][0])


def her_rm(computed: Computed, party: int) -> Viewer:
    with computed.bank.connected("job") as job:
        row = job.execute("select main_rm_id from parties_party where id = %s", [party]).fetchone()
    assert row is not None and row[0] is not None
    return Viewer(
        None,
        "lin",
        "林静",
        "relationship_manager",
        "own",
        employee_ids=(row[0],),
        permissions=frozenset({"customers.read", "accounts.read"}),
    )


def test_the_parts_of_a_customers_contribution_add_up_to_it(inside: Computed) -> None:
    party = somebody(inside)
    with entered(BANK):
        worth = worth_of(BANK, party)
        assert worth is not None
        *parts, whole = parts_of(worth)
        assert sum(part.amount for part in parts) == whole.amount == worth.said("contribution_12m")
        assert whole.amount > 0


def test_a_customers_accounts_earn_what_her_month_says(inside: Computed) -> None:
    party = somebody(inside)
    with entered(BANK):
        worth, accounts = worth_of(BANK, party), accounts_of(BANK, party)
    assert worth is not None
    assert sum(one.margin for one in accounts) == worth.months[-1].margin
    assert sum(one.aum for one in accounts) == worth.months[-1].aum
    assert all(one.number.startswith("••••") for one in accounts)


def test_lin_sees_what_her_own_customers_are_worth_and_nobody_elses(inside: Computed) -> None:
    hers = int(inside.ask("select party_id from profile where staff_no is not null and status = 'customer' limit 1")[0][0])
    lin = her_rm(inside, hers)
    with entered(lin):
        assert worth_of(lin, hers) is not None
        with inside.bank.connected("job") as job:
            others = job.execute(
                "select id from parties_party where not rm_ids @> array[%s]::bigint[] and status = 'customer' limit 1",
                [lin.employee_ids[0]],
            ).fetchone()
        assert others is not None
        with pytest.raises(PartyNotSeen):
            worth_of(lin, others[0])
        seen = sum(share.customers for share in overview.concentration(lin))
    assert 0 < seen < inside.ask("select count(*) from profile where status = 'customer'")[0][0]


def test_whoever_sees_the_bank_is_told_the_banks_own_sums(inside: Computed) -> None:
    with entered(BANK):
        shares, months, bands = overview.concentration(BANK), overview.months(BANK), overview.bands(BANK)
    ((count, aum, contribution),) = inside.ask("select count(*), sum(aum), sum(contribution_12m) from profile where status = 'customer'")
    assert (sum(one.customers for one in shares), sum(one.aum for one in shares), sum(one.contribution for one in shares)) == (
        count,
        aum,
        contribution,
    )
    assert sum(one.customers for one in bands) == count
    assert [one.aum for one in months] == [
        row[0] for row in inside.ask("select sum(aum) from customer_month group by month order by month")
    ]
    assert all(one.aum - one.aum_opening == one.nnm + one.mtm + one.income + one.fx for one in months)
    assert all(one.count_retained <= one.count_opening for one in months)


def test_every_roll_up_adds_up_to_the_bank(inside: Computed) -> None:
    bank = inside.ask("select month, sum(aum), sum(contribution), sum(count_customers) from bank_month group by 1 order by 1")
    for mart in ("unit_month", "manager_month", "household_month"):
        assert inside.ask(f"select month, sum(aum), sum(contribution), sum(count_customers) from {mart} group by 1 order by 1") == bank, (
            mart
        )
    assert inside.ask("select month, sum(aum) from family_month group by 1 order by 1") == [row[:2] for row in bank]


def test_where_a_number_comes_from_leads_from_the_profile_to_the_feeds() -> None:
    tables = lineage.tables()
    (contribution,) = [one for one in tables["customer_month"].columns if one.name == "contribution"]
    assert ("value_part", "margin") in contribution.sources and ("fee_part", "fees") in contribution.sources
    (amount,) = [one for one in tables["balance"].columns if one.name == "amount"]
    assert amount.sources == [("balances", "balance")]
    assert all(table.grain.startswith("One row per ") for table in tables.values())
    assert {column.name for column in tables["profile"].columns} == {"party_id", *(field.key for field in FIELDS)}


def test_how_the_values_of_a_field_are_spread(inside: Computed) -> None:
    with entered(BANK):
        aum, kind = overview.spread(BANK, "aum"), overview.spread(BANK, "kind")
    assert aum.known == aum.of == inside.ask("select count(*) from profile")[0][0]
    assert isinstance(aum.highest, Decimal) and aum.lowest <= aum.middle <= aum.highest
    assert kind.most[0][0] == "individual"


def test_nothing_is_computed_yet_is_said(client: Client, bank: object) -> None:
    with entered(BANK):
        assert overview.months(BANK) == []


def test_every_table_of_the_page_of_lineage_says_what_it_holds_in_both_languages() -> None:
    assert set(GRAINS) == set(lineage.tables())
    with override("zh-hans"):
        assert [name for name, grain in GRAINS.items() if not re.search("[一-鿿]", str(grain))] == []
