"""A predictor is trained, approved by a second person, scores, says why, and one act brings back what was said before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone, translation

from zhike.access.models import Person
from zhike.access.scope import NOBODY, Viewer, entered, system_viewer, viewer_for
from zhike.insight import snapshots
from zhike.insight.models import PredictorVersion, Score, ScoreRun
from zhike.insight.predictors import (
    chances,
    everybody,
    feature_rows,
    model_files,
    outcomes,
    overruling,
    reasons,
    registering,
    scoring,
    training,
)
from zhike.insight.predictors.overruling import OverruleRefused
from zhike.insight.predictors.registering import VersionRefused
from zhike.insight.reacting import show_champion
from zhike.insight.tests import foretold
from zhike.parties.queries import PartyNotSeen
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

AsPerson = Callable[[str], Client]
NAME = "leaving_closing"
SYSTEM = system_viewer("predictors")


def viewer_of(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


@pytest.fixture(scope="module")
def learned(shared_bank: Bank) -> Bank:
    """The bank with twenty months in its warehouse and the first version of a predictor trained."""
    with shared_bank.connected("job") as job:
        parties = [row[0] for row in job.execute("select id from parties_party where status = 'customer' order by id").fetchall()]
    foretold.write(shared_bank.home, parties)
    shared_bank.zhike("predictor", "train", NAME)
    return shared_bank


@pytest.fixture
def her(bank: Bank, learned: Bank, people: Cast) -> int:
    """A customer of Lin's."""
    with bank.connected("job") as job:
        row = job.execute("select p.id from parties_party p join access_person l on l.login = 'lin' where p.main_rm_id = l.employee_id and p.status = 'customer' order by p.id limit 1").fetchone()  # fmt: skip
    assert row is not None
    return int(row[0])


def scored(bank: Bank, at_day: date | None = None) -> dict[str, ScoreRun]:
    with bank.acting_as("job"):
        runs = scoring.score(actor=SYSTEM, at=timezone.now(), names=[NAME], as_of=at_day)
        return {f"{run.predictor}": run for run in runs}


def shown(bank: Bank) -> dict[int, tuple[int, Decimal]]:
    with bank.connected("job") as job:
        return {row[0]: (row[1], row[2]) for row in job.execute("select party_id, version, chance from insight_score where predictor = %s", [NAME]).fetchall()}  # fmt: skip


def put_in_use(as_person: AsPerson, bank: Bank, number: int) -> None:
    """Su proposes, Gao approves."""
    su = viewer_of("su")
    with entered(su):
        row = PredictorVersion.objects.get(predictor=NAME, number=number)
        proposal = registering.propose(actor=su, at=timezone.now(), version_id=row.pk, role="champion", why="better on later months")
    alone = as_person("su").post(f"/approvals/{proposal}/approve/", {"words": "mine"}).status_code
    assert alone in (403, 404), "nobody approves her own"
    page = as_person("gao").get(f"/approvals/{proposal}/", headers={"Accept-Language": "en"}).content.decode()
    assert "Leaving: accounts closed" in page and "AUC on later time" in page
    assert as_person("gao").post(f"/approvals/{proposal}/approve/", {"words": "agreed"}).status_code == 302


def test_what_was_trained_is_judged_on_later_days_and_used_by_nobody(bank: Bank, learned: Bank, people: Cast) -> None:
    su = viewer_of("su")
    with entered(su):
        (row,) = chances.versions(su, NAME)
    assert (row.number, row.state) == (1, "draft")
    card = row.card
    assert card["figures"]["auc"] > 0.85 and card["intervals"]["auc"][0] < card["figures"]["auc"]
    assert min(card["judged_days"]) > "2026-01-01" and len(card["judged_days"]) == 4
    assert {one["group"] for one in card["fairness"]["sex"]} == {"female", "male"}
    assert not {"sex", "region", "birth_date"} & set(row.features)
    assert scored(bank)[NAME].version is None, "without an approved version the rule speaks"
    assert {version for version, _chance in shown(bank).values()} == {0}


