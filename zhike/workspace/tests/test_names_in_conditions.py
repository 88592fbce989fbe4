"""A condition on names begins at the index of names and still finds whose name the text stands in, no more and no fewer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhike.access.scope import Viewer, entered
from zhike.core.conditions.meaning import folded
from zhike.parties.queries import Which, listed
from zhike.parties.rules import name_tokens
from zhike.parties.searching import names_with
from zhike.testing.databases import Bank
from zhike.workspace.conditions import where_of
from zhike.workspace.tests.books import rows

STRANGE = (
    "Cafe\u0301 Möwe", "ALTD Ltd.", "x" * 58 + "needle" + "y" * 9, "ＡＢＣ銀行", "O'Neil & So\u0308hne GmbH", "㈱山田商事", "王 小 明", "\u212aelvin AG",
    "100% pure_water", "a\u0301bc\u0301 de\u0301", "ﬁne wines", "İstanbul Ticaret",
)  # fmt: skip
EVERYBODY = Viewer(None, "g", "", "administrator", "bank", (), (), frozenset({"customers.read"}))


@pytest.fixture
def names(fresh_bank: Bank) -> dict[int, str]:
    """The names of all parties, some of them strange."""
    found = dict(rows(fresh_bank, "select id, name from parties_party order by id"))
    with fresh_bank.connected("job") as job:
        for key, name in zip(list(found), STRANGE, strict=False):
            tokens = name_tokens(name)
            job.execute("update parties_party set name = %s, name_tokens = %s where id = %s", [name, tokens, key])
            job.execute(
                "insert into parties_nametoken select t from unnest(%s::text[]) t where t ~ '^[a-z0-9]{2,60}$' on conflict do nothing",
                [tokens],
            )
            found[key] = name
    return found


def condition(op: str, text: str) -> str:
    return json.dumps({"version": 1, "where": {"all": [{"field": "name", "op": op, "value": text}]}})


def found_by(op: str, text: str) -> set[int]:
    where = listed(EVERYBODY, Which()) & where_of(EVERYBODY, condition(op, text))
    with connection.cursor() as cursor:
        cursor.execute(f"select p.id from parties_party p where {where.sql}", where.values)
        return {key for (key,) in cursor.fetchall()}


def holds(op: str, name: str, text: str) -> bool:
    if op == "is":
        return folded(name) == folded(text)
    return folded(name).startswith(folded(text)) if op == "starts" else folded(text) in folded(name)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_index_of_names_leaves_nobody_out(names: dict[int, str], data: Any) -> None:
    name = data.draw(st.sampled_from([*STRANGE, *STRANGE, *sorted(set(names.values()))[:200]]))
    first = data.draw(st.integers(0, len(name) - 1))
    text = data.draw(st.sampled_from([name[first : first + data.draw(st.integers(1, 12))], name, name.upper(), "qqqq", "王小明"]))
    if not text.strip():
        return
    op = data.draw(st.sampled_from(["contains", "starts", "is"]))
    with entered(EVERYBODY):
        assert found_by(op, text) == {key for key, one in names.items() if holds(op, one, text)}


def test_a_text_that_stands_in_no_name_is_known_without_reading_them(names: dict[int, str]) -> None:
    with entered(EVERYBODY):
        for text in ("qqqqq", "龘龘", "王qqqq"):
            assert names_with(EVERYBODY, text) == []
        assert names_with(EVERYBODY, "needley") == [list(names)[2]]
        assert names_with(EVERYBODY, "&") == [list(names)[4]]  # no word: all names are read


def test_where_many_fit_the_list_walks_its_own_index(names: dict[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhike.parties.searching.MOST_NAMED", 3)
    with entered(EVERYBODY):
        assert names_with(EVERYBODY, "王") is None
        assert (
            found_by("contains", "王") == {key for key, one in names.items() if "王" in one}
            and "w1" in where_of(EVERYBODY, condition("contains", "王")).values
        )


def test_nobody_outside_the_scope_is_told_of(fresh_bank: Bank, names: dict[int, str]) -> None:
    key = list(names)[5]
    ((unit,),) = rows(fresh_bank, "select unit_id from parties_party where id = %s", key)
    others = tuple(one for (one,) in rows(fresh_bank, "select id from access_unit where id <> %s", unit or 0))
    elsewhere = Viewer(None, "e", "", "branch_manager", "subtree", others, (), frozenset({"customers.read"}))
    with entered(elsewhere):
        assert names_with(elsewhere, "山田商") == []
    with entered(EVERYBODY):
        assert names_with(EVERYBODY, "山田商") == [key]
