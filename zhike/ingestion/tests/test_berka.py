"""The Czech bank's files, loaded as they are, give the figures that are known of them."""

from datetime import date
from decimal import Decimal

import pytest

from zhike.ingestion.layout_reading import load_layout
from zhike.ingestion.preparing import prepare_landed
from zhike.ingestion.tests.delivering import Asked, StandInSealer, opened, prepared_from, real_data
from zhike.insight import warehouse

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def berka(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return prepared_from(real_data("berka"), load_layout("berka"), tmp_path_factory.mktemp("berka") / "landing", date(1999, 1, 1))


def test_every_row_of_every_file_is_good(berka):
    counts = {name: (feed.count_in, feed.count_good, feed.count_rejected) for name, feed in berka.prepared.feeds.items()}
    assert counts == {
        "organisation": (77, 77, 0), "parties": (5369, 5369, 0), "identifiers": (5369, 5369, 0), "products": (3, 3, 0), "accounts": (4500, 4500, 0),
        "account_roles": (5369, 5369, 0), "transactions": (49102, 49102, 0), "loans": (682, 682, 0), "cards": (892, 892, 0), "standing_orders": (6471, 6471, 0),
    }  # fmt: skip
    assert berka.failed() == {} and berka.reasons() == {}


def test_women_and_men_come_out_of_the_birth_number(berka):
    assert berka.rows("select sex, count(*) from parties_good group by 1 order by 1") == [("female", 2645), ("male", 2724)]
    assert berka.rows("select sex, birth_date from parties_good where party_key = '1'") == [("female", date(1970, 12, 13))]


def test_owners_in_another_district_than_the_branch(berka):
    assert berka.one(
        "select count(*) from account_roles_good r join accounts_good a using (account_key) join parties_good p on p.party_key = r.party_key"
        " join organisation_good o on o.unit_key = a.unit_key where r.role = 'owner' and p.region <> o.name"
    ) == 409  # fmt: skip


def test_roles(berka):
    assert berka.rows("select role, count(*) from account_roles_good group by 1 order by 1") == [("authorised", 869), ("owner", 4500)]


def test_loans(berka):
    bad = "state in ('finished_unpaid', 'running_overdue')"
    assert berka.rows(f"select sum(amount), count(*) filter ({bad}), sum(amount) filter ({bad}) from loans_good") == [
        (Decimal(103261740), 76, Decimal(15580152))
    ]


def test_standing_orders(berka):
    assert berka.one("select sum(amount) from standing_orders_good") == Decimal("21228993.60")


def test_transactions(berka):
    assert berka.one("select sum(amount) from transactions_good") == Decimal("315486449.80")
    assert berka.one("select sum(case direction when 'credit' then amount else -amount end) from transactions_good") == Decimal(
        "39246142.80"
    )
    kinds = berka.rows(
        "select split_part(source_code, ' / ', 1) as kind, count(*), sum(amount) from transactions_good group by 1 order by 1"
    )
    assert kinds == [
        ("PRIJEM", 22994, Decimal("177366296.30")),
        ("VYBER", 651, Decimal(7988521)),
        ("VYDAJ", 25457, Decimal("130131632.50")),
    ]
    assert berka.one("select count(counterparty_bank) from transactions_good") == 10115
    assert berka.rows("select count(distinct account_key), min(booking_date), max(booking_date) from transactions_good") == [
        (1229, date(1993, 1, 1), date(1994, 3, 31))
    ]


def test_the_busiest_account(berka):
    assert berka.rows("select account_key, count(*), sum(amount) from transactions_good group by 1 order by 2 desc limit 1") == [
        ("485", 131, Decimal("1343977.20"))
    ]


def test_what_owners_hold(berka):
    held = berka.rows(
        "select card, loan, ordered, count(*) from (select r.role_key in (select role_key from cards_good) as card,"
        " r.account_key in (select account_key from loans_good) as loan, r.account_key in (select account_key from standing_orders_good) as ordered"
        " from account_roles_good r where role = 'owner') group by all"
    )
    assert {(card, loan, ordered): count for card, loan, ordered, count in held} == {
        (False, False, False): 552, (False, False, True): 2544, (False, True, True): 512, (True, False, False): 190, (True, False, True): 532, (True, True, True): 170,
    }  # fmt: skip


def test_the_balance_after_the_last_transaction_is_the_sum_of_the_movements(berka):
    # within a day the file's order is not that of the bookings: one of the day's balances is the last
    apart = berka.rows(
        "with upto as (select * from transactions_good where booking_date <= '1994-03-30'),"
        " moved as (select account_key, sum(case direction when 'credit' then amount else -amount end) as total, max(booking_date) as day from upto group by 1)"
        " select count(*), max(apart), count(*) filter (apart <= 0.05) from (select min(abs(balance_after - total)) as apart from moved join upto"
        " on upto.account_key = moved.account_key and booking_date = day group by moved.account_key)"
    )
    assert apart[0][0] == 1229 and apart[0][1] <= Decimal("0.70")


def test_account_numbers_and_birth_numbers_lie_sealed(berka):
    landed = warehouse.quoted(berka.landing / "identifiers.parquet")
    columns = [row[0] for row in berka.rows(f"describe select * from read_parquet({landed})")]
    assert "id_no" not in columns and {"id_no_digest", "id_no_last4", "id_no_masked", "id_no_sealed", "id_no_fault"} <= set(columns)
    assert opened(berka.one(f"select id_no_sealed from read_parquet({landed}) where party_key = '1'")) == "706213"
    assert berka.one("select count(*) from accounts_vault") == 4500
    assert b"706213" not in (berka.landing / "identifiers.parquet").read_bytes()


def test_the_same_comes_out_of_what_has_landed(berka):
    counts = {name: (feed.count_in, feed.count_good) for name, feed in berka.prepared.feeds.items()}
    con = warehouse.connect(threads=2)
    again = prepare_landed(con, berka.layout, berka.landing, berka.prepared.batch_date, StandInSealer())
    assert {name: (feed.count_in, feed.count_good) for name, feed in again.feeds.items()} == counts
    assert con.execute("select sum(amount) from transactions_good").fetchall() == [(Decimal("315486449.80"),)]
