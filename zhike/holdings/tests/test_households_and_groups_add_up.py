"""What a household and a corporate group hold together: every account once, and of members elsewhere nothing but their number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from zhike.holdings.together import Together
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, Cast, add_to, cast_of
from zhike.workspace.tests.books import one, rows

AsPerson = Callable[[str], Client]

# A household of which a manager looks after everybody, three or more, who hold deposits.
HOUSEHOLD = """
    select g.group_key, array_agg(g.party_id order by g.is_head desc, g.party_id) from parties_groupmember g
    join parties_party p on p.id = g.party_id
    where g.kind = 'household' and g.valid_to is null
    group by 1 having count(*) >= 3 and bool_and(exists (
        select 1 from holdings_account a left join products_product d on d.id = a.product_id
        where a.party_id = g.party_id and a.status <> 'closed' and a.currency = 'CNY' and a.balance > 0 and (d.side is null or d.side = 'liability')))
    order by 1 limit 1
"""
# Plain SQL over distinct accounts, as of now.
DISTINCT = """
    with held as (
        select distinct on (a.id) a.id, a.balance, d.side, a.currency,
            (select sum(x.market_value) from holdings_position x where x.account_id = a.id and x.valid_to is null) as worth
        from holdings_account a left join holdings_accountrole r on r.account_id = a.id and r.valid_to is null and r.role in ('owner', 'joint_holder')
        left join products_product d on d.id = a.product_id
        where a.valid_to is null and a.status <> 'closed' and (a.party_id = any(%(ids)s) or r.party_id = any(%(ids)s)))
    select coalesce(sum(balance) filter (where side is null or side = 'liability'), 0),
        coalesce(sum(coalesce(worth, balance)) filter (where side = 'intermediary'), 0),
        coalesce(sum(balance) filter (where side = 'asset'), 0)
    from held where currency = %(currency)s
"""


def shown(client: Client, party: int, **asked: str) -> list[Together]:
    answer = client.get(f"/customers/{party}/together/", asked)
    assert answer.status_code == 200
    found: list[Together] = answer.context["groups"]
    return found


def by_sql(bank: Bank, ids: list[int], currency: str) -> tuple[Decimal, ...]:
    with bank.connected("job") as job:
        found = job.execute(DISTINCT, {"ids": ids, "currency": currency}).fetchone()
    assert found is not None
    return tuple(found)


def logged_in(login: str) -> Client:
    client = Client()
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def family(fresh_bank: Bank) -> list[int]:
    """A household of 林知远's in which the head and her husband hold one account together; she sees all of them, 陈思 only the husband."""
    cast = cast_of(fresh_bank)
    for login in ("lin", "chen", "gao"):
        add_to(fresh_bank, cast[login])
    with fresh_bank.connected("job") as job:
        found = job.execute(HOUSEHOLD).fetchone()
        assert found is not None, "the sample bank has a household of three who hold deposits"
        ids: list[int] = found[1]
        lin, chen = [
            one(fresh_bank, "select id from access_employee where staff_no = %s", cast[login].staff_no) for login in ("lin", "chen")
        ]
        job.execute("update parties_party set rm_ids = array[%s]::bigint[], main_rm_id = %s where id = any(%s)", [lin, lin, ids])
        job.execute("update parties_party set rm_ids = array[%s]::bigint[] || rm_ids where id = %s", [chen, ids[1]])
        role = """insert into holdings_accountrole (party_id, account_id, role, signing_rule, source, external_key, batch_id, valid_from)
            select %(joint)s, a.id, 'joint_holder', '', a.source, 'joint-' || a.id, a.batch_id, a.valid_from from holdings_account a
            left join products_product d on d.id = a.product_id
            where a.party_id = %(head)s and a.status <> 'closed' and a.currency = 'CNY' and (d.side is null or d.side = 'liability')
            order by a.balance desc limit 1"""
        job.execute(role, {"joint": ids[1], "head": ids[0]})
    return ids


def joint_account(bank: Bank) -> tuple[int, Decimal]:
    key, balance = rows(
        bank,
        """select a.id, a.balance from holdings_account a join holdings_accountrole r on r.account_id = a.id
           where r.external_key like 'joint-%%'""",
    )[0]
    return key, balance


