"""Who agreed to what, and who may be contacted how, narrows the list of customers as the panel of consents says it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from zhike.workspace.tests.books import only_in_book_of
from zhike.workspace.tests.test_conditions_on_customers import check
from zhike.workspace.tests.test_conditions_on_the_list import address
from zhike.workspace.tests.test_paging import pages


def found(client: Client, field: str, op: str, *keys: str) -> set[int]:
    """The customers of her list under one condition."""
    node = {"all": [check(field, op, list(keys))]}
    return {key for page in pages(client, address(node, view="all")) for key in page}


@pytest.fixture
def party(bank, people) -> Iterator[int]:
    """A customer of 林知远's who agreed to marketing by SMS; what was said of her is gone afterwards."""
    hers = only_in_book_of(bank, people, "lin", not_of="chen")[0]
    with bank.connected("job") as connection:
        connection.execute(
            """insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, notice_version, evidence, by_name)
               values ('test', 'one', '2026-01-01', 0, %s, 'marketing', 'sms', 'given', now() - interval '1 hour', 'V1', 'form', '')""",
            [hers],
        )
    yield hers
    with bank.connected("job") as connection:
        connection.execute("delete from parties_contactrestriction where reason = 'test'")
        connection.execute("delete from parties_consent where source = 'test'")


def complains(bank, party: int) -> None:
    with bank.connected("job") as connection:
        connection.execute(
            """insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, by_name, lifted_name, made_by)
               values (%s, 'complaint', '', 'test', now() - interval '1 minute', '', '', 'people')""",
            [party],
        )


def test_she_who_agreed_to_messages_is_found_until_she_complains(bank, as_person, party):
    client = as_person("lin")
    assert party in found(client, "consent_marketing", "any_of", "sms")
    assert party in found(client, "contact_marketing", "any_of", "sms", "phone")
    assert party not in found(client, "contact_marketing", "any_of", "phone"), "silence is no consent"
    complains(bank, party)
    assert party not in found(client, "contact_marketing", "any_of", "sms")
    assert party in found(client, "contact_service", "any_of", "sms"), "a complaint does not end service"
    assert party in found(client, "consent_marketing", "any_of", "sms"), "what she agreed to she agreed to"
    assert party in found(client, "restricted_by", "any_of", "complaint")
    assert party not in found(client, "restricted_by", "none_of", "complaint", "hold")


def test_a_colleague_finds_nobody_by_what_somebody_elses_customer_agreed_to(as_person, party):
    assert party not in found(as_person("chen"), "consent_marketing", "any_of", "sms")


def test_what_must_not_be_known_is_no_field_and_is_refused_like_a_name_that_nobody_gave(as_person):
    """R46: neither a special list nor a suspicion can be filtered by, and the words of the refusal do not tell them from nonsense."""
    client = as_person("lin")

    def said(name: str) -> tuple[int, list[str]]:
        answer = client.get(f"/customers/?{address({'all': [check(name, 'known', None)]}, view='all')}")
        return answer.status_code, [part.replace(name, "…") for part in re.findall(r"[^<>]*" + name + r"[^<>]*", answer.content.decode())]

    assert said("special_list") == said("barred_by") == said("suspicion") == said("no_such_thing")
