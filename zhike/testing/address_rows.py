"""The rows that stand behind the parts of an address in the ground in which every address is asked (`address_ground`), and what is done before a form is
sent again."""

from __future__ import annotations

import json
from typing import LiteralString

from psycopg import Connection

from zhike.access.sealing import seal_one
from zhike.engagement.keeping import keep
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.scheme_forms import as_json
from zhike.testing.databases import Bank, using
from zhike.testing.people import cast_of

# What is done before each of these, so that it can be done again by the next person.
_OF_THE_CUSTOMER = (
    "from parties_party where id = (select party_id from parties_correction where field = 'employer_name' order by id limit 1)"
)
# 林知远 proposed an act of a kind that is not there any more, to the manager of her unit: it can be refused, but never be done.
_PROPOSED = """
delete from access_proposalstep; delete from access_proposal;
insert into access_proposal (id, kind, subject_type, subject_id, asked, words, why, language, proposer_id, proposer_name, approver_unit_id,
    approver_permission, party_ids, confirmer_ids, confirmed_ids, state, proposed_at, deadline_at, decided_name, answer, note, result_url)
select 900001, 'old.act', '', '', '{}', '{}', 'asked for', 'en', p.id, p.name, e.unit_id, 'approvals.decide', '{}', '{}', '{}', 'proposed', now(),
    now() + interval '1 day', '', '', '', '' from access_person p join access_employee e on e.id = p.employee_id where p.login = 'lin'
"""
# A hand-over that 林知远 prepares of one customer of hers.
_HANDING = """
delete from parties_handovercustomer; delete from parties_handover;
insert into parties_handover (id, giver_id, unit_id, receiver_ids, reason, cutoff_date, ends_login, closed_person_ids, state, count_customers, made_by_id, made_at)
select 900001, e.id, e.unit_id, '{}', 'moved', '2026-01-31', false, '{}', 'draft', 1, p.id, now()
from access_person p join access_employee e on e.id = p.employee_id where p.login = 'lin';
insert into parties_handovercustomer (handover_id, party_id, role, frozen, state)
select 900001, p.id, 'main', '{}', 'planned' from parties_party p join parties_handover h on p.rm_ids @> array[h.giver_id] order by p.id limit 1
"""
_DRAFTED = f"""
delete from insight_tierscheme where id = 900001;
insert into insight_tierscheme (id, title, number, rules, state, made_at, made_name, changed_at, changed_name, why, approved_name)
values (900001, '一个方案', 1, '{json.dumps(as_json(PUBLISHED["default"].scheme))}', 'draft', now(), '', now(), '', '', '')
"""
_OVERRULED = """
insert into insight_scoreoverrule (id, party_id, predictor, will_happen, why, from_date, until_date, version, given_at, given_name, ended_name)
    overriding system value
select 1, party_id, predictor, false, 'x', current_date, current_date + 9, 0, now(), 'x', '' from insight_score
on conflict (id) do update set ended_at = null
"""
BEFORE = {
    "deputies/": "delete from access_absence",
    "teams/<int:team_id>/": "delete from access_teammember",
    "customers/<int:party_id>/team/": "delete from parties_teamed",
    "roles/<slug:role_name>/": "delete from access_proposalstep where proposal_id <> 900001; delete from access_proposal where id <> 900001",
    "customers/<int:party_id>/chances/overrules/<int:overrule_id>/end/": _OVERRULED,
    "insight/predictors/versions/<int:version_id>/": "update insight_predictorversion set state = 'draft'; delete from access_proposalstep where proposal_id <> 900001; delete from access_proposal where id <> 900001",
    "prospects/network/<slug:outsider_key>/add/": "update parties_party set name = 'taken over' where name = '江州远大商贸有限公司'",
    "insight/lab/<int:question_id>/away/": "update insight_labquestion set away_at = null",
    "insight/tiers/<int:scheme_id>/discard/": _DRAFTED,
    "insight/tiers/<int:scheme_id>/in-force/": "delete from access_proposalstep where proposal_id <> 900001; delete from access_proposal where id <> 900001",
    "customers/<int:party_id>/tier/": "delete from access_proposalstep where proposal_id <> 900001; delete from access_proposal where id <> 900001",
    "customers/<int:party_id>/tier/<int:override_id>/": "update insight_tieroverride set ended_at = null",
    "insight/settings/<slug:group>/": "delete from access_proposalstep where proposal_id <> 900001; delete from access_proposal where id <> 900001",
    "glass/<int:glass_id>/": "update access_brokenglass set verdict = '', reviewed_by_id = null, reviewed_at = null",
    **{f"handovers/<int:handover_id>/{act}/": _HANDING for act in ("assign", "propose", "away", "undo")},
    **{f"approvals/<int:proposal_id>/{act}/": _PROPOSED for act in ("approve", "refuse", "withdraw", "confirm", "comment")},
    "imports/<int:import_id>/run/": "update ingestion_import set state = 'draft', work_id = null",
    "imports/<int:import_id>/undo/": "update ingestion_import set state = 'done', work_id = null, finished_at = now()",
    "customers/<int:party_id>/relations/new/": "delete from parties_relationship where source = 'own' and type in ('friend')",
    "trash/<int:trash_id>/": "insert into parties_trash (id, kind, title, rows, unit_id, rm_ids, deleted_at, deleted_name) "
    f"select 1, 'relation', 'a relation', '[]', unit_id, rm_ids, now(), '' {_OF_THE_CUSTOMER} on conflict do nothing",
    "customers/<int:party_id>/corrections/": "delete from parties_correction where field = 'occupation'",
    "customers/<int:party_id>/consents/<int:entry_id>/cancel/": "delete from parties_consent where state = 'cancelled'",
    "customers/<int:party_id>/restrictions/new/": "delete from parties_contactrestriction where kind = 'complaint'",
    "customers/<int:party_id>/restrictions/<int:restriction_id>/": "update parties_contactrestriction set lifted_at = null where kind = 'deceased'",
    "audit/unusual/<int:unusual_id>/": "update audit_unusual set reviewed_at = null",
    "corrections/<int:correction_id>/": "update parties_correction set state = 'open' where field = 'employer_name'",
}


