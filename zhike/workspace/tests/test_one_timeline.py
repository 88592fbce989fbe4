"""Everything that happened with a customer stands on one timeline, once, newest first, page after page; and nothing that is not hers to see."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.core.moments import Asked, Mark, Moment, decode, encode, newest
from zhike.engagement.rules import icon_of, is_between_people
from zhike.holdings.rules import LARGE
from zhike.ingestion.feeds import CHANNELS
from zhike.parties.rules import birthday_after
from zhike.workspace.tests.books import book_of, one, rows

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HX = {"HX-Request": "true"}


def busiest(bank) -> int:
    """A customer of whom much is known: contacts on several channels, and large amounts."""
    found: int = rows(
        bank,
        """select i.party_id from engagement_interaction i join holdings_account a on a.party_id = i.party_id
           join holdings_transaction t on t.account_id = a.id and t.amount >= %s
           group by 1 order by count(distinct i.channel) desc, count(distinct i.id) desc, 1 limit 1""",
        LARGE,
    )[0][0]
    return found


def walked(client, party: int, **query: str) -> list[tuple[str, str]]:
    """(instant, icon) of every moment, page after page, as the panel shows them."""
    address, found = f"/customers/{party}/timeline/", []
    html = client.get(address, query).content.decode()
    while True:
        found += re.findall(r'<article.*?datetime="([^"]+)".*?icons[^"#]*\.svg#([\w-]+)', html, re.DOTALL)
        more = re.search(r'zk-more-moments"><a[^>]* href="([^"]+)"', html)
        if not more:
            return found
        html = client.get(more[1].replace("&amp;", "&"), headers=HX).content.decode()


def test_every_contact_amount_and_account_stands_there_once_and_in_order(bank, people, as_person):
    party = busiest(bank)
    client = as_person("gao")
    all_of_it = walked(client, party)
    instants = [datetime.fromisoformat(at) for at, _icon in all_of_it]
    assert instants == sorted(instants, reverse=True)
    own = (
        "select a.id from holdings_account a where a.party_id = %(p)s and a.valid_to is null union select account_id from holdings_accountrole"
        " where party_id = %(p)s and role in ('owner', 'joint_holder') and valid_to is null"
    ).replace("%(p)s", str(party))
    expected = {
        "contact": one(bank, "select count(*) from engagement_interaction where party_id = %s", party),
        "channel": one(bank, "select count(*) from engagement_channelday where party_id = %s", party),
        "consent": one(bank, "select count(*) from parties_consent where party_id = %s", party),
        "money": one(bank, f"select count(*) from holdings_transaction where account_id in ({own}) and amount >= {LARGE}"),
        "account": one(
            bank,
            f"""select count(opened_date) + count(closed_date) + count(*) filter (where maturity_date <= '{timezone.localdate()}')
                from holdings_account where id in ({own})""",
        ),
    }
    assert {kind: len(walked(client, party, kind=kind)) for kind in expected} == expected
    assert len(all_of_it) == sum(
        len(walked(client, party, kind=kind))
        for kind in ("contact", "channel", "note", "money", "account", "manager", "profile", "consent", "edit")
    )


def test_a_channel_can_be_looked_at_alone_and_words_find_what_was_said(bank, people, as_person):
    party = busiest(bank)
    client = as_person("gao")
    channel, count = rows(
        bank, "select channel, count(*) from engagement_interaction where party_id = %s group by 1 order by 2 limit 1", party
    )[0]
    assert len(walked(client, party, kind="contact", channel=channel)) == count
    subject = one(
        bank,
        "select coalesce(nullif(subject, ''), text) from engagement_interaction where party_id = %s and subject || text <> '' limit 1",
        party,
    )
    found = client.get(f"/customers/{party}/timeline/", {"kind": "contact", "words": subject}).content.decode()
    assert subject in found and "<article" in found
    assert "Nothing fits" in client.get(f"/customers/{party}/timeline/", {"words": "没有这样的话"}).content.decode()


def test_log_ins_and_visits_stand_there_by_day_and_a_channel_narrows_all_of_it(bank, people, as_person):
    party, channel, detail = rows(
        bank,
        "select party_id, channel, details[1] from engagement_channelday where kinds @> '{browse}' and details <> '{}' order by id limit 1",
    )[0]
    client = as_person("gao")
    days = one(bank, "select count(*) from engagement_channelday where party_id = %s and channel = %s", party, channel)
    talks = one(bank, "select count(*) from engagement_interaction where party_id = %s and channel = %s", party, channel)
    assert len(walked(client, party, kind="channel", channel=channel)) == days
    assert len(walked(client, party, channel=channel)) == days + talks
    shown = client.get(f"/customers/{party}/timeline/", {"kind": "channel", "words": detail}).content.decode()
    assert "Browsing" in shown and detail in shown and "Mobile app" in shown


def test_what_is_coming_is_told_before_what_was(bank, people, as_person):
    party, day = rows(
        bank,
        """select p.id, i.expires_date from parties_party p join parties_identifier i on i.party_id = p.id and i.is_main and i.valid_to is null
           where i.expires_date between current_date and current_date + 365 order by p.id limit 1""",
    )[0]
    shown = as_person("gao").get(f"/customers/{party}/timeline/").content.decode()
    assert "Coming" in shown and f"{day.day} {day:%b} {day.year}" in shown
    assert f"{day.day} {day:%b} {day.year}" not in as_person("su").get(f"/customers/{party}/timeline/").content.decode(), (
        "documents are not the analyst's"
    )


def test_a_customer_of_whom_nothing_is_known_is_told_in_words(bank, people, as_person):
    party = one(
        bank, "select id from parties_party p where not exists (select 1 from engagement_interaction i where i.party_id = p.id) limit 1"
    )
    assert "Nothing fits" in as_person("gao").get(f"/customers/{party}/timeline/", {"kind": "contact"}).content.decode()


def test_every_channel_has_an_icon_and_a_message_is_not_talk():
    assert all(icon_of(channel) for channel in CHANNELS)
    assert is_between_people("phone") and not is_between_people("sms")


moments = st.builds(
    lambda minutes, rank, key: Moment(NOW - timedelta(minutes=minutes), rank, key, "contact", "phone", "x"),
    st.integers(0, 6), st.integers(0, 3), st.integers(1, 4),
)  # fmt: skip


@settings(deadline=None)  # a signed mark a page
@given(st.lists(moments, unique_by=lambda m: (m.at, m.rank, m.id), max_size=40), st.integers(1, 7))
def test_paging_through_any_moments_tells_each_once_and_in_order(everything, most):
    def source(rank: int, asked: Asked) -> list[Moment]:
        at, key = asked.bound(rank)
        mine = [m for m in everything if m.rank == rank and (m.at, m.id) < (at, key)]
        return sorted(mine, key=lambda m: (m.at, m.id), reverse=True)[: most + 1]

    told: list[Moment] = []
    mark: Mark | None = None
    while True:
        asked = Asked(NOW, mark, most=most)
        page, following = newest([source(rank, asked) for rank in range(4)], most)
        told += page
        if not following:
            break
        mark = decode(following)
        assert mark is not None
    assert told == sorted(everything, key=lambda m: (m.at, m.rank, m.id), reverse=True)


def test_a_mark_that_was_not_made_here_is_nobodys():
    assert decode(encode(Mark(NOW, 2, 7))) == Mark(NOW, 2, 7)
    assert decode("forged") is None


@given(st.dates(date(1930, 1, 1), date(2020, 12, 31)), st.dates(date(2021, 1, 1), date(2030, 12, 31)))
def test_the_next_birthday_is_within_a_year_and_on_its_day(born, day):
    birthday = birthday_after(born, day)
    assert day <= birthday <= day + timedelta(days=366)
    assert (birthday.month, birthday.day) == (born.month, born.day) or (born.month, born.day) == (2, 29)


def test_corrections_and_edits_stand_there_with_who_made_them_and_protected_ones_for_whoever_reads_contacts(bank, people, as_person):
    lin, (party, *_rest) = as_person("lin"), book_of(bank, people, "lin")[-1]
    address = f"/customers/{party}/corrections/"
    for form in ({"field": "occupation", "value": "调音师"}, {"field": "contact", "kind": "mobile", "value": "139 0000 5678"}):
        assert lin.post(address, {"reason": "本人来电", **form}, headers=HX).status_code == 204
    version = re.search(
        r'name="version" value="(\d+)"', lin.get(f"/customers/{party}/known/form/", {"field": "other_needs"}).content.decode()
    )
    assert version is not None
    form = {"has": "other_needs", "v-other_needs": "给孩子存教育金", "version": version[1]}
    assert lin.post(f"/customers/{party}/known/", form, headers=HX).status_code == 200
    shown = lin.get(f"/customers/{party}/timeline/", {"kind": "edit"}).content.decode()
    assert shown.count("Correction asked") == 2 and "Occupation" in shown and "Mobile" in shown and "林知远" in shown
    assert "Needs beyond banking" in shown and "给孩子存教育金" not in shown and "调音师" not in shown, (
        "what was written stands where it belongs"
    )
    theirs = as_person("su").get(f"/customers/{party}/timeline/", {"kind": "edit"}).content.decode()
    assert theirs.count("Correction asked") == 1 and "Mobile" not in theirs, "ways to reach are not the analyst's"
    assert as_person("chen").get(f"/customers/{party}/timeline/").status_code == 404
    found = lin.get(f"/customers/{party}/timeline/", {"kind": "edit", "words": "occup"}).content.decode()
    assert found.count("Correction asked") == 1
    kinds = ("contact", "channel", "note", "money", "account", "manager", "profile", "consent", "edit")
    assert len(walked(lin, party)) == sum(len(walked(lin, party, kind=kind)) for kind in kinds)
