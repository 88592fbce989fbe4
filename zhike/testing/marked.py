"""A bank in which every value says whose it is, so that an answer can be read for what it should not know.

Texts are replaced by marks such as `zqc00012qz`: the class of the field (the letter) and the key of the customer or account it belongs to.
An independent reading of the database (`Owners`) says which keys somebody may see; any other mark in an answer is a leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import psycopg

from zhike.parties.rules import name_tokens

# p: of the customer (customers.read), c: contacts and documents, a: accounts (key of the account), t: transactions (of the account), i: contacts,
# w: what the computed warehouse knows of the customer
Class = Literal["p", "c", "a", "t", "i", "w"]
RIGHT: Mapping[Class, str] = {
    "p": "customers.read",
    "c": "contacts.read",
    "a": "accounts.read",
    "t": "transactions.read",
    "i": "interactions.read",
    "w": "accounts.read",
}
_MARK = re.compile(r"zq([pcatiw])(\d{5})qz")
_LINK = re.compile(r"/customers/(\d+)/")


def mark(of: Class, key: int) -> str:
    """The mark of a value."""
    return f"zq{of}{key:05d}qz"


def phone_of(party: int) -> str:
    """A mobile number that can be worked out from the customer's key, so that it can be searched for."""
    return f"139{party:08d}"


def account_no_of(account: int) -> str:
    """The same of an account."""
    return f"6222{account:012d}"


def marks_in(text: str) -> set[tuple[Class, int]]:
    """Every mark that stands in a text."""
    return {(of, int(key)) for of, key in _MARK.findall(text)}


def linked_in(text: str) -> set[int]:
    """The customers whose pages a text leads to."""
    return {int(key) for key in _LINK.findall(text)}


def _sql(of: Class, key: str) -> str:
    return f"'zq{of}' || lpad({key}::text, 5, '0') || 'qz'"


