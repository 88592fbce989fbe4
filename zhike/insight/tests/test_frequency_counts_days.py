"""RFM: frequency counts the acts of so many days back from the business date, in the middle of months too, and each act once (§3.2)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb

from zhike.insight.build import Build
from zhike.insight.engines import opened
from zhike.insight.inputs import Inputs, landed
from zhike.insight.settings_rules import Rfm, Settings
from zhike.insight.tests.test_days_build_on_days import LAST, home, keys_of, rows

__all__ = ["home"]
DAYS = 45  # from 17 August to 30 September


def acts(home: Path, first: date) -> dict[int, int]:
    """How often each customer began something from a day on, by plain SQL over the files."""
    files = {feed: [str(part.path) for name, part in landed(home, LAST) if name == feed] for feed in ("transactions", "accounts")}
    with duckdb.connect() as engine:
        engine.register("keys", keys_of(home))
        found = engine.sql(
            f"""with whose as (select account_key, arg_max(party_key, filename) as party_key from read_parquet({files["accounts"]}, filename = true, union_by_name = true) group by 1)
                select k.party_id, count(distinct t.transaction_key) from read_parquet({files["transactions"]}, union_by_name = true) t
                join whose w using (account_key) join keys k on k.external_key = w.party_key
                where t.is_customer_initiated in ('1', 'true', 'Y') and t.booking_date >= '{first}' group by 1"""
        )
        return dict(found.fetchall())


def test_frequency_is_of_days_and_not_of_months(home: Path) -> None:
    settings = Settings(rfm=Rfm(days=DAYS))
    with opened("duckdb") as engine:
        snapshot = Build(engine, Inputs(home, LAST, landed(home, LAST), keys_of(home), lambda _day: settings), None).run()
    scores = dict(rows(home, snapshot, "profile", "party_id, rfm_f", "status = 'customer'"))
    by_days = acts(home, LAST - timedelta(days=DAYS - 1))
    by_months = acts(home, date(2026, 8, 1))
    assert sum(by_days.values()) < sum(by_months.values()) - 100

    def fits(counts: dict[int, int]) -> bool:
        """Whether whoever did more has no lower score, and equal counts have equal ones."""
        pairs = sorted({(counts.get(party, 0), score) for party, score in scores.items()})
        return len({count for count, _score in pairs}) == len(pairs) and [score for _count, score in pairs] == sorted(score for _count, score in pairs)  # fmt: skip

    assert len(set(scores.values())) >= 4 and fits(by_days) and not fits(by_months)
