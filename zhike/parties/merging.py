"""Set-based taking of the parties' feeds: parties, identifiers, contact points, RM assignments, relationships, groups, consents."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date

from django.conf import settings

from zhike.core import merging
from zhike.core.events import name_of
from zhike.core.merging import Cursor, Merged, Shape, Stage
from zhike.parties.events import CorrectionDecided
from zhike.parties.handed_over import keep_handovers
from zhike.parties.rules import RECIPROCAL, name_tokens

# Stage columns computed once per distinct value while staging: column → (from which column, function, PostgreSQL type).
DERIVED = {"parties": {"name_tokens": ("name", name_tokens, "text[]")}}

_TEXTS = (
    "short_name", "customer_no", "sex", "nationality", "occupation", "employer_name", "education", "marital_status", "income_band", "region",
    "industry", "size_class", "lead_source",
)  # fmt: skip

PARTY = Shape(
    table="parties_party",
    key="s.party_key",
    history="parties_partyhistory",
    kind="party",
    columns={
        "kind": "s.kind", "status": "coalesce(s.status, 'customer')", "name": "s.name", "name_tokens": "s.name_tokens",
        **{name: f"coalesce(s.{name}, '')" for name in _TEXTS},
        "birth_date": "s.birth_date", "registered_capital": "s.registered_capital", "established_date": "s.established_date",
        "unit_id": "s.unit_id", "opening_unit_id": "s.opening_unit_id", "since_date": "s.since_date", "left_date": "s.left_date",
        "is_staff": "coalesce(s.is_staff, false)", "is_related_party": "coalesce(s.is_related_party, false)",
    },
)  # fmt: skip

IDENTIFIER = Shape(
    table="parties_identifier",
    key="s.party_key || '|' || s.id_type || '|' || encode(s.id_no_digest, 'hex')",
    columns={
        "party_id": "s.party_id", "id_type": "s.id_type", "id_no_digest": "s.id_no_digest", "id_no_last4": "s.id_no_last4",
        "id_no_masked": "s.id_no_masked", "issued_date": "s.issued_date", "expires_date": "s.expires_date", "issuer": "coalesce(s.issuer, '')",
        "is_main": "coalesce(s.is_main, false)",
    },
)  # fmt: skip

CONTACT_POINT = Shape(
    table="parties_contactpoint",
    key="s.party_key || '|' || s.contact_key",
    columns={
        "party_id": "s.party_id", "kind": "s.kind", "purpose": "coalesce(s.purpose, '')", "region": "coalesce(s.region, '')",
        "value_digest": "coalesce(s.phone_digest, s.email_digest, s.address_digest)",
        "value_last4": "coalesce(s.phone_last4, s.email_last4, s.address_last4)",
        "value_masked": "coalesce(s.phone_masked, s.email_masked, s.address_masked)",
        "is_main": "coalesce(s.is_main, false)", "is_valid": "coalesce(s.is_valid, true)",
    },
)  # fmt: skip

GROUP_MEMBER = Shape(
    table="parties_groupmember",
    key="s.group_key || '|' || s.party_key",
    columns={
        "party_id": "s.party_id", "group_key": "s.group_key", "kind": "s.kind", "name": "s.name", "member_role": "coalesce(s.member_role, '')",
        "is_head": "coalesce(s.is_head, false)",
    },
)  # fmt: skip

ASSIGNMENT = Shape(
    table="parties_assignment",
    key="s.party_key || '|' || s.staff_no || '|' || s.role || '|' || s.from_date",
    columns={
        "party_id": "s.party_id",
        "employee_id": "s.staff_no_id",
        "role": "s.role",
        "from_date": "s.from_date",
        "to_date": "s.to_date",
    },
)

_RELATION_FACTS = {
    "share": "s.share", "from_date": "s.from_date", "to_date": "s.to_date", "confidence": "s.confidence", "verified_by": "coalesce(s.verified_by, '')",
}  # fmt: skip

_SURETY = "surety|"  # begins the keys of the relationships that the feed of guarantees tells
_OF_SURETIES = f"t.external_key like '{_SURETY}%%'"

RELATIONSHIP = Shape(
    table="parties_relationship",
    key="s.from_key || '|' || s.to_key || '|' || s.type",
    columns={"party_id": "s.from_id", "to_party_id": "s.to_id", "type": "s.type", "is_reciprocal": "false", **_RELATION_FACTS},
    owns=f"not t.is_reciprocal and not {_OF_SURETIES}",
)

_RECIPROCAL_SQL = "case s.type " + " ".join(f"when '{a}' then '{b}'" for a, b in RECIPROCAL.items()) + " else s.type end"

RECIPROCAL_RELATIONSHIP = Shape(
    table="parties_relationship",
    key="s.to_key || '|' || s.from_key || '|' || s.type || '|reciprocal'",
    columns={"party_id": "s.to_id", "to_party_id": "s.from_id", "type": _RECIPROCAL_SQL, "is_reciprocal": "true", **_RELATION_FACTS},
    owns=f"t.is_reciprocal and not {_OF_SURETIES}",
)

# A borrower and who stands surety for a loan of hers, told from both sides.
GUARANTOR = Shape(
    table="parties_relationship",
    key=f"'{_SURETY}' || s.guarantee_key",
    columns={"party_id": "s.borrower_id", "to_party_id": "s.guarantor_id", "type": "'guarantor'", "is_reciprocal": "false",
             "from_date": "s.from_date", "to_date": "s.to_date", "verified_by": "''"},
    owns=f"not t.is_reciprocal and {_OF_SURETIES}",
)  # fmt: skip
GUARANTEED = Shape(
    table="parties_relationship",
    key=f"'{_SURETY}' || s.guarantee_key || '|reciprocal'",
    columns={"party_id": "s.guarantor_id", "to_party_id": "s.borrower_id", "type": "'guaranteed'", "is_reciprocal": "true",
             "from_date": "s.from_date", "to_date": "s.to_date", "verified_by": "''"},
    owns=f"t.is_reciprocal and {_OF_SURETIES}",
)  # fmt: skip


# Words by which half-typed names are found: of the rows this batch wrote only, so that a day without new names costs nothing.
_NEW_WORDS = """
    insert into parties_nametoken (token)
    select t from (select distinct t from parties_party p, unnest(p.name_tokens) t where p.source = %(source)s and p.batch_id = %(batch_id)s) as new
    where t ~ '^[a-z0-9]{2,60}$'
    on conflict do nothing
