"""Customers planted a second time, with the errors that real records have; who is whom stands in the truth beside the bank.

A copy has a key, a customer number, an account and a contact of its own. What it shares with the original depends on its kind.
Needs the temporary table `holder` of the chunk, of persons or of firms.
"""

from __future__ import annotations

from zhike.samplebank.facts import BORN, EMAIL, PLACE, RESIDENT_ID, mobile_of
from zhike.samplebank.plan import ACCOUNTS_PER_PARTY as A

PERSON_KINDS = ("typo", "swapped", "homophone", "old_phone", "changed_name", "short_id", "no_id", "card_centre")
FIRM_KINDS = ("short_name", "old_form")
SLOT = 126  # of the copy's account; no account of the original stands there
OTHER_NUMBER = 50_000_000  # added to the index for a telephone number that nobody else has

_SOUNDS_LIKE = ("伟强军勇杰磊涛明超刚平辉鹏华飞波斌宇浩凯俊峰健静敏丽娟秀玲燕英兰梅红萍莉洁婷慧颖琳倩薇欣怡悦瑶琪妍涵雯佳莹璐",
                "炜蔷钧永洁蕾韬铭朝钢萍晖彭桦菲博彬羽皓恺骏锋建婧闽莉鹃绣铃艳瑛岚玫虹苹丽杰亭惠影林茜微馨宜月遥棋研函文嘉滢露")  # fmt: skip
_KINDS = "['" + "', '".join(PERSON_KINDS) + "']"

# A kind that the original's name or age does not allow becomes the nearest one that it does.
PERSONS = f"""
create or replace temp table planted as
with drawn as (
    select *, {BORN} as born, list_extract({_KINDS}, 1 + floor(u(i, 'plant kind') * {len(PERSON_KINDS)})::bigint) as wanted,
           translate(name[-1:], '{_SOUNDS_LIKE[0]}', '{_SOUNDS_LIKE[1]}') as alike, pick_given_x(u(i, 'slip')) as slip
    from holder where not trader and joined < 0 and not closed and not foreign_name and u(i, 'planted') < $share
), known as (
    select *, case when wanted = 'swapped' and (length(name) < 3 or name[-1:] = name[-2:-2]) then 'typo' when wanted = 'homophone' and alike = name[-1:] then 'typo'
                   when wanted = 'short_id' and born >= date '2000-01-01' then 'no_id' else wanted end as error from drawn
)
select *, false as firm, case error when 'typo' then name[:-2] || case when slip = name[-1:] then '文' else slip end when 'swapped' then name[:-3] || name[-1:] || name[-2:-2]
              when 'homophone' then name[:-2] || alike when 'changed_name' then name[1] || given(i + {OTHER_NUMBER}, female) else name end as copy_name,
       error in ('changed_name', 'short_id') or (error in ('typo', 'homophone', 'old_phone') and u(i, 'copy id') < 0.4) as has_id,
       error in ('typo', 'swapped', 'homophone', 'no_id', 'card_centre') or (error <> 'old_phone' and u(i, 'copy phone') < 0.5) as has_phone,
       u(i, 'copy home') < 0.7 as has_place
from known
"""

FIRMS = """
create or replace temp table planted as
select i, name, outlet, since, managed, true as firm, case when u(i, 'plant kind') < 0.6 then 'short_name' else 'old_form' end as error,
       case when u(i, 'plant kind') < 0.6 then replace(replace(name, '股份有限公司', ''), '有限公司', '')
            else replace(case when name like '%股份有限公司%' then replace(name, '股份有限公司', '有限公司') else replace(name, '有限公司', '有限责任公司') end, '清川', '清川市') end as copy_name,
       u(i, 'copy id') < 0.3 as has_id, u(i, 'copy phone') < 0.7 as has_phone, u(i, 'copy home') < 0.6 as has_place, false as female, null::date as born
from holder where company and not closed and u(i, 'planted') < $share
"""

_KEY = "'C' || lpad(i::varchar, 9, '0')"
_UNIT = "unit_key(100 + case when u(i, 'copy unit') < 0.4 then (outlet + 1) % (select outlets from scale) else outlet end)"
_FIRST = "(select min(upto) from batch_days)"

_PARTIES = f"""
select {_KEY} as party_key, case when firm then 'company' else 'individual' end as kind, 'customer' as status, copy_name as name, '81' || lpad(i::varchar, 8, '0') as customer_no,
       case when firm then null when female then 'female' else 'male' end as sex, case when error <> 'card_centre' then born end as birth_date, 'CN' as nationality, null as occupation,
       null as employer_name, null as education, null as marital_status, null as income_band, pick_districts(u(case when firm then i else i // 5 end, 'district')) as region,
       case when firm then pick_industry_codes(u(i, 'industry')) end as industry, null as size_class, null as registered_capital, null as established_date, null as short_name,
       {_UNIT} as unit_key, {_UNIT} as opening_unit_key, {_FIRST} - 30 - (u(i, 'copy since') * 900)::integer as since_date, null as left_date, 0 as is_staff, 0 as is_related_party,
       case error when 'card_centre' then '信用卡中心' end as lead_source, {_FIRST} as _d
from planted
"""