def test_an_account_that_two_of_a_household_hold_is_counted_once(fresh_bank: Bank, family: list[int]) -> None:
    (household,) = [group for group in shown(logged_in("lin"), family[0]) if group.kind == "household"]
    account, balance = joint_account(fresh_bank)
    assert balance > Decimal(0)
    sums = household.sums
    assert (sums.deposits, sums.wealth, sums.loans) == by_sql(fresh_bank, family, sums.currency)
    assert household.count_joint == 1 and household.outsiders == 0
    listed = [(one, names) for part in household.behind for one, names in part.accounts if one.account.pk == account]
    assert len(listed) == 1 and listed[0][0].is_joint and len(listed[0][1]) == 2
    assert sum(row.aum for row in household.rows) == sums.aum  # it stands with its main holder only
    assert round(sum(row.share for row in household.rows if row.share), 9) == 1


def test_a_colleague_who_sees_one_member_sees_her_money_alone_and_how_many_more_there_are(fresh_bank: Bank, family: list[int]) -> None:
    client = logged_in("chen")
    (household,) = [group for group in shown(client, family[1]) if group.kind == "household"]
    assert [row.party_id for row in household.rows] == [family[1]]
    assert household.outsiders == len(family) - 1
    sums = household.sums
    assert (sums.deposits, sums.wealth, sums.loans) == by_sql(fresh_bank, [family[1]], sums.currency)
    page = client.get(f"/customers/{family[1]}/together/").content.decode()
    assert f"{household.outsiders} further members outside your scope" in page
    others = [one(fresh_bank, "select name from parties_party where id = %s", key) for key in family if key != family[1]]
    assert [name for name in others if name in page.replace(household.name, "")] == []
    assert client.get(f"/customers/{family[0]}/together/").status_code == 404


def test_the_database_counts_outsiders_only_for_who_sees_the_party(bank: Bank, people: Cast) -> None:
    party = one(bank, "select min(party_id) from parties_groupmember where valid_to is null")
    with bank.connected("web") as web:
        assert web.execute("select * from parties_group_outsiders(%s, '9999-12-30')", [party]).fetchall() == []


@pytest.mark.parametrize("kind", ["household", "control_group", "economic_group", "supply_chain"])
def test_the_total_is_that_of_plain_sql_over_distinct_accounts(bank: Bank, people: Cast, as_person: AsPerson, kind: str) -> None:
    source, key, party = rows(
        bank,
        """select source, group_key, min(party_id) from parties_groupmember where kind = %s and valid_to is null
           group by 1, 2 order by count(*) desc, 2 limit 1""",
        kind,
    )[0]  # fmt: skip
    members = rows(bank, "select party_id from parties_groupmember where source = %s and group_key = %s and valid_to is null", source, key)
    ids = [member for (member,) in members]
    groups = shown(as_person("gao"), party)
    found = next(group for group in groups if group.kind == kind and {row.party_id for row in group.rows} == set(ids))
    assert (found.sums.deposits, found.sums.wealth, found.sums.loans) == by_sql(bank, ids, found.sums.currency)
    for part in found.behind:
        assert part.more or sum(one.amount for one, _names in part.accounts) == part.amount


def test_the_past_adds_up_as_the_members_did_then(bank: Bank, people: Cast, as_person: AsPerson) -> None:
    party = one(
        bank, "select min(party_id) from parties_groupmember where kind = 'household' and valid_to is null and valid_from < '2026-08-01'"
    )
    client, day = as_person("gao"), date(2026, 8, 31)
    household = next(group for group in shown(client, party, as_of=day.isoformat()) if group.kind == "household")
    for row in household.rows:
        held = client.get(f"/customers/{row.party_id}/holdings/", {"as_of": day.isoformat()}).context["ledger"]
        if held.currency == household.sums.currency:
            assert row.aum == held.assets, row.name


def test_who_is_in_no_group_is_told_so(bank: Bank, people: Cast, as_person: AsPerson) -> None:
    party = one(bank, "select min(id) from parties_party p where not exists (select 1 from parties_groupmember g where g.party_id = p.id)")
    assert "No household or group is known" in as_person("gao").get(f"/customers/{party}/together/").content.decode()


def test_an_outsider_finds_nothing(bank: Bank, people: Cast, as_person: AsPerson) -> None:
    party = one(
        bank,
        """select min(g.party_id) from parties_groupmember g join parties_party p on p.id = g.party_id join access_employee e on e.staff_no = %s
           where not (e.id = any(p.rm_ids))""",
        people["chen"].staff_no,
    )
    assert as_person("chen").get(f"/customers/{party}/together/").status_code == 404