_PARTY = """
select p.id from parties_party p join access_employee e on e.id = p.main_rm_id
where e.staff_no = %s and p.unit_id = e.unit_id
  and exists (select 1 from parties_contactpoint c where c.party_id = p.id and c.valid_to is null)
  and exists (select 1 from holdings_account a where a.party_id = p.id)
  and exists (select 1 from engagement_interaction i where i.party_id = p.id)
order by (select count(*) from holdings_transaction t where t.party_id = p.id) desc, p.id limit 1
"""
_WORK = """
insert into access_work (person_id, kind, title, language, asked, state, begun, done_count, note, error, result_url, undo_url, asked_at)
select id, 'workspace.export', 'a list', 'en', '{}', 'failed', 0, 0, '', '', '', '', now() from access_person where login = 'lin' returning id
"""
_CORRECTION = """
insert into parties_correction (party_id, field, kind, was, proposed, proposed_masked, reason, state, asked_at, asked_by_id, asked_name, decided_name, answer)
select %s, 'employer_name', '', '', '无此单位', '', 'card', 'open', now(), id, name, '', '' from access_person where login = 'lin' returning id
"""
_OTHER = "select o.id from parties_party p join parties_party o on o.unit_id = p.unit_id and o.rm_ids && p.rm_ids and o.id <> p.id where p.id = %s order by o.id limit 1"
_RELATION = """
insert into parties_relationship (source, external_key, valid_from, batch_id, party_id, to_party_id, type, verified_by, is_reciprocal)
select 'own', 'sibling', '2026-01-01', 0, id, id, 'sibling', '', false from parties_party where id = %s returning id
"""
_CONSENT = """
insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, notice_version, evidence, by_name)
select 'own', 'one', '2026-01-01', 0, id, 'research', '', 'given', '2026-01-01', 'V1', 'form 1', '林知远' from parties_party where id = %s returning id
"""
_REQUEST = """
insert into privacy_request (party_id, kind, regime, requester, wanted, state, received_at, received_name, due_date, extended_reason, identity, identity_name, answer,
    decided_name) values (%s, 'know', 'cn', 'self', '保存了什么', 'open', now(), '林知远', '2030-01-01', '', '', '', '', '') returning id
"""
_RESTRICTION = """
insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, by_name, lifted_name, made_by)
values (%s, 'deceased', '', '家属告知', now(), '林知远', '', 'people') returning id
"""
_VIEW = """
insert into workspace_savedview (owner_id, name, asked, columns, shared, changed_at)
select id, 'a view', '{}', '{}', 'own', now() from access_person where login = 'lin' returning id
"""
AUDIENCE = '{"version": 1, "where": {"all": [{"field": "years_with_us", "op": "at_least", "value": "50000"}]}}'
_AUDIENCE = f"""
insert into audiences_audience (owner_id, name, note, condition, version, shared, team, changed_at, fault)
select id, 'an audience', '', '{AUDIENCE}', 1, 'own', '', now(), '' from access_person where login = 'lin' returning id
"""
_REPORT = """
insert into reports_report (owner_id, name, asked, shared, role, changed_at)
select id, 'a report', '{}', 'own', '', now() from access_person where login = 'lin' returning id
"""
# What 苏岩 asked in the lab, and what came of it.
HAPPENS = '{"version": 1, "where": {"all": [{"field": "then_accounts_open", "op": "at_most", "value": "0"}]}}'
_ANSWER = {
    "figures": {"auc": 0.7, "lift_10": 2.0}, "intervals": {"auc": [0.65, 0.75]}, "baseline": {"rule": {"auc": 0.6}, "logistic": {"auc": 0.7}},
    "recipe": "logistic", "rule": "aum", "rate": 0.05, "cases": 100, "customers": 900, "rows": 2000, "happened": 100, "rows_judged": 1000,
    "judged_days": ["2026-06-30"], "horizon_months": 3, "curves": {}, "by_day": [], "movers": [], "suspected_leaks": [], "fairness": {},
}  # fmt: skip
_ASKED = {"title": "销户", "of": "", "then": HAPPENS, "months": 3, "is_new": True, "without": []}
_QUESTION = f"""
insert into insight_labquestion (person_id, title, asked, answer, asked_at, answered_at)
select id, '销户', '{json.dumps(_ASKED)}', '{json.dumps(_ANSWER)}', now(), now() from access_person where login = 'su' returning id
"""
_LIST = """
insert into workspace_customerlist (owner_id, name, created_at) select id, 'a list', now() from access_person where login = 'lin' returning id
"""
_TOKEN = """
insert into api_token (person_id, name, digest, begins, scopes, made_by, expires_at)
select id, 'here', sha256('here'), 'zhk_here', '{customers.read}', 'lin', now() + interval '1 day' from access_person where login = 'lin' returning id
"""
_SUBSCRIPTION = """
insert into api_subscription (name, url, country, events, secret_sealed, is_active, made_by)
values ('core', 'https://core.bank.example/zhike', 'CN', '{ingestion.BatchLoaded}', '', false, 'gao') returning id
"""
_DELIVERY = "insert into api_delivery (subscription_id, event, body) select max(id), 'api.Trial', '{}' from api_subscription returning id"
_ACCOUNT = """
select a.id from holdings_account a where a.party_id = %s and not exists (
    select 1 from holdings_accountrole r where r.account_id = a.id and r.party_id <> a.party_id) order by a.id limit 1
"""
_COMPANY = """
update parties_party set kind = 'company' where id = (select id from parties_party where id > %s and rm_ids @> (select rm_ids[1:1] from parties_party
where id = %s) and unit_id = (select unit_id from parties_party where id = %s) order by id limit 1) returning id
"""
_PAIR = """
insert into duplicates_pair (left_id, right_id, probability, features, state, found_at, decided_by) values (%s, %s, 0.95, '{}', 'likely', now(), '') returning id
"""
_MERGE = """
insert into duplicates_merge (survivor_id, absorbed_id, absorbed_name, homes, chosen, absorbed_row, moved, dropped, merged_at, merged_by, undone_at, undone_by)
values (%s, 0, '', '[]', '{}', '{}', '{}', '{}', now(), 'gao', now(), 'gao') returning id
"""
_CHANGE = """
insert into parties_declaredchange (party_id, name, version, before, after, at, person_name)
values (%s, 'contact_advice', 0, '"in the evening"', '"at noon"', now(), '林知远') returning id
"""


