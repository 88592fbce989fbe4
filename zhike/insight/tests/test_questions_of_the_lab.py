"""An analyst asks a question about the future without code, gets an honest answer or an honest refusal, and keeps it to herself."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone, translation
from django.utils.html import escape

from zhike.access.models import Person
from zhike.access.scope import NOBODY, entered, viewer_for
from zhike.core.conditions.reading import read
from zhike.core.jobs import Workshop
from zhike.insight.lab import answering, asking, counting, keeping
from zhike.insight.lab.answering import Refusal
from zhike.insight.lab.asking import Asked
from zhike.insight.lab.fields import THEN, Catalogues, catalogues
from zhike.insight.lab.wording import refusal_words, verdict
from zhike.insight.predictors.features import of_question
from zhike.insight.tests import foretold
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

AsPerson = Callable[[str], Client]
EN = {"Accept-Language": "en"}


def condition(*lines: tuple[str, str, Any]) -> str:
    return json.dumps({"version": 1, "where": {"all": [{"field": field, "op": op, "value": value} for field, op, value in lines]}})


FADES = condition(("part_aum_month_average", "at_most", "-50"), ("move_aum_month_average", "at_most", "-1000"))
CLOSES = condition(("then_accounts_open", "at_most", "0"))


@pytest.fixture(scope="module")
def months(shared_bank: Bank) -> Bank:
    """The bank with twenty months in its warehouse, in which it is known why customers leave."""
    with shared_bank.connected("job") as job:
        parties = [row[0] for row in job.execute("select id from parties_party where status = 'customer' order by id").fetchall()]
    foretold.write(shared_bank.home, parties)
    return shared_bank


@pytest.fixture
def known(bank: Bank, people: Cast) -> Catalogues:
    with entered(NOBODY):
        return catalogues(viewer_for(Person.objects.select_related("employee__unit").get(login="su")))


def work_off(bank: Bank) -> None:
    with bank.acting_as("job"):
        Workshop().work_off()


def text_of(client: Client, address: str, language: str = "en") -> str:
    return client.get(address, headers={"Accept-Language": language}).content.decode()


def test_an_analyst_asks_and_reads_the_answer(months: Bank, bank: Bank, as_person: AsPerson) -> None:
    su = as_person("su")
    refused = su.post("/insight/lab/new/", {"title": "gone", "months": "3", "new": "1"}, headers=EN)
    assert refused.status_code == 422 and "Say what should have happened." in refused.content.decode()
    asked = su.post(
        "/insight/lab/new/", {"title": "Accounts closed", "then": CLOSES, "months": "3", "new": "1", "without": "complaints_12m"}
    )
    assert asked.status_code == 302
    address = asked["Location"]
    assert "What I asked for" in text_of(su, address)
    assert su.get(address, headers={"HX-Request": "true", "HX-Target": "div#lab-progress"}).status_code == 200
    work_off(bank)
    assert su.get(address, headers={"HX-Request": "true", "HX-Target": "div#lab-progress"}).headers["HX-Refresh"] == "true"
    page = text_of(su, address)
    with bank.connected("job") as job:
        row = job.execute("select answer, refusal from insight_labquestion order by id desc limit 1").fetchone()
    assert row is not None and row[1] is None
    card = row[0]
    assert card["figures"]["auc"] > 0.85 and f"{card['figures']['auc']:.3f}" in page
    assert card["figures"]["auc"] > card["baseline"]["rule"]["auc"] - 0.02 and card["rule"]
    assert escape(verdict(card)) in page and "Fairness: Sex" in page and "What moves it" in page
    assert "complaints_12m" not in {one["feature"] for one in card["movers"]}
    assert set(card["judged_days"]).isdisjoint(card["learned_days"][:2])
    assert "AUC" in text_of(su, "/insight/lab/")
    with translation.override("zh-hans"):
        chinese = verdict(card)
    assert re.search("[一-鿿]", chinese) and chinese in text_of(su, address, "zh-hans")


def test_the_answer_leaves_as_a_file_and_can_be_thrown_away_and_brought_back(months: Bank, bank: Bank, as_person: AsPerson) -> None:
    su = as_person("su")
    address = su.post("/insight/lab/new/", {"title": "=Fading", "then": FADES, "months": "2", "new": "1"})["Location"]
    assert su.get(f"{address}export/").status_code == 404
    work_off(bank)
    file = su.get(f"{address}export/", headers=EN)
    lines = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    told = {(line[0], line[1]): line[2] for line in lines}
    assert told["Question", "Title"] == "'=Fading" and float(told["Figure", "AUC"]) > 0.5
    assert {"Lift", "Calibration", "By day", "What moves it"} <= {line[0] for line in lines}
    assert re.search(r"Relative change of AUM, month.s average at most [-−]?50", told["Question", "What should happen"])
    thrown = su.post(f"{address}away/")
    number = address.rstrip("/").rpartition("/")[2]
    assert thrown["Location"] == f"/insight/lab/?away={number}" and su.get(address).status_code == 404
    assert "Undo" in text_of(su, thrown["Location"])
    assert su.post(f"{address}away/", {"back": "1"}).status_code == 302 and su.get(address).status_code == 200
    su.post(f"{address}away/")
    with bank.acting_as("job"):
        assert keeping.clear(timezone.now()) == 0
        assert keeping.clear(timezone.now() + keeping.KEPT_AWAY * 2) == 1


def test_nobody_else_reads_it_and_few_may_ask(months: Bank, bank: Bank, as_person: AsPerson) -> None:
    su = as_person("su")
    address = su.post("/insight/lab/new/", {"title": "mine", "then": CLOSES, "months": "3", "new": "1"})["Location"]
    assert su.get(address).status_code == 200
    assert as_person("gao").get(address).status_code == 404
    assert as_person("gao").post(f"{address}away/").status_code == 404
    for login in ("lin", "zhou", "fang", "yan"):
        somebody = as_person(login)
        assert somebody.get("/insight/lab/").status_code == 403
        assert somebody.post("/insight/lab/new/", {"then": CLOSES}).status_code == 403
        assert somebody.post("/insight/lab/conditions/then/read/", {"where": CLOSES}).status_code == 403
    with bank.connected("job") as job:
        seen = job.execute("select count(*) from insight_labquestion").fetchone()
    assert seen is not None and seen[0] > 0


def test_the_address_carries_the_question(months: Bank, as_person: AsPerson) -> None:
    su = as_person("su")
    done = su.get("/insight/lab/new/", {"part": "then", "months": "6", "title": "t", "new": "0", "without": "aum", "where": CLOSES})
    assert done.status_code == 302
    asked = parse_qs(urlsplit(done["Location"]).query)
    assert asked["then"] == [CLOSES] and asked["months"] == ["6"] and asked["new"] == ["0"] and asked["without"] == ["aum"]
    page = text_of(su, done["Location"])
    assert '<option value="6" selected>' in page and "(then) at most 0" in page
    assert 'name="new" value="1" checked' not in page
    wrong = su.post("/insight/lab/new/", {"then": condition(("nonsense", "is", "1")), "months": "3"}, headers=EN)
    assert wrong.status_code == 422


def test_while_it_is_made_it_says_how_many(months: Bank, as_person: AsPerson) -> None:
    su = as_person("su")
    rich = condition(("aum", "at_least", "100000"))
    told = su.post("/insight/lab/conditions/of/read/", {"where": rich}, headers=EN).json()
    ends = sorted((months.home / "warehouse" / "marts" / "profile").glob("*/1.parquet"))
    with duckdb.connect() as plain:
        everybody, fit = plain.execute(
            f"select count(*), count(*) filter (aum >= 100000) from read_parquet('{ends[-1]}') where status = 'customer'"
        ).fetchone() or (0, 0)
    assert told["steps"] == [f"{everybody:,}", f"{fit:,}"] and "at least" in told["said"]
    happened = su.post("/insight/lab/conditions/then/read/", {"where": FADES, "of": rich, "months": "3"}, headers=EN).json()
    with duckdb.connect() as plain:
        before, fall = plain.execute(
            f"""select count(*), count(*) filter (b.aum_month_average - a.aum_month_average <= -0.5 * a.aum_month_average and a.aum_month_average > 0
                    and b.aum_month_average - a.aum_month_average <= -1000)
                from read_parquet('{ends[-4]}') a join read_parquet('{ends[-1]}') b using (party_id) where a.status = 'customer' and a.aum >= 100000"""
        ).fetchone() or (0, 0)
    assert happened["steps"][0] == f"{before:,}" and happened["steps"][-1] == f"{fall:,}" and fall > 0
    faulty = su.post("/insight/lab/conditions/then/read/", {"where": condition(("then_aum", "at_least", "x"))}, headers=EN).json()
    assert faulty["problems"]


def read_in(text: str, known: Catalogues) -> asking.Meant:
    return asking.meant(Asked("t", "", text, 3), known)


def test_only_those_are_asked_about_of_whom_it_does_not_hold_yet(months: Bank, known: Catalogues, bank: Bank) -> None:
    poor = read_in(condition(("then_aum", "less_than", "20000")), known)
    with_all = replace(poor, asked=replace(poor.asked, is_new=False))
    new, every = counting.happened(poor, bank.home, None), counting.happened(with_all, bank.home, None)
    assert 0 < new[0] < every[0] and new[-1] < every[-1]
    rich = read(json.loads(condition(("aum", "at_least", "20000"))), known.whom)
    assert counting.happened(replace(with_all, whom=rich), bank.home, None) == new


def test_nothing_of_the_end_is_learned_from(months: Bank, known: Catalogues) -> None:
    question = read_in(CLOSES, known).question
    assert question.at_end == {"accounts_open"}
    assert not [one.key for one in of_question(question) if any(key.startswith(THEN) for key in one.made_of)]


def test_an_answer_hidden_in_an_ordinary_field_is_named_and_left_out(tmp_path: Path, known: Catalogues) -> None:
    former: dict[date, np.ndarray[Any, Any]] = {}
    days = foretold.write(tmp_path / "first", [], 600, changed=lambda day, columns: former.__setitem__(day, columns["status"] == "former"))

    def plant(day: date, columns: dict[str, Any]) -> None:
        columns["complaints_12m"] = former[days[min(days.index(day) + 3, len(days) - 1)]].astype(np.int64)

    foretold.write(tmp_path / "second", [], 600, changed=plant)
    honest = answering.answered(read_in(CLOSES, known), tmp_path / "first", whom=None)
    planted = answering.answered(read_in(CLOSES, known), tmp_path / "second", whom=None)
    assert honest["suspected_leaks"] == []
    assert [one["column"] for one in planted["suspected_leaks"]] == ["complaints_12m"]
    assert abs(planted["figures"]["auc"] - honest["figures"]["auc"]) < 0.05


@pytest.mark.parametrize(
    ("of", "then", "months_ahead", "reason"),
    [
        ("", CLOSES, 12, "no_months"),
        (condition(("aum", "at_least", "100000000000")), CLOSES, 3, "nobody"),
        (condition(("aum", "at_least", "3000000")), CLOSES, 3, "few_cases"),
        ("", condition(("then_aum", "at_least", "0")), 3, "nearly_all"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_numbers(
    months: Bank, known: Catalogues, of: str, then: str, months_ahead: int, reason: str
) -> None:
    meant = asking.meant(Asked("t", of, then, months_ahead, is_new=False), known)
    with pytest.raises(Refusal) as refused:
        answering.answered(meant, months.home, whom=None)
    assert refused.value.reason == reason
    said = {"reason": reason, **refused.value.numbers}
    english = refusal_words(said)
    with translation.override("zh-hans"):
        chinese = refusal_words(said)
    for number in refused.value.numbers.values():
        assert f"{number:,}" in english and f"{number:,}" in chinese
    assert re.search("[一-鿿]", chinese) and not re.search("[一-鿿]", english)


def test_a_bank_without_months_says_how_many_it_needs(tmp_path: Path, known: Catalogues) -> None:
    with pytest.raises(Refusal) as refused:
        answering.answered(read_in(CLOSES, known), tmp_path, whom=None)
    assert refused.value.reason == "no_months" and refused.value.numbers["there"] == 0


def test_a_refusal_is_kept_and_told_on_the_page(months: Bank, bank: Bank, as_person: AsPerson) -> None:
    su = as_person("su")
    address = su.post("/insight/lab/new/", {"title": "far", "then": CLOSES, "months": "12", "new": "1"})["Location"]
    work_off(bank)
    assert "Looking 12 months ahead needs 28 month ends; there are 20." in text_of(su, address)
    assert "12 个月" in text_of(su, address, "zh-hans")


def test_whoever_does_not_see_the_bank_asks_about_her_own(months: Bank, known: Catalogues, bank: Bank) -> None:
    meant = read_in(CLOSES, known)
    some = pa.table({"party_id": pa.array([foretold.NOBODY + n for n in range(30)], pa.int64())})
    assert counting.whom(meant, bank.home, some)[0] <= 30
    with pytest.raises(Refusal, match="few_cases"):
        answering.answered(meant, bank.home, whom=some)


def test_which_way_a_field_moves_chances_is_told_plainly() -> None:
    values = np.linspace(0, 1, 200)
    assert answering.way("aum", values, values * 2) == 1 and answering.way("aum", values, -values) == -1
    assert answering.way("aum", values, np.abs(values - 0.5)) == 0
    assert answering.way("stage", values, values) == 0, "codes have no more and less"


def test_an_address_without_words_is_the_usual_question() -> None:
    asked = asking.asked_in(QueryDict("months=nonsense&without=aum&without=aum&without=nothing"))
    assert asked == Asked(months=3, is_new=True, without=("aum",))
    assert asking.asked_in(QueryDict("title=a&months=99")).months == 12
    assert not asking.asked_in(QueryDict("title=a")).is_new, "a box that is not ticked is not sent"


def test_what_an_answer_is_worth_is_said_as_it_is() -> None:
    def of(low: float, alone: float) -> str:
        return verdict({"intervals": {"auc": [low, low + 0.1]}, "baseline": {"rule": {"auc": alone}}})

    with translation.override("en"):
        assert "coin" in of(0.51, 0.5) and "one field alone" in of(0.62, 0.66)
        assert "roughly" in of(0.66, 0.6) and "sorts customers well" in of(0.75, 0.6)