"""


# A merged party has a record for each of its keys, and the row that pages read is derived from them (decision 1).
MERGED = "*"  # what stands as source on such a row
RECORD = dataclasses.replace(PARTY, table="parties_record", kind="record")


def merge_parties(cursor: Cursor, stage: Stage) -> Merged:
    """Take parties; the key of a party nobody knew becomes a `PartySource` of its own. What comes under the key of a merged party is its record."""
    recorded = _take_records(cursor, stage)
    merged = merging.entity(cursor, stage, PARTY)
    cursor.execute(
        """insert into parties_partysource (source, external_key, party_id)
           select p.source, p.external_key, p.id from parties_party p where p.source = %(source)s and p.batch_id = %(batch_id)s
           on conflict (source, external_key) do nothing""",
        stage.params,
    )
    cursor.execute(_NEW_WORDS, stage.params)
    return Merged(merged.loaded + recorded.loaded, merged.unchanged + recorded.unchanged, merged.closed + recorded.closed)


def has_merged(cursor: Cursor, source: str) -> bool:
    """Whether any key of this source belongs to a merged party. Where none does, merges cost a load nothing."""
    cursor.execute("select exists (select from parties_partysource where source = %s and home_id is not null)", (source,))
    return bool(cursor.fetchone()[0])


def _take_records(cursor: Cursor, stage: Stage) -> Merged:
    """Take the rows of merged parties out of the stage into their records, and write anew what is derived from those."""
    if not has_merged(cursor, stage.source):
        return Merged(0, 0)
    cursor.execute(
        f"""create temp table stage_records on commit drop as select s.* from {stage.table} s
            where exists (select from parties_record r where r.source = %(source)s and r.external_key = s.party_key)""",
        stage.params,
    )
    cursor.execute(f"delete from {stage.table} s using stage_records r where s.party_key = r.party_key")
    cursor.execute("analyze stage_records (party_key)")
    merged = merging.entity(cursor, dataclasses.replace(stage, table="stage_records"), RECORD)
    cursor.execute(
        """select parties_derive(array(select distinct party_id from parties_record
               where source = %(source)s and (batch_id = %(batch_id)s or valid_to = %(batch_date)s)), %(batch_date)s, %(batch_id)s, true)""",
        stage.params,
    )
    cursor.execute("drop table stage_records")
    return merged


def note_origins(cursor: Cursor, stage: Stage, shape: Shape, homes: Mapping[str, str]) -> None:
    """Remember under whose key the staged facts of merged parties came, so that an undo takes them back there.

    `homes`: party column of `shape` → column of the stage with the home of the key (`party_home` beside `party_id`).
    """
    if not has_merged(cursor, stage.source):
        return
    for column, home in homes.items():
        cursor.execute(
            f"""insert into parties_origin (table_name, column_name, source, external_key, home_id)
                select distinct on ({shape.key}) %(table)s, %(column)s, %(source)s, {shape.key}, s.{home} from {stage.table} s where s.{home} is not null
                on conflict (table_name, column_name, source, external_key) do update set home_id = excluded.home_id""",
            {**stage.params, "table": shape.table, "column": column},
        )


def _interval(cursor: Cursor, stage: Stage, shape: Shape, **homes: str) -> Merged:
    note_origins(cursor, stage, shape, homes or {"party_id": "party_home"})
    return merging.interval(cursor, stage, shape)


def merge_identifiers(cursor: Cursor, stage: Stage) -> Merged:
    """Take identity documents."""
    return _interval(cursor, stage, IDENTIFIER)


def merge_contact_points(cursor: Cursor, stage: Stage) -> Merged:
    """Take phones, e-mails, addresses."""
    return _interval(cursor, stage, CONTACT_POINT)


def merge_party_groups(cursor: Cursor, stage: Stage) -> Merged:
    """Take households and corporate groups, one row per member."""
    return _interval(cursor, stage, GROUP_MEMBER)


def merge_relationships(cursor: Cursor, stage: Stage) -> Merged:
    """Take relationships, each also from the other side (counted once)."""
    merged = _interval(cursor, stage, RELATIONSHIP, party_id="from_home", to_party_id="to_home")
    _interval(cursor, stage, RECIPROCAL_RELATIONSHIP, party_id="to_home", to_party_id="from_home")
    return merged


def merge_sureties(cursor: Cursor, stage: Stage) -> Merged:
    """Take who stands surety for whom, from a stage with `guarantee_key`, `borrower` and `guarantor` (`_id`, `_home`) and dates."""
    merged = _interval(cursor, stage, GUARANTOR, party_id="borrower_home", to_party_id="guarantor_home")
    _interval(cursor, stage, GUARANTEED, party_id="guarantor_home", to_party_id="borrower_home")
    return merged


# An entry whose like is the last one of its customer, purpose and channel says nothing new.
_ENTRY_KEY = "s.party_key || '|' || s.purpose || '|' || coalesce(s.channel, '')"
_NEW_ENTRIES = f"""
    insert into parties_consent (party_id, purpose, channel, state, at, notice_version, expires_date, evidence, by_name, source, external_key, row_digest,
        valid_from, batch_id)
    select s.party_id, s.purpose, coalesce(s.channel, ''), s.state, coalesce(s.at, %(batch_date)s::timestamp at time zone %(zone)s),
        coalesce(s.notice_version, ''), s.expires_date, coalesce(s.evidence, ''), '', %(source)s, {_ENTRY_KEY}, s._digest, %(batch_date)s, %(batch_id)s
    from {{stage}} s