def ids_of(bank: Bank) -> tuple[dict[str, int | str], str, int]:
    """What stands for the parts of an address, the token of one of the customer's phones, and a value of hers that was changed."""
    with bank.connected("job") as job:
        party = _one(job, _PARTY, cast_of(bank)["lin"].staff_no)
        ids = {**_fixed(), **_kept(job), **_hers(job, party)}
        job.execute(_PROPOSED)
        job.execute(_HANDING)
        ids |= _audited(job) | _noted(bank, job, party) | {"import_id": _brought(bank, job)} | _paired(job, party)
        row = job.execute(
            "select value_digest from parties_contactpoint where party_id = %s and valid_to is null order by id", [party]
        ).fetchone()
        assert row is not None
        change = _one(job, _CHANGE, party)
        return ids | _opened(job, party) | _foretold(job, party), bytes(row[0]).hex(), change


def _one(job: Connection, statement: LiteralString, *parameters: object) -> int:
    row = job.execute(statement, parameters).fetchone()
    assert row is not None, f"the sample bank has nothing for: {statement}"
    found: int = row[0]
    return found


def _fixed() -> dict[str, int | str]:
    """What is a word, or made by the statement before its form."""
    return {
        "name": "hobbies", "rest": 1, "trash_id": 1, "passkey_id": 1, "proposal_id": 900_001, "handover_id": 900_001, "which": "received", "kind": "incident",
        "part": "of",
    }  # fmt: skip


