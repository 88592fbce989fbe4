"""What was said with a customer, newest first, by channel."""

from __future__ import annotations

import re

from zhike.engagement.rules import icon_of, is_between_people
from zhike.ingestion.feeds import CHANNELS
from zhike.workspace.tests.books import rows


def talkative(bank) -> tuple[int, str, int, int]:
    """(party, channel, contacts on it, contacts in all) of a customer with contacts on several channels."""
    found: tuple[int, str, int, int] = rows(
        bank,
        """select party_id, channel, count(*), (select count(*) from engagement_interaction x where x.party_id = i.party_id)
           from engagement_interaction i group by 1, 2
           order by (select count(distinct channel) from engagement_interaction x where x.party_id = i.party_id) desc, 3 limit 1""",
    )[0]
    return found


def test_a_channel_can_be_looked_at_alone(bank, people, as_person):
    party, channel, some, every = talkative(bank)
    client = as_person("gao")
    contacts = [
        len(re.findall("<article", client.get(f"/customers/{party}/interactions/", query).content.decode()))
        for query in ({}, {"channel": channel})
    ]
    assert contacts == [min(every, 20), some]


def test_a_customer_without_contacts_is_told_in_words(bank, people, as_person):
    (party,) = rows(
        bank, "select id from parties_party p where not exists (select 1 from engagement_interaction i where i.party_id = p.id) limit 1"
    )[0]
    assert "No contact is recorded." in as_person("gao").get(f"/customers/{party}/interactions/").content.decode()


def test_every_channel_has_an_icon_and_a_message_is_not_talk():
    assert all(icon_of(channel) for channel in CHANNELS)
    assert is_between_people("phone") and not is_between_people("sms")