"""
_UNLESS_LAST = f"""
    left join lateral (
        select t.row_digest from parties_consent t where t.party_id = s.party_id and t.source = %(source)s and t.external_key = {_ENTRY_KEY}
        order by t.valid_from desc, t.id desc limit 1) l on true
    where l.row_digest is distinct from s._digest
"""
_ENDED = f"""
    insert into parties_consent (party_id, purpose, channel, state, at, notice_version, evidence, by_name, source, external_key, valid_from, batch_id)
    select l.party_id, l.purpose, l.channel, 'ended', %(batch_date)s::timestamp at time zone %(zone)s, '', '', '', l.source, l.external_key,
        %(batch_date)s, %(batch_id)s
    from (select distinct on (party_id, external_key) * from parties_consent where source = %(source)s
          order by party_id, external_key, valid_from desc, id desc) l
    where l.state <> 'ended' and not exists (select 1 from {{stage}} s where {_ENTRY_KEY} = l.external_key)
"""
CONSENT = Shape(table="parties_consent", key=_ENTRY_KEY, columns={"party_id": "s.party_id"})


def merge_consents(cursor: Cursor, stage: Stage) -> Merged:
    """Add to the ledger of consents what is new (R20); in a full file, what is no longer there has ended. A first load compares with nothing."""
    note_origins(cursor, stage, CONSENT, {"party_id": "party_home"})
    rows, values = merging.total(cursor, stage), {**stage.params, "zone": settings.TIME_ZONE}
    cursor.execute("select exists (select from parties_consent where source = %(source)s)", values)
    (is_known,) = cursor.fetchone()
    cursor.execute((_NEW_ENTRIES + (_UNLESS_LAST if is_known else "")).format(stage=stage.table), values)
    loaded = cursor.rowcount
    if stage.mode == "full" and is_known:
        cursor.execute(_ENDED.format(stage=stage.table), values)
    return Merged(loaded, rows - loaded)


def merge_rm_assignments(cursor: Cursor, stage: Stage) -> Merged:
    """Take who looks after whom; `refresh_books` then writes it on the parties."""
    return _interval(cursor, stage, ASSIGNMENT)


def refresh_books(cursor: Cursor, *, at: date) -> None:
    """Write main RM and RM list of each party as they are on `at`: what own-book scope reads (decision 11)."""
    keep_handovers(cursor, at=at)
    cursor.execute(
        """update parties_party p set rm_ids = b.rm_ids, main_rm_id = b.main_rm_id
           from (select party_id, array_agg(distinct employee_id order by employee_id) rm_ids,
                        (array_agg(employee_id order by from_date desc) filter (where role = 'main'))[1] main_rm_id
                 from parties_assignment where valid_to is null and handed_date is null and (from_date <= %(at)s or source = 'own')
                   and (to_date is null or to_date > %(at)s)
                 group by party_id) b
           where p.id = b.party_id and (p.rm_ids is distinct from b.rm_ids or p.main_rm_id is distinct from b.main_rm_id)""",
        {"at": at},
    )
    cursor.execute(
        """update parties_party p set rm_ids = '{}', main_rm_id = null where rm_ids <> '{}' and not exists (
               select 1 from parties_assignment a where a.party_id = p.id and a.valid_to is null and a.handed_date is null
               and (a.from_date <= %(at)s or a.source = 'own') and (a.to_date is null or a.to_date > %(at)s))""",
        {"at": at},
    )


def create_missing(cursor: Cursor, stage: Stage, column: str) -> int:
    """`on_missing = "create"`: make a prospect-like party of every unknown key in `column`, named by the key until its own row arrives."""
    cursor.execute(
        f"""with born as (
                insert into parties_party (kind, status, name, short_name, name_tokens, customer_no, sex, nationality, occupation, employer_name,
                    education, marital_status, income_band, region, industry, size_class, is_staff, is_related_party, lead_source, rm_ids,
                    source, external_key, valid_from, batch_id)
                select distinct 'individual', 'prospect', s.{column}, '', array[s.{column}], '', '', '', '', '', '', '', '', '', '', '', false, false,
                    '', '{{}}'::bigint[], %(source)s, s.{column}, %(batch_date)s::date, %(batch_id)s::bigint
                from {stage.table} s where s.{column} is not null and not exists (
                    select 1 from parties_partysource k where k.source = %(source)s and k.external_key = s.{column})
                returning id, source, external_key)
            insert into parties_partysource (source, external_key, party_id) select source, external_key, id from born""",
        stage.params,
    )
    return cursor.rowcount


# What a source has taken over: few corrections wait, and each asks for its own party only.
_CONFIRM = """
    with confirmed as (update parties_correction c set state = 'confirmed', decided_at = now()
    from parties_party p
    where c.state in ('open', 'sent') and p.id = c.party_id and (
        (c.proposed_digest is null and to_jsonb(p) ->> c.field = c.proposed)
        or (c.field = 'contact' and exists (select 1 from parties_contactpoint k where k.party_id = c.party_id and k.kind = c.kind
            and k.valid_to is null and k.value_digest = c.proposed_digest))
        or (c.field = 'document' and exists (select 1 from parties_identifier i where i.party_id = c.party_id and i.id_type = c.kind
            and i.valid_to is null and i.id_no_digest = c.proposed_digest)))
        returning c.id, c.party_id)
    insert into core_event (name, version, payload, party_id)
    select %(event)s, 1, jsonb_build_object('correction_id', id, 'party_id', party_id, 'state', 'confirmed'), party_id from confirmed
