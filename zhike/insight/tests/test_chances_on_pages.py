"""A manager sees what is said of her customers, why, and says what she knows; an analyst reads the card and proposes; nobody sees others' customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from zhike.insight.tests import foretold
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

AsPerson = Callable[[str], Client]
NAME = "leaving_closing"


@pytest.fixture(scope="module")
def scored(shared_bank: Bank) -> Bank:
    """The bank with twenty months in its warehouse, a first version trained, and everybody scored by the plain rule."""
    with shared_bank.connected("job") as job:
        parties = [row[0] for row in job.execute("select id from parties_party where status = 'customer' order by id").fetchall()]
    foretold.write(shared_bank.home, parties)
    shared_bank.zhike("predictor", "train", NAME)
    shared_bank.zhike("predictor", "score", NAME)
    return shared_bank


@pytest.fixture
def her(bank: Bank, scored: Bank) -> int:
    """The customer of Lin's with the highest chance; she is put above the threshold, so that whichever it is she stands out."""
    with bank.connected("job") as job:
        row = job.execute(
            """select s.party_id from insight_score s join parties_party p on p.id = s.party_id join access_person l on l.login = 'lin'
               where p.main_rm_id = l.employee_id and s.predictor = %s order by s.chance desc, s.party_id limit 1""",
            [NAME],
        ).fetchone()
        assert row is not None
        job.execute("update insight_score set is_above = true where party_id = %s and predictor = %s", [row[0], NAME])
    return int(row[0])


def test_her_panel_says_what_stands_out(her: int, as_person: AsPerson) -> None:
    panel = as_person("lin").get(f"/customers/{her}/chances/", headers={"Accept-Language": "en"})
    assert panel.status_code == 200
    text = panel.content.decode()
    assert "Leaving: accounts closed" in text and "by a plain rule" in text and "I know better" in text
    assert as_person("chen").get(f"/customers/{her}/chances/").status_code == 404


def test_what_she_knows_stands_beside_the_chance_until_she_takes_it_back(bank: Bank, her: int, as_person: AsPerson) -> None:
    lin, address = as_person("lin"), f"/customers/{her}/chances/{NAME}/overrule/"
    until = (timezone.localdate() + timedelta(days=30)).isoformat()
    assert lin.get(address).status_code == 200
    refused = lin.post(address, {"will_happen": "no", "until": until, "why": " "})
    assert refused.status_code == 422
    assert lin.post(address, {"will_happen": "no", "until": until, "why": "she bought a flat with us"}).status_code == 302
    assert "she bought a flat with us" in lin.get(f"/customers/{her}/chances/").content.decode()
    assert "she bought a flat with us" in lin.get(f"/insight/chances/?predictor={NAME}").content.decode()
    with bank.connected("job") as job:
        row = job.execute("select id from insight_scoreoverrule where party_id = %s and ended_at is null", [her]).fetchone()
    assert row is not None
    assert as_person("chen").post(f"/customers/{her}/chances/overrules/{row[0]}/end/").status_code == 404
    assert lin.post(f"/customers/{her}/chances/overrules/{row[0]}/end/").status_code == 302
    assert "she bought a flat with us" not in lin.get(f"/customers/{her}/chances/").content.decode()


def test_the_list_has_her_own_customers_alone_and_adds_up(bank: Bank, her: int, people: Cast, as_person: AsPerson) -> None:
    with bank.connected("job") as job:
        rows = job.execute(
            """select s.party_id, p.name, p.rm_ids @> array(select id from access_employee where staff_no = %s) from insight_score s
               join parties_party p on p.id = s.party_id where s.predictor = %s and s.is_above""",
            [people["lin"].staff_no, NAME],
        ).fetchall()
    text = as_person("lin").get(f"/insight/chances/?predictor={NAME}", headers={"Accept-Language": "en"}).content.decode()
    shown = {key for key, _name, _hers in rows if f'href="/customers/{key}/"' in text}
    hers = {key for key, _name, is_hers in rows if is_hers}
    assert her in shown and shown == hers
    assert f"{len(hers)} customer" in text


def test_the_card_tells_how_good_it_is_and_an_analyst_proposes_it(scored: Bank, bank: Bank, as_person: AsPerson) -> None:
    su = as_person("su")
    register = su.get("/insight/predictors/", headers={"Accept-Language": "en"}).content.decode()
    assert "Leaving: accounts closed" in register and "1 version, none approved" in register
    card = su.get(f"/insight/predictors/{NAME}/", headers={"Accept-Language": "en"}).content.decode()
    for words in ("How good it is", "Average precision", "What moves it", "Fairness: Sex", "Chances said beside what came"):
        assert words in card, words
    with bank.connected("job") as job:
        row = job.execute("select id, card->'figures'->>'auc' from insight_predictorversion where predictor = %s", [NAME]).fetchone()
    assert row is not None and f"{float(row[1]):.3f}" in card
    address = f"/insight/predictors/versions/{row[0]}/"
    assert as_person("lin").post(address, {"act": "propose", "role": "champion", "why": "x"}).status_code == 403
    assert su.post(address, {"act": "propose", "role": "champion", "why": ""}).status_code == 422
    answer = su.post(address, {"act": "propose", "role": "champion", "why": "better on later months"})
    assert answer.status_code == 302 and answer["Location"].startswith("/approvals/")
    assert as_person("gao").post(f"{answer['Location']}approve/", {"words": "agreed"}).status_code == 302
    assert "Champion" in su.get(f"/insight/predictors/{NAME}/", headers={"Accept-Language": "en"}).content.decode()
    bank.zhike("predictor", "score", NAME)
    lines = su.get(f"/insight/chances/?predictor={NAME}", headers={"Accept-Language": "en"}).content.decode()
    assert "by a plain rule" not in lines and "/customers/" in lines
    assert su.post(address, {"act": "retire", "why": "a better one is coming"}).status_code == 302
    assert "Retired" in su.get(f"/insight/predictors/{NAME}/", headers={"Accept-Language": "en"}).content.decode()
