"""Service teams: whoever is in one sees its customers, as long as she is and it does; who composes it opens to nobody what she does not see herself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from zhike.access import explaining, opening, teams
from zhike.access.models import AuditEntry, Participation, Person, ServiceTeam, TeamMember
from zhike.access.scope import Viewer, entered, viewer_for
from zhike.access.team_rules import Held, missing, refusal
from zhike.access.teams import TeamRefused
from zhike.access.tests.conftest import PASSWORD, SmallBank
from zhike.parties import teamed
from zhike.parties.models import Party, Teamed

NOW = timezone.now
CAST = {
    "lin": ("relationship_manager", "E11"), "chen": ("relationship_manager", "E12"), "zheng": ("relationship_manager", "E16"),
    "zhou": ("branch_manager", "E13"), "gao": ("administrator", ""),
}  # fmt: skip


@pytest.fixture
def cast(small_bank: SmallBank) -> SmallBank:
    """林知远 (101, 106), 陈思 (102) and their manager 周敏 (101, 102) at one outlet, 郑一 (103, 106) at another, 高远 over all."""
    for login, (role, staff_no) in CAST.items():
        small_bank.person(login, role, staff_no)
    with small_bank.bank.connected("job") as job:
        job.execute("update parties_party set customer_no = id::text")
    return small_bank


def client_of(login: str) -> Client:
    client = Client()
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


def viewer(cast: SmallBank, login: str) -> Viewer:
    with cast.bank.acting_as("job"):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def made(cast: SmallBank, by: str, *, unit: int | None = 4, customers: tuple[int, ...] = (), members: tuple[str, ...] = ()) -> int:
    """A team with these customers and members."""
    actor = viewer(cast, by)
    with entered(actor):
        team = teams.make_team(actor=actor, at=NOW(), name=f"团队 {by} {unit}", pattern="1+1+N", unit_id=unit)
        for login in members:
            joins(actor, team.pk, login)
        if customers:
            teamed.serve(actor=actor, at=NOW(), chosen=customers, team_id=team.pk)
        return team.pk


def joins(actor: Viewer, team_id: int, login: str, *, post: str = "service", **days: int) -> TeamMember:
    since, until = NOW() + timedelta(days=days.get("since", 0)), NOW() + timedelta(days=days["until"]) if "until" in days else None
    return teams.put_in(actor=actor, at=NOW(), team_id=team_id, login=login, post=post, from_at=since, until_at=until, reason="")


def sees(login: str) -> set[int]:
    """The customers whom somebody finds on her list; those she may open are the same."""
    client = client_of(login)
    page = client.get("/customers/", {"view": "all"}).content.decode()
    found = {key for key in range(101, 107) if f"/customers/{key}/" in page}
    assert {key for key in range(101, 107) if client.get(f"/customers/{key}/").status_code == 200} == found
    return found


def test_a_member_sees_the_teams_customers_beside_her_own_book_until_her_time_is_over(cast):
    team = made(cast, "zhou", customers=(101,), members=("chen", "zheng"))
    assert (sees("chen"), sees("zheng"), sees("lin")) == ({101, 102}, {101, 103, 106}, {101, 106})
    with cast.bank.acting_as("job"):
        member = TeamMember.objects.get(team_id=team, person__login="chen")
    client_of("zhou").post(f"/teams/{team}/", {"act": "leave", "key": member.pk})
    assert (sees("chen"), sees("zheng")) == ({102}, {101, 103, 106})
    client_of("zhou").post(f"/teams/{team}/", {"act": "take", "key": "101"})
    assert sees("zheng") == {103, 106}
    with cast.bank.acting_as("job"):
        assert list(Teamed.objects.unscoped(reason="the test's own").values_list("ended_at", flat=True)) != [None], "ended, not deleted"
        acts = list(AuditEntry.objects.filter(act__startswith="teams.").order_by("pk").values_list("act", flat=True))
    assert acts == ["teams.made", "teams.joined", "teams.joined", "teams.customers_given", "teams.left", "teams.customers_taken"]


def test_a_member_to_come_sees_nobody_yet_and_a_team_that_ended_opens_nobody(cast):
    team = made(cast, "zhou", customers=(101,), members=("zheng",))
    actor = viewer(cast, "zhou")
    with entered(actor):
        joins(actor, team, "chen", since=1, until=3)
    assert (sees("chen"), sees("zheng")) == ({102}, {101, 103, 106})
    client_of("zhou").post(f"/teams/{team}/", {"act": "end"})
    assert sees("zheng") == {103, 106}


def test_somebody_without_a_book_of_her_own_has_the_teams_scope(cast):
    cast.person("visitor", "relationship_manager")
    made(cast, "zhou", customers=(101, 102), members=("visitor",))
    hers = viewer(cast, "visitor")
    assert hers.scope == "team" and sees("visitor") == {101, 102}


def test_a_manager_makes_teams_of_her_own_units_and_gives_them_only_whom_she_sees(cast):
    zhou = viewer(cast, "zhou")
    with entered(zhou), pytest.raises(TeamRefused, match="outside"):
        teams.make_team(actor=zhou, at=NOW(), name="elsewhere", pattern="free", unit_id=5)
    team = made(cast, "zhou", members=("chen",))
    with entered(zhou):
        assert teamed.serve(actor=zhou, at=NOW(), chosen=[101, 103, 104], team_id=team).party_ids == [101]
    elsewhere = made(cast, "gao", unit=5)
    with entered(zhou), pytest.raises(teams.NoSuchTeam):
        teamed.serve(actor=zhou, at=NOW(), chosen=[101], team_id=elsewhere)


def test_nobody_puts_people_into_a_team_that_serves_whom_she_does_not_see(cast):
    team, gao, zhou = made(cast, "zhou"), viewer(cast, "gao"), viewer(cast, "zhou")
    with entered(gao):
        teamed.serve(actor=gao, at=NOW(), chosen=[104], team_id=team)
    with entered(zhou), pytest.raises(TeamRefused, match="unseen"):
        joins(zhou, team, "zhou")
    with entered(gao):
        joins(gao, team, "chen")
    assert sees("chen") == {102, 104}


def test_who_was_let_in_herself_opens_the_customer_to_no_team(cast):
    gao, team = viewer(cast, "gao"), made(cast, "zhou", members=("chen",))
    with entered(gao):
        opening.let_in(actor=gao, at=NOW(), party_id=104, login="zhou", until_at=NOW() + timedelta(days=1), reason="visit")
    zhou = viewer(cast, "zhou")
    with entered(zhou):
        assert Party.objects.seen_by(zhou).filter(pk=104).exists()
        assert teamed.serve(actor=zhou, at=NOW(), chosen=[104], team_id=team).party_ids == []


def test_a_deputy_sees_the_teams_customers_of_whom_she_stands_in_for_as_long_as_she_does(cast):
    made(cast, "gao", unit=5, customers=(104,), members=("chen",))
    gao = viewer(cast, "gao")
    with entered(gao):
        absence = opening.name_deputy(
            actor=gao, at=NOW(), absent="chen", deputy="lin", from_at=NOW(), until_at=NOW() + timedelta(days=3), reason="leave"
        )
    assert sees("lin") == {101, 102, 104, 106}
    assert "as deputy of" in client_of("lin").get("/customers/104/flags/").content.decode()
    lin = viewer(cast, "lin").person_id
    with entered(gao):
        told = [one for one in explaining.who_sees(gao, 104) if one.person_id == lin]
        assert [(one.way, one.until is not None) for one in told] == [("deputy", True)]
        opening.end_absence(actor=gao, at=NOW(), absence_id=absence.pk)
    assert sees("lin") == {101, 106} and sees("chen") == {102, 104}


def test_who_sees_a_customer_in_a_team_alone_lets_nobody_else_in(cast):
    made(cast, "zhou", customers=(101,), members=("chen",))
    chen, lin = viewer(cast, "chen"), viewer(cast, "lin")
    assert chen.may("participants.grant") and lin.may("participants.grant")
    until = NOW() + timedelta(days=1)
    with entered(chen), pytest.raises(opening.OpeningRefused, match="lent"):
        opening.let_in(actor=chen, at=NOW(), party_id=101, login="zheng", until_at=until, reason="visit")
    with entered(chen), pytest.raises(ProgrammingError), transaction.atomic():
        Participation.objects.create(
            party_id=101,
            person_id=lin.person_id or 0,
            from_at=NOW(),
            until_at=until,
            reason="x",
            given_by_id=chen.person_id,
            given_at=NOW(),
        )
    with entered(lin):
        opening.let_in(actor=lin, at=NOW(), party_id=101, login="zheng", until_at=until, reason="visit")
    assert 101 in sees("zheng")


def test_the_database_itself_refuses_who_may_not(cast):
    team, lin = made(cast, "gao", unit=5), viewer(cast, "lin")
    zhou = viewer(cast, "zhou")
    for actor in (lin, zhou):
        with entered(actor), pytest.raises(ProgrammingError), transaction.atomic():
            Teamed.objects.create(team_id=team, party_id=101, from_at=NOW(), given_at=NOW())
        with entered(actor), pytest.raises(ProgrammingError), transaction.atomic():
            TeamMember.objects.create(team_id=team, person_id=lin.person_id or 0, post="lead", from_at=NOW(), given_at=NOW(), reason="")
        with entered(actor):
            assert ServiceTeam.objects.filter(pk=team).update(ended_at=NOW()) == 0


def test_many_are_given_to_a_team_from_the_list_looked_at_before_and_taken_back(cast):
    team, zhou = made(cast, "zhou", members=("zheng",), customers=(102,)), client_of("zhou")
    asked = {"act": "team", "ids": "101,102", "view": "all", "target": str(team)}
    preview = zhou.get("/customers/bulk/", asked).context["preview"]
    assert (preview.changes, preview.already) == (1, 1)
    assert zhou.post("/customers/bulk/", {**asked, "target": "0"}).status_code == 200, "a team has to be chosen"
    assert zhou.post("/customers/bulk/", asked)["Location"] == "/asked/"
    assert sees("zheng") == {101, 102, 103, 106}
    with cast.bank.connected("job") as job:
        (work,) = job.execute("select id from access_work where kind = 'workspace.bulk'").fetchone() or (0,)
    assert zhou.post(f"/customers/bulk/{work}/undo/").status_code in (200, 302)
    assert sees("zheng") == {102, 103, 106}
    assert client_of("lin").get("/customers/bulk/", asked).status_code == 403


def test_pages_say_which_posts_are_missing(cast):
    team, zhou = made(cast, "zhou", customers=(101,)), client_of("zhou")
    assert "Lead manager" in str(zhou.get("/teams/").context["lines"][0].missing[0])
    for login, post in (("lin", "lead"), ("zheng", "wealth_adviser"), ("chen", "service")):
        assert zhou.post(f"/teams/{team}/", {"act": "join", "login": login, "post": post}).status_code == 302
    assert zhou.get(f"/teams/{team}/").context["line"].missing == []
    assert zhou.post(f"/teams/{team}/", {"act": "join", "login": "chen", "post": "lead"}).status_code == 422, "one leads"
    assert "Wealth adviser" in client_of("lin").get("/customers/101/team/").content.decode()


def test_every_explanation_names_the_team(cast):
    made(cast, "zhou", customers=(101,), members=("zheng",))
    with cast.bank.acting_as("job"):
        zheng = TeamMember.objects.get(person__login="zheng").person_id
    gao, words = client_of("gao"), "团队 zhou 4"
    assert words in gao.get(f"/people/{zheng}/sees/").content.decode()
    assert words in gao.get("/customers/101/who/").content.decode()
    assert words in client_of("zheng").get("/customers/101/flags/").content.decode()
    assert words not in client_of("zheng").get("/customers/103/flags/").content.decode(), "her own customer"


def test_being_in_a_team_costs_neither_list_nor_customer_a_question(cast):
    zheng = client_of("zheng")
    before = asked(zheng)
    made(cast, "zhou", customers=(101, 102), members=("zheng",))
    assert asked(zheng) == before


def asked(client: Client) -> list[int]:
    """How many statements her list and her customer's page take, the second time."""
    counts = []
    for path in ("/customers/", "/customers/103/"):
        client.get(path)
        with CaptureQueriesContext(connection) as taken:
            assert client.get(path).status_code == 200
        counts.append(len(taken))
    return counts


def test_a_pattern_says_which_posts_it_wants_and_one_person_leads_at_a_time():
    assert missing("4-to-1", ["fx_adviser", "lead"]) == ["fund_manager", "wealth_assistant"]
    assert missing("1+1+N", ["lead", "wealth_adviser", "service", "credit"]) == []
    day = timedelta(days=1)
    led = Held(1, "lead", NOW(), NOW() + 2 * day)
    assert refusal(Held(2, "lead", led.from_at + day, None), [led]) == "lead"
    assert refusal(Held(2, "lead", led.until_at or NOW(), None), [led]) == "", "half-open: the next one begins where that ends"
    assert refusal(Held(1, "lead", led.from_at, None), [led]) == "there"
    assert refusal(Held(2, "service", led.from_at, None), [led]) == ""