"""


def confirm_corrections(cursor: Cursor) -> int:
    """Close the corrections whose value a source delivers by now (decision 2), and tell of each; how many they were."""
    cursor.execute(_CONFIRM, {"event": name_of(CorrectionDecided)})
    return cursor.rowcount


_INTERVALS = ("parties_identifier", "parties_contactpoint", "parties_relationship", "parties_groupmember", "parties_assignment")


def take_back(cursor: Cursor, *, source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Undo what batches of `source` from `since` on did to parties, so that they can be replayed (decision 4)."""
    merging.take_back_entity(
        cursor, table=PARTY.table, history="parties_partyhistory", kind="party", source=source, since=since, columns=list(PARTY.columns)
    )
    _take_back_records(cursor, source=source, since=since)
    for table in _INTERVALS:
        merging.take_back_interval(cursor, table=table, source=source, since=since)
    merging.take_back_journal(cursor, table=CONSENT.table, source=source, batch_ids=batch_ids)


def _take_back_records(cursor: Cursor, *, source: str, since: date) -> None:
    """Put the records of merged parties back, and what was derived from them; the replay that follows writes its own history."""
    if not has_merged(cursor, source):
        return
    columns = list(PARTY.columns)
    merging.take_back_entity(
        cursor, table=RECORD.table, history="parties_partyhistory", kind=RECORD.kind, source=source, since=since, columns=columns
    )
    theirs = "(select party_id from parties_record where source = %(source)s)"
    cursor.execute(
        f"""with gone as (delete from parties_partyhistory where kind = 'party' and valid_to >= %(since)s and entity_id in {theirs} returning entity_id, valid_from)
            update parties_party p set valid_from = g.since from (select entity_id, min(valid_from) as since from gone group by 1) g
            where p.id = g.entity_id and p.source = '{MERGED}'""",
        {"source": source, "since": since},
    )
    cursor.execute(f"select parties_derive(array{theirs}, %(since)s, 0, false)", {"source": source, "since": since})
