"""Whoever answers for predictors trains and scores from the register; where too little is known she is told so, and nobody else may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from zhike.core.jobs import Workshop
from zhike.insight.tests import foretold
from zhike.testing.databases import Bank

AsPerson = Callable[[str], Client]
NAME = "leaving_closing"
WORK = "/insight/predictors/begin/"
EN = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def months(shared_bank: Bank) -> Bank:
    """The bank, before and after twenty months are in its warehouse: the first test looks before."""
    return shared_bank


def parties_of(bank: Bank) -> list[int]:
    with bank.connected("job") as job:
        return [row[0] for row in job.execute("select id from parties_party where status = 'customer' order by id").fetchall()]


def test_without_months_she_is_told_how_many_it_takes(months: Bank, bank: Bank, as_person: AsPerson) -> None:
    su = as_person("su")
    for asked in ({"act": "train", "predictor": NAME}, {"act": "train"}):
        back = su.post(WORK, asked, headers=EN)
        assert back.status_code == 302 and "/insight/predictors/" in back["Location"]
        assert "Training needs 7 month ends; there are 0." in su.get(back["Location"], headers=EN).content.decode()
    back = su.post(WORK, {"act": "score"}, headers=EN)
    assert "No month has been computed yet" in su.get(back["Location"], headers=EN).content.decode()
    assert su.post(WORK, {"act": "else"}).status_code == 404 and su.post(WORK, {"act": "train", "predictor": "none"}).status_code == 404
    with bank.connected("job") as job:
        assert job.execute("select count(*) from access_work where kind like 'insight.predictor%'").fetchone() == (0,)


def test_she_trains_a_version_and_has_everybody_scored(months: Bank, bank: Bank, as_person: AsPerson) -> None:
    foretold.write(bank.home, parties_of(bank))
    su = as_person("su")
    begun = su.post(WORK, {"act": "train", "predictor": NAME}, headers=EN)
    assert begun["Location"].startswith("/asked/")
    assert su.post(WORK, {"act": "score", "predictor": NAME}, headers=EN)["Location"].startswith("/asked/")
    with bank.acting_as("job"):
        Workshop().work_off()
    told = su.get(begun["Location"], headers=EN).content.decode()
    assert "Version 1 is a draft" in told and f'href="/insight/predictors/{NAME}/?version=1"' in told
    register = su.get("/insight/predictors/", headers=EN).content.decode()
    assert "1 version, none approved" in register and "Score everybody" in register
    with bank.connected("job") as job:
        assert (job.execute("select count(*) from insight_score where predictor = %s", [NAME]).fetchone() or (0,))[0] > 0


def test_nobody_else_may_and_nobody_else_is_offered_it(months: Bank, as_person: AsPerson) -> None:
    for login in ("lin", "zhou", "fang", "yan"):
        assert as_person(login).post(WORK, {"act": "score"}).status_code == 403
    shown = as_person("zhou").get("/insight/predictors/", headers=EN).content.decode()
    assert "Score everybody" not in shown and "Train all" not in shown