def _kept(job: Connection) -> dict[str, int | str]:
    """What is nobody's, or what 林知远 keeps for herself."""
    return {
        "tag_id": _one(job, "insert into parties_tag (name, colour, created_at) values ('试点', 'c1', now()) returning id"),
        "batch_id": _one(job, "select max(id) from ingestion_batch"), "person_id": _one(job, "select id from access_person where login = 'lin'"),
        "work_id": _one(job, _WORK), "audience_id": _one(job, _AUDIENCE), "report_id": _one(job, _REPORT), "view_id": _one(job, _VIEW), "question_id": _one(job, _QUESTION),
        "list_id": _one(job, _LIST), "token_id": _one(job, _TOKEN), "subscription_id": _one(job, _SUBSCRIPTION), "delivery_id": _one(job, _DELIVERY),
    }  # fmt: skip


def _hers(job: Connection, party: int) -> dict[str, int | str]:
    """The customer, and what hangs on her."""
    return {
        "party_id": party, "account_id": _one(job, _ACCOUNT, party),
        "interaction_id": _one(job, "select id from engagement_interaction where party_id = %s order by id", party),
        "correction_id": _one(job, _CORRECTION, party), "relation_id": _one(job, _RELATION, party), "entry_id": _one(job, _CONSENT, party),
        "restriction_id": _one(job, _RESTRICTION, party), "request_id": _one(job, _REQUEST, party), "other_id": _one(job, _OTHER, party),
    }  # fmt: skip


def _paired(job: Connection, party: int) -> dict[str, int | str]:
    """A pair that cannot become one (the other is made a company), and a merge that was undone: refused without changing the bank."""
    return {"pair_id": _one(job, _PAIR, party, _one(job, _COMPANY, party, party, party)), "merge_id": _one(job, _MERGE, party)}


def _foretold(job: Connection, party: int) -> dict[str, int | str]:
    """Somebody outside the bank whom she pays, her community in the payment network, a chance of hers, and a version of its predictor."""
    job.execute(
        "insert into insight_tie (party_id, outsider, kind, name, banks, amount, count, months) values (%s, 'outsideoutside01', 'supplier', '江州远大商贸有限公司', '', 9, 1, 1)",
        [party],
    )
    job.execute(
        """insert into insight_networkplace (party_id, community, community_size, influence_percentile, payers, payees, received, paid, largest_received)
           values (%s, 5, 1, 50, 1, 1, 9, 9, 9)""",
        [party],
    )
    job.execute(
        """insert into insight_score (party_id, predictor, version, as_of, chance, tenth, is_above)
           values (%s, 'leaving_decline', 0, '2026-01-01', 0.5, 1, true)""",
        [party],
    )
    job.execute(
        """insert into insight_scoreoutcome (party_id, predictor, version, as_of, said_date, known_date, chance, is_above)
           values (%s, 'leaving_decline', 0, '2026-01-01', '2026-01-02', '2026-04-30', 0.5, true)""",
        [party],
    )
    version = _one(
        job,
        """insert into insight_predictorversion (predictor, number, state, recipe, features, first_date, last_date, card, threshold, digest,
               owner_name, trained_at, why, approved_name, ended_name, ended_why)
           values ('leaving_decline', 1, 'draft', 'logistic', '[]', '2025-01-31', '2026-01-31', '{"figures": {}, "baseline": {"rule": {}}}', 0.5, 'x',
               '苏岩', now(), '', '', '', '') returning id""",
    )
    return {"outsider_key": "outsideoutside01", "community": 5, "predictor": "leaving_decline", "version_id": version, "overrule_id": 1}


def _audited(job: Connection) -> dict[str, int | str]:
    """An entry of the audit, and something unusual of 林知远's that somebody may review."""
    entry = job.execute("select min(id) from access_auditentry").fetchone()
    found = job.execute(
        "insert into audit_unusual (person_id, day, kind, count, \"limit\", found_at, note) select id, '2026-09-01', 'night', 9, 5, now(), '-'"
        " from access_person where login = 'lin' returning id"
    ).fetchone()
    return {"audit_id": (entry or (0,))[0], "unusual_id": (found or (0,))[0]}


