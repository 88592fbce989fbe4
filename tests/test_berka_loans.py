"""Loans of a real bank that went bad, foreseen from what was known before each loan: an honest figure of a small sample.

Of the loan itself amount, duration and instalment are known; of the account its age, its statements, what was booked before the loan; of its owner whether
she had a card by then. Standing orders bear no date, and the instalment is one of them; the districts' unemployment and crimes are of 1995 and 1996:
none of that was known before. Sex and age are not looked at.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from zhike.insight.predictors import trying
from zhike.insight.predictors.table_files import read

pytestmark = pytest.mark.realdata

KNOWN_BEFORE = """
with loan as (select *, strptime(date, '%y%m%d')::date as day from read_csv('{folder}/loan.asc', delim = ';', header = true, types = {{'date': 'VARCHAR'}})),
account as (select account_id, district_id, frequency, strptime(date, '%y%m%d')::date as opened from read_csv('{folder}/account.asc', delim = ';', header = true, types = {{'date': 'VARCHAR'}})),
posted as (
    select account_id, strptime(date, '%y%m%d')::date as day, type, amount, balance, trim(coalesce(k_symbol, '')) as sort
    from read_csv('{folder}/trans.asc', delim = ';', header = true, types = {{'date': 'VARCHAR', 'account': 'VARCHAR'}})
),
card as (
    select d.account_id, min(strptime(c.issued[:6], '%y%m%d')::date) as issued
    from read_csv('{folder}/card.asc', delim = ';', header = true, types = {{'issued': 'VARCHAR'}}) c
    join read_csv('{folder}/disp.asc', delim = ';', header = true) d using (disp_id) group by 1
)
select l.loan_id, l.day as loan_day, l.amount, l.duration, l.payments, a.frequency, l.day - a.opened as account_days, coalesce(c.issued < l.day, false)::int as has_card,
    x.A4 as inhabitants, x.A10 as urban, x.A11 as wage, x.A14 as entrepreneurs,
    count(p.day) as postings, avg(p.balance) as balance, min(p.balance) as lowest, arg_max(p.balance, p.day) as latest, stddev(p.balance) as swing,
    sum(p.amount) filter (p.type = 'PRIJEM') as money_in, sum(p.amount) filter (p.type <> 'PRIJEM') as money_out, coalesce(max((p.sort = 'SANKC. UROK')::int), 0) as was_fined,
    any_value(l.payments) / nullif(sum(p.amount) filter (p.type = 'PRIJEM') / greatest((any_value(l.day) - min(p.day)) / 30.4, 1), 0) as burden,
    (l.status in ('B', 'D'))::int as went_bad
from loan l join account a using (account_id) left join card c using (account_id)
left join read_csv('{folder}/district.asc', delim = ';', header = true) x on x.A1 = a.district_id
left join posted p on p.account_id = l.account_id and p.day < l.day
group by all order by l.day, l.amount
"""


@pytest.fixture(scope="module")
def loans(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One row a loan, in the order of time."""
    path = tmp_path_factory.mktemp("berka") / "loans.parquet"
    with duckdb.connect() as engine:
        engine.execute(f"copy ({KNOWN_BEFORE.format(folder=real_data / 'berka')}) to '{path}' (format parquet)")
    return path


# `duration` looks like that of a call by its name; here it is what the loan's contract says.
def test_loans_that_go_bad_are_foreseen_a_little_and_the_interval_says_how_little(loans: Path) -> None:
    told = trying.tried(
        read(loans), trying.Question("went_bad", drop=("loan_day", "loan_id"), keep=("duration",)), None, lambda _step: None
    )
    low, high = told["intervals"]["auc"]
    print(
        told["auc"],
        (low, high),
        told["average_precision"],
        told["recipe"],
        told["baseline"],
        told["suspected_leaks"],
        told["ece"],
        told["lift_10"],
    )
    assert told["rows_judged"] == 682 and [one["column"] for one in told["suspected_leaks"]] == ["duration"], "named, and kept"
    assert 0.6 < told["auc"] < 0.8 and high - low > 0.08, "76 bad loans cannot tell more exactly"
    assert low > 0.5, "better than a coin, and better by little than the instalment alone"


def test_on_the_last_fifth_of_time_even_less_is_certain(loans: Path) -> None:
    told = trying.tried(
        read(loans), trying.Question("went_bad", time="rows", drop=("loan_day", "loan_id"), keep=("duration",)), None, lambda _step: None
    )
    low, high = told["intervals"]["auc"]
    assert high - low > 0.15
