"""A tier scheme is drafted, put in force from a day on by two people, and stands as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import psycopg
import pytest
from django.test import Client
from django.utils import translation

from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.scheme_forms import MEASURES, REVIEWS, as_json, from_json, in_words, read_form
from zhike.insight.schemes import scheme_on
from zhike.insight.tier_rules import BadScheme
from zhike.insight.tier_words import TIERS
from zhike.testing.databases import Bank

AsPerson = Callable[[str], Client]
FAR = date(2092, 1, 1)
FORM = {
    "tier-0-title": "Ordinary", "tier-0-key": "ordinary", "tier-1-title": "Gold", "tier-1-key": "gold", "tier-1-least": "80,000", "tier-1-cost": "120",
    "tier-2-title": "Salon", "tier-2-least": "5000000", "tier-2-private": "1", "tier-3-title": "", "measure": "aum_month_average", "up": "at_once",
    "down": "best", "review": "monthly", "watch_after": "3", "grace": "6", "private_grace": "9",
}  # fmt: skip


def drafted(client: Client, title: str, source: str = "bohai") -> str:
    """The address of a new draft."""
    answer = client.post("/insight/tiers/", {"from": source, "title": title})
    assert answer.status_code == 302
    return answer.headers["Location"]


def put_in_force(su: Client, gao: Client, page: str, day: date = FAR) -> None:
    answer = su.post(f"{page}in-force/", {"from_date": day.isoformat(), "why": "a new year"})
    found = re.fullmatch(r"/approvals/(\d+)/", answer.headers.get("Location", ""))
    assert found, answer.content.decode()[-1500:]
    assert gao.post(f"/approvals/{found[1]}/approve/", {"words": "agreed"}).status_code == 302


def test_su_drafts_gao_approves_and_the_scheme_holds_from_its_day_on(bank: Bank, as_person: AsPerson) -> None:
    su, gao = as_person("su"), as_person("gao")
    page = drafted(su, "Two thousand ninety-two")
    assert su.post(page, FORM, headers={"Accept-Language": "en"}).status_code == 302
    put_in_force(su, gao, page)
    with bank.acting_as("job"):
        before, after = scheme_on(date(2091, 12, 31)), scheme_on(FAR)
    assert before == PUBLISHED["default"].scheme
    assert [(rung.key, int(rung.least), int(rung.cost), rung.is_private) for rung in after.rungs] == [
        ("ordinary", 0, 0, False), ("gold", 80_000, 120, False), ("tier_2", 5_000_000, 0, True),
    ]  # fmt: skip
    assert (after.up, after.down, after.watch_after, after.grace, after.private_grace) == ("at_once", "best", 3, 6, 9)
    assert "苏岩 · 高远" in su.get(page).content.decode()


def test_what_was_in_force_is_not_changed_but_is_the_ground_of_the_next_version(bank: Bank, as_person: AsPerson) -> None:
    su, gao = as_person("su"), as_person("gao")
    page = drafted(su, "Stands")
    put_in_force(su, gao, page, date(2093, 1, 1))
    assert su.post(page, FORM).status_code == 422
    assert su.post(f"{page}discard/").status_code == 422
    with bank.connected("job") as job, pytest.raises(psycopg.errors.InsufficientPrivilege, match="while it is a draft"):
        job.execute("update insight_tierscheme set rules = '{}' where title = 'Stands'")
    following = drafted(su, "Stands", page.rstrip("/").rpartition("/")[2])
    assert "2" in re.findall(r"version (\d)|第 ?(\d) ?版", su.get(following).content.decode())[0]
    assert su.post(f"{following}discard/").status_code == 302
    assert su.get(following).status_code == 404


def test_a_draft_that_changed_since_it_was_proposed_lapses(as_person: AsPerson) -> None:
    su, gao = as_person("su"), as_person("gao")
    page = drafted(su, "Moving")
    key = su.post(f"{page}in-force/", {"from_date": FAR.isoformat(), "why": "now"}).headers["Location"]
    su.post(page, FORM)
    gao.post(f"{key}approve/", {"words": "agreed"})
    assert "Moving" in su.get(page).content.decode() and su.post(page, FORM).status_code == 302, "it is still a draft"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"tier-1-least": "much"}, "tier-1-least"), ({"tier-2-least": "80000"}, "rungs"), ({"tier-1-title": "", "tier-2-title": ""}, "rungs"),
        ({"grace": "0"}, "grace"), ({"grace": "x"}, "grace"), ({"measure": "shoe_size"}, "measure"), ({"up": "never"}, "up"), ({"watch_after": "7"}, "watch_after"),
    ],
)  # fmt: skip
def test_a_form_that_makes_no_scheme_is_refused(changed: dict[str, str], field: str) -> None:
    with pytest.raises(BadScheme) as refused:
        read_form({**FORM, **changed})
    assert refused.value.field == field


def test_a_refused_form_keeps_what_was_typed(as_person: AsPerson) -> None:
    su = as_person("su")
    answer = su.post(drafted(su, "Typed"), {**FORM, "tier-1-least": "99x", "grace": "5"}, headers={"Accept-Language": "en"})
    page = answer.content.decode()
    assert (
        answer.status_code == 422
        and "This is not an amount." in page
        and 'value="99x"' in page
        and 'value="Salon"' in page
        and 'value="5"' in page
    )


def test_published_schemes_survive_being_kept_and_have_words() -> None:
    for one in PUBLISHED.values():
        assert from_json(as_json(one.scheme)) == one.scheme
        assert one.scheme.measure in MEASURES and one.scheme.review in {months for _word, months in REVIEWS.values()}
        assert {rung.key for rung in one.scheme.rungs} <= TIERS.keys()
        assert len(in_words(one.scheme, "en")) >= 6
    with translation.override("en"):
        assert in_words(PUBLISHED["ccb"].scheme, "en")[3:] == [
            ("Up", "at once"), ("Watch", "from month 4 below"), ("Down", "after 6 months below, to the tier of the best of these months"),
        ]  # fmt: skip