_PERSON_IDS = f"""
select {_KEY} as party_key, 'resident_id' as id_type, case error when 'short_id' then number[:6] || number[9:17] else number end as id_no, null as issued_date, null as expires_date,
       null as issuer, 1 as is_main, {_FIRST} as _d
"""
_FIRM_IDS = f"""
select {_KEY} as party_key, 'uscc' as id_type, uscc_of('91510100' || org_code('MB' || lpad((i % 1000000)::varchar, 6, '0'))) as id_no, null as issued_date, null as expires_date,
       null as issuer, 1 as is_main, {_FIRST} as _d from planted where firm and has_id
"""

_ACCOUNTS = f"""
select account_key(i * {A} + {SLOT}) as account_key, account_no(i * {A} + {SLOT}) as account_no, case when firm then 'HQ101' else 'HQ001' end as product_key, {_KEY} as party_key,
       {_UNIT} as unit_key, 'CNY' as currency, 'open' as status, case when firm then 'general' else 'II' end as account_class, {_FIRST} - 30 as opened_date, null as closed_date,
       null as start_date, null as maturity_date, 0.0005::decimal(9, 6) as rate, null as principal, 0 as is_auto_renewed, null as statement_cycle, {_FIRST} as _d
from planted
"""

_ROLES = f"""
select 'R' || lpad((i * {A} + {SLOT})::varchar, 12, '0') || '1' as role_key, account_key(i * {A} + {SLOT}) as account_key, {_KEY} as party_key, 'owner' as role,
       1.0::decimal(9, 6) as share, 'any' as signing_rule, {_FIRST} - 30 as from_date, null as to_date, {_FIRST} as _d
from planted
"""

_BALANCES = f"""
select account_key(i * {A} + {SLOT}) as account_key, 'CNY' as currency, {_FIRST} as balance_date, yuan(100 + (u(i, 'copy balance') * 3000000)::bigint) as balance,
       yuan(100 + (u(i, 'copy balance') * 3000000)::bigint) as available, {_FIRST} as _d
from planted
"""

_BOOKS = f"""
select {_KEY} as party_key, staff_no(10000 + outlet * 10 + i % 2) as staff_no, 'main' as role, {_FIRST} - 20 as from_date, null as to_date, {_FIRST} as _d
from planted where not firm and managed and u(i, 'copy unit') >= 0.4 and u(i, 'copy book') < 0.8
"""

# One call in some month, so that something is delivered under the copy's key later on.
_CALLS = f"""
select 'I' || lpad(i::varchar, 9, '0') || lpad(m::varchar, 3, '0') || '97' as interaction_key, {_KEY} as party_key, moment(on_day(m, 4), 36000) as at, 'phone' as channel,
       'in' as direction, null as staff_no, 'enquiry' as purpose, 'reached' as outcome, null as subject, pick_say_care(u(i, 'copy call')) as text, 90 as seconds, on_day(m, 4) as _d
from (select *, floor(u(i, 'copy month') * (select months from scale))::bigint as m from planted)
"""


def _contacts() -> str:
    parts = (
        ("M1", "mobile", "main", "phone", f"case when has_phone then {mobile_of('i')} else {mobile_of(f'i + {OTHER_NUMBER}')} end", "not firm"),
        ("T1", "phone", "office", "phone", "'0280' || lpad(((i * 7919) % 10000000)::varchar, 7, '0')", "firm and has_phone"),
        ("E1", "email", "statement", "email", EMAIL, "not firm and u(i, 'has mail') < 0.31 and error in ('card_centre', 'old_phone')"),
        ("A1", "address", "home", "address", PLACE, "not firm and has_place"),
        ("A1", "address", "registered", "address", "'清川市' || pick_districts(u(i, 'district')) || pick_streets(u(i, 'street')) || (1 + i % 400) || '号'", "firm and has_place"),
    )  # fmt: skip
    first, *others = (
        f"select {_KEY} as party_key, '{key}' as contact_key, '{kind}' as kind, '{purpose}' as purpose, "
        + ", ".join(f"{value if one == column else 'null'} as {one}" for one in ("phone", "email", "address"))
        + f", null as region, 1 as is_main, 1 as is_valid, {_FIRST} as _d from planted where {which}"
        for key, kind, purpose, column, value, which in parts
    )
    return " union all by name ".join([first, *others])


def _identifiers() -> str:
    persons = f"{_PERSON_IDS} from (select *, {RESIDENT_ID} as number from planted where not firm and has_id)"
    return f"{persons} union all {_FIRM_IDS}"


# What a copy is written to, each with the key by which the last version of a day counts.
FEEDS: dict[str, tuple[str, str]] = {
    "parties": (_PARTIES, "party_key"),
    "identifiers": (_identifiers().replace("birth_day::integer", "(born - date '1970-01-01')::integer"), "party_key, id_type, id_no"),
    "contact_points": (_contacts(), "party_key, contact_key"),
    "rm_assignments": (_BOOKS, "party_key, staff_no, role, from_date"),
    "accounts": (_ACCOUNTS, "account_key"),
    "account_roles": (_ROLES, "role_key"),
    "balances": (_BALANCES, "account_key, currency, balance_date"),
    "interactions": (_CALLS, "interaction_key"),
}

TRUTH = f"select party_key(i) as party_key, {_KEY} as copy_key, error as kind from planted order by i"
