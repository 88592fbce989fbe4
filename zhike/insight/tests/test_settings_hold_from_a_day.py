"""What measures are computed with is set from a day on, by two people, and never changed afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from zhike.insight.dated import NotASetting, flattened, read, settings_on, with_values
from zhike.insight.models import DatedSetting
from zhike.insight.setting_values import _read_or_usual
from zhike.insight.setting_views import _as_it_was_set
from zhike.insight.settings_labels import CHOICES, FIELDS, GROUPS, entered, in_words, name_of, shown, unit_of
from zhike.insight.settings_rules import Settings, of
from zhike.testing.databases import Bank

PAGE = "/insight/settings/churn/"
FAR = date(2091, 1, 1)  # so that nothing computed by other tests is different
AsPerson = Callable[[str], Client]


def propose(client: Client, **given_values: str) -> int:
    """The number of the proposal that waits."""
    answer = client.post(PAGE, {"from_date": FAR.isoformat(), "why": "yearly review", **given_values})
    found = re.fullmatch(r"/approvals/(\d+)/", answer.headers.get("Location", ""))
    assert answer.status_code == 302 and found, answer.content.decode()[:2000]
    return int(found[1])


def test_su_proposes_gao_approves_and_it_holds_from_its_day_on(bank: Bank, as_person: AsPerson) -> None:
    su, gao = as_person("su"), as_person("gao")
    key = propose(su, **{"churn.dormant_days": "365", "churn.decline_share": "25", "churn.lost_months": "3"})
    assert su.post(f"/approvals/{key}/approve/", {"words": "mine"}).status_code in (403, 409)
    with bank.acting_as("job"):
        assert settings_on(FAR).churn.dormant_days == 180
    assert gao.post(f"/approvals/{key}/approve/", {"words": "agreed"}).status_code == 302
    with bank.acting_as("job"):
        now, later = settings_on(date(2090, 12, 31)).churn, settings_on(FAR).churn
    assert (now.dormant_days, now.decline_share) == (180, Decimal("0.30"))
    assert (later.dormant_days, later.decline_share, later.lost_months) == (365, Decimal("0.25"), 3)
    page = su.get(PAGE, {"on": FAR.isoformat()}).content.decode()
    assert 'value="365"' in page and 'value="180"' not in page and "苏岩 · 高远" in page and "yearly review" in page
    assert 'value="180"' in su.get(PAGE).content.decode()


def test_what_is_set_is_neither_changed_nor_deleted(bank: Bank, as_person: AsPerson) -> None:
    key = propose(as_person("su"), **{"churn.dormant_days": "200"})
    as_person("gao").post(f"/approvals/{key}/approve/", {"words": "agreed"})
    for statement in ("update insight_datedsetting set value = '1'", "delete from insight_datedsetting"):
        with bank.connected("job") as job, pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added"):
            job.execute(statement)


@pytest.mark.parametrize(
    ("given_values", "said"),
    [
        ({"churn.dormant_days": "abc"}, "This value is not possible."),
        ({"churn.decline_share": "130"}, "This value is not possible."),
        ({"churn.dormant_days": "9" * 5000}, "This value is not possible."),
        ({"churn.decline_share": "1e-999999"}, "This value is not possible."),
        ({"churn.dormant_days": "99", "why": "\x00"}, "Say why; whoever approves it reads this."),
        ({"churn.dormant_days": "180"}, "Nothing is different from what holds on that day."),
        ({"churn.dormant_days": "99", "why": " "}, "Say why; whoever approves it reads this."),
        ({"churn.dormant_days": "99", "from_date": "soon"}, "Say from which day on."),
    ],
)
def test_what_cannot_be_set_is_said_beside_what_was_typed(as_person: AsPerson, given_values: dict[str, str], said: str) -> None:
    asked = {"from_date": "2089-01-01", "why": "try", **given_values}
    answer = as_person("su").post(PAGE, asked, headers={"Accept-Language": "en"})
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page
    assert all(f'value="{typed}"' in page for typed in given_values.values() if typed.isprintable())


def test_what_this_version_cannot_read_stands_there_as_it_was_written() -> None:
    row = DatedSetting(path="churn.dormant_days", value="a year")
    assert _as_it_was_set(row, 180) == "a year"
    assert _read_or_usual(180, row) == 180 and _read_or_usual(180, DatedSetting(path="churn.dormant_days", value="99")) == 99


def test_who_may_not_set_reads_and_who_may_not_read_does_not(as_person: AsPerson) -> None:
    zhou = as_person("zhou")
    assert "180" in zhou.get(PAGE).content.decode()
    assert 'name="churn.dormant_days"' not in zhou.get(PAGE).content.decode()
    assert zhou.post(PAGE, {"churn.dormant_days": "1"}).status_code == 403
    assert as_person("lin").get("/insight/settings/").status_code == 403


def test_every_value_has_its_name_and_unit_and_reads_back_as_it_is_shown() -> None:
    usual = flattened(Settings())
    assert {path.split(".")[0] for path in usual} == set(GROUPS)
    assert {".".join(path.split(".")[:2]) for path in usual} == set(FIELDS)
    for path, value in usual.items():
        assert name_of(path) and in_words(path, value)
        assert read(value, entered(path, shown(path, value))) == value, path
        assert isinstance(value, str) == (path in CHOICES) == (unit_of(path) == "choice"), path


@given(
    st.dictionaries(
        st.sampled_from([path for path in flattened(Settings()) if unit_of(path) == "money"]), st.decimals(0, 10**6, places=2), max_size=5
    )
)
def test_a_value_set_is_the_only_one_that_differs(values: dict[str, Decimal]) -> None:
    found = flattened(with_values(Settings(), {path: str(value) for path, value in values.items()} | {"gone.by.now": "1"}))
    assert found == flattened(Settings()) | values


def test_a_family_without_an_entry_takes_that_of_all_others() -> None:
    assert of(Settings().interest.base, "credit_card") == 365
    assert of(Settings().interest.base, "a family of tomorrow") == 360


@pytest.mark.parametrize(("path", "text"), [
    ("averages.day_count", "31"), ("costs.act.counter", "-1"), ("costs.act.counter", "NaN"), ("costs.act.counter", "1e99"), ("risk.pd.mortgage", "101"),
    ("interest.base.*", "300"), ("churn.dormant_days", "²"),
])  # fmt: skip
def test_impossible_values_are_refused(path: str, text: str) -> None:
    with pytest.raises(NotASetting):
        entered(path, text)
