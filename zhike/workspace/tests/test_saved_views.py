"""A person keeps the customer list as she likes it, under a name, alone or with others, who see their own customers in it."""

from __future__ import annotations

import pytest

from zhike.workspace.tests.books import rows


def shown(client, **query: str) -> list[int]:
    return [row.party.id for row in client.get("/customers/", query).context["found"].rows]


def tabs(client) -> list[str]:
    return [str(tab.title) for tab in client.get("/customers/").context["tabs"]]


def saved(client, name: str, **state: str) -> str:
    """Save the list in this state; the key of the view."""
    answer = client.post("/customers/views/save/", {"name": name, **state})
    assert answer.status_code == 302 and "view=" in answer["Location"], answer["Location"]
    key: str = answer["Location"].partition("view=")[2]
    return key


@pytest.fixture
def cleared(bank, people):
    """Views belong to the test alone: they go when it ends."""
    yield
    with bank.connected("job") as job:
        job.execute("delete from workspace_viewlook")
        job.execute("delete from workspace_savedview")


@pytest.fixture
def lin(as_person, cleared):
    return as_person("lin")


def test_a_view_keeps_what_was_asked_and_is_a_tab_and_an_address(lin):
    companies = shown(lin, view="mine", kind="company")
    key = saved(lin, "My companies", view="mine", kind="company", sort="name")
    assert sorted(shown(lin, view=key)) == sorted(companies)
    page = lin.get("/customers/", {"view": key})
    assert "My companies" in tabs(lin) and not page.context["lens"].is_changed
    assert page.context["asked"].sort == "name"


def test_what_differs_from_the_view_is_marked_and_saved_on_demand(lin):
    key = saved(lin, "My companies", view="mine", kind="company")
    page = lin.get("/customers/", {"view": key, "kind": "individual"})
    assert page.context["lens"].is_changed and "Changed" in page.content.decode()
    assert lin.post("/customers/views/save/", {"view": key, "kind": "individual"}).status_code == 302
    again = lin.get("/customers/", {"view": key})
    assert again.context["asked"].which.kind == "individual" and not again.context["lens"].is_changed


def test_a_view_without_a_name_is_not_kept_and_says_so(lin):
    answer = lin.post("/customers/views/save/", {"name": "  ", "view": "mine", "kind": "company"}, follow=True)
    assert "A view needs a name" in answer.content.decode()
    assert answer.context["asked"].which.kind == "company"


def test_a_shared_view_shows_everybody_her_own_customers(as_person, lin, bank):
    zhou, chen = as_person("zhou"), as_person("chen")
    key = saved(zhou, "Everybody's companies", view="all", kind="company", shared="bank")
    hers = {client: set(shown(client, view=key)) for client in (zhou, chen, lin)}
    assert hers[chen] != hers[zhou] and hers[lin] <= hers[zhou]
    assert hers[chen] == set(shown(chen, view="mine", kind="company"))
    assert "Everybody&#x27;s companies" in chen.get("/customers/views/").content.decode()


def test_a_view_for_my_unit_is_for_colleagues_there_and_nobody_else(as_person, lin, people, bank):
    zhou = as_person("zhou")
    key = saved(lin, "Our outlet", view="mine", status="customer", shared="unit")
    assert rows(bank, "select shared, unit_id is not null from workspace_savedview where id = %s", int(key)) == [("unit", True)]
    assert "Our outlet" in zhou.get("/customers/views/").content.decode(), "the manager of the same outlet"
    assert "Our outlet" not in as_person("chen").get("/customers/views/").content.decode(), "a manager elsewhere"
    assert as_person("chen").get("/customers/", {"view": key}).context["lens"].look.saved is None


def test_with_all_shares_only_who_may(as_person, lin):
    assert lin.post("/customers/views/save/", {"name": "x", "view": "mine", "shared": "bank"}).status_code == 403
    assert 'value="bank"' not in lin.get("/customers/").content.decode()
    assert 'value="bank"' in as_person("gao").get("/customers/").content.decode()


def test_what_a_colleague_shares_cannot_be_changed_or_thrown_away(as_person, lin):
    key = saved(as_person("zhou"), "The branch", view="all", shared="bank")
    assert lin.post(f"/customers/views/{key}/", {"name": "mine now"}).status_code == 404
    assert lin.post(f"/customers/views/{key}/away/").status_code == 404


def test_a_view_that_was_thrown_away_comes_back(lin):
    key = saved(lin, "Not for long", view="mine", kind="company")
    page = lin.post(f"/customers/views/{key}/away/", follow=True).content.decode()
    assert "Undo" in page and "Not for long" not in tabs(lin)
    lin.post(f"/customers/views/{key}/away/", {"back": "1"})
    assert "Not for long" in tabs(lin)


def test_the_list_begins_with_the_view_she_chose(lin):
    key = saved(lin, "First of all", view="mine", kind="company")
    lin.post("/customers/views/move/", {"view": key, "move": "first"})
    assert lin.get("/customers/").context["lens"].look.view == key
    lin.post("/customers/views/move/", {"view": "mine", "move": "first"})
    assert lin.get("/customers/").context["lens"].look.view == "mine"


def test_tabs_stand_in_her_order(lin):
    first, second = saved(lin, "One", view="mine", kind="company"), saved(lin, "Two", view="mine", kind="individual")
    lin.post("/customers/views/move/", {"view": second, "move": "left"})
    assert tabs(lin)[-2:] == ["Two", "One"]
    lin.post("/customers/views/move/", {"view": first, "move": "out"})
    assert tabs(lin)[-1:] == ["Two"]


def test_columns_are_chosen_ordered_and_widened_for_a_view(lin):
    lin.post("/customers/columns/", {"view": "mine", "columns": ["unit", "birthday", "last_contact"], "width-unit": "222"})
    page = lin.get("/customers/", {"view": "mine"})
    assert [column.name for column in page.context["lens"].columns] == ["name", "unit", "birthday", "last_contact"]
    assert 'width="222"' in page.content.decode()
    lin.post("/customers/columns/", {"view": "mine", "usual": "1"})
    assert "aum" in [column.name for column in lin.get("/customers/", {"view": "mine"}).context["lens"].columns]


def test_a_column_she_may_not_see_is_not_offered_and_not_shown(as_person, cleared):
    su = as_person("su")
    su.post("/customers/columns/", {"view": "all", "columns": ["phone", "id_expires", "aum"]})
    assert [column.name for column in su.get("/customers/", {"view": "all"}).context["lens"].columns] == ["name", "aum"]
    offered = [column.name for column, _is_shown in su.get("/customers/columns/", {"view": "all"}).context["columns"]]
    assert "phone" not in offered and "id_expires" not in offered


def test_every_column_shows_something_or_a_dash(as_person, cleared):
    gao = as_person("gao")
    offered = [column.name for column, _is_shown in gao.get("/customers/columns/", {"view": "all"}).context["columns"]]
    gao.post("/customers/columns/", {"view": "all", "columns": offered})
    page = gao.get("/customers/", {"view": "all"})
    assert page.status_code == 200 and len(page.context["lens"].columns) == len(offered) > 15
    assert "zk-spark" in page.content.decode()
