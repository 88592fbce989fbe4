"""A manager sees what came of the list of an earlier day: how many left, how many stayed, how many are not known yet; by band, by manager, with the rows."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest
from django.test import Client

from zhike.insight.tests import foretold
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

AsPerson = Callable[[str], Client]
NAME, EARLIER, LATEST = "leaving_closing", "2026-03-31", "2026-08-31"
PAGE = f"/insight/chances/outcomes/?predictor={NAME}"


def some_alarm_for_nothing(day: date, columns: dict[str, Any]) -> None:
    """On the earlier day the money of every fifteenth looks as that of leavers does."""
    if day.isoformat() == EARLIER:
        columns["aum_month_average"][::15] = columns["aum_3m_average"][::15] * 0.01


@pytest.fixture(scope="module")
def told(shared_bank: Bank) -> Bank:
    """Twenty months in which it is known who leaves; by the plain rule everybody is scored as of a day whose months are over, and of the last one."""
    with shared_bank.connected("job") as job:
        parties = [row[0] for row in job.execute("select id from parties_party where status = 'customer' order by id").fetchall()]
    foretold.write(shared_bank.home, parties, changed=some_alarm_for_nothing)
    shared_bank.zhike("predictor", "score", NAME, "--as-of", EARLIER)
    shared_bank.zhike("predictor", "score", NAME)
    return shared_bank


def numbers(client: Client, day: str) -> list[int]:
    """On the list, happened, did not, not known yet, cannot be told, happened though not on the list: the line of all."""
    text = client.get(f"{PAGE}&day={day}", headers={"Accept-Language": "en"}).content.decode()
    foot = re.search(r"<tfoot>(.*?)</tfoot>", text, re.DOTALL)
    assert foot is not None
    return [int(re.sub(r"<[^>]+>|,", "", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", foot[1], re.DOTALL)[:6]]


def of_hers(bank: Bank, login: str | None, condition: str) -> int:
    """How many rows of the earlier day the customers of somebody have."""
    whose = (
        ""
        if login is None
        else f"and party_id in (select p.id from parties_party p join access_person l on l.employee_id = any(p.rm_ids) where l.login = '{login}')"
    )
    with bank.connected("job") as job:
        (count,) = job.execute(
            f"select count(*) from insight_scoreoutcome where predictor = '{NAME}' and {condition} {whose}"
        ).fetchone() or (0,)
    return int(count)


def test_what_came_is_what_the_months_after_say(told: Bank) -> None:
    """Against the profile of three months later, by plain SQL."""
    last = foretold.end_of(date(2026, 6, 1))
    path = told.home / "warehouse" / "marts" / "profile" / f"{last:%Y%m%d}" / "1.parquet"
    with duckdb.connect() as engine:
        gone = {row[0] for row in engine.execute(f"select party_id from '{path}' where status = 'former' or accounts_open = 0").fetchall()}
    with told.connected("job") as job:
        rows = job.execute(
            "select party_id, is_above, came, told_at is not null, known_date::text from insight_scoreoutcome where as_of = %s", [EARLIER]
        ).fetchall()
    assert len(rows) > 10 and {row[4] for row in rows} == {"2026-06-30"} and all(row[3] for row in rows)
    assert all(came == (party in gone) for party, _above, came, _told, _day in rows)
    assert any(row[2] for row in rows if row[1]) and any(not row[2] for row in rows if row[1]), "some left, some stayed"


def test_the_money_is_that_of_the_day_and_not_of_today(told: Bank) -> None:
    path = told.home / "warehouse" / "marts" / "profile" / EARLIER.replace("-", "") / "1.parquet"
    with duckdb.connect() as engine:
        then = dict(engine.execute(f"select party_id, aum from '{path}'").fetchall())
    with told.connected("job") as job:
        rows = job.execute("select party_id, money from insight_scoreoutcome where as_of = %s", [EARLIER]).fetchall()
    assert rows and all(then[party] == money for party, money in rows)


def test_a_manager_sees_hit_rate_and_rows_of_her_own_customers(told: Bank, people: Cast, as_person: AsPerson) -> None:
    lin = as_person("lin")
    seen = numbers(lin, EARLIER)
    states = (
        "is_above",
        "is_above and came",
        "is_above and not came",
        "is_above and told_at is null",
        "is_above and told_at is not null and came is null",
        "not is_above",
    )
    assert seen == [of_hers(told, "lin", f"as_of = '{EARLIER}' and {one}") for one in states] and seen[0] > 0
    assert seen[1] + seen[2] == seen[0]
    whole = numbers(as_person("su"), EARLIER)
    assert whole == [of_hers(told, None, f"as_of = '{EARLIER}' and {one}") for one in states]
    assert whole[0] > seen[0] and whole[0] > numbers(as_person("chen"), EARLIER)[0]


def test_every_number_leads_to_as_many_customers(told: Bank, as_person: AsPerson) -> None:
    zhou = as_person("zhou")
    text = zhou.get(f"{PAGE}&day={EARLIER}").content.decode()
    cells = re.findall(r'<td class="zk-right zk-num"><a href="([^"]+)">([\d,]+)</a>', text)
    assert len(cells) > 4
    for address, count in cells:
        rows = zhou.get(html.unescape(address)).content.decode().partition('id="rows"')[2]
        assert len(re.findall(r'href="/customers/\d+/"', rows)) == min(int(count.replace(",", "")), 50), address


def test_of_the_last_list_nothing_is_known_yet(told: Bank, as_person: AsPerson) -> None:
    su = as_person("su")
    listed, yes, no, still_open, untold, missed = numbers(su, LATEST)
    assert listed == still_open > 0 and (yes, no, untold, missed) == (0, 0, 0, 0)
    assert "It is no foresight" in su.get(f"{PAGE}&day={EARLIER}", headers={"Accept-Language": "en"}).content.decode()


def test_scores_stay_as_they_were_said_and_a_told_list_is_not_said_anew(told: Bank) -> None:
    folder = told.home / "warehouse" / "scores" / NAME
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    rows = "select party_id, chance, came, told_at from insight_scoreoutcome where as_of = %s order by id"
    with told.connected("job") as job:
        was = job.execute(rows, [EARLIER]).fetchall()
    told.zhike("predictor", "score", NAME, "--as-of", EARLIER)
    with told.connected("job") as job:
        assert job.execute(rows, [EARLIER]).fetchall() == was
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_what_is_said_of_an_earlier_day_does_not_replace_what_people_see(told: Bank) -> None:
    told.zhike("predictor", "score", NAME, "--as-of", EARLIER)
    with told.connected("job") as job:
        assert job.execute("select distinct as_of::text from insight_score where predictor = %s", [NAME]).fetchall() == [(LATEST,)]
        assert job.execute("select as_of::text from insight_scorerun where predictor = %s and is_shown", [NAME]).fetchall() == [(LATEST,)]


def test_whoever_refused_since_stands_on_no_earlier_list(fresh_bank: Bank) -> None:
    with fresh_bank.connected("job") as job:
        parties = [row[0] for row in job.execute("select id from parties_party where status = 'customer' order by id").fetchall()]
    foretold.write(fresh_bank.home, parties)
    fresh_bank.zhike("predictor", "score", NAME, "--as-of", "2026-02-28")
    with fresh_bank.connected("job") as job:
        (who,) = job.execute("select min(party_id) from insight_scoreoutcome").fetchone() or (0,)
        job.execute(
            """insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, by_name, lifted_name, made_by)
               values (%s, 'limited', '', 'asked so', now(), '', '', 'people')""",
            [who],
        )
    fresh_bank.zhike("predictor", "score", NAME, "--as-of", EARLIER)
    with fresh_bank.connected("job") as job:
        assert job.execute("select count(*) from insight_scoreoutcome where party_id = %s", [who]).fetchone() == (0,)