_P, _C, _A, _T, _I = _sql("p", "party_id"), _sql("c", "party_id"), _sql("a", "id"), _sql("t", "account_id"), _sql("i", "party_id")
_PUT = f"""
update parties_party set name = {_sql("p", "id")}, short_name = '', employer_name = {_sql("p", "id")}, lead_source = {_sql("p", "id")}
update parties_groupmember set name = {_P} where party_id is not null
update parties_identifier set id_no_masked = {_C}, issuer = {_C}
update parties_contactpoint set value_masked = {_C}, region = {_C}
update holdings_account set account_no_masked = {_A}
update holdings_card set card_no_masked = {_sql("a", "account_id")} where account_id is not null
update holdings_card set card_no_masked = '' where account_id is null
update holdings_standingorder set counterparty_bank = {_T}, counterparty_account_masked = {_T}
update holdings_transaction set counterparty_name = {_T}, counterparty_account_masked = {_T}, counterparty_bank = {_T}, summary = {_T}
update engagement_interaction set subject = {_I}, text = {_I}
update engagement_channelday set details = array[{_I}]
insert into engagement_note (party_id, author_id, text, written_at) select id, (select min(id) from access_person), {_sql("p", "id")}, now() from parties_party
insert into engagement_mention (note_id, party_id, person_id, mentioned_at) select n.id, n.party_id, p.id, now() from engagement_note n, access_person p where p.login = 'any'
insert into parties_tag (name, colour, created_at) values ('every customer', 'c1', now())
insert into parties_tagging (party_id, tag_id, at) select p.id, t.id, now() from parties_party p, parties_tag t where t.name = 'every customer'
insert into parties_relationship (source, external_key, valid_from, batch_id, party_id, to_party_id, type, verified_by, is_reciprocal) select 'own', 'ring' || id, '2026-01-01', 0, id, coalesce(lead(id) over (order by id), 1), 'friend', '', false from parties_party
insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, notice_version, evidence, by_name) select 'own', 'one', '2026-01-01', 0, id, 'research', '', 'given', '2026-01-01', 'V1', {_sql("p", "id")}, '' from parties_party
insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, by_name, lifted_name, made_by) select id, 'complaint', '', {_sql("p", "id")}, now(), '', '', 'people' from parties_party
insert into insight_tie (party_id, outsider, kind, name, banks, amount, count, months) select party_id, left(md5(party_id::text), 16), 'supplier', {_sql("t", "min(id)")}, '', party_id, 1, 1 from holdings_account group by party_id
insert into insight_networkplace (party_id, community, community_size, influence_percentile, payers, payees, received, paid, largest_received) select id, id % 7, 9, 1 + id % 100, 1, 1, id, id, id from parties_party
insert into insight_tieroverride (party_id, tier, from_date, until_date, why, tier_was, cost, given_at, given_name, approved_name, ended_name) select id, 'gold', current_date, current_date + 9, {_sql("p", "id")}, '', 0, now(), '', '', '' from parties_party
insert into insight_score (party_id, predictor, version, as_of, chance, tenth, is_above) select id, 'leaving_decline', 0, '2026-01-01', 0.5, 1, true from parties_party
insert into insight_scoreoutcome (party_id, predictor, version, as_of, said_date, known_date, chance, is_above, came) select id, 'leaving_decline', 0, '2026-01-01', '2026-01-02', '2026-04-30', 0.5, true, true from parties_party
insert into insight_scoreoverrule (party_id, predictor, will_happen, why, from_date, until_date, version, given_at, given_name, ended_name) select id, 'leaving_decline', false, {_sql("p", "id")}, current_date, current_date + 9, 0, now(), '', '' from parties_party
insert into risk_profile (source, external_key, valid_from, batch_id, party_id, level, assessed_date, method, place, investor_type, qualified_by, qualified_date, evidence, is_remote_agreed) select 'own', 'one' || id, '2026-01-01', 0, id, 'C3', current_date - 350, '', {_sql("p", "id")}, 'ordinary', 'assets', '2026-01-01', {_sql("p", "id")}, false from parties_party
insert into privacy_request (party_id, kind, regime, requester, wanted, state, received_at, received_name, due_date, extended_reason, identity, identity_name, answer, decided_name) select id, 'know', 'cn', 'self', {_sql("p", "id")}, 'open', now(), '', '2030-01-01', '', '', '', '', '' from parties_party
insert into parties_correction (party_id, field, kind, was, proposed, proposed_masked, reason, state, asked_at, asked_name, decided_name, answer) select id, 'employer_name', '', {_sql("p", "id")}, {_sql("p", "id")}, '', {_sql("p", "id")}, 'open', now(), '', '', '' from parties_party
insert into parties_declaredfield (name, label_en, label_zh, help_en, help_zh, type, choices, kinds, field_group, place, protection, is_required, is_indexed, is_builtin, index_state, index_error) values ('open_text', 'open text', 'open text', '', '', 'text', '[]', '{{}}', 'other', 0, 'C1', false, false, false, '', ''), ('closed_text', 'closed text', 'closed text', '', '', 'text', '[]', '{{}}', 'other', 0, 'C2', false, false, false, '', '')
delete from parties_declared
insert into parties_declared (party_id, "values", version, changed_at) select id, jsonb_build_object('open_text', {_sql("p", "id")}, 'closed_text', {_sql("c", "id")}), 1, now() from parties_party
insert into parties_declaredchange (party_id, name, version, before, after, at, person_name) select id, 'open_text', 1, to_jsonb({_sql("p", "id")}), to_jsonb({_sql("p", "id")}), now(), '' from parties_party
insert into parties_declaredchange (party_id, name, version, before, after, at, person_name) select id, 'closed_text', 1, to_jsonb({_sql("c", "id")}), to_jsonb({_sql("c", "id")}), now(), '' from parties_party
insert into audiences_audience (owner_id, name, note, condition, version, shared, team, changed_at, segment_since, kept_date, kept_version, fault) select min(id), 'everybody', '', '{{"version": 1, "where": {{"all": []}}}}', 1, 'bank', '', now(), '2026-01-01', '2026-01-02', 1, '' from access_person
insert into audiences_audienceversion (audience_id, number, condition, at, by_name) select id, 1, condition, now(), '' from audiences_audience
insert into audiences_membership (audience_id, party_id, joined_date, came, went, tagged) select a.id, p.id, '2026-01-01', '{{"version": 1, "first": true}}', '{{}}', '' from audiences_audience a, parties_party p
insert into reports_report (owner_id, name, asked, shared, role, changed_at) select min(id), 'everybody', '{{}}', 'bank', '', now() from access_person
delete from duplicates_pair
insert into duplicates_pair (left_id, right_id, probability, features, state, found_at, decided_by) select id, next, 0.95, '{{}}', 'likely', now(), '' from (select id, lead(id) over (order by id) as next from parties_party) p where next is not null
update parties_partyhistory set values = values || jsonb_build_object('name', {_P}, 'employer_name', {_P}) where kind = 'party' and party_id is not null
delete from holdings_holdinghistory
"""


def put_marks(job: psycopg.Connection) -> None:
    """Replace what people read in a bank's rows by marks, and give every customer whatever people may keep of her. As the job role."""
    for statement in _PUT.strip().splitlines():
        job.execute(statement)
    names = [(name_tokens(mark("p", key)), key) for (key,) in job.execute("select id from parties_party").fetchall()]
    with job.cursor() as cursor:
        cursor.executemany("update parties_party set name_tokens = %s where id = %s", names)


@dataclass(frozen=True)
class Owners:
    """Whose accounts are whose: account → everybody through whom it is seen."""

    holders: Mapping[int, frozenset[int]]

    @classmethod
    def read(cls, job: psycopg.Connection) -> Owners:
        """Main holders and everybody with a role today."""
        found: dict[int, set[int]] = {}
        for account, party in job.execute(
            "select id, party_id from holdings_account union select account_id, party_id from holdings_accountrole where valid_to is null"
        ).fetchall():
            found.setdefault(account, set()).update([] if party is None else [party])
        return cls({account: frozenset(parties) for account, parties in found.items()})

    def strange(self, text: str, *, seen: Iterable[int], rights: Iterable[str]) -> set[str]:
        """The marks and links in a text of which somebody who sees these customers with these rights must not know."""
        parties, may = frozenset(seen), frozenset(rights)
        wrong = {f"/customers/{key}/" for key in linked_in(text) - parties}
        for of, key in marks_in(text):
            hers = key in parties if of in "pciw" else bool(self.holders.get(key, frozenset()) & parties)
            if not hers or RIGHT[of] not in may:
                wrong.add(mark(of, key))
        return wrong
