"""Employees paid through the bank: as many as the files say, by name only whom one sees, and a salary that stopped stands out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from zhike.holdings.payroll import Employee
from zhike.workspace.tests.books import one, rows

DAY = "2026-09-30"


_EMPLOYER = """
    select g.party_id from holdings_payroll g join holdings_salary s on s.payroll_id = g.id join parties_party p on p.id = g.party_id
    group by 1 order by count(distinct s.party_id) desc, 1 limit 1
"""
# One at the branch of a manager, some of whose people are customers of another branch.
_HIS = """
    select g.party_id from holdings_payroll g join holdings_salary s on s.payroll_id = g.id join parties_party f on f.id = g.party_id
    join parties_party p on p.id = s.party_id
    where f.unit_id = (select e.unit_id from access_person x join access_employee e on e.id = x.employee_id where x.login = %s)
    group by 1 having bool_or(p.unit_id <> f.unit_id) order by count(distinct s.party_id) desc, 1 limit 1
"""


def paid(client, party: int, **query: str):
    return client.get(f"/customers/{party}/payroll/", {"as_of": DAY, **query}).context["paid"]


def test_heads_and_amounts_are_those_of_plain_sql(bank, people, as_person):
    party = one(bank, _EMPLOYER)
    shown = [(m.month, m.heads, m.amount) for m in paid(as_person("gao"), party).months]
    assert shown and shown == rows(
        bank,
        """select date_trunc('month', s.pay_date)::date, count(distinct s.party_id), sum(s.amount)
           from holdings_payroll g join holdings_salary s on s.payroll_id = g.id where g.party_id = %s and s.pay_date <= %s group by 1 order by 1""",
        party, DAY,
    )[-12:]  # fmt: skip


def test_whoever_sees_the_whole_bank_reads_every_name_page_after_page(bank, people, as_person):
    party, gao = one(bank, _EMPLOYER), as_person("gao")
    found, after = [], None
    while True:
        page = paid(gao, party, **({"after": str(after)} if after else {}))
        found += [row.party_id for row in page.rows]
        after = page.next_key
        if after is None:
            break
    everybody = rows(
        bank, "select distinct s.party_id from holdings_payroll g join holdings_salary s on s.payroll_id = g.id where g.party_id = %s and s.pay_date <= %s "
        "and s.pay_date > %s::date - interval '12 months' order by 1", party, DAY, DAY,
    )  # fmt: skip
    assert found == [key for (key,) in everybody] and page.count_seen == len(found) and page.count_unseen == 0


def test_a_branch_reads_the_number_of_all_and_the_names_of_its_own(bank, people, as_person):
    party, zhou = one(bank, _HIS, "zhou"), as_person("zhou")
    page, everybody = paid(zhou, party), paid(as_person("gao"), party)
    assert page.latest == everybody.latest and page.latest.heads > 0
    assert page.count_seen < everybody.count_seen and page.count_unseen == max(page.latest.heads - page.count_seen, 0)
    assert [zhou.get(f"/customers/{row.party_id}/").status_code for row in page.rows] == [200] * len(page.rows)


def test_a_salary_that_stopped_is_told_from_one_paid_late():
    newest = date(2026, 9, 28)
    paid_on = {day: Employee(1, "李明", day, Decimal(9000), newest).has_stopped for day in (newest, date(2026, 8, 1), date(2026, 7, 25))}
    assert list(paid_on.values()) == [False, False, True]


def test_the_database_tells_numbers_only_and_only_of_companies_in_scope(bank, people, as_person):
    party = one(bank, _HIS, "zhou")
    assert as_person("qian").get(f"/customers/{party}/payroll/").status_code == 404
    with bank.connected("web") as web:
        assert web.execute("select * from holdings_payroll_months(%s, %s)", [party, DAY]).fetchall() == []
        assert web.execute("select * from holdings_salary").fetchall() == []


def test_a_company_without_one_says_so(bank, people, as_person):
    party = one(
        bank,
        "select id from parties_party p where kind = 'company' and not exists (select from holdings_payroll g where g.party_id = p.id) order by 1 limit 1",
    )
    assert "Nobody is paid through the bank" in as_person("gao").get(f"/customers/{party}/payroll/").content.decode()
