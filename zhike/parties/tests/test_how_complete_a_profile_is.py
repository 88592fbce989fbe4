"""How complete a profile is: the same for one customer, a page of them and a whole book; and only of what the viewer may read."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.access.models import Person
from zhike.access.scope import NOBODY, Viewer, entered, viewer_for
from zhike.parties import completeness
from zhike.parties.completeness import FIRM, PERSON, PERSONS
from zhike.parties.queries import Which
from zhike.workspace.tests.books import one, rows

TODAY = date(2026, 9, 30)


def viewer_of(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


@pytest.mark.parametrize("facts", [PERSON, FIRM])
def test_the_weights_are_whole_and_each_fact_counts_once(facts):
    assert len({fact.name for fact in facts}) == len(facts)
    assert all(fact.weight > 0 for fact in facts)


@given(st.lists(st.booleans(), min_size=len(PERSON), max_size=len(PERSON)))
def test_only_a_whole_profile_has_a_hundred(known):
    percent = completeness.percent(PERSON, known)
    assert 0 <= percent <= 100
    assert (percent == 100) == all(known)


def test_one_customer_a_page_and_a_book_say_the_same(bank, people):
    for login in ("lin", "gao", "su"):
        viewer = viewer_of(login)
        with entered(viewer):
            found = completeness.incomplete(viewer, Which(), TODAY, below=101, most=5_000)
            ids = [key for key, _share in found]
            assert dict(found) == completeness.percents(viewer, ids, TODAY)
            kinds = dict(rows(bank, "select id, kind from parties_party where id = any(%s)", ids))
            some = ids[:: max(1, len(ids) // 12)]
            assert {key: completeness.of_party(viewer, key, kinds[key], TODAY).percent for key in some} == {
                key: dict(found)[key] for key in some
            }
        assert [share for _key, share in found] == sorted(share for _key, share in found), "the emptiest first"


def test_what_is_missing_is_what_the_bank_did_not_deliver(bank, people):
    viewer = viewer_of("gao")
    texts = [fact.name for fact in PERSON if fact.known.endswith("<> ''")]
    empty = " + ".join(f"({name} = '')::int" for name in texts)
    names = ", ".join(f"case when {name} = '' then '{name}' end" for name in texts)
    statement = f"select id, array_remove(array[{names}], null)"
    found = rows(bank, f"{statement} from parties_party where kind = 'individual' order by {empty} desc, id limit 5")
    assert found and found[0][1], "somebody's profile lacks something"
    with entered(viewer):
        for party, missing in found:
            told = {fact.name for fact in completeness.of_party(viewer, party, "individual", TODAY).missing}
            assert told & set(texts) == set(missing)
    assert "individual" in PERSONS


def test_who_may_not_read_contacts_is_not_told_that_they_are_missing(bank, people, as_person):
    party = one(bank, "select party_id from parties_contactpoint where kind = 'mobile' and valid_to is null order by 1 limit 1")
    kind = one(bank, "select kind from parties_party where id = %s", party)
    su, gao = viewer_of("su"), viewer_of("gao")
    with entered(su):
        assert not [fact for fact in completeness.of_party(su, party, kind, TODAY).missing if fact.is_contact]
    with entered(gao):
        told = completeness.of_party(gao, party, kind, TODAY)
    page = as_person("gao").get(f"/customers/{party}/profile/").content.decode()
    assert re.search(r'<b class="zk-num">\d+%</b>', page)
    assert all(f'href="#panel-{fact.panel}"' in page for fact in told.missing if fact.name != "identity")