def test_approved_it_scores_says_why_and_going_back_brings_back_what_was_said(
    bank: Bank, as_person: AsPerson, her: int, learned: Bank
) -> None:
    put_in_use(as_person, bank, 1)
    first = scored(bank)[NAME]
    was = shown(bank)
    assert {version for version, _chance in was.values()} == {1}
    lin, chen = viewer_of("lin"), viewer_of("chen")
    with entered(lin):
        above = list(chances.above(lin, NAME, timezone.localdate()))
        found = chances.of_customer(lin, her, timezone.localdate())
        assert [one.predictor for one in found] == [NAME] and found[0].version == 1
        with translation.override("en"):
            said = chances.reasons_for(lin, her, NAME)
    assert found[0].chance == was[her][1] and all(isinstance(one, str) for one in said)
    with bank.connected("job") as job:
        told = job.execute(
            "select reasons from insight_score where predictor = %s and is_above order by chance desc limit 1", [NAME]
        ).fetchone()
    assert told and told[0][0]["weight"] > 0
    assert all(row.party_id in was for row in above)
    with entered(chen), pytest.raises(PartyNotSeen):
        chances.of_customer(chen, her, timezone.localdate())

    with bank.acting_as("job"), entered(SYSTEM):
        training.train(name=NAME, actor=SYSTEM, at=timezone.now(), recipe="logistic")
    put_in_use(as_person, bank, 2)
    scored(bank)
    now = shown(bank)
    assert {version for version, _chance in now.values()} == {2} and now != was

    su = viewer_of("su")
    with entered(su):
        registering.roll_back(actor=su, at=timezone.now(), predictor=NAME, why="too many false alarms")
    with bank.acting_as("job"):
        show_champion({"predictor": NAME})
    assert shown(bank) == was, "what version 1 said is there again, to the digit"
    assert (snapshots.root(bank.home) / first.path).exists()
    with entered(su), pytest.raises(VersionRefused):
        registering.roll_back(actor=su, at=timezone.now(), predictor=NAME, why="once more")
    with bank.connected("job") as job:
        acts = [
            row[0] for row in job.execute("select act from access_auditentry where act like 'insight.predictor%%' order by id").fetchall()
        ]
    assert acts == ["insight.predictor_trained", "insight.predictor_approved", "insight.predictor_trained", "insight.predictor_approved", "insight.predictor_rolled_back"]  # fmt: skip


def test_reasons_are_in_both_languages_and_begin_with_what_weighs_most(bank: Bank, her: int, learned: Bank) -> None:
    lin = viewer_of("lin")
    with entered(lin):
        Score.objects.seen_by(lin).get(party=her, predictor=NAME)
        with translation.override("en"):
            english = chances.reasons_for(lin, her, NAME)
        with translation.override("zh-hans"):
            chinese = chances.reasons_for(lin, her, NAME)
    assert len(english) == len(chinese)
    assert not any(re.search(r"[\u4e00-\u9fff]", one) for one in english)


def test_reasons_when_asked_for_are_those_that_scoring_would_have_told(bank: Bank, learned: Bank, people: Cast) -> None:
    scored(bank)
    lin = viewer_of("lin")
    with entered(lin):
        row = PredictorVersion.objects.get(predictor=NAME, state="champion")
        untold = list(Score.objects.seen_by(lin).filter(predictor=NAME, reasons__isnull=True).order_by("party"))
    fitted = model_files.read(bank.home, NAME, row.number, row.digest)
    snapshot = outcomes.first_of(bank.home, untold[0].as_of)
    assert untold and snapshot is not None and feature_rows.keys_kept(bank.home, snapshot) == tuple(sorted(fitted.model.features))
    with outcomes.opened() as engine:
        everyone = everybody.people(engine, bank.home, snapshot, [], fitted.model.features, training.terms_on(snapshot.business_date))
    told = dict(
        zip(everyone.party.tolist(), reasons.reasons_of(fitted.model, everyone.of(fitted.model.features, everyone.party >= 0)), strict=True)
    )
    assert any(told[one.party_id] for one in untold)
    with entered(lin):
        asked = {one.party_id: chances.reasons_for(lin, one.party_id, NAME) for one in untold}
        feature_rows.path_of(bank.home, snapshot).unlink()
        of_profile = {one.party_id: chances.reasons_for(lin, one.party_id, NAME) for one in untold}
    assert asked == of_profile == {one.party_id: reasons.in_words(told[one.party_id], one.as_of) for one in untold}

    scored(bank, snapshot.business_date - timedelta(days=40))
    assert feature_rows.keys_kept(bank.home, snapshot) == () and not list((snapshots.root(bank.home) / "features").iterdir()), (
        "of days that nobody is shown nothing is kept"
    )
    scored(bank)