def _opened(job: Connection, party: int) -> dict[str, int | str]:
    """A composed role that nobody has, a special list without customers that admits 高远 alone, and the glass that 陈思 broke two days ago."""
    job.execute("insert into access_role (name, title, scope) values ('visitor', '访客', 'participant')")
    barrier = job.execute(
        "insert into access_barrier (name, kind, made_at) values ('一份名单', 'staff', now()) returning id"
    ).fetchone() or (0,)
    job.execute(
        "insert into access_admission (barrier_id, person_id, from_at, reason, given_at) select %s, id, now(), 'x', now() from access_person"
        " where login = 'gao'",
        barrier,
    )
    glass = job.execute(
        "insert into access_brokenglass (party_id, person_id, from_at, until_at, reason, given_at) select %s, id, now() - interval '2 days',"
        " now() - interval '47 hours', 'a reason', now() from access_person where login = 'chen' returning id",
        [party],
    ).fetchone()
    unit = job.execute(
        "select e.unit_id from access_person p join access_employee e on e.id = p.employee_id where p.login = 'zhou'"
    ).fetchone() or (0,)
    team = job.execute(
        "insert into access_serviceteam (name, pattern, unit_id, made_at) values ('一个团队', '1+1+N', %s, now()) returning id", unit
    ).fetchone() or (0,)
    override = job.execute(
        "insert into insight_tieroverride (party_id, tier, from_date, until_date, why, tier_was, cost, given_at, given_name, approved_name, ended_name)"
        " values (%s, 'gold', current_date - 9, current_date + 90, 'x', '', 0, now(), '', '', '') returning id", [party],
    ).fetchone()  # fmt: skip
    job.execute(_DRAFTED)
    return {
        "override_id": (override or (0,))[0],
        "group": "churn",
        "profile_key": "aum",
        "table": "profile",
        "scheme_id": 900001,
        "role_name": "visitor",
        "barrier_id": barrier[0],
        "glass_id": (glass or (0,))[0],
        "unit_id": unit[0],
        "team_id": team[0],
    }


def _noted(bank: Bank, job: Connection, party: int) -> dict[str, int]:
    """A note of 林知远's about the customer, with a file and a mention of herself."""
    lin = job.execute("select id from access_person where login = 'lin'").fetchone()
    assert lin is not None
    written = "insert into engagement_note (party_id, author_id, text, written_at) values (%s, %s, '存单到期', now()) returning id"
    note = (job.execute(written, [party, lin[0]]).fetchone() or (0,))[0]
    with using(bank.run, bank.name, "job"):
        digest = keep(b"plain words")
    file = job.execute(
        "insert into engagement_notefile (note_id, party_id, name, media_type, size, digest, added_at)"
        " values (%s, %s, 'a.txt', 'text/plain', 11, %s, now()) returning id", [note, party, digest],
    ).fetchone()  # fmt: skip
    theirs = job.execute(
        "insert into engagement_note (party_id, author_id, text, written_at)"
        " select %s, id, '请看', now() from access_person where login = 'zhou' returning id", [party],
    ).fetchone()  # fmt: skip
    mention = job.execute(
        "insert into engagement_mention (note_id, party_id, person_id, mentioned_at) values (%s, %s, %s, now()) returning id",
        [(theirs or (0,))[0], party, lin[0]],
    ).fetchone()
    return {"note_id": note, "file_id": (file or (0,))[0], "mention_id": (mention or (0,))[0]}


def _brought(bank: Bank, job: Connection) -> int:
    """A table that 林知远 brought, not yet taken."""
    with using(bank.run, bank.name, "job"):
        sealed = seal_one("row", json.dumps({"heads": ["客户号"], "lines": [[2, ["1"]]], "broken": []}))["sealed"]
    row = job.execute(
        "insert into ingestion_import (person_id, name, sealed, heads, mapping, state, count_rows, count_changed, count_unchanged,"
        " count_rejected, changes, taggings, created_at) select id, 'a.csv', %s, '[\"客户号\"]', '[\"customer_no\"]', 'draft', 1, 0, 0, 0, '[]', '[]', now()"
        " from access_person where login = 'lin' returning id", [sealed],
    ).fetchone()  # fmt: skip
    number: int = (row or (0,))[0]
    return number