def test_who_took_back_her_consent_has_no_chance(bank: Bank, her: int, learned: Bank) -> None:
    with bank.connected("job") as job:
        job.execute(
            "insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, notice_version, evidence, by_name)"
            " values ('own', 'r23', '2026-01-01', 0, %s, 'profiling', '', 'withdrawn', now() - interval '1 day', 'V1', 'form 7', '')", [her],
        )  # fmt: skip
    run = scored(bank)[NAME]
    assert run.refused == 1 and her not in shown(bank)
    table = pq.read_table(snapshots.root(bank.home) / run.path)
    assert her not in table.column("party_id").to_pylist()
    (kept,) = (snapshots.root(bank.home) / "features").iterdir()
    read_of = pq.read_table(kept).column("party_id").to_pylist()
    assert her not in read_of and len(read_of) >= run.customers, "nor is kept what a chance would be worked out from"
    lin = viewer_of("lin")
    with entered(lin):
        assert chances.of_customer(lin, her, timezone.localdate()) == []
    with bank.connected("job") as job:
        job.execute("insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, notice_version, evidence, by_name) values ('own', 'r23b', '2026-01-01', 0, %s, 'profiling', '', 'given', now(), 'V1', 'form 8', '')", [her])  # fmt: skip
    scored(bank)
    assert her in shown(bank)


def test_a_manager_says_what_she_knows_and_the_chance_stays(bank: Bank, her: int, learned: Bank) -> None:
    lin, chen, su, today = viewer_of("lin"), viewer_of("chen"), viewer_of("su"), timezone.localdate()
    before = shown(bank)[her]
    with entered(lin):
        with pytest.raises(OverruleRefused, match="no_reason"):
            overruling.overrule(actor=lin, at=timezone.now(), party_id=her, predictor=NAME, will_happen=False, until=today + timedelta(days=30), why=" ")  # fmt: skip
        row = overruling.overrule(actor=lin, at=timezone.now(), party_id=her, predictor=NAME, will_happen=False, until=today + timedelta(days=30), why="she bought a flat with us")  # fmt: skip
        (found,) = chances.of_customer(lin, her, today)
        assert found.overrule is not None and found.overrule.why == "she bought a flat with us"
        assert chances.of_customer(lin, her, today + timedelta(days=30))[0].overrule is None
    assert shown(bank)[her] == before
    with entered(chen), pytest.raises(PartyNotSeen):
        overruling.take_back(actor=chen, at=timezone.now(), party_id=her, overrule_id=row.pk)
    with entered(su), pytest.raises(PermissionDenied):
        overruling.overrule(actor=su, at=timezone.now(), party_id=her, predictor=NAME, will_happen=False, until=today + timedelta(days=3), why="x")  # fmt: skip
    with entered(lin):
        overruling.take_back(actor=lin, at=timezone.now(), party_id=her, overrule_id=row.pk)
        assert chances.of_customer(lin, her, today)[0].overrule is None


def test_a_model_that_is_not_what_was_judged_is_not_used(bank: Bank, learned: Bank) -> None:
    path = model_files.path_of(bank.home, NAME, 1)
    text = path.read_text()
    path.write_text(text.replace("level", "level", 1) + " ")
    try:
        with pytest.raises(model_files.Changed):
            scored(bank)
    finally:
        path.write_text(text)
    assert scored(bank)[NAME].customers > 0


def test_retired_the_rule_stands_in(bank: Bank, learned: Bank, people: Cast) -> None:
    su = viewer_of("su")
    with entered(su):
        row = PredictorVersion.objects.get(predictor=NAME, state="champion")
        registering.retire(actor=su, at=timezone.now(), version_id=row.pk, why="a better one is coming")
        with pytest.raises(VersionRefused):
            registering.propose(actor=su, at=timezone.now(), version_id=row.pk, role="champion", why="again")
    with bank.acting_as("job"):
        show_champion({"predictor": NAME})
    assert scored(bank)[NAME].version is None
    assert {version for version, _chance in shown(bank).values()} == {0}
